"""Slices that go where tensors say: partitions, bags, sparse matrices, slices of variables, decoding."""

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
    FLOATS,
    INTEGERS,
    Const,
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

SLACK = {FLOAT64: 1e-13, FLOAT32: 1e-5, FLOAT16: 4e-3, BFLOAT16: 3e-2}
SMALL = [np.dtype(name) for name in ("int8", "uint8", "int16", "uint16", "int32", "int64")]
MOVED = [*SMALL, BOOL, FLOAT16, FLOAT32, FLOAT64, np.dtype("complex64"), np.dtype("complex128")]


def any_values(seed: int, shape: Any, dtype: np.dtype) -> np.ndarray:
    if dtype.kind == "c":
        return (values(seed, shape, "float32") + 1j * values(seed + 9, shape, "float32")).astype(dtype)
    return values(seed, shape, dtype)


@pytest.mark.parametrize("dtype", MOVED, ids=str)
@pytest.mark.parametrize("constant", [False, True])
@few
@given(seed=seeds, front=shapes(1, 2, 5), back=shapes(0, 2, 3), parts=st.integers(1, 4))
def test_a_partition_and_its_stitching(
    dtype: Any, constant: bool, seed: int, front: Any, back: Any, parts: int
) -> None:
    x = any_values(seed, (*front, *back), dtype)
    to = values(seed + 1, front, np.int32, 0, parts - 1)
    given_to = Const(to) if constant else to
    attrs = {"num_partitions": parts, "outputs": parts}
    cut = run_op("DynamicPartition", [x, given_to], attrs)
    for p, got in enumerate(cut):
        assert_same(got, x[to == p], dtype)
    places = np.arange(to.size, dtype=np.int32).reshape(front)
    indices = [places[to == p] for p in range(parts)]
    wrapped = [Const(index) if constant else index for index in indices]
    [y] = run_op("DynamicStitch", [wrapped, cut], {"N": parts})
    assert_same(y, x.reshape(-1, *back), dtype)


def test_later_slices_are_stitched_over_earlier_ones() -> None:
    x = [np.float32([[1, 2], [3, 4]]), np.float32([5, 6])]
    [y] = run_op("DynamicStitch", [[np.int32([4, 1]), np.int32(1)], x], {"N": 2})
    assert_same(y, np.float32([[0, 0], [5, 6], [0, 0], [0, 0], [1, 2]]), FLOAT32)


ROWS = np.ones((3, 2), np.float32)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("DynamicPartition", [ROWS, np.int32([0, 2, 1])], {"num_partitions": 2, "outputs": 2}, r"\[1\] is 2"),
        ("DynamicPartition", [ROWS, np.int32([0, -1, 1])], {"num_partitions": 2, "outputs": 2}, "is -1; it"),
        (
            "DynamicPartition",
            [ROWS, np.int32([0, 1])],
            {"num_partitions": 2, "outputs": 2},
            "first dims of x",
        ),
        ("DynamicPartition", [ROWS, np.int32([0] * 3)], {"num_partitions": 0, "outputs": 1}, "is 0 and"),
        ("DynamicStitch", [[np.int32([0, -2, 1])], [ROWS]], {"N": 1}, r"indices0\[1\] is -2"),
        (
            "DynamicStitch",
            [[np.int32([0, 1])], [ROWS]],
            {"N": 1},
            r"indices0 DT_INT32 \[2\] and x0 .* not fit",
        ),
        ("DynamicStitch", [[np.int32([0] * 3)], [ROWS]], {"N": 2}, "N is 2, but input indices has 1"),
    ],
)
def test_partitions_that_do_not_fit_are_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)


