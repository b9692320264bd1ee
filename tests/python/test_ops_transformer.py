"""Pieces of transformers beside attention: rotations, sums that are normalised, masked softmax, gating."""

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

SLACK = {FLOAT32: 4e-6, FLOAT16: 2e-3, BFLOAT16: 1.6e-2}


def wide(*arrays: np.ndarray) -> list[np.ndarray]:
    return [array.astype(np.float64) for array in arrays]


def rotated(x: np.ndarray, cos: np.ndarray, sin: np.ndarray, mode: int) -> np.ndarray:
    if mode == 1:  # neighbours
        other = np.stack((-x[..., 1::2], x[..., ::2]), -1).reshape(x.shape)
    elif mode == 3:  # neighbours, gathered into halves
        x = np.concatenate((x[..., ::2], x[..., 1::2]), -1)
        return rotated(x, cos, sin, 0)
    else:  # halves, of the whole or of each half
        parts = np.split(x, 2 if mode == 0 else 4, -1)
        pairs = [parts[i ^ 1] if i % 2 else -parts[i ^ 1] for i in range(len(parts))]
        other = np.concatenate(pairs, -1)
    return np.asarray(x * cos + other * sin)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@few
@given(
    seed=seeds,
    dims=st.sampled_from([(1, 5, 1), (2, 5, 1), (1, 1, 3), (2, 5, 3)]),
    size=st.sampled_from([4, 16]),
)
def test_rotary_embeddings(dtype: Any, seed: int, dims: tuple[int, ...], size: int) -> None:
    x = values(seed, (2, 5, 3, size), dtype, -2, 2)
    cos, sin = (values(seed + i, (*dims, size), dtype, -1, 1) for i in (1, 2))
    for mode in range(4):
        [y] = run_op("RotaryPositionEmbedding", [x, cos, sin], {"mode": mode})
        assert_close(y, rotated(*wide(x, cos, sin), mode), dtype, rtol=4, atol=SLACK[dtype])
    assert_close(
        run_op("RotaryMul", [x, cos, sin])[0], rotated(*wide(x, cos, sin), 0), dtype, atol=SLACK[dtype]
    )


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_queries_and_keys_rotate_together(dtype: Any) -> None:
    q, k = values(1, (2, 5, 6, 8), dtype, -2, 2), values(2, (2, 5, 3, 8), dtype, -2, 2)
    cos, sin = values(3, (2, 5, 1, 8), dtype, -1, 1), values(4, (2, 5, 1, 8), dtype, -1, 1)
    for got, x in zip(run_op("ApplyRotaryPosEmb", [q, k, cos, sin]), (q, k), strict=True):
        assert_close(got, rotated(*wide(x, cos, sin), 0), dtype, atol=SLACK[dtype])


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@few
@given(shape=shapes(1, 3, 9), seed=seeds, data=st.data())
def test_a_sum_and_its_normalisation(dtype: Any, shape: Any, seed: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(shape) - 1))
    x1, x2 = values(seed, shape, dtype, -2, 2), values(seed + 1, shape, dtype, -2, 2)
    gamma, beta = (
        values(seed + 2, shape[first:], dtype, 0.5, 1.5),
        values(seed + 3, shape[first:], dtype, -1, 1),
    )
    bias = data.draw(
        st.sampled_from([None, values(seed + 4, shape[first:], dtype), values(seed + 5, shape, dtype)])
    )
    axes = tuple(range(first, len(shape)))
    total = x1.astype(np.float64) + x2.astype(np.float64)
    rstd = 1 / np.sqrt((total**2).mean(axes, keepdims=True) + 1e-3)
    y, got_rstd, got_sum = run_op("AddRmsNorm", [x1, x2, gamma], {"epsilon": 1e-3})
    assert_close(y, total * rstd * gamma.astype(np.float64), dtype, rtol=2, atol=SLACK[dtype])
    assert_close(got_rstd, rstd, FLOAT32, rtol=4)
    assert_close(got_sum, total, dtype)
    total = total + (0.0 if bias is None else bias.astype(np.float64))
    mean = total.mean(axes, keepdims=True)
    rstd = 1 / np.sqrt(total.var(axes, keepdims=True) + 1e-3)
    outputs = run_op("AddLayerNorm", [x1, x2, gamma, beta, bias], {"epsilon": 1e-3})
    expected = (total - mean) * rstd * gamma.astype(np.float64) + beta.astype(np.float64)
    assert_close(outputs[0], expected, dtype, rtol=2, atol=SLACK[dtype])
    assert_close(outputs[1], mean, FLOAT32, atol=1e-6)
    assert_close(outputs[2], rstd, FLOAT32, rtol=4)
    assert_close(outputs[3], total, dtype, atol=1e-12)


