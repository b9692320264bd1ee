"""Gathering and scattering at places that index tensors name, against numpy's fancy indexing."""

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
    FLOAT64,
    SIGNED,
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

TYPES = [FLOAT32, FLOAT16, BFLOAT16, FLOAT64, *SIGNED]


def places(seed: int, shape: tuple[int, ...], axes: int, lead: tuple[int, ...], dtype: str) -> np.ndarray:
    """Tuples of `axes` indices into a tensor."""
    along = [values(seed + axis, lead, dtype, 0, shape[axis] - 1) for axis in range(axes)]
    return np.stack(along, -1)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("index_type", ["int32", "int64"])
@few
@given(st.data(), seeds)
def test_gather_nd_takes_what_tuples_name(
    dtype: np.dtype, index_type: str, data: st.DataObject, seed: int
) -> None:
    x = values(seed, data.draw(shapes(1, 4, 5)), dtype)
    axes = data.draw(st.integers(1, x.ndim))
    indices = places(seed + 1, x.shape, axes, data.draw(shapes(0, 2, 4)), index_type)
    [y] = run_op("GatherNd", [x, indices])
    assert_same(y, x[tuple(np.moveaxis(indices, -1, 0))], dtype)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@few
@given(st.data(), seeds)
def test_gather_elements_takes_one_per_index(dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(1, 3, 5)), dtype)
    dim = data.draw(st.integers(0, x.ndim - 1))
    size = [data.draw(st.integers(1, 6)) if axis == dim else length for axis, length in enumerate(x.shape)]
    index = values(seed + 1, size, "int64", -x.shape[dim], x.shape[dim] - 1)
    [y] = run_op("GatherElements", [x, index], {"dim": dim})
    assert_same(y, np.take_along_axis(x, index % x.shape[dim], dim), dtype)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@few
@given(st.data(), seeds)
def test_scatter_nd_adds_into_zeros(dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    shape = data.draw(shapes(1, 3, 4))
    axes = data.draw(st.integers(1, len(shape)))
    indices = places(seed, shape, axes, data.draw(shapes(1, 2, 4)), "int32")
    # Small whole numbers: their sums are exact in every type.
    updates = values(seed + 9, (*indices.shape[:-1], *shape[axes:]), "int8", -5, 5).astype(dtype)
    [y] = run_op("ScatterNd", [indices, updates, Const(np.array(shape, np.int64))])
    expected = np.zeros(shape, np.int64)
    np.add.at(expected, tuple(np.moveaxis(indices, -1, 0)), updates.astype(np.int64))
    assert_same(y, expected, dtype)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("reduction", ["none", "add", "mul"])
@few
@given(st.data(), seeds)
def test_scatter_elements(dtype: np.dtype, reduction: str, data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(1, 3, 4)), "int8", -3, 3)
    axis = data.draw(st.integers(0, x.ndim - 1))
    indices = values(seed + 1, x.shape, "int32", 0, x.shape[axis] - 1)
    updates = values(seed + 2, x.shape, "int8", -2, 2)
    if reduction == "mul":
        updates = np.sign(updates)  # four updates of one place stay exact in every type
    [y] = run_op(
        "ScatterElements",
        [x.astype(dtype), indices, updates.astype(dtype)],
        {"axis": axis, "reduction": reduction},
    )
    apply = {
        "none": lambda old, new: new,
        "add": lambda old, new: old + new,
        "mul": lambda old, new: old * new,
    }
    expected = x.astype(np.int64)
    for place in np.ndindex(*x.shape):
        to = (*place[:axis], indices[place], *place[axis + 1 :])
        expected[to] = apply[reduction](expected[to], int(updates[place]))
    assert_same(y, expected, dtype)


F = np.float32


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("GatherNd", [np.ones((2, 3), F), np.array([[0, 0, 0]])], {}, "how many axes of x"),
        (
            "GatherNd",
            [np.ones((2, 3), F), np.array([[0, 3]])],
            {},
            r"is 3; along axis 1 it must be in \[0, 3\)",
        ),
        ("GatherElements", [np.ones((2, 3), F), np.array([3])], {"dim": 1}, "must have the rank of"),
        ("GatherElements", [np.ones((2, 3), F), np.array([[3]])], {"dim": 1}, r"must be in \[-3, 3\)"),
        (
            "ScatterNd",
            [np.array([[5]]), np.ones((2, 3), F), Const(np.array([4, 3]))],
            {},
            r"must have \[1,3\]",
        ),
        (
            "ScatterNd",
            [np.array([[5]]), np.ones((1, 3), F), Const(np.array([4, 3]))],
            {},
            r"must be in \[0, 4\)",
        ),
    ],
    ids=["axes", "outside", "rank", "element", "updates", "place"],
)
def test_what_names_no_place_is_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
