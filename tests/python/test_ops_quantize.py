"""Quantisation against its definition in numpy: float32 where rounding decides, double elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOATS,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    shapes,
    values,
)

import pyascend_ge as ge

F = np.float32


def along(parameter: np.ndarray, rank: int, axis: int) -> np.ndarray:
    """A vector shaped to broadcast along `axis`; one number for all stays one."""
    dims = [1] * rank
    dims[axis] = parameter.size
    return parameter.astype(F).reshape(dims if parameter.size > 1 else [1] * rank)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize(("kind", "zero"), [("qint8", "int8"), ("quint8", "uint8"), ("qint32", "int32")])
@few
@given(shape=shapes(1, 4), seed=seeds, many=st.booleans(), data=st.data())
def test_quantize_by_scale_and_zero_point(
    dtype: Any, kind: str, zero: str, shape: Any, seed: int, many: bool, data: st.DataObject
) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    n = shape[axis] if many else 1
    x = values(seed, shape, dtype, -50, 50)
    scales, zeros = values(seed + 1, (n,), F, 0.1, 1), values(seed + 2, (n,), zero, 0, 100)
    limits = np.iinfo(zero)
    moved = np.rint(x.astype(F) / along(scales, len(shape), axis)) + along(zeros, len(shape), axis)
    attrs = {"dtype": f"torch.{kind}", "axis": axis}
    assert_same(
        run_op("Quantize", [x, scales, zeros], attrs)[0], np.clip(moved, limits.min, limits.max), zero
    )
    moved -= along(zeros, len(shape), axis)
    assert_same(run_op("Quantize", [x, scales, None], attrs)[0], np.clip(moved, limits.min, limits.max), zero)


ROUND = {"Round": np.rint, "Floor": np.floor, "Ceil": np.ceil, "Trunc": np.trunc}


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("mode", ROUND)
@pytest.mark.parametrize("twice", [False, True])
def test_ascend_quant_multiplies_by_scale(dtype: Any, mode: str, twice: bool) -> None:
    x = values(1, (3, 7, 5), dtype, -40, 40)
    scale, offset = values(2, (5,), dtype, 0.5, 2), values(3, (5,), dtype, -9, 9)
    wide = x.astype(F) * scale.astype(F) * (scale.astype(F) if twice else F(1)) + offset.astype(F)
    expected = np.clip(ROUND[mode](wide), -128, 127)
    attrs = {"sqrt_mode": twice, "round_mode": mode.lower()}
    assert_same(run_op("AscendQuantV2", [x, scale, offset], attrs)[0], expected, "int8")
    packed = run_op(
        "AscendQuantV2", [x, scale, offset], attrs | {"dst_type": 29}, then=("Cast", {"dst_type": 2})
    )
    assert_same(packed[0], np.clip(expected, -8, 7), "int8")
    if dtype != BFLOAT16:
        wide = x.astype(F) * F(0.75) * (F(0.75) if twice else F(1)) + F(3)
        attrs = {"scale": 0.75, "offset": 3.0, "sqrt_mode": twice, "round_mode": mode}
        assert_same(run_op("AscendQuant", [x], attrs)[0], np.clip(ROUND[mode](wide), -128, 127), "int8")


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
@pytest.mark.parametrize("twice", [False, True])
def test_ascend_anti_quant(dtype: Any, twice: bool) -> None:
    x = values(1, (3, 7), "int8")
    attrs = {"scale": 0.3, "offset": -4.0, "sqrt_mode": twice, "dtype": 0 if dtype == FLOAT32 else 1}
    expected = (x.astype(np.float64) - 4) * 0.3 * (0.3 if twice else 1)
    assert_close(run_op("AscendAntiQuant", [x], attrs)[0], expected, dtype)


def as_u64(scales: np.ndarray, offsets: np.ndarray | int = 0) -> np.ndarray:
    """Scales as float bits, offsets as 9 bits from bit 37 on."""
    high = (np.asarray(offsets, np.int64) & 0x1FF).astype(np.uint64) << np.uint64(37)
    return np.asarray(scales.astype(F).view(np.uint32).astype(np.uint64) | high)


@pytest.mark.parametrize("n", [1, 6])
@pytest.mark.parametrize("relu", [False, True])
def test_ascend_dequant_and_requant(n: int, relu: bool) -> None:
    x, scale = values(1, (2, 5, 6), "int32", -5000, 5000), values(2, (n,), F, 0.01, 0.05)
    offset = values(3, (n,), "int32", -100, 100)
    y = x.astype(F) * scale
    y = np.maximum(y, 0) if relu else y
    attrs = {"relu_flag": relu}
    assert_close(run_op("AscendDequant", [x, as_u64(scale)], attrs)[0], y, FLOAT32)
    half = scale.astype(FLOAT16)
    [got] = run_op("AscendDequant", [x, half], {"sqrt_mode": True, "dtype": 1})
    assert_close(got, x * half.astype(np.float64) ** 2, FLOAT16)
    expected = np.clip(np.rint(y + offset.astype(F)), -128, 127)
    assert_same(run_op("AscendRequant", [x, as_u64(scale, offset)], attrs)[0], expected, "int8")


@pytest.mark.parametrize("dtype", [FLOAT16, BFLOAT16], ids=str)
@pytest.mark.parametrize("limit", [127, 7])
@few
@given(rows=st.integers(0, 5), n=st.sampled_from([2, 8, 20]), seed=seeds, smooth=st.booleans())
def test_dynamic_quant_finds_a_scale_for_each_row(
    dtype: Any, limit: int, rows: int, n: int, seed: int, smooth: bool
) -> None:
    x, factors = values(seed, (2, rows, n), dtype), values(seed + 1, (n,), dtype, 0.5, 2)
    x[:, : rows // 2] *= 0
    wide = x.astype(F) * (factors.astype(F) if smooth else F(1))
    scale = np.abs(wide).max(-1, initial=0) / F(limit)
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.where(scale[..., None] == 0, 0, np.rint(wide / scale[..., None]))
    attrs = {"dst_type": 2 if limit == 127 else 29}
    inputs = [x, factors if smooth else None, None]
    assert_same(run_op("DynamicQuant", inputs, attrs, 1, then=("Cast", {"dst_type": 2}))[0], y, "int8")
    if limit == 127:
        assert_close(run_op("DynamicQuant", inputs, attrs)[1], scale, FLOAT32)


def test_dynamic_quant_takes_smooth_scales_by_group() -> None:
    x, factors = values(1, (5, 4), FLOAT16), values(2, (2, 4), FLOAT16, 0.5, 2)
    wide = x.astype(F) * factors.astype(F)[[0, 0, 0, 1, 1]]
    scale = np.abs(wide).max(-1) / F(127)
    y, got = run_op("DynamicQuant", [x, factors, np.array([3, 5], np.int32)])
    assert_same(y, np.rint(wide / scale[:, None]), "int8")
    assert_close(got, scale, FLOAT32)


@pytest.mark.parametrize(("low", "high"), [(-3.0, 5.0), (0.5, 4.0), (-7.0, -1.0), (0.0, 0.0)])
@pytest.mark.parametrize("attrs", [{}, {"num_bits": 4, "narrow_range": True}], ids=str)
def test_fake_quant_rounds_to_steps_from_a_nudged_zero(
    low: float, high: float, attrs: dict[str, Any]
) -> None:
    x = values(1, (60,), F, -8, 8)
    least, most = (1, 15) if attrs else (0, 255)
    if low == high:
        expected, step = np.zeros(60), 1.0
    else:
        step = (high - low) / (most - least)
        zero = np.clip(np.floor(least - low / step + 0.5), least, most)
        start, end = (least - zero) * step, (most - zero) * step
        expected = np.floor((np.clip(x.astype(np.float64), start, end) - start) / step + 0.5) * step + start
    [y] = run_op("FakeQuantWithMinMaxVars", [x, np.array(low, F), np.array(high, F)], attrs)
    assert_close(y, expected, FLOAT32, rtol=8, atol=2e-6)


@pytest.mark.parametrize("target", ["float16", "bfloat16", "int8", "int32"])
@few
@given(seed=seeds, data=st.data())
def test_quant_batch_matmul(target: str, seed: int, data: st.DataObject) -> None:
    batch = data.draw(st.sampled_from([((), ()), ((3,), ()), ((2, 1), (3,))]))
    m, n, k = (data.draw(st.integers(1, 9)) for _ in range(3))
    turn_a, turn_b, one, token, whole = (data.draw(st.booleans()) for _ in range(5))
    a, b = (
        values(seed, (*batch[0], m, k), "int8", -20, 20),
        values(seed + 1, (*batch[1], k, n), "int8", -20, 20),
    )
    scale = values(seed + 2, (1 if one else n,), F, 0.01, 0.1)
    bias = values(seed + 3, (n,), "int32" if whole else F, -50, 50)
    rows = values(seed + 4, (m,), F, 0.5, 2)
    y = a.astype(np.int64) @ b.astype(np.int64) + (bias if whole else 0)
    wide = y.astype(F) * scale * (rows[:, None] if token else F(1)) + (F(0) if whole else bias)
    inputs = [
        np.ascontiguousarray(np.swapaxes(a, -1, -2)) if turn_a else a,
        np.ascontiguousarray(np.swapaxes(b, -1, -2)) if turn_b else b,
        as_u64(scale) if data.draw(st.booleans()) else scale,
        None,
        bias,
        rows if token else None,
    ]
    number = {"float16": 1, "bfloat16": 27, "int8": 2, "int32": 3}[target]
    attrs = {"dtype": number, "transpose_x1": turn_a, "transpose_x2": turn_b}
    [got] = run_op("QuantBatchMatmulV3", inputs, attrs)
    if target == "int32":
        assert_same(got, y, "int32")
    elif target == "int8":
        assert_same(got, np.clip(np.rint(wide), -128, 127), "int8")
    else:
        assert_close(got, wide, got.dtype)
        assert got.dtype.name == target


@pytest.mark.parametrize("dtype", [FLOAT16, BFLOAT16], ids=str)
@pytest.mark.parametrize("group", [0, 4])
@few
@given(seed=seeds, turn=st.booleans(), offset=st.booleans(), biased=st.booleans())
def test_weight_quant_batch_matmul(
    dtype: Any, group: int, seed: int, turn: bool, offset: bool, biased: bool
) -> None:
    x, w = values(seed, (3, 10), dtype), values(seed + 1, (10, 5), "int8")
    dims = (3, 5) if group else (5,)
    scale, shift = values(seed + 2, dims, dtype, 0.01, 0.05), values(seed + 3, dims, dtype, -9, 9)
    bias = values(seed + 4, (5,), F)

    def spread(p: np.ndarray) -> np.ndarray:
        return np.asarray(p.astype(np.float64)[np.arange(10) // group] if group else p.astype(np.float64))

    real = (w + (spread(shift) if offset else 0.0)) * spread(scale)
    y = x.astype(np.float64) @ real + (bias if biased else 0.0)

    def turned(p: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(p.T) if turn else p

    inputs = [
        x,
        turned(w),
        turned(scale),
        turned(shift) if offset else None,
        None,
        None,
        bias if biased else None,
    ]
    attrs = {"transpose_weight": turn, "antiquant_group_size": group}
    assert_close(run_op("WeightQuantBatchMatmulV2", inputs, attrs)[0], y, dtype, rtol=2, atol=2e-5)


X = np.ones((2, 4), F)
I8 = np.ones((2, 4), np.int8)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        (
            "Quantize",
            [X, np.ones(3, F)],
            {"dtype": "torch.qint8"},
            r"scales has shape \[3\]; .* the 4 of axis 1",
        ),
        ("Quantize", [X, np.ones(1, F)], {"dtype": "int8"}, "dtype is 'int8'; it must be torch.qint8"),
        ("AscendQuant", [X], {"scale": 1.0, "offset": 0.0, "round_mode": "Up"}, "round_mode is 'Up'"),
        ("AscendQuant", [X], {"scale": 1.0, "offset": 0.0, "dst_type": 3}, "dst_type is 3"),
        ("AscendDequant", [I8.astype(np.int32), np.ones(3, np.float16)], {}, r"scale has shape \[3\]"),
        ("DynamicQuant", [X.astype(np.float16)[0]], {}, r"x has shape \[4\]"),
        ("FakeQuantWithMinMaxVars", [X, F(0), F(1)], {"num_bits": 17}, "num_bits is 17"),
        ("QuantBatchMatmulV3", [I8, I8, np.ones(1, F)], {"dtype": 1}, r"\[2,4\] and \[2,4\] do not multiply"),
        (
            "QuantBatchMatmulV3",
            [I8, I8.T.copy(), np.ones(3, F)],
            {"dtype": 1},
            r"scale is .*hold 2 numbers or 1",
        ),
        ("QuantBatchMatmulV3", [I8, I8.T.copy(), np.ones(1, F)], {"dtype": 0}, "dtype is 0"),
    ],
)
def test_what_does_not_fit_is_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
