"""Operators that move, view and repeat elements, against numpy."""

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
    shape_and_axis,
    shapes,
    values,
)

import pyascend_ge as ge

ALL = (*FLOATS64, *INTEGERS, BOOL)
DIAGONAL = (FLOAT32, FLOAT16, FLOAT64, np.dtype("int32"), np.dtype("int64"))


@pytest.mark.parametrize("dtype", ALL, ids=str)
@few
@given(shapes(2, 4), st.integers(-8, 8), seeds)
def test_triangles(dtype: np.dtype, shape: tuple[int, ...], diagonal: int, seed: int) -> None:
    x = values(seed, shape, dtype)
    [low] = run_op("Tril", [x], {"diagonal": diagonal})
    assert_same(low, np.tril(x, diagonal), dtype)
    [up] = run_op("Triu", [x], {"diagonal": diagonal})
    assert_same(up, np.triu(x, diagonal), dtype)


@pytest.mark.parametrize("diagonal", [2**63 - 1, -(2**63)])
def test_a_diagonal_far_away_keeps_all_or_nothing(diagonal: int) -> None:
    x = np.ones((3, 4), np.float32)
    [low] = run_op("Tril", [x], {"diagonal": diagonal})
    [up] = run_op("Triu", [x], {"diagonal": diagonal})
    assert_same(low, x if diagonal > 0 else 0 * x, FLOAT32)
    assert_same(up, 0 * x if diagonal > 0 else x, FLOAT32)


@pytest.mark.parametrize("dtype", DIAGONAL, ids=str)
@few
@given(shapes(1, 2, 4), seeds)
def test_diag_and_back(dtype: np.dtype, shape: tuple[int, ...], seed: int) -> None:
    x = values(seed, shape, dtype)
    [y] = run_op("Diag", [x])
    assert_same(y, np.diag(x.reshape(-1)).reshape(shape + shape), dtype)
    [back] = run_op("DiagPart", [y])
    assert_same(back, x, dtype)


@pytest.mark.parametrize("dtype", [*FLOATS64, *INTEGERS], ids=str)
@few
@given(shapes(1, 3, 4), seeds)
def test_matrix_diag_makes_a_matrix_of_every_row(dtype: np.dtype, shape: tuple[int, ...], seed: int) -> None:
    x = values(seed, shape, dtype)
    [y] = run_op("MatrixDiag", [x])
    assert_same(y, x[..., None] * np.eye(shape[-1], dtype=dtype), dtype)


@pytest.mark.parametrize("dtype", ALL, ids=str)
@few
@given(shapes(2, 2), seeds)
def test_trace(dtype: np.dtype, shape: tuple[int, ...], seed: int) -> None:
    x = values(seed, shape, dtype)
    [y] = run_op("Trace", [x])
    if dtype in FLOATS64:
        assert_close(y, np.trace(x.astype(np.float64)), dtype, atol=1e-6)
    else:
        with np.errstate(over="ignore"):
            assert_same(y, np.trace(x), np.uint64 if dtype.kind == "u" else np.int64)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, BFLOAT16, np.dtype("int8"), np.dtype("int64")], ids=str)
@few
@given(st.data(), seeds)
def test_roll(dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(1, 4)), dtype)
    dims = data.draw(st.lists(st.integers(-x.ndim, x.ndim - 1), max_size=3))
    shifts = [data.draw(st.integers(-9, 9)) for _ in dims] or [data.draw(st.integers(-99, 99))]
    [y] = run_op("Roll", [x], {"shifts": shifts, "dims": dims})
    assert_same(y, np.roll(x, shifts, dims) if dims else np.roll(x, shifts[0]), dtype)


@pytest.mark.parametrize("dtype", [*FLOATS64, *INTEGERS], ids=str)
@pytest.mark.parametrize("index", ["int32", "int64"])
@few
@given(shape_and_axis(), st.booleans(), st.booleans(), seeds)
def test_repeat_interleave(
    dtype: np.dtype, index: str, where: tuple[tuple[int, ...], int], one: bool, flat: bool, seed: int
) -> None:
    shape, axis = where
    x = values(seed, shape, dtype)
    repeats = values(seed + 1, (1 if one else x.size if flat else shape[axis],), index, 0, 3)
    [y] = run_op("RepeatInterleave", [x, Const(repeats)], {} if flat else {"axis": axis})
    assert_same(y, np.repeat(x, repeats[0] if one else repeats, None if flat else axis), dtype)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, FLOAT64, *SIGNED, BOOL], ids=str)
@pytest.mark.parametrize("index", ["int32", "int64"])
@few
@given(st.data(), seeds)
def test_reverse_sequence(dtype: np.dtype, index: str, data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(2, 4)), dtype)
    seq, batch = data.draw(st.permutations(range(x.ndim)))[:2]
    lengths = values(seed + 1, (x.shape[batch],), index, 0, x.shape[seq])
    expected = np.array(x)
    for b, n in enumerate(lengths):
        part = np.moveaxis(expected, (batch, seq), (0, 1))[b]
        part[:n] = part[:n][::-1].copy()
    [y] = run_op("ReverseSequence", [x, lengths], {"seq_dim": seq - x.ndim, "batch_dim": batch})
    assert_same(y, expected, dtype)


@few
@given(st.data(), seeds)
def test_reverse_by_attribute(data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(1, 4)), FLOAT32)
    axes = data.draw(st.lists(st.integers(0, x.ndim - 1), unique=True, min_size=1))
    [y] = run_op("ReverseV2D", [x], {"axis": axes})
    assert_same(y, np.flip(x, axes), FLOAT32)