def softmax(x: np.ndarray) -> np.ndarray:
    p = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(p / p.sum(-1, keepdims=True))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("mask", [None, (2, 3, 4, 6), (2, 1, 4, 6), (1, 1, 4, 6)], ids=str)
@pytest.mark.parametrize("triangle", [False, True])
def test_scaled_masked_softmax(dtype: Any, mask: Any, triangle: bool) -> None:
    x = values(1, (2, 3, 4, 6), dtype, -3, 3)
    flags = None if mask is None else values(2, mask, bool)
    hidden = np.zeros((4, 6), bool) if flags is None else flags
    hidden = hidden | np.triu(np.ones((4, 6), bool), 1) if triangle else hidden
    expected = softmax(np.where(hidden, -10000.0, wide(x)[0] * 0.5))
    [y] = run_op("ScaledMaskedSoftmax", [x, flags], {"scale": 0.5, "fixed_triu_mask": triangle})
    assert_close(y, expected, dtype, rtol=4)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("mask", [None, (2, 4, 5), (2, 1, 4, 5), (1, 2, 1, 4, 5)], ids=str)
def test_masked_softmax_with_a_bias_by_position(dtype: Any, mask: Any) -> None:
    x, bias = values(1, (3, 2, 6, 4, 5), dtype, -3, 3), values(2, (6, 4, 5), dtype, -1, 1)
    plane = None if mask is None else values(3, mask, dtype, -2, 2)
    added = 0.0 if plane is None else wide(plane)[0].reshape(1, 2, 1, 4, 5)
    expected = softmax(wide(x)[0] * 0.5 + added + wide(bias)[0])
    [y] = run_op("MaskedSoftmaxWithRelPosBias", [x, plane, bias], {"scale_value": 0.5})
    assert_close(y, expected, dtype, rtol=8)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("done", [False, True])
def test_gating_keeps_the_likeliest_experts(dtype: Any, done: bool) -> None:
    x = np.random.default_rng(1).permuted(np.tile(np.arange(8) / 2, (5, 1)), axis=1).astype(dtype)
    finished = np.array([0, 1, 0, 0, 1], bool) if done else None
    order = np.argsort(-x.astype(np.float64), axis=1)[:, :3]
    y, experts, rows = run_op("MoeGatingTopKSoftmax", [x, finished], {"k": 3})
    assert_close(y, np.take_along_axis(softmax(wide(x)[0]), order, 1), dtype, rtol=4)
    assert_same(experts, np.where(finished[:, None], 8, order) if finished is not None else order, "int32")
    assert_same(rows, np.arange(3) * 5 + np.arange(5)[:, None], "int32")


X = np.ones((2, 3, 2, 8), np.float32)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("RotaryMul", [X, X[..., :4], X[..., :4]], {}, r"r1 is DT_FLOAT \[2,3,2,4\]"),
        ("RotaryMul", [X[..., :6], X[..., :6], X[..., :6]], {}, "is 6; it must be a multiple of 4"),
        ("RotaryPositionEmbedding", [X, X, X], {"mode": 4}, r"mode is 4; it must be in \[0, 3\]"),
        ("ApplyRotaryPosEmb", [X, X, X, X], {"layout": 2}, "layout is 2; only 1"),
        ("AddRmsNorm", [X, X, np.ones(4, np.float32)], {}, r"gamma has shape \[4\]"),
        ("AddRmsNorm", [X, X[:1], np.ones(8, np.float32)], {}, "must have one shape and type"),
        ("ScaledMaskedSoftmax", [X, np.ones((3, 8), bool)], {}, r"mask is DT_BOOL \[3,8\]"),
        ("MoeGatingTopKSoftmax", [X], {"k": 9}, "k is 9"),
    ],
)
def test_what_does_not_fit_is_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
