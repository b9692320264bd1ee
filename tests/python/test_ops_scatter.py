"""Scattering, masks and segments against numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    BFLOAT16,
    BOOL,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    FLOATS64,
    INTEGERS,
    Const,
    assert_same,
    few,
    operator_session,  # noqa: F401
    run_op,
    seeds,
    shapes,
    values,
)

import pyascend_ge as ge

NUMBERS = (*FLOATS64, *INTEGERS)
I8, I32, U8 = np.dtype("int8"), np.dtype("int32"), np.dtype("uint8")
SMALL = (FLOAT32, FLOAT16, I32, I8, U8)
REDUCE: dict[str, Callable[[int, int], int]] = {
    "none": lambda old, new: new,
    "add": lambda old, new: old + new,
    "mul": lambda old, new: old * new,
    "max": max,
    "min": min,
}


def whole(seed: int, shape: tuple[int, ...], low: int = 0, high: int = 3) -> np.ndarray:
    """Small whole numbers, whose sums and products are exact in every type."""
    return values(seed, shape, "int64", low, high)


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@pytest.mark.parametrize("reduction", list(REDUCE))
@few
@given(st.data(), seeds)
def test_scatter_elements_v2(dtype: np.dtype, reduction: str, data: st.DataObject, seed: int) -> None:
    x = whole(seed, data.draw(shapes(1, 3, 4)))
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    size = tuple(data.draw(st.integers(1, n)) for n in x.shape)
    indices = values(seed + 1, size, "int64", -x.shape[axis], x.shape[axis] - 1)
    updates = whole(seed + 2, size, 0, 1 if reduction == "mul" else 3)
    expected = x.copy()
    for place in np.ndindex(*size):
        to = list(place)
        to[axis] = indices[place]
        expected[tuple(to)] = REDUCE[reduction](expected[tuple(to)], updates[place])
    attrs = {"axis": axis, "reduction": reduction}
    [y] = run_op("ScatterElementsV2", [x.astype(dtype), indices, updates.astype(dtype)], attrs)
    assert_same(y, expected, dtype)


@pytest.mark.parametrize(
    ("op", "dtype"),
    [("ScatterNdUpdate", dtype) for dtype in (*NUMBERS, BOOL)]
    + [("TensorScatterUpdate", dtype) for dtype in (*NUMBERS, BOOL)]
    + [("ScatterNdAdd", dtype) for dtype in NUMBERS if dtype != BFLOAT16]
    + [("TensorScatterAdd", dtype) for dtype in SMALL],
)
@few
@given(st.data(), seeds)
def test_scatter_by_tuples(op: str, dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    x = whole(seed, data.draw(shapes(1, 3, 4))).astype(dtype)
    axes = data.draw(st.integers(1, x.ndim))
    lead = data.draw(shapes(1, 2, 3))
    indices = np.stack([values(seed + a, lead, "int32", 0, x.shape[a] - 1) for a in range(axes)], -1)
    updates = whole(seed + 9, (*lead, *x.shape[axes:])).astype(dtype)
    expected = x.copy()
    for place in np.ndindex(*lead):
        to = tuple(indices[place])
        expected[to] = expected[to] + updates[place] if op.endswith("Add") else updates[place]
    [y] = run_op(op, [x, indices, updates])
    assert_same(y, expected, dtype)


@pytest.mark.parametrize(
    ("op", "dtype"),
    [("ScatterUpdate", dtype) for dtype in (*SMALL, BFLOAT16)]
    + [("ScatterAdd", dtype) for dtype in SMALL]
    + [("InplaceUpdate", dtype) for dtype in NUMBERS]
    + [("InplaceAdd", dtype) for dtype in NUMBERS]
    + [("IndexAdd", dtype) for dtype in SMALL],
)
@few
@given(st.data(), seeds)
def test_scatter_by_rows(op: str, dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    x = whole(seed, data.draw(shapes(1, 3, 4))).astype(dtype)
    axis = data.draw(st.integers(0, x.ndim - 1)) if op == "IndexAdd" else 0
    indices = values(seed + 1, (data.draw(st.integers(0, 4)),), "int32", 0, x.shape[axis] - 1)
    updates = whole(seed + 2, (*x.shape[:axis], len(indices), *x.shape[axis + 1 :])).astype(dtype)
    expected = np.moveaxis(x.copy(), axis, 0)
    for i, row in enumerate(indices):
        new = np.moveaxis(updates, axis, 0)[i]
        expected[row] = expected[row] + new if op.endswith("Add") else new
    [y] = run_op(op, [x, indices, updates], {"axis": axis} if op == "IndexAdd" else {})
    assert_same(y, np.moveaxis(expected, 0, axis), dtype)


@pytest.mark.parametrize("dtype", [*SMALL, BFLOAT16], ids=str)
def test_scatter_writes_slices_of_a_cache(dtype: np.dtype) -> None:
    cache = values(1, (3, 2, 5, 4), "int8", -9, 9).astype(dtype)
    new = values(2, (3, 2, 2, 4), "int8", 0, 9).astype(dtype)
    places = np.array([0, 3, 1])
    expected = cache.copy()
    for b, at in enumerate(places):
        expected[b, :, at : at + 2] = new[b]
    [y] = run_op("Scatter", [cache, places, new], {"reduce": "update", "axis": -2})
    assert_same(y, expected, dtype)


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@few
@given(st.data(), seeds)
def test_masked_select_broadcasts(dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    full = data.draw(shapes(1, 3, 4))
    x = values(seed, full, dtype)
    mask = values(seed + 1, tuple(n if data.draw(st.booleans()) else 1 for n in full), BOOL)
    [y] = run_op("MaskedSelect", [x, mask])
    assert_same(y, x[np.broadcast_to(mask, full)], dtype)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, BFLOAT16, FLOAT64, I8, BOOL], ids=str)
@few
@given(shapes(1, 3, 4), seeds)
def test_masked_scatter_takes_updates_in_order(dtype: np.dtype, shape: tuple[int, ...], seed: int) -> None:
    x, updates = values(seed, shape, dtype), values(seed + 1, shape, dtype)
    mask = values(seed + 2, shape[1:], BOOL)
    expected = x.copy()
    where = np.broadcast_to(mask, shape)
    expected[where] = updates.reshape(-1)[: where.sum()]
    [y] = run_op("MaskedScatter", [x, mask, updates])
    assert_same(y, expected, dtype)


def test_index_fill_puts_a_value_at_indices() -> None:
    x = values(3, (3, 4), FLOAT32)
    keep = np.array([1, 0, 1, 0], np.float32)
    [y] = run_op("IndexFillD", [x, keep, 7 * (1 - keep)], {"dim": 1})
    expected = x.copy()
    expected[:, [1, 3]] = 7
    assert_same(y, expected, FLOAT32)


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@pytest.mark.parametrize("index", ["int32", "int64"])
@few
@given(st.data(), seeds)
def test_segments(dtype: np.dtype, index: str, data: st.DataObject, seed: int) -> None:
    x = whole(seed, data.draw(shapes(1, 3, 5)))
    ids = values(seed + 1, (x.shape[0],), index, -1, 4)
    total = np.zeros((5, *x.shape[1:]), np.int64)
    np.add.at(total, ids[ids >= 0], x[ids >= 0])
    [y] = run_op("UnsortedSegmentSum", [x.astype(dtype), ids, Const(np.int32(5))])
    assert_same(y, total, dtype)
    ids = np.sort(np.abs(ids))
    total = np.zeros((ids[-1] + 1, *x.shape[1:]), np.int64)
    np.add.at(total, ids, x)
    [y] = run_op("SegmentSum", [x.astype(dtype), ids])
    assert_same(y, total, dtype)


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
def test_the_maximum_of_an_empty_segment_is_the_lowest_number(dtype: np.dtype) -> None:
    x = values(4, (4, 2), "int8", 0, 9).astype(dtype)
    [y] = run_op("UnsortedSegmentMax", [x, np.array([2, 0, 2, 0], np.int32), Const(np.int64(3))])
    lowest = np.iinfo(dtype).min if dtype.kind in "iu" else ge_finfo(dtype).min
    assert_same(y, np.stack([x[[1, 3]].max(0), np.full(2, lowest, dtype), x[[0, 2]].max(0)]), dtype)


def ge_finfo(dtype: np.dtype) -> Any:
    """Limits of a floating-point type, bfloat16 included."""
    import ml_dtypes

    return ml_dtypes.finfo(dtype)


def test_an_update_of_a_variable_stays() -> None:
    first, count = ge.Graph("first"), ge.Graph("count")
    first.output(first.assign(first.variable("counter", (4,)), np.arange(4, dtype=np.float32)))
    by = count.input("by", shape=(4,), dtype="float32")
    count.output(count.op("AssignAdd", count.variable("counter", (4,)), by))
    with ge.GeSession() as session:
        session.add_graph(first).run()
        counting = session.add_graph(count)
        for turn in (1, 2, 3):
            [y] = counting.run(np.ones(4, np.float32))
            assert_same(y, np.arange(4) + turn, FLOAT32)


F = np.float32
X = np.ones((2, 3), F)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        (
            "ScatterElementsV2",
            [X, np.zeros((2, 3), int), X],
            {"reduction": "sub"},
            "none, add, mul, max or min",
        ),
        ("ScatterNdUpdate", [X, np.array([[5]]), np.ones((1, 3), F)], {}, r"must be in \[0, 2\)"),
        ("ScatterNdUpdate", [X, np.array([[1]]), np.ones((2, 3), F)], {}, r"must have \[1,3\]"),
        ("ScatterAdd", [X, np.array([2]), np.ones((1, 3), F)], {}, r"is 2; it must be in \[0, 2\)"),
        ("IndexAdd", [X, np.array([0], np.int32), np.ones((1, 3), F)], {"axis": 1}, r"must have \[2,1\]"),
        ("MaskedSelect", [X, np.ones((2, 3), F)], {}, "must be DT_BOOL"),
        ("MaskedSelect", [X, np.ones(4, bool)], {}, "do not broadcast"),
        ("MaskedScatter", [X, np.ones((2, 3), bool), np.ones(4, F)], {}, "fewer than the mask"),
        ("SegmentSum", [X, np.array([1, 0])], {}, "must ascend"),
        ("UnsortedSegmentSum", [X, np.array([1, 7]), Const(np.int32(3))], {}, "is 7; there are 3"),
    ],
)
def test_misfits_are_refused(op: str, inputs: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
