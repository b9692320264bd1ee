"""Matrix products against numpy: every layout of the operands, broadcasting batches, biases, integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    FLOAT32,
    FLOATS,
    Const,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401
    run_op,
    seeds,
    values,
    wrapped,
)

import pyascend_ge as ge

# Edges of the register tiles, of the blocks, of one row, and nothing.
dims = st.sampled_from([1, 2, 5, 8, 16, 17, 48, 49, 100, 200, 400])


def close(actual: np.ndarray, expected: np.ndarray, dtype: Any) -> None:
    """Sums of products: errors are relative to the largest result, a few last places of float32's sums."""
    scale = float(np.abs(expected).max(initial=1.0))
    assert_close(actual, expected, dtype, atol=3e-6 * scale)


def turned(matrix: np.ndarray, turn: bool) -> np.ndarray:
    return np.ascontiguousarray(np.swapaxes(matrix, -1, -2)) if turn else matrix


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("op", ["MatMul", "MatMulV2"])
@few
@given(st.data(), seeds)
def test_a_product_of_matrices(op: str, dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    m, n, k = data.draw(dims), data.draw(dims), data.draw(dims)
    turn_a, turn_b, constant, biased = (data.draw(st.booleans()) for _ in range(4))
    a, b, bias = values(seed, (m, k), dtype), values(seed + 1, (k, n), dtype), values(seed + 2, (n,), dtype)
    right = turned(b, turn_b)
    [y] = run_op(
        op,
        [turned(a, turn_a), Const(right) if constant else right, bias if biased else None],
        {"transpose_x1": turn_a, "transpose_x2": turn_b},
    )
    expected = a.astype(np.float64) @ b.astype(np.float64) + (bias.astype(np.float64) if biased else 0.0)
    close(y, expected, dtype)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("op", ["BatchMatMul", "BatchMatMulV2"])
@pytest.mark.parametrize(
    ("left", "right"),
    [((), ()), ((3,), (3,)), ((2, 1), (3,)), ((3,), ()), ((), (2, 2)), ((2, 1, 2), (1, 3, 1))],
)
@few
@given(st.data(), seeds)
def test_batches_broadcast(
    op: str, dtype: np.dtype, left: tuple[int, ...], right: tuple[int, ...], data: st.DataObject, seed: int
) -> None:
    small = st.integers(1, 20)
    m, n, k = data.draw(small), data.draw(small), data.draw(small)
    turn_a, turn_b = data.draw(st.booleans()), data.draw(st.booleans())
    a, b = values(seed, (*left, m, k), dtype), values(seed + 1, (*right, k, n), dtype)
    [y] = run_op(op, [turned(a, turn_a), turned(b, turn_b)], {"adj_x1": turn_a, "adj_x2": turn_b})
    close(y, a.astype(np.float64) @ b.astype(np.float64), dtype)


@pytest.mark.parametrize(
    "shape", [(0, 4, 3), (2, 0, 3), (2, 4, 0)], ids=["no-rows", "no-depth", "no-columns"]
)
def test_empty_products(shape: tuple[int, int, int]) -> None:
    m, k, n = shape
    [y] = run_op(
        "MatMul", [np.ones((m, k), np.float32), np.ones((k, n), np.float32), np.full(n, 7, np.float32)]
    )
    assert_same(y, np.full((m, n), 7.0), FLOAT32)


@pytest.mark.parametrize("dtype", ["int8", "int32"])
@few
@given(st.data(), seeds)
def test_integers_multiply_in_wrapping_int32(dtype: str, data: st.DataObject, seed: int) -> None:
    m, n, k = (data.draw(st.integers(1, 40)) for _ in range(3))
    turn = data.draw(st.booleans())
    a, b = values(seed, (m, k), dtype), values(seed + 1, (k, n), dtype)
    [y] = run_op("MatMulV2", [a, turned(b, turn)], {"transpose_x2": turn})
    assert_same(y, wrapped(a.astype(object) @ b.astype(object), "int32"), "int32")


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("addend", [(6, 5), (5,), (1, 5), (6, 1), (1, 1)], ids=str)
@few
@given(seeds, st.booleans(), st.booleans())
def test_gemm_scales_and_adds(
    dtype: np.dtype, addend: tuple[int, ...], seed: int, turn_a: bool, turn_b: bool
) -> None:
    a, b, c = values(seed, (6, 9), dtype), values(seed + 1, (9, 5), dtype), values(seed + 2, addend, dtype)
    alpha, beta = np.array([0.5], dtype), np.array([-2.0], dtype)
    [y] = run_op(
        "GEMM",
        [turned(a, turn_a), turned(b, turn_b), c, alpha, beta],
        {"transpose_a": turn_a, "transpose_b": turn_b},
    )
    close(y, 0.5 * (a.astype(np.float64) @ b.astype(np.float64)) - 2.0 * c.astype(np.float64), dtype)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("axis", [1, 2])
@few
@given(seeds, st.booleans(), st.booleans())
def test_a_fully_connected_layer_flattens_from_axis(
    dtype: np.dtype, axis: int, seed: int, transpose: bool, constant: bool
) -> None:
    x, w = values(seed, (2, 3, 4, 5), dtype), values(seed + 1, (7, 60 if axis == 1 else 20), dtype)
    bias = values(seed + 2, (7,), dtype)
    weights = turned(w, transpose)
    [y] = run_op(
        "FullyConnection",
        [x, Const(weights) if constant else weights, bias],
        {"num_output": 7, "transpose": transpose, "axis": axis},
    )
    flat = x.astype(np.float64).reshape(*x.shape[:axis], -1)
    close(y, flat @ w.astype(np.float64).T + bias.astype(np.float64), dtype)


def test_a_product_too_big_for_one_block_is_the_same() -> None:
    a, b = values(1, (500, 700), FLOAT32), values(2, (700, 900), FLOAT32)
    [y] = run_op("MatMul", [a, b])
    close(y, a.astype(np.float64) @ b.astype(np.float64), FLOAT32)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("turn", [False, True], ids=["rows", "columns"])
@pytest.mark.parametrize("depth", [1, 7, 8, 9, 63, 1100])
@pytest.mark.parametrize("width", [1, 3, 16, 39, 300])
def test_one_row_of_small_integers_is_exact(width: int, depth: int, turn: bool, dtype: np.dtype) -> None:
    a = values(3, (1, depth), np.int8, -8, 8)
    b = values(4, (depth, width), np.int8, -8, 8)
    [y] = run_op("MatMul", [a.astype(dtype), turned(b, turn).astype(dtype)], {"transpose_x2": turn})
    assert_same(y, a.astype(np.float32) @ b.astype(np.float32), dtype)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize(("depth", "width"), [(5, 3), (17, 40)])
def test_infinities_reach_only_their_own_column(depth: int, width: int, dtype: np.dtype) -> None:
    b = np.ones((depth, width), dtype)
    b[depth - 1, 1] = np.inf
    [y] = run_op("MatMul", [np.ones((1, depth), dtype), b])
    expected = np.full((1, width), float(depth))
    expected[0, 1] = np.inf
    assert_same(y, expected, dtype)


F = np.float32


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("MatMul", [np.ones((2, 3), F), np.ones((2, 3), F)], {}, r"\[2,3\] has depth 3 .*\[2,3\] 2"),
        ("MatMul", [np.ones((2, 3), F), np.ones((2, 3, 4), F)], {}, "must have rank 2"),
        ("MatMul", [np.ones((2, 3), F), np.ones((3, 2), F), np.ones(3, F)], {}, "bias has shape .3."),
        ("MatMulV2", [np.ones((2, 3), F), np.ones((3, 2), F)], {"offset_x": 3}, "offset_x is 3"),
        ("BatchMatMul", [np.ones((2, 2, 3), F), np.ones((3, 3, 2), F)], {}, "do not broadcast"),
        ("FullyConnection", [np.ones((2, 3), F), np.ones((4, 4), F)], {"num_output": 4}, r"\[4, 3\]"),
    ],
    ids=["depth", "rank", "bias", "offset", "batches", "weights"],
)
def test_what_does_not_fit_is_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