def bags(
    weight: np.ndarray, lists: list[np.ndarray], factors: list[np.ndarray] | None, mode: str, padding: int
) -> tuple[np.ndarray, list[int], np.ndarray]:
    """Results, sizes and the largest's indices, bag by bag."""
    width = weight.shape[1]
    y, most, sizes = np.zeros((len(lists), width)), np.full((len(lists), width), -1), []
    for b, indices in enumerate(lists):
        used = indices != padding
        rows = np.float64(weight)[indices[used]]
        sizes.append(int(used.sum()))
        if factors is not None:
            rows = rows * np.float64(factors[b])[used, None]
        if len(rows):
            y[b] = {"sum": rows.sum(0), "mean": rows.mean(0), "max": rows.max(0)}[mode]
            most[b] = indices[used][rows.argmax(0)]
    return y, sizes, most


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@few
@given(
    seed=seeds,
    sizes=st.lists(st.integers(0, 4), min_size=1, max_size=4),
    last=st.booleans(),
    padding=st.integers(-1, 4),
    wide=st.booleans(),
    weighted=st.booleans(),
)
def test_bags_of_rows(
    dtype: Any, mode: str, seed: int, sizes: list[int], last: bool, padding: int, wide: bool, weighted: bool
) -> None:
    kind = np.int64 if wide else np.int32
    weight = values(seed, (5, 3), dtype, -2, 2)
    ends = np.cumsum(sizes)
    indices = values(seed + 1, (sum(sizes),), kind, 0, 4)
    offsets = np.array([0, *ends] if last else [0, *ends[:-1]], kind)
    per_sample = values(seed + 2, indices.shape, dtype, -1, 1) if weighted and mode == "sum" else None
    cut = ends[:-1]
    expected, counts, most = bags(
        weight,
        np.split(indices, cut),
        None if per_sample is None else np.split(per_sample, cut),
        mode,
        padding,
    )
    attrs = {"mode": mode, "include_last_offset": last, "padding_idx": padding}
    y, bag_of, bag_size, max_indices = run_op("EmbeddingBag", [weight, indices, offsets, per_sample], attrs)
    assert_close(y, expected, dtype, atol=SLACK[np.dtype(dtype)])
    assert_same(bag_of, np.repeat(np.arange(len(sizes)), sizes), kind)
    assert_same(bag_size, np.array(counts), kind)
    assert_same(max_indices, most if mode == "max" else np.zeros(len(sizes)), kind)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_bags_that_are_rows_of_indices(mode: str) -> None:
    weight, indices = values(1, (6, 4), FLOAT32), values(2, (3, 5), np.int64, 0, 5)
    y = run_op("EmbeddingBag", [weight, indices], {"mode": mode})[0]
    assert_close(y, bags(weight, list(indices), None, mode, -1)[0], FLOAT32, atol=1e-6)


TABLE, PICKS = np.ones((4, 2), np.float32), np.int64([3, 0, 1])