@few
@given(st.data(), seeds)
def test_slice_with_axes(data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(1, 4)), FLOAT32)
    axes = data.draw(st.lists(st.integers(0, x.ndim - 1), unique=True, min_size=1))
    offsets = [data.draw(st.integers(0, x.shape[axis])) for axis in axes]
    size = [data.draw(st.integers(-1, x.shape[axis] - o)) for axis, o in zip(axes, offsets, strict=True)]
    box = [slice(None)] * x.ndim
    for axis, offset, n in zip(axes, offsets, size, strict=True):
        box[axis] = slice(offset, None if n < 0 else offset + n)
    named = [axis - x.ndim for axis in axes]
    [y] = run_op("SliceWithAxes", [x, Const(np.array(offsets)), Const(np.array(size))], {"axes": named})
    assert_same(y, x[tuple(box)], FLOAT32)


def test_crop_takes_its_size_from_a_tensor() -> None:
    x = values(1, (2, 3, 6, 8), FLOAT32)
    size = np.zeros((9, 9, 4, 3), np.float32)
    [y] = run_op("Crop", [x, size], {"axis": 2, "offsets": [1, 5]})
    assert_same(y, x[:, :, 1:5, 5:8], FLOAT32)
    [y] = run_op("Crop", [x, size], {"axis": 2, "offsets": [2]})
    assert_same(y, x[:, :, 2:6, 2:5], FLOAT32)


@few
@given(st.lists(shapes(0, 3), min_size=1, max_size=3), seeds)
def test_identity_n_gives_every_input(many: list[tuple[int, ...]], seed: int) -> None:
    xs = [values(seed + i, shape, FLOAT32 if i % 2 else "int64") for i, shape in enumerate(many)]
    graph = ge.Graph("identity")
    inputs = [graph.input(f"x{i}", shape=x.shape, dtype=x.dtype) for i, x in enumerate(xs)]
    outputs = graph.op("IdentityN", inputs, outputs=len(xs))
    graph.output(*outputs) if isinstance(outputs, tuple) else graph.output(outputs)
    with ge.GeSession() as session:
        for x, y in zip(xs, session.add_graph(graph).run(*xs), strict=True):
            assert_same(y, x, x.dtype)


@pytest.mark.parametrize(
    ("before", "after"), [("float32", "int32"), ("float32", "uint8"), ("int16", "uint16"), ("int8", "int64")]
)
def test_bitcast_reads_the_same_bytes(before: str, after: str) -> None:
    x = values(3, (3, 8), before)
    [y] = run_op("Bitcast", [x], {"type": after})
    ratio = np.dtype(after).itemsize // np.dtype(before).itemsize
    expected = x.view(after).reshape(3) if ratio == 8 else x.view(after).reshape(*x.shape, -1)
    same = x.dtype.itemsize == np.dtype(after).itemsize
    assert_same(y, x.view(after) if same else expected, after)


def test_trans_shape_and_tensor_move_keep_the_elements() -> None:
    x = values(3, (3, 8), FLOAT32)
    [y] = run_op("TransShape", [x], {"outShape": [4, 6]})
    assert_same(y, x.reshape(4, 6), FLOAT32)
    [y] = run_op("TensorMove", [x])
    assert_same(y, x, FLOAT32)


def test_gather_shapes_and_concat_offset() -> None:
    a, b = np.zeros((2, 3), np.float32), np.zeros((5, 7, 9), np.float32)
    [y] = run_op("GatherShapes", [[a, b]], {"axes": [[1, 2], [0, 1], [1, 0]], "dtype": 9})
    assert_same(y, [9, 3, 5], np.int64)
    graph = ge.Graph("offsets")
    shapes_of = [graph.const(np.array(dims, np.int32)) for dims in ([2, 3], [2, 4], [2, 1])]
    graph.output(*graph.op("ConcatOffset", graph.const(np.int32(1)), shapes_of, N=3, outputs=3))
    with ge.GeSession() as session:
        found = session.add_graph(graph).run()
    assert [y.tolist() for y in found] == [[0, 0], [0, 3], [0, 7]]


F = np.float32
X = np.ones((2, 3), F)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("Tril", [np.ones(3, F)], {}, "rank 1; it must be at least 2"),
        ("DiagPart", [X], {}, "second half"),
        ("Roll", [X], {"shifts": [1, 2], "dims": [0]}, "shifts has 2 values and dims 1"),
        ("Roll", [X], {"shifts": [1], "dims": [2]}, r"outside \[-2, 2\)"),
        ("RepeatInterleave", [X, Const([1, 2])], {"axis": 1}, "repeats has 2 values"),
        ("RepeatInterleave", [X, Const([-1])], {"axis": 1}, "must not be negative"),
        ("ReverseSequence", [X, np.array([1, 4])], {"seq_dim": 1}, r"seq_lengths\[1\] is 4"),
        ("ReverseSequence", [X, np.array([1, 4])], {"seq_dim": 0}, "both name axis 0"),
        ("ReverseSequence", [X, np.array([1])], {"seq_dim": 1}, "one for each of the 2 batches"),
        ("Bitcast", [X], {"type": "float64"}, "last dim must be 2"),
        ("TransShape", [X], {"outShape": [4]}, "6 elements of x"),
        ("Crop", [X, np.zeros((2, 4), F)], {"axis": 1, "offsets": [1]}, "size"),
        ("GatherShapes", [[X]], {"axes": [[1, 0]]}, "names input 1"),
    ],
)
def test_misfits_are_refused(op: str, inputs: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
