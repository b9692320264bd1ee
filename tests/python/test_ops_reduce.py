"""Reductions, positions of extremes, top-k, and running sums, against numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    BOOL,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    FLOATS,
    FLOATS64,
    INTEGERS,
    SIGNED,
    UNSIGNED,
    Const,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    shape_and_axis,
    shapes,
    values,
    wrapped,
)

INT8, INT16, INT32, INT64 = SIGNED


@st.composite
def shape_and_axes(draw: st.DrawFn) -> tuple[tuple[int, ...], list[int]]:
    """A shape and some of its axes, in any order, from the front or from the end."""
    shape = draw(shapes(1, 4, 6))
    chosen = draw(st.lists(st.sampled_from(range(len(shape))), unique=True, min_size=1))
    return shape, [axis - len(shape) if draw(st.booleans()) else axis for axis in chosen]


FOLDS = [("Sum", np.sum), ("Mean", np.mean), ("Max", np.max), ("Min", np.min), ("Prod", np.prod)]


@pytest.mark.parametrize("dtype", FLOATS64, ids=str)
@pytest.mark.parametrize(("name", "reference"), FOLDS, ids=[name for name, _ in FOLDS])
@few
@given(where=shape_and_axes(), seed=seeds, keep=st.booleans())
def test_float_reductions(name: str, reference: Any, dtype: Any, where: Any, seed: int, keep: bool) -> None:
    shape, axes = where
    x = values(seed, shape, dtype, 0.5, 1.5)
    expected = reference(x.astype(np.float64), axis=tuple(axes), keepdims=keep)
    [y] = run_op(f"Reduce{name}", [x, Const(np.array(axes, np.int64))], {"keep_dims": keep})
    if np.all(np.isfinite(np.asarray(expected).astype(dtype).astype(np.float64))):
        assert_close(y, expected, dtype, rtol=2)
    if dtype in FLOATS:
        [y_d] = run_op(f"Reduce{name}D", [x], {"axes": axes, "keep_dims": keep})
        assert_same(y_d, y, dtype)


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
@pytest.mark.parametrize("name", ["Sum", "Max", "Min", "Prod", "Mean"])
@few
@given(where=shape_and_axes(), seed=seeds)
def test_integer_reductions_wrap(name: str, dtype: Any, where: Any, seed: int) -> None:
    shape, axes = where
    x = values(seed, shape, dtype, -3 if dtype.kind == "i" else 0, 100)
    [y] = run_op(f"Reduce{name}", [x, Const(np.array(axes, np.int32))])
    numbers = x.astype(object)
    if name == "Mean":
        count = int(np.prod([shape[axis] for axis in axes]))
        total = np.asarray(np.sum(numbers, axis=tuple(axes)), dtype=object)
        expected = np.frompyfunc(lambda n: abs(n) // count * (1 if n >= 0 else -1), 1, 1)(total)
    else:
        expected = dict(FOLDS)[name](numbers, axis=tuple(axes))
    assert_same(y, wrapped(expected, dtype), dtype)


@few
@given(where=shape_and_axes(), seed=seeds, keep=st.booleans())
def test_all_and_any(where: Any, seed: int, keep: bool) -> None:
    shape, axes = where
    x = values(seed, shape, BOOL)
    attrs = {"keep_dims": keep}
    axis = Const(np.array(axes, np.int32))
    assert_same(run_op("ReduceAll", [x, axis], attrs)[0], np.all(x, tuple(axes), keepdims=keep), BOOL)
    assert_same(run_op("ReduceAny", [x, axis], attrs)[0], np.any(x, tuple(axes), keepdims=keep), BOOL)
    assert_same(
        run_op("ReduceAnyD", [x], {**attrs, "axes": axes})[0], np.any(x, tuple(axes), keepdims=keep), BOOL
    )


def test_no_axes_reduce_nothing_unless_told_otherwise() -> None:
    x = values(1, (3, 4), FLOAT32)
    none = Const(np.zeros(0, np.int32))
    assert_same(run_op("ReduceSum", [x, none])[0], x, FLOAT32)
    assert_same(run_op("ReduceMean", [x, none])[0], x, FLOAT32)
    [whole] = run_op("ReduceMean", [x, none], {"noop_with_empty_axes": False})
    assert_close(whole, x.astype(np.float64).mean(), FLOAT32, atol=1e-7)


@pytest.mark.parametrize("shape", [(1_000_003,), (700, 1500), (3, 40_000, 2), (50, 64, 33)])
@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, INT32], ids=str)
def test_large_reductions_keep_their_precision(shape: tuple[int, ...], dtype: Any) -> None:
    x = values(3, shape, dtype, 0, 1)
    for axes in [list(range(len(shape))), [0], [len(shape) - 1]]:
        axis = Const(np.array(axes, np.int32))
        if dtype == INT32:
            assert_same(run_op("ReduceSum", [x, axis])[0], x.sum(axis=tuple(axes)), dtype)
        else:
            expected = x.astype(np.float64).mean(axis=tuple(axes))
            assert_close(run_op("ReduceMean", [x, axis])[0], expected, dtype)
            assert_same(run_op("ReduceMax", [x, axis])[0], x.max(axis=tuple(axes)), dtype)


@pytest.mark.parametrize("length", [3, 15, 16, 33, 200, 1025])
def test_extremes_keep_nan_wherever_it_is(length: int) -> None:
    for place in (0, length // 2, length - 1):
        x = values(place, (length, 2), FLOAT32)
        x[place, 0] = np.nan
        for op, reference in [("ReduceMax", np.max), ("ReduceMin", np.min)]:
            assert_same(run_op(op, [x, Const([0])])[0], reference(x, axis=0), FLOAT32)
            assert_same(run_op(op, [x.T.copy(), Const([1])])[0], reference(x, axis=0), FLOAT32)
        assert_same(run_op("ArgMaxV2", [x, Const(0)])[0], np.argmax(x, axis=0), INT64)


@pytest.mark.parametrize("dtype", [*FLOATS64, *INTEGERS], ids=str)
@few
@given(where=shape_and_axis(), seed=seeds)
def test_positions_of_extremes_are_the_first(dtype: Any, where: Any, seed: int) -> None:
    shape, axis = where
    x = np.rint(values(seed, shape, dtype, 0, 4).astype(np.float64)).astype(dtype)
    wide = x.astype(np.float64)
    assert_same(run_op("ArgMaxV2", [x, Const(np.int32(axis))])[0], wide.argmax(axis), INT64)
    [y] = run_op("ArgMin", [x, Const(np.int64(axis))], {"dtype": "int32"})
    assert_same(y, wide.argmin(axis), INT32)
    if dtype in FLOATS:
        assert_same(run_op("ArgMaxD", [x], {"dimension": axis})[0], wide.argmax(axis), INT32)
        assert_same(run_op("ArgMinD", [x], {"dimension": axis})[0], wide.argmin(axis), INT32)
        index, value = run_op("ArgMaxWithValue", [x], {"dimension": axis, "keep_dims": True})
        assert_same(index, wide.argmax(axis, keepdims=True), INT32)
        assert_same(value, x.max(axis, keepdims=True), dtype)


@pytest.mark.parametrize("dtype", [*FLOATS64, *INTEGERS], ids=str)
@few
@given(where=shape_and_axis(), seed=seeds, largest=st.booleans(), share=st.floats(0, 1))
def test_top_k_is_sorted_and_stable(dtype: Any, where: Any, seed: int, largest: bool, share: float) -> None:
    shape, axis = where
    k = round(share * shape[axis])
    x = np.rint(values(seed, shape, dtype, 0, 5).astype(np.float64)).astype(dtype)
    order = np.argsort((-1 if largest else 1) * x.astype(np.float64), axis=axis, kind="stable")
    order = np.take(order, range(k), axis=axis)
    attrs = {"dim": axis, "largest": largest, "sorted": True}
    found, positions = run_op("TopKV2", [x, Const(np.int32(k))], attrs)
    assert_same(positions, order, INT32)
    assert_same(found, np.take_along_axis(x, order, axis), dtype)
    same, _ = run_op("TopKD", [x, np.zeros(1, np.float16)], {"k": k, **attrs})
    assert_same(same, found, dtype)


@pytest.mark.parametrize("dtype", [*FLOATS, *SIGNED, UNSIGNED[0]], ids=str)
@few
@given(where=shape_and_axis(), seed=seeds, descending=st.booleans())
def test_sort_returns_values_and_positions(dtype: Any, where: Any, seed: int, descending: bool) -> None:
    shape, axis = where
    x = np.rint(values(seed, shape, dtype, 0, 6).astype(np.float64)).astype(dtype)
    order = np.argsort((-1 if descending else 1) * x.astype(np.float64), axis=axis, kind="stable")
    y, positions = run_op("Sort", [x], {"axis": axis, "descending": descending})
    assert_same(positions, order, INT32)
    assert_same(y, np.take_along_axis(x, order, axis), dtype)


@pytest.mark.parametrize("dtype", [*FLOATS64, *INTEGERS], ids=str)
@few
@given(where=shape_and_axis(), seed=seeds, exclusive=st.booleans(), reverse=st.booleans())
def test_running_sums_and_products(dtype: Any, where: Any, seed: int, exclusive: bool, reverse: bool) -> None:
    shape, axis = where
    x = values(seed, shape, dtype, 0, 3)
    numbers = x.astype(np.float64 if dtype in FLOATS64 else object)
    for op, reference, neutral in [("Cumsum", np.cumsum, 0), ("Cumprod", np.cumprod, 1)]:
        turned = np.flip(numbers, axis) if reverse else numbers
        expected = reference(turned, axis=axis)
        if exclusive:
            first = np.full_like(np.take(expected, [0], axis=axis), neutral)
            expected = np.concatenate(
                [first, np.take(expected, range(shape[axis] - 1), axis=axis)], axis=axis
            )
        expected = np.flip(expected, axis) if reverse else expected
        attrs = {"exclusive": exclusive, "reverse": reverse}
        [y] = run_op(op, [x, Const(np.int32(axis))], attrs)
        if dtype in FLOATS64:
            assert_close(y, expected, dtype)
        else:
            assert_same(y, wrapped(expected, dtype), dtype)


def test_doubles_are_reduced_as_doubles() -> None:
    x = np.array([1e16, 1.0, -1e16, 1.0], np.float64)
    assert_close(run_op("ReduceSum", [x[[0, 2, 1, 3]], Const([0])])[0], 2.0, FLOAT64)
