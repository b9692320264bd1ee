"""Statistics over axes, running extremes, counting and searching, products of vectors, against numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    FLOAT16,
    FLOAT32,
    FLOAT64,
    FLOATS,
    FLOATS64,
    INTEGERS,
    Const,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401
    run_op,
    seeds,
    shape_and_axis,
    shapes,
    values,
)

import pyascend_ge as ge

I8, I32, I64, U8 = (np.dtype(name) for name in ("int8", "int32", "int64", "uint8"))
F16_F32 = (FLOAT32, FLOAT16)


@st.composite
def shape_and_axes(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A shape and some of its axes, at least one."""
    shape = draw(shapes(1, 4, 5))
    axes = draw(st.lists(st.integers(0, len(shape) - 1), unique=True, min_size=1))
    return shape, tuple(axis - len(shape) if draw(st.booleans()) else axis for axis in axes)


@pytest.mark.parametrize("dtype", F16_F32, ids=str)
@few
@given(shape_and_axes(), st.booleans(), seeds)
def test_logarithms_of_sums(
    dtype: np.dtype, where: tuple[tuple[int, ...], tuple[int, ...]], keep: bool, seed: int
) -> None:
    shape, axes = where
    x = values(seed, shape, dtype, 0.5, 4)
    wide = x.astype(np.float64)
    attrs = {"keep_dims": keep}
    [y] = run_op("ReduceLogSum", [x, Const(np.array(axes))], attrs)
    assert_close(y, np.log(wide.sum(axes, keepdims=keep)), dtype, atol=1e-6)
    [y] = run_op("ReduceLogSumExp", [x, Const(np.array(axes))], attrs)
    assert_close(y, np.log(np.exp(wide).sum(axes, keepdims=keep)), dtype)
    [y] = run_op("EuclideanNorm", [x, Const(np.array(axes))], attrs)
    assert_close(y, np.sqrt((wide**2).sum(axes, keepdims=keep)), dtype)
    [y] = run_op("EuclideanNormD", [x], {**attrs, "axes": list(axes)})
    assert_close(y, np.sqrt((wide**2).sum(axes, keepdims=keep)), dtype)
    [y] = run_op("SquareSumV1", [x], {**attrs, "axis": list(axes)})
    assert_close(y, (wide**2).sum(axes, keepdims=keep), dtype)


def test_a_logarithm_of_sums_takes_large_and_infinite_numbers() -> None:
    x = np.array([[1000, 1000], [-np.inf, -np.inf], [np.inf, 1], [np.nan, 1]], np.float32)
    [y] = run_op("ReduceLogSumExp", [x, Const([1])])
    assert_close(y[:1], [1000 + math.log(2)], FLOAT32)
    assert y[1] == -np.inf
    assert y[2] == np.inf
    assert np.isnan(y[3])


@pytest.mark.parametrize("dtype", F16_F32, ids=str)
@few
@given(shape_and_axes(), st.booleans(), st.booleans(), seeds)
def test_standard_deviations(
    dtype: np.dtype, where: tuple[tuple[int, ...], tuple[int, ...]], keep: bool, unbiased: bool, seed: int
) -> None:
    shape, axes = where
    x = values(seed, tuple(n + 1 for n in shape), dtype)
    wide = x.astype(np.float64)
    attrs = {"dim": list(axes), "unbiased": unbiased, "keepdim": keep}
    std, mean = run_op("ReduceStd", [x], attrs)
    assert_close(std, wide.std(axes, ddof=int(unbiased), keepdims=keep), dtype, rtol=2, atol=1e-6)
    assert_close(mean, wide.mean(axes, keepdims=keep), dtype, rtol=2, atol=1e-6)
    middle = wide.mean(axes, keepdims=True).astype(dtype)
    squares = ((wide - middle.astype(np.float64)) ** 2).sum(axes, keepdims=keep)
    n = wide.size / wide.mean(axes).size
    [variance] = run_op("ReduceStdV2Update", [x, middle], {**attrs, "if_std": False})
    assert_close(variance, squares / (n - int(unbiased)), dtype, rtol=2)
    [root] = run_op("ReduceStdV2Update", [x, middle], {**attrs, "if_std": True})
    assert_close(root, np.sqrt(squares / (n - int(unbiased))), dtype, rtol=2)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_a_mean_of_parts_weighs_them_by_their_counts(dtype: np.dtype) -> None:
    means = np.array([[1, 2], [3, 4]]).astype(dtype)
    counts, total = np.array([[1], [3]]).astype(dtype), np.array([[4], [4]]).astype(dtype)
    [y] = run_op("ReduceMeanWithCount", [means, counts, total], {"axes": [0]})
    assert_same(y, [2.5, 3.5], dtype)


