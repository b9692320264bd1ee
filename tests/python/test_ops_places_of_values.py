"""Results whose shape depends on what tensors hold, and tensors made of parameters, against numpy."""

from __future__ import annotations

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
    SIGNED,
    Const,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401
    run_op,
    seeds,
    shapes,
    values,
)

import pyascend_ge as ge

COMPLEX = (np.dtype(np.complex64), np.dtype(np.complex128))


def sparse(seed: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """About half zeros."""
    number = values(seed, shape, "int8", -1, 1)
    return number.astype(bool) if dtype == BOOL else np.abs(number).astype(dtype)


@pytest.mark.parametrize("dtype", [*FLOATS64, *INTEGERS, BOOL, *COMPLEX], ids=str)
@few
@given(shapes(0, 4), seeds)
def test_where_lists_what_is_not_zero(dtype: np.dtype, shape: tuple[int, ...], seed: int) -> None:
    x = sparse(seed, shape, dtype)
    [y] = run_op("Where", [x])
    assert_same(y, np.stack(np.where(np.atleast_1d(x)), 1)[:, : x.ndim], np.int64)


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("index", ["int32", "int64"])
@few
@given(shapes(1, 3), seeds, st.booleans())
def test_nonzero(transpose: bool, index: str, shape: tuple[int, ...], seed: int, known: bool) -> None:
    x = sparse(seed, shape, FLOAT32)
    [y] = run_op("NonZero", [Const(x) if known else x], {"transpose": transpose, "dtype": index})
    expected = np.stack(np.nonzero(x), 0 if transpose else 1)
    assert_same(y, expected, index)


def test_nothing_but_zeros_has_no_places() -> None:
    [y] = run_op("Where", [np.zeros((2, 3), np.float32)])
    assert y.shape == (0, 2)
    [y] = run_op("NonZero", [np.zeros((0, 3), np.float32)], {"transpose": True})
    assert y.shape == (2, 0)


def test_places_go_on_into_the_graph() -> None:
    graph = ge.Graph("gathered")
    x = graph.input("x", shape=(-1,), dtype="float32")
    graph.output(
        graph.op("GatherNd", x, graph.op("Where", graph.op("Greater", x, graph.const(np.float32(0)))))
    )
    with ge.GeSession() as session:
        picked = session.add_graph(graph)
        for n in (5, 9):
            data = values(n, (n,), "float32")
            [y] = picked.run(data)
            assert_same(y, data[data > 0], "float32")


def test_a_model_says_that_the_number_of_places_is_unknown() -> None:
    graph = ge.Graph("places")
    x = graph.input("x", shape=(3, 4), dtype="float32")
    graph.output(graph.op("Where", x))
    with ge.Model.load(bytes(ge.build_model(graph, soc_version="Ascend910B3"))) as model:
        assert [(output.shape, output.dtype) for output in model.outputs] == [((-1, 2), np.dtype("int64"))]


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, FLOAT64, *SIGNED, np.dtype("uint8")], ids=str)
@pytest.mark.parametrize("index", ["int32", "int64"])
@few
@given(st.integers(0, 40), seeds)
def test_unique_keeps_the_order_of_first_occurrence(dtype: np.dtype, index: str, n: int, seed: int) -> None:
    x = values(seed, (n,), "int8", 0, 9).astype(dtype)
    y, idx, count = run_op("UniqueWithCounts", [x], {"out_idx": index})
    _, first, counts = np.unique(x, return_index=True, return_counts=True)
    order = np.argsort(first)
    assert_same(y, x[first[order]], dtype)
    assert_same(y[idx], x, dtype)
    assert_same(count, counts[order], index)
    assert idx.dtype == np.dtype(index)
    short = run_op("Unique", [x], {"out_idx": index})
    assert_same(short[0], y, dtype)
    assert_same(short[1], idx, index)


def test_unique_takes_both_zeros_for_one_and_no_two_nans() -> None:
    y, idx = run_op("Unique", [np.array([0.0, -0.0, np.nan, np.nan, 1], np.float32)])
    assert len(y) == 4
    assert idx.tolist() == [0, 0, 1, 2, 3]


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, BFLOAT16, FLOAT64], ids=str)
@few
@given(st.integers(1, 30), seeds)
def test_linspace_ends_at_stop(dtype: np.dtype, num: int, seed: int) -> None:
    start, stop = values(seed, (2,), dtype)
    [y] = run_op("LinSpace", [start, stop, Const(np.int32(num))])
    assert_close(y, np.linspace(np.float64(start), np.float64(stop), num), dtype, atol=1e-6)


def test_range_d_counts_by_attributes() -> None:
    [y] = run_op("RangeD", [np.arange(4, dtype=np.float32)], {"start": 1.0, "limit": 3.0, "delta": 0.5})
    assert_same(y, np.arange(1, 3, 0.5), "float32")


def test_fill_v2_repeats_its_attribute() -> None:
    [y] = run_op("FillV2", [Const(np.array([2, 3]))], {"value": 1.5})
    assert_same(y, np.full((2, 3), 1.5), "float32")
    [y] = run_op("FillV2D", [], {"value": -2.0, "dims": [4]})
    assert_same(y, np.full(4, -2.0), "float32")


@pytest.mark.parametrize("dtype", [*FLOATS64, *INTEGERS, BOOL], ids=str)
@few
@given(st.integers(1, 5), st.integers(0, 5), shapes(0, 2, 3))
def test_eye(dtype: np.dtype, rows: int, columns: int, batch: tuple[int, ...]) -> None:
    code = {v: k for k, v in CODES.items()}[dtype]
    attrs = {"num_rows": rows, "num_columns": columns, "batch_shape": list(batch), "dtype": code}
    [y] = run_op("Eye", [], attrs)
    assert_same(y, np.broadcast_to(np.eye(rows, columns or rows), (*batch, rows, columns or rows)), dtype)


CODES = {
    0: FLOAT32,
    1: FLOAT16,
    2: np.dtype("int8"),
    3: np.dtype("int32"),
    4: np.dtype("uint8"),
    6: np.dtype("int16"),
    7: np.dtype("uint16"),
    8: np.dtype("uint32"),
    9: np.dtype("int64"),
    10: np.dtype("uint64"),
    11: FLOAT64,
    12: BOOL,
    27: BFLOAT16,
}
"""GE's numbers, a public enumeration."""

F = np.float32


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("Unique", [np.ones((2, 2), F)], {}, "must be a vector"),
        ("Unique", [np.ones(2, F)], {"out_idx": "float32"}, "must be 3"),
        ("LinSpace", [F(0), F(1), Const(np.int32(0))], {}, "num is 0; it must be at least 1"),
        ("RangeD", [np.zeros(3, F)], {"start": 0.0, "limit": 2.0, "delta": 1.0}, "there are 2"),
        ("Eye", [], {"num_rows": 0}, "num_rows is 0"),
    ],
    ids=["rank", "index type", "num", "count", "rows"],
)
def test_parameters_that_make_no_sense_are_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