@pytest.mark.parametrize(
    ("inputs", "attrs", "message"),
    [
        ([TABLE, PICKS, np.int64([0])], {"mode": "median"}, 'mode is "median"; it must be sum, mean or max'),
        ([TABLE, PICKS], {}, "without offsets, another"),
        ([TABLE, PICKS[None], np.int64([0])], {}, "with offsets, a vector"),
        ([TABLE, PICKS + 1, np.int64([0])], {}, r"indices\[0\] is 4; it must be in \[0, 4\)"),
        ([TABLE, PICKS, np.int64([1])], {}, "bag 0 the indices"),
        ([TABLE, PICKS, np.int64([0, 2, 1])], {}, r"bag 1 the indices \[2, 1\)"),
        ([TABLE, PICKS, np.int64([0, 9])], {}, r"bag 0 the indices \[0, 9\)"),
        ([TABLE, PICKS, np.int64([0, 2])], {"include_last_offset": True}, r"bag 0 the indices \[0, 2\)"),
        ([TABLE, PICKS, np.int64([0])], {"padding_idx": 4}, "padding_idx is 4"),
        ([TABLE, PICKS, np.int64([0]), np.ones(3, np.float32)], {"mode": "mean"}, "it goes with mode sum"),
    ],
)
def test_bags_that_do_not_fit_are_refused(inputs: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op("EmbeddingBag", inputs, attrs)


NUMBERS = (FLOAT32, FLOAT16, FLOAT64, np.dtype("int32"), np.dtype("int64"))


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@pytest.mark.parametrize("wide", [False, True])
@few
@given(seed=seeds, turn_a=st.booleans(), turn_b=st.booleans(), count=st.integers(0, 9))
def test_a_sparse_matrix_times_a_dense_one(
    dtype: Any, wide: bool, seed: int, turn_a: bool, turn_b: bool, count: int
) -> None:
    rng = np.random.default_rng(seed)
    places = rng.integers(0, (4, 5), (count, 2)).astype(np.int64 if wide else np.int32)
    numbers = values(seed, (count,), dtype, -3, 3)
    dense = values(seed + 1, (4 if turn_a else 5, 3), dtype, -3, 3)
    a = np.zeros((4, 5))
    np.add.at(a, tuple(places.T), np.float64(numbers))
    inputs = [places, numbers, np.int64([4, 5]), np.ascontiguousarray(dense.T) if turn_b else dense]
    [y] = run_op("SparseTensorDenseMatMul", inputs, {"adjoint_a": turn_a, "adjoint_b": turn_b})
    expected = (a.T if turn_a else a) @ np.float64(dense)
    if np.dtype(dtype).kind == "i":
        assert_same(y, expected, dtype)
    else:
        assert_close(y, expected, dtype, atol=SLACK[np.dtype(dtype)])


@pytest.mark.parametrize(
    ("places", "shape", "message"),
    [
        ([[0, 1], [2, 0]], [2, 3], r"x1_indices\[1,0\] is 2; it must be in \[0, 2\)"),
        ([[0, -1], [1, 0]], [2, 3], r"x1_indices\[0,1\] is -1"),
        ([[0, 1]], [2, 3], r"x1_indices \[1,2\], x1_values \[2\]"),
        ([[0, 1], [1, 0]], [2, 4], r"a matrix that \[2,4\] multiplies"),
        ([[0, 1], [1, 0]], [2], "x1_shape must hold two lengths"),
    ],
)
def test_sparse_matrices_that_do_not_fit_are_refused(
    places: list[list[int]], shape: list[int], message: str
) -> None:
    inputs = [np.int64(places), np.ones(2, np.float32), np.int64(shape), np.ones((3, 2), np.float32)]
    with pytest.raises(ge.AscendError, match=message):
        run_op("SparseTensorDenseMatMul", inputs)


ASSIGNED = [*INTEGERS, FLOAT32, FLOAT16, BFLOAT16, FLOAT64, np.dtype("complex64"), np.dtype("complex128")]


@pytest.mark.parametrize("dtype", ASSIGNED, ids=str)
def test_a_slice_of_every_type_is_written(dtype: Any) -> None:
    var, part = any_values(1, (4, 5), dtype), any_values(2, (2, 3), dtype)
    expected = var.copy()
    expected[1:3, 4:1:-1] = part
    bounds = [Const(np.int32(v)) for v in ([1, 4], [3, 1], [1, -1])]
    assert_same(run_op("StridedSliceAssign", [var, *bounds, part])[0], expected, dtype)


@few
@given(seed=seeds, shape=shapes(1, 4, 6))
def test_slices_are_written_where_they_are_read(seed: int, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    cuts, bounds, shrink = [], [], 0
    for axis, size in enumerate(shape):
        step = int(rng.choice([-3, -2, -1, 1, 2]))
        begin, end = (int(v) for v in rng.integers(-size, size, 2))
        if rng.random() < 0.2:
            shrink |= 1 << axis
            cuts.append(begin)
        else:
            cuts.append(slice(begin, end, step))
        bounds.append((begin, end, step))
    var = values(seed, shape, FLOAT32)
    expected = var.copy()
    part = values(seed + 1, var[tuple(cuts)].shape, FLOAT32)
    expected[tuple(cuts)] = part
    given_bounds = [Const(np.int64(column)) for column in zip(*bounds, strict=True)]
    attrs = {"shrink_axis_mask": shrink}
    assert_same(run_op("StridedSliceAssign", [var, *given_bounds, part], attrs)[0], expected, FLOAT32)


def test_a_slice_written_into_a_variable_stays() -> None:
    first, later = ge.Graph("first"), ge.Graph("later")
    first.output(first.assign(first.variable("cache", (4,)), np.zeros(4, np.float32)))
    one = later.input("value", shape=(1,), dtype="float32")
    at = later.input("at", shape=(1,), dtype="int32")
    end = later.op("Add", at, later.const(np.int32([1])))
    step = later.const(np.int32([1]))
    later.output(later.op("StridedSliceAssign", later.variable("cache", (4,)), at, end, step, one))
    expected = np.zeros(4, np.float32)
    with ge.GeSession() as session:
        session.add_graph(first).run()
        handle = session.add_graph(later)
        for place in (2, 0, 3):
            expected[place] = place + 5
            [y] = handle.run(np.float32([place + 5]), np.int32([place]))
            assert_same(np.array(y), expected, FLOAT32)


def test_a_slice_of_another_shape_is_refused() -> None:
    bounds = [Const(np.int32([v])) for v in (0, 2, 1)]
    with pytest.raises(ge.AscendError, match=r"input_value has shape \[1,2\]; the slice of var has \[2,2\]"):
        run_op("StridedSliceAssign", [ROWS, *bounds, ROWS[:1]])


@few
@given(seed=seeds, queries=st.integers(0, 4), padded=st.integers(0, 2), block=st.integers(1, 4))
def test_a_step_of_decoding(seed: int, queries: int, padded: int, block: int) -> None:
    sequences = queries + padded
    tokens, positions, slots = (values(seed + i, (sequences,), np.int64, 0, 99) for i in range(3))
    sampled = values(seed + 3, (queries, 1), np.int64, 0, 99)
    lengths = values(seed + 4, (sequences,), np.int64, 0, 3 * block - 1)
    tables = values(seed + 5, (sequences, 3), np.int64, 0, 50)
    attrs = {"num_seqs": sequences, "num_queries": queries, "block_size": block}
    got = run_op("AdvanceStep", [tokens, sampled, positions, lengths, slots, tables], attrs)
    for q in range(queries):
        where = lengths[q]
        tokens[q], positions[q] = sampled[q, 0], where
        slots[q] = tables[q, where // block] * block + where % block
        lengths[q] += 1
    for mine, theirs in zip(got, (tokens, positions, lengths, slots), strict=True):
        assert_same(mine, theirs, np.int64)


def test_steps_of_decoding_stay_in_variables() -> None:
    names = ("tokens", "positions", "lengths", "slots")
    first, later = ge.Graph("first"), ge.Graph("later")
    start = {name: np.array([i, 2 * i], np.int64) for i, name in enumerate(names)}
    for name, array in start.items():
        first.output(first.assign(first.variable(name, (2,), dtype="int64"), array))
    tokens, positions, lengths, slots = (later.variable(name, (2,), dtype="int64") for name in names)
    sampled = later.input("sampled", shape=(2,), dtype="int64")
    tables = later.const(np.arange(10, dtype=np.int64).reshape(2, 5))
    step = {"num_seqs": 2, "num_queries": 2, "block_size": 2}
    later.output(later.op("AdvanceStep", tokens, sampled, positions, lengths, slots, tables, **step)[3])
    look = ge.Graph("look")
    for name in names:
        look.output(look.op("Identity", look.variable(name, (2,), dtype="int64")))
    with ge.GeSession() as session:
        session.add_graph(first).run()
        handle, looking = session.add_graph(later), session.add_graph(look)
        seen = start["lengths"].copy()
        for turn in range(3):
            slot = [q * 5 * 2 + seen[q] for q in range(2)]
            [y] = handle.run(np.int64([turn + 7, turn + 8]))
            assert_same(np.array(y), np.int64(slot), np.int64)
            expected = ([turn + 7, turn + 8], seen.copy(), seen + 1, slot)
            seen += 1
            for mine, theirs in zip(looking.run(), expected, strict=True):
                assert_same(np.array(mine), np.int64(theirs), np.int64)


@pytest.mark.parametrize(
    ("change", "attrs", "message"),
    [
        ({}, {"num_queries": 3}, r"num_queries 3 .* must be in \[0, num_seqs\]"),
        ({}, {"block_size": 0}, "block_size 0"),
        ({3: np.int64([1, 8])}, {}, r"seq_lens\[1\] is 8; the 2 blocks of 4 hold positions in \[0, 8\)"),
        ({4: np.int64([1])}, {}, r"slot_mapping is DT_INT64 \[1\]"),
        ({5: np.int64([[2**62, 0]] * 2)}, {}, "its slots overflow"),
    ],
)
def test_steps_that_do_not_fit_are_refused(
    change: dict[int, np.ndarray], attrs: dict[str, int], message: str
) -> None:
    inputs = [np.int64([1, 2])] * 5 + [np.ones((2, 2), np.int64)]
    for slot, array in change.items():
        inputs[slot] = array
    with pytest.raises(ge.AscendError, match=message):
        run_op("AdvanceStep", inputs, {"num_seqs": 2, "num_queries": 2, "block_size": 4} | attrs)


PHONY = [*INTEGERS, *FLOATS, BOOL]


@pytest.mark.parametrize("dtype", PHONY, ids=str)
def test_phony_and_parallel_joins(dtype: Any) -> None:
    x = [values(i, (1, 3, 2 + i), dtype) for i in range(3)]
    attrs = {"concat_dim": [2], "N": [3]}
    assert_same(run_op("PhonyConcat", [x], attrs)[0], np.concatenate(x, 2), dtype)
    whole = values(4, (2, 6), dtype)
    parts = run_op("PhonySplit", [whole], {"split_dim": [1], "num_split": [3]})
    for mine, theirs in zip(parts, np.split(whole, 3, 1), strict=True):
        assert_same(mine, theirs, dtype)
    if dtype not in (BFLOAT16, BOOL):
        rows = [values(i, (1, 3), dtype) for i in range(4)]
        [y] = run_op("ParallelConcat", [rows], {"shape": [4, 3], "N": 4})
        assert_same(y, np.concatenate(rows), dtype)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("PhonyConcat", [[ROWS, ROWS]], {"concat_dim": [0, 1], "N": [2, 1]}, "concat_dim has 2 values"),
        (
            "PhonyConcat",
            [[ROWS, ROWS]],
            {"concat_dim": [0], "N": [3]},
            r"N is \[3\], but input x has 2 tensors",
        ),
        (
            "PhonySplit",
            [ROWS],
            {"split_dim": [0], "num_split": [1, 2], "outputs": 2},
            "num_split has 2 values",
        ),
        (
            "PhonySplit",
            [ROWS],
            {"split_dim": [0], "num_split": [2]},
            "length 3, which num_split 2 does not divide",
        ),
        ("ParallelConcat", [[ROWS, ROWS]], {"shape": [6, 2], "N": 2}, "do not make the shape"),
        ("ParallelConcat", [[ROWS[:1]] * 2], {"shape": [3, 2], "N": 2}, r"do not make the shape \[3,2\]"),
    ],
)
def test_joins_that_do_not_fit_are_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