@pytest.mark.parametrize("dtype", [*FLOATS64, *INTEGERS], ids=str)
@few
@given(shape_and_axis(), seeds)
def test_running_extremes_and_their_places(
    dtype: np.dtype, where: tuple[tuple[int, ...], int], seed: int
) -> None:
    shape, axis = where
    x = values(seed, shape, dtype)
    for op, name, best in (("Cummax", "dim", np.maximum), ("Cummin", "axis", np.minimum)):
        y, places = run_op(op, [x], {name: axis})
        assert_same(y, best.accumulate(x, axis), dtype)
        assert_same(np.take_along_axis(x, places.astype(int), axis), y, dtype)
        assert places.dtype == np.int32


@pytest.mark.parametrize("dtype", [*F16_F32, FLOAT64], ids=str)
@few
@given(shape_and_axis(), st.booleans(), st.booleans(), seeds)
def test_running_logarithms_of_sums(
    dtype: np.dtype, where: tuple[tuple[int, ...], int], exclusive: bool, reverse: bool, seed: int
) -> None:
    shape, axis = where
    x = values(seed, shape, dtype)
    terms = np.exp(np.moveaxis(x.astype(np.float64), axis, 0))
    terms = terms[::-1] if reverse else terms
    sums = np.cumsum(terms, 0)
    if exclusive:
        sums = np.concatenate([np.zeros_like(sums[:1]), sums[:-1]])
    with np.errstate(divide="ignore"):
        expected = np.moveaxis(np.log(sums[::-1] if reverse else sums), 0, axis)
    attrs = {"exclusive": exclusive, "reverse": reverse}
    [y] = run_op("CumulativeLogsumexp", [x, Const(np.int32(axis))], attrs)
    assert_close(y, expected, dtype, rtol=2, atol=1e-6 if dtype != FLOAT64 else 1e-14)


@pytest.mark.parametrize("dtype", [*F16_F32, I8, I32, I64, U8], ids=str)
@few
@given(shapes(1, 2, 30), st.integers(1, 9), seeds)
def test_histogram(dtype: np.dtype, shape: tuple[int, ...], bins: int, seed: int) -> None:
    x = values(seed, shape, "int8", 0, 16).astype(dtype)
    result = FLOAT32 if dtype == FLOAT16 else dtype
    [y] = run_op("Histogram", [x], {"bins": bins, "min": 2.0, "max": 11.0})
    expected, _ = np.histogram(x.astype(np.float64), bins, (2, 11))
    assert_same(y, expected, result)
    [y] = run_op("Histogram", [x], {"bins": bins})
    low, high = float(x.min()), float(x.max())
    span = (low, high) if low < high else (low - 1, high + 1)
    assert_same(y, np.histogram(x.astype(np.float64), bins, span)[0], result)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64, I32, I64], ids=str)
@few
@given(st.integers(1, 30), st.integers(0, 12), st.booleans(), seeds)
def test_bincount(dtype: np.dtype, n: int, size: int, weighted: bool, seed: int) -> None:
    x = values(seed, (n,), "int32", 0, 9)
    weights = values(seed + 1, (n if weighted else 0,), "int8", 0, 5).astype(dtype)
    [y] = run_op("Bincount", [x, Const(np.int32(size)), weights])
    expected = np.bincount(x, weights if weighted else None, minlength=size)[:size]
    assert_same(y, expected, dtype)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64, I32, I64], ids=str)
@pytest.mark.parametrize("right", [True, False])
@few
@given(shapes(0, 2, 20), seeds)
def test_bucketize(dtype: np.dtype, right: bool, shape: tuple[int, ...], seed: int) -> None:
    x = values(seed, shape, "int8", -3, 9).astype(dtype)
    bounds = [-1.0, 0.0, 2.5, 2.5, 7.0]
    [y] = run_op("Bucketize", [x], {"boundaries": bounds, "dtype": "int64", "right": right})
    assert_same(y, np.searchsorted(bounds, x, "right" if right else "left"), np.int64)


