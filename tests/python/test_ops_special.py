"""Special functions, mixed products and sums, gated activations, against numpy and defining equations."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    FLOATS,
    FLOATS64,
    assert_close,
    assert_same,
    broadcastable,
    erf,
    few,
    operator_session,  # noqa: F401
    run_op,
    seeds,
    shapes,
    values,
    vectorized,
)

import pyascend_ge as ge

I8, I16, I32, I64, U8 = (np.dtype(name) for name in ("int8", "int16", "int32", "int64", "uint8"))
normal = NormalDist()
ndtri = vectorized(normal.inv_cdf)
lgamma = vectorized(math.lgamma)


@pytest.mark.parametrize("dtype", [*FLOATS64], ids=str)
@few
@given(shapes(1, 2, 40), seeds)
def test_ndtri_and_erfinv(dtype: np.dtype, shape: tuple[int, ...], seed: int) -> None:
    p = values(seed, shape, FLOAT64, 0.001, 0.99).astype(dtype)
    [y] = run_op("Ndtri", [p])
    assert_close(y, ndtri(p.astype(np.float64)), dtype, rtol=100, atol=1e-15)
    if dtype != FLOAT64:
        x = (2 * p.astype(np.float64) - 1).astype(dtype)
        [y] = run_op("Erfinv", [x])
        assert_close(y, ndtri((x.astype(np.float64) + 1) / 2) / math.sqrt(2), dtype, rtol=2, atol=1e-15)


def test_inverse_functions_keep_their_precision_in_the_tails() -> None:
    p = np.array([1e-300, 1e-100, 1e-20, 1e-5])
    [y] = run_op("Ndtri", [p])
    # The tail of the distribution, by the complementary error function.
    back = vectorized(math.erfc)(-y / math.sqrt(2)) / 2
    assert_close(back, p, FLOAT64, rtol=1e4)
    [y] = run_op("Ndtri", [np.array([0.0, 1.0, -0.1, 1.1])])
    assert y[0] == -np.inf
    assert y[1] == np.inf
    assert np.isnan(y[2:]).all()
    [y] = run_op("Erfinv", [np.array([-1, 1, 2, 1e-20], np.float32)])
    assert y[0] == -np.inf
    assert y[1] == np.inf
    assert np.isnan(y[2])
    assert_close(y[3:], np.array([1e-20]) * math.sqrt(math.pi) / 2, FLOAT32)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, FLOAT64], ids=str)
@few
@given(shapes(1, 2, 40), seeds)
def test_gamma(dtype: np.dtype, shape: tuple[int, ...], seed: int) -> None:
    x = values(seed, shape, dtype, 0.5, 20)
    wide = x.astype(np.float64)
    [y] = run_op("Lgamma", [x])
    assert_close(y, lgamma(wide), dtype, rtol=100, atol=1e-13)
    # The logarithmic derivative grows by 1 / x from x to x + 1, and doubling has its own formula.
    [y] = run_op("Digamma", [wide])
    [next_y] = run_op("Digamma", [wide + 1])
    assert_close(next_y - y, 1 / wide, FLOAT64, rtol=1000, atol=1e-13)
    [half] = run_op("Digamma", [wide + 0.5])
    [double] = run_op("Digamma", [2 * wide])
    assert_close(double, (y + half) / 2 + math.log(2), FLOAT64, rtol=1000, atol=1e-13)
    [short] = run_op("Digamma", [x])
    assert_close(short, y, dtype, rtol=2, atol=1e-6)


def test_digamma_of_known_numbers() -> None:
    x = np.array([1.0, 0.5, -0.5, -3.0])
    euler = 0.57721566490153286
    [y] = run_op("Digamma", [x])
    assert_close(y[:3], [-euler, -euler - 2 * math.log(2), -euler - 2 * math.log(2) + 2], FLOAT64, rtol=100)
    assert np.isnan(y[3])


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@few
@given(broadcastable(3), seeds)
def test_lerp(dtype: np.dtype, some: tuple[tuple[int, ...], ...], seed: int) -> None:
    a, b, w = (values(seed + i, shape, dtype) for i, shape in enumerate(some))
    [y] = run_op("Lerp", [a, b, w])
    wide = [x.astype(np.float64) for x in (a, b, w)]
    assert_close(y, wide[0] + wide[2] * (wide[1] - wide[0]), dtype, rtol=4, atol=1e-5)


@pytest.mark.parametrize("dtype", [*FLOATS64, I8, I32, U8, I64], ids=str)
@few
@given(broadcastable(4), seeds)
def test_addcmul_and_addcdiv(dtype: np.dtype, some: tuple[tuple[int, ...], ...], seed: int) -> None:
    real = dtype in FLOATS64
    x = [values(seed + i, shape, "int8", 1, 3) for i, shape in enumerate(some)]
    narrow = [part.astype(dtype) for part in x]
    wide = [part.astype(np.float64 if real else np.int64) for part in x]
    [y] = run_op("Addcmul", narrow)
    assert_same(y, wide[0] + wide[3] * wide[1] * wide[2], dtype)
    if real:
        [y] = run_op("Addcdiv", narrow)
        assert_close(y, wide[0] + wide[3] * (wide[1] / wide[2]), dtype, rtol=4)
    elif dtype == I64:
        [y] = run_op("Addcdiv", narrow)
        assert_same(y, wide[0] + wide[3] * wide[1] // wide[2], dtype)


@pytest.mark.parametrize(
    ("a", "b", "result"),
    [(FLOAT32,) * 3, (I32,) * 3, (I32, FLOAT16, FLOAT16), (FLOAT16, BFLOAT16, FLOAT32)],
)
def test_axpy_promotes(a: np.dtype, b: np.dtype, result: np.dtype) -> None:
    x, y = np.array([1, 2, 3]).astype(a), np.array([4, 5, 6]).astype(b)
    [z] = run_op("AxpyV2", [x, y, np.asarray(2).astype(b)])
    assert_same(z, [9, 12, 15], result)


@pytest.mark.parametrize("dtype", [*FLOATS, I16, I32], ids=str)
def test_adds_and_muls_take_their_number_from_an_attribute(dtype: np.dtype) -> None:
    x = np.array([-3, 0, 7]).astype(dtype)
    assert_same(run_op("Adds", [x], {"value": 2.0})[0], [-1, 2, 9], dtype)
    assert_same(run_op("Muls", [x], {"value": -2.0})[0], [6, 0, -14], dtype)


@pytest.mark.parametrize("dtype", [*FLOATS, I8, I32, U8, I64], ids=str)
@pytest.mark.parametrize("given_value", [True, False])
def test_threshold_replaces_what_is_not_above(dtype: np.dtype, given_value: bool) -> None:
    x = np.array([1, 5, 3, 9]).astype(dtype)
    value = np.asarray(7).astype(dtype) if given_value else None
    [y] = run_op("ThresholdV2", [x, np.asarray(3).astype(dtype), value])
    assert_same(y, np.where(x > 3, x, 7 if given_value else 0), dtype)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_nan_to_num(dtype: np.dtype) -> None:
    x = np.array([np.nan, np.inf, -np.inf, 1.5]).astype(dtype)
    [y] = run_op("NanToNum", [x], {"nan": 1.0, "posinf": 2.0, "neginf": 3.0})
    assert_same(y, [1, 2, 3, 1.5], dtype)


@few
@given(shapes(1, 3), st.floats(0.25, 2), st.floats(-1, 1), seeds)
def test_activations_with_parameters(shape: tuple[int, ...], p: float, bias: float, seed: int) -> None:
    x = values(seed, shape, FLOAT32)
    p, bias = float(np.float32(p)), float(np.float32(bias))
    wide = x.astype(np.float64)
    [y] = run_op("CeluV2", [x], {"alpha": p})
    assert_close(y, np.maximum(wide, 0) + np.minimum(p * np.expm1(wide / p), 0), FLOAT32, rtol=4)
    [y] = run_op("Shrink", [x], {"lambd": p, "bias": bias})
    assert_close(y, np.where(wide > p, wide - bias, np.where(wide < -p, wide + bias, 0)), FLOAT32, atol=1e-6)
    [y] = run_op("Relu6D", [x], {"scale": p})
    assert_close(y, np.clip(wide, 0, 6 * p), FLOAT32)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@few
@given(shapes(1, 3, 4), seeds, st.data())
def test_gated_halves(dtype: np.dtype, shape: tuple[int, ...], seed: int, data: st.DataObject) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    full = list(shape)
    full[axis] *= 2
    x = values(seed, full, dtype)
    left, right = np.split(x.astype(np.float64), 2, axis)
    [y] = run_op("SwiGlu", [x], {"dim": axis})
    assert_close(y, left / (1 + np.exp(-left)) * right, dtype, rtol=8, atol=1e-6)
    y, gelu = run_op("GeGluV2", [x], {"dim": axis, "approximate": 0})
    activated = 0.5 * right * (1 + erf(right / math.sqrt(2)))
    assert_close(gelu, activated, dtype, rtol=8, atol=1e-6)
    assert_close(y, activated * left, dtype, rtol=8, atol=1e-6)
    y, gelu = run_op("GeGluV2", [x], {"dim": axis, "activate_left": True})
    activated = 0.5 * left * (1 + np.tanh(math.sqrt(2 / math.pi) * (left + 0.044715 * left**3)))
    assert_close(gelu, activated, dtype, rtol=8, atol=1e-6)


F = np.float32


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("Lerp", [np.ones(2, F), np.ones(3, F), F(1)], {}, "do not broadcast"),
        ("Lerp", [np.ones(2, F), np.ones(2, np.float16), F(1)], {}, "must be equal"),
        ("SwiGlu", [np.ones((2, 3), F)], {}, "axis 1 has length 3; it must be even"),
        ("CeluV2", [np.ones(2, F)], {"alpha": 0.0}, "alpha is 0"),
        ("Adds", [np.ones(2, np.int32)], {"value": math.inf}, "which no integer is"),
    ],
)
def test_misfits_are_refused(op: str, inputs: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