@pytest.mark.parametrize("dtype", [*F16_F32, I8, I32, I64, U8], ids=str)
@pytest.mark.parametrize("right", [True, False])
@few
@given(st.integers(0, 3), st.integers(1, 9), st.integers(1, 9), st.booleans(), seeds)
def test_search_sorted(
    dtype: np.dtype, right: bool, rows: int, n: int, m: int, indirect: bool, seed: int
) -> None:
    lead = (rows,) if rows else ()
    rows_of = values(seed, (*lead, n), "int8", 0, 9).astype(dtype)
    x = values(seed + 1, (*lead, m), "int8", 0, 9).astype(dtype)
    order = np.argsort(rows_of, -1, kind="stable")
    bounds = np.take_along_axis(rows_of, order, -1)
    side = "right" if right else "left"
    expected = np.stack(
        [np.searchsorted(b, v, side) for b, v in zip(np.atleast_2d(bounds), np.atleast_2d(x), strict=True)]
    ).reshape(x.shape)
    inputs = [rows_of, x, order.astype(np.int64)] if indirect else [bounds, x, None]
    [y] = run_op("SearchSorted", inputs, {"dtype": "int32", "right": right})
    assert_same(y, expected, np.int32)


@pytest.mark.parametrize("dtype", [*FLOATS, U8, I8, I32], ids=str)
@few
@given(st.integers(0, 20), st.integers(1, 5), seeds)
def test_dot_and_outer_product(dtype: np.dtype, n: int, m: int, seed: int) -> None:
    a, b = (values(seed + i, (n,), "int8", 0, 2).astype(dtype) for i in range(2))
    [y] = run_op("Dot", [a, b])
    assert_same(y, a.astype(int) @ b.astype(int), dtype)
    if dtype in F16_F32:
        c = values(seed + 2, (m,), dtype)
        [y] = run_op("Ger", [a, c])
        assert_same(y, np.outer(a.astype(np.float64), c.astype(np.float64)), dtype)


@pytest.mark.parametrize("dtype", [*F16_F32, FLOAT64, *INTEGERS], ids=str)
@few
@given(shapes(0, 2, 4), shapes(0, 2, 2), seeds)
def test_cross(dtype: np.dtype, before: tuple[int, ...], after: tuple[int, ...], seed: int) -> None:
    before = tuple(n + (n == 3) for n in before)
    a, b = (values(seed + i, (*before, 3, *after), "int8", 0, 9).astype(dtype) for i in range(2))
    axis = len(before)
    left, right = (np.moveaxis(x.astype(np.int64), axis, -1) for x in (a, b))
    expected = np.moveaxis(np.cross(left, right), -1, axis)
    [y] = run_op("Cross", [a, b])
    assert_same(y, expected, dtype)
    [y] = run_op("Cross", [a, b], {"dim": axis - a.ndim})
    assert_same(y, expected, dtype)


@pytest.mark.parametrize("dtype", F16_F32, ids=str)
@pytest.mark.parametrize("p", [0.0, 1.0, 2.0, 3.0, math.inf])
@few
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), seeds)
def test_cdist(dtype: np.dtype, p: float, n: int, m: int, width: int, seed: int) -> None:
    a, b = values(seed, (n, 1, width), dtype), values(seed + 1, (1, m, width), dtype)
    [y] = run_op("Cdist", [a, b], {"p": p})
    expected = np.linalg.norm(a.astype(np.float64) - b.astype(np.float64), p, -1)
    assert_close(y, expected, dtype, rtol=2)


F = np.float32
X = np.ones((2, 3), F)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("ReduceLogSum", [X, Const([2])], {}, r"axes holds 2.*outside \[-2, 2\)"),
        ("ReduceStdV2Update", [X, np.ones(2, F)], {"dim": [0]}, "does not broadcast to x"),
        ("Histogram", [X], {"min": 2.0, "max": 1.0}, "min 2 and max 1"),
        ("Histogram", [X], {"bins": 0}, "bins is 0"),
        ("Bincount", [np.array([-1], np.int32), Const([3]), np.ones(0, F)], {}, "must not be negative"),
        ("Bucketize", [X], {"boundaries": [1.0, 0.0]}, "must ascend"),
        ("SearchSorted", [X, np.ones((3, 3), F), None], {}, "agree with values"),
        ("Dot", [np.ones(2, F), np.ones(3, F)], {}, "2 and 3 elements"),
        ("Cross", [np.ones(2, F), np.ones(2, F)], {}, "axis of length 3; x1 has none"),
        ("Cdist", [X, X], {"p": -1.0}, "p is -1"),
    ],
)
def test_misfits_are_refused(op: str, inputs: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
