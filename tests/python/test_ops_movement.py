"""Operators that move elements, against numpy: every element size, empty tensors, negative axes and masks."""

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

NUMBERS = [FLOAT32, FLOAT16, BFLOAT16, FLOAT64, *INTEGERS]
D_TYPES = [FLOAT32, FLOAT16, np.dtype("int8"), np.dtype("int32"), np.dtype("int64")]
"""What the spellings with attributes instead of inputs have in common, one of each size."""


def ints(*numbers: int, dtype: str = "int64") -> Const:
    return Const(np.array(numbers, dtype))


def scalar(number: int) -> Const:
    return Const(np.array(number, np.int32))


def check(actual: list[np.ndarray], *expected: Any) -> None:
    assert len(actual) == len(expected)
    for got, wanted in zip(actual, expected, strict=True):
        assert_same(got, wanted, np.asarray(wanted).dtype)


# ---- the same elements under another shape ----


@pytest.mark.parametrize("dtype", [*NUMBERS, BOOL], ids=str)
@few
@given(seeds)
def test_shape_changes_keep_the_elements(dtype: np.dtype, seed: int) -> None:
    x = values(seed, (2, 1, 3, 4), dtype)
    check(run_op("Identity", [x]), x)
    check(run_op("Reshape", [x, ints(0, -1)]), x.reshape(2, 12))
    check(run_op("Reshape", [x, ints(3, 4, 2)]), x.reshape(3, 4, 2))
    check(run_op("ExpandDims", [x, scalar(-1)]), x[..., None])
    check(run_op("Unsqueeze", [x], {"axes": [0, -1]}), x[None, ..., None])
    check(run_op("Squeeze", [x], {"axis": [1]}), x[:, 0])
    check(run_op("Squeeze", [x]), x[:, 0])
    check(run_op("FlattenV2", [x], {"axis": 1, "end_axis": 2}), x.reshape(2, 3, 4))


def test_reshape_replaces_only_the_axes_named() -> None:
    x = values(1, (2, 3, 4, 5), FLOAT32)
    check(run_op("Reshape", [x, ints(12)], {"axis": 1, "num_axes": 2}), x.reshape(2, 12, 5))
    check(run_op("Reshape", [x, ints(1, 1)], {"axis": 2, "num_axes": 0}), x.reshape(2, 3, 1, 1, 4, 5))


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_flatten_cuts_at_axis(axis: int) -> None:
    x = values(1, (2, 3, 4), FLOAT32)
    check(run_op("Flatten", [x], {"axis": axis}), x.reshape(int(np.prod(x.shape[:axis])), -1))


@pytest.mark.parametrize(("number", "dtype"), [(3, np.int32), (9, np.int64)])
def test_shapes_become_tensors(number: int, dtype: Any) -> None:
    x = np.zeros((2, 0, 5), np.float32)
    check(run_op("Shape", [x], {"dtype": number}), np.array([2, 0, 5], dtype))
    check(run_op("Size", [x], {"dtype": number}), np.array(0, dtype))
    check(run_op("Rank", [x]), np.array(3, np.int32))


# ---- transposition ----


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@few
@given(st.data(), seeds)
def test_transpose_permutes_axes(dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(0, 5, 9)), dtype)
    perm = data.draw(st.permutations(range(x.ndim)))
    check(run_op("Transpose", [x, ints(*perm)]), x.transpose(perm))


@pytest.mark.parametrize("dtype", D_TYPES, ids=str)
@pytest.mark.parametrize("perm", [[1, 0, 2], [2, 1, 0], [0, 2, 1]], ids=str)
def test_transposes_larger_than_a_register_block(dtype: np.dtype, perm: list[int]) -> None:
    x = values(1, (37, 70, 19), dtype)
    check(run_op("TransposeD", [x], {"perm": perm}), x.transpose(perm))


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("block", [1, 2, 3])
def test_depth_to_space(mode: str, layout: str, block: int) -> None:
    n, c, h, w = 2, 4, 3, 5
    x = values(1, (n, c * block * block, h, w), FLOAT32)
    if mode == "DCR":
        blocks = x.reshape(n, block, block, c, h, w).transpose(0, 3, 4, 1, 5, 2)
    else:
        blocks = x.reshape(n, c, block, block, h, w).transpose(0, 1, 4, 2, 5, 3)
    expected = blocks.reshape(n, c, h * block, w * block)
    if layout == "NHWC":
        x, expected = np.ascontiguousarray(x.transpose(0, 2, 3, 1)), expected.transpose(0, 2, 3, 1)
    attrs = {"block_size": block, "data_format": layout, "mode": mode}
    check(run_op("DepthToSpace", [x], attrs), expected)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_space_to_depth_puts_the_block_before_the_channel(layout: str) -> None:
    n, c, h, w, block = 2, 3, 4, 6, 2
    x = values(1, (n, c, h, w), FLOAT32)
    blocks = x.reshape(n, c, h // block, block, w // block, block).transpose(0, 3, 5, 1, 2, 4)
    expected = blocks.reshape(n, c * block * block, h // block, w // block)
    if layout == "NHWC":
        x, expected = np.ascontiguousarray(x.transpose(0, 2, 3, 1)), expected.transpose(0, 2, 3, 1)
    check(run_op("SpaceToDepth", [x], {"block_size": block, "data_format": layout}), expected)


# ---- joining and cutting ----


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@few
@given(st.data(), seeds)
def test_concat_joins_along_an_axis(dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    shape = list(data.draw(shapes(1, 4, 5)))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    parts = []
    for i, length in enumerate(data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=4))):
        shape[axis] = length
        parts.append(values(seed + i, shape, dtype))
    expected = np.concatenate(parts, axis)
    count = {"N": len(parts)}
    check(run_op("ConcatV2", [parts, scalar(axis)], count), expected)
    check(run_op("Concat", [scalar(axis), parts], count), expected)


@pytest.mark.parametrize("dtype", D_TYPES, ids=str)
@few
@given(seeds, st.integers(-3, 2), st.integers(1, 5))
def test_pack_makes_a_new_axis(dtype: np.dtype, seed: int, axis: int, count: int) -> None:
    parts = [values(seed + i, (3, 4), dtype) for i in range(count)]
    check(run_op("Pack", [parts], {"axis": axis, "N": count}), np.stack(parts, axis))
    along = min(axis, 1) if axis >= 0 else max(axis, -2)
    check(run_op("ConcatD", [parts], {"concat_dim": along, "N": count}), np.concatenate(parts, along))


@pytest.mark.parametrize("dtype", [*NUMBERS, BOOL], ids=str)
@few
@given(st.data(), seeds)
def test_split_cuts_into_parts(dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    shape = list(data.draw(shapes(1, 4, 5)))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    count = data.draw(st.integers(1, 4))
    shape[axis] = count * data.draw(st.integers(1, 3))
    x = values(seed, shape, dtype)
    check(run_op("Split", [scalar(axis), x], {"num_split": count}), *np.split(x, count, axis))
    check(run_op("SplitD", [x], {"split_dim": axis, "num_split": count}), *np.split(x, count, axis))


@pytest.mark.parametrize("dtype", D_TYPES, ids=str)
@few
@given(st.lists(st.integers(0, 4), min_size=1, max_size=4), st.integers(-2, 1), seeds, st.booleans())
def test_split_v_cuts_at_given_lengths(
    dtype: np.dtype, lengths: list[int], axis: int, seed: int, leave_out: bool
) -> None:
    shape = [3, 3]
    shape[axis] = sum(lengths)
    x = values(seed, shape, dtype)
    expected = np.split(x, np.cumsum(lengths)[:-1], axis)
    told = [-1, *lengths[1:]] if leave_out else lengths
    count = {"num_split": len(lengths)}
    check(run_op("SplitV", [x, ints(*told), scalar(axis)], count), *expected)
    check(run_op("SplitVD", [x], {**count, "size_splits": told, "split_dim": axis}), *expected)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_unpack_removes_the_axis(axis: int) -> None:
    x = values(1, (2, 3, 4), FLOAT32)
    parts = [np.take(x, i, axis) for i in range(x.shape[axis])]
    check(run_op("Unpack", [x], {"num": len(parts), "axis": axis}), *parts)


# ---- slices ----


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@few
@given(st.data(), seeds)
def test_slice_takes_a_box(dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(1, 4, 6)), dtype)
    offsets = [data.draw(st.integers(0, dim)) for dim in x.shape]
    size = [data.draw(st.integers(0, dim - at)) for dim, at in zip(x.shape, offsets, strict=True)]
    box = tuple(slice(at, at + n) for at, n in zip(offsets, size, strict=True))
    told = [-1 if at + n == dim else n for at, n, dim in zip(offsets, size, x.shape, strict=True)]
    check(run_op("Slice", [x, ints(*offsets), ints(*told)]), x[box])
    check(run_op("SliceD", [x], {"offsets": offsets, "size": size}), x[box])


@st.composite
def subscripts(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[tuple[Any, ...], dict[str, list[int] | int]]:
    """A Python subscript, and the same as begin, end, strides and masks."""
    found: list[Any] = []
    told: dict[str, Any] = {"begin": [], "end": [], "strides": []}
    masks = {f"{name}_mask": 0 for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")}
    bound, stride = st.integers(-9, 9), st.sampled_from([1, 1, 2, 3, -1, -2, 100, -100])
    axis, dotted = 0, False
    for bit in range(draw(st.integers(0, len(shape) + 1))):
        kind = draw(st.sampled_from(["range", "range", "range", "new", "dots", "index"]))
        begin, end, step = draw(bound), draw(bound), draw(stride)
        if kind == "new":
            found.append(None)
            masks["new_axis_mask"] |= 1 << bit
        elif kind == "dots" and not dotted:
            found.append(Ellipsis)
            masks["ellipsis_mask"] |= 1 << bit
            dotted = True
        elif axis == len(shape):
            break
        elif kind == "index" and not dotted:
            begin = draw(st.integers(-shape[axis], shape[axis] - 1))
            found.append(begin)
            masks["shrink_axis_mask"] |= 1 << bit
            axis += 1
        else:
            no_begin, no_end = draw(st.booleans()), draw(st.booleans())
            found.append(slice(None if no_begin else begin, None if no_end else end, step))
            masks["begin_mask"] |= no_begin << bit
            masks["end_mask"] |= no_end << bit
            axis += 1
        for name, number in (("begin", begin), ("end", end), ("strides", step)):
            told[name].append(number)
    return tuple(found), {**told, **masks}


@pytest.mark.parametrize("dtype", D_TYPES, ids=str)
@few
@given(st.data(), seeds)
def test_strided_slice_is_a_subscript(dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(1, 4, 7)), dtype)
    subscript, told = data.draw(subscripts(x.shape))
    bounds = [ints(*told.pop(name)) for name in ("begin", "end", "strides")]
    check(run_op("StridedSlice", [x, *bounds], told), x[subscript])
    lists = {
        name: bound.value.tolist() for name, bound in zip(("begin", "end", "strides"), bounds, strict=True)
    }
    check(run_op("StridedSliceD", [x], {**told, **lists}), x[subscript])


@pytest.mark.parametrize("op", ["StridedSliceV2", "StridedSliceV3"])
@few
@given(st.data(), seeds)
def test_strided_slice_of_named_axes(op: str, data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(1, 4, 7)), FLOAT32)
    axes = data.draw(st.permutations(range(x.ndim)))[: data.draw(st.integers(1, x.ndim))]
    bound, stride = st.integers(-9, 9), st.sampled_from([1, 2, -1, -3])
    cuts = [slice(data.draw(bound), data.draw(bound), data.draw(stride)) for _ in axes]
    subscript = [slice(None)] * x.ndim
    for axis, cut in zip(axes, cuts, strict=True):
        subscript[axis] = cut
    begin, end, step = (ints(*(getattr(cut, name) for cut in cuts)) for name in ("start", "stop", "step"))
    check(run_op(op, [x, begin, end, ints(*axes), step]), x[tuple(subscript)])


@pytest.mark.parametrize("axes", [[0], [-1], [0, 2], [1, 0, 2]], ids=str)
def test_reverse_mirrors_axes(axes: list[int]) -> None:
    x = values(1, (3, 4, 5), FLOAT32)
    check(run_op("ReverseV2", [x, ints(*axes)]), np.flip(x, axes))


# ---- padding and repetition ----


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@few
@given(st.data(), seeds)
def test_pads_with_a_constant(dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(1, 4, 5)), dtype)
    pads = [(data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))) for _ in x.shape]
    flat = ints(*(edge for pair in pads for edge in pair))
    fill = values(seed + 1, (1,), dtype)
    # numpy's pad knows no bfloat16 arithmetic, only its elements.
    check(run_op("Pad", [x, flat]), np.pad(x, pads))
    check(run_op("PadV2", [x, flat, fill]), np.pad(x, pads, constant_values=fill[0]))
    check(run_op("PadV3", [x, flat, fill]), np.pad(x, pads, constant_values=fill[0]))
    split = ints(*(pair[0] for pair in pads), *(pair[1] for pair in pads))
    check(run_op("PadV3", [x, split], {"paddings_contiguous": False}), np.pad(x, pads))


@pytest.mark.parametrize("dtype", D_TYPES, ids=str)
@pytest.mark.parametrize("mode", ["reflect", "symmetric", "edge"])
@few
@given(st.data(), seeds)
def test_pads_with_what_is_there(dtype: np.dtype, mode: str, data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(1, 3, 6)), dtype)
    most = {"reflect": -1, "symmetric": 0, "edge": 3}[mode]
    pads = [(data.draw(st.integers(0, dim + most)), data.draw(st.integers(0, dim + most))) for dim in x.shape]
    flat = ints(*(edge for pair in pads for edge in pair))
    check(run_op("PadV3", [x, flat], {"mode": mode}), np.pad(x, pads, mode=mode))
    if mode != "edge":
        check(run_op("MirrorPad", [x, flat], {"mode": mode.upper()}), np.pad(x, pads, mode=mode))


def test_pad_d_takes_pairs_from_its_attribute() -> None:
    x = values(1, (2, 3), FLOAT32)
    check(run_op("PadD", [x], {"paddings": [[1, 0], [2, 3]]}), np.pad(x, [(1, 0), (2, 3)]))
    check(
        run_op("PadV3D", [x], {"paddings": [[1, 0], [2, 3]], "constant_values": 4}),
        np.pad(x, [(1, 0), (2, 3)], constant_values=4),
    )


@pytest.mark.parametrize("dtype", [*NUMBERS, BOOL], ids=str)
@few
@given(st.data(), seeds)
def test_tile_repeats(dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(1, 3, 5)), dtype)
    multiples = [data.draw(st.integers(0, 3)) for _ in range(x.ndim + data.draw(st.integers(0, 1)))]
    check(run_op("Tile", [x, ints(*multiples)]), np.tile(x, multiples))


@pytest.mark.parametrize("dtype", [*NUMBERS, BOOL], ids=str)
@few
@given(st.data(), seeds)
def test_broadcast_to_a_shape(dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    full = data.draw(shapes(1, 4, 5))
    skip = data.draw(st.integers(0, len(full)))
    x = values(seed, [dim if data.draw(st.booleans()) else 1 for dim in full[skip:]], dtype)
    check(run_op("BroadcastTo", [x, ints(*full)]), np.broadcast_to(x, full))


def test_expand_takes_one_as_any_length() -> None:
    x = values(1, (3, 1), FLOAT32)
    check(run_op("Expand", [x, ints(2, 1, 4)]), np.broadcast_to(x, (2, 3, 4)))


# ---- by index ----


@pytest.mark.parametrize("dtype", [*NUMBERS, BOOL], ids=str)
@pytest.mark.parametrize("index_type", ["int32", "int64"])
@few
@given(st.data(), seeds)
def test_gather_takes_slices(dtype: np.dtype, index_type: str, data: st.DataObject, seed: int) -> None:
    x = values(seed, data.draw(shapes(1, 4, 6)), dtype)
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    indices = values(seed + 1, data.draw(shapes(0, 2, 5)), index_type, 0, x.shape[axis] - 1)
    check(run_op("GatherV2", [x, indices, scalar(axis)]), np.take(x, indices, axis))


def test_gather_within_batches() -> None:
    x, indices = values(1, (3, 5, 2), FLOAT32), values(2, (3, 4), "int32", 0, 4)
    expected = np.take_along_axis(x, indices[..., None], 1)
    check(run_op("GatherV2", [x, indices, scalar(1)], {"batch_dims": 1}), expected)


def test_negative_indices_count_from_the_end_when_asked_for() -> None:
    x = values(1, (5, 2), FLOAT32)
    indices = np.array([-1, 0, -5], np.int32)
    found = run_op("GatherV2", [x, indices, scalar(0)], {"negative_index_support": True})
    check(found, x[[4, 0, 0]])


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_one_hot_leaves_strange_indices_off(axis: int) -> None:
    x = np.array([[0, 2, -1], [4, 1, 3]], np.int32)
    on, off = np.array([5.0], np.float32), np.array([-1.0], np.float32)
    hot = np.where(x[..., None] == np.arange(4), on, off)
    expected = np.moveaxis(hot, -1, axis)
    check(run_op("OneHot", [x, scalar(4), on, off], {"axis": axis}), expected)
    check(run_op("OneHotD", [x, on, off], {"depth": 4, "axis": axis}), expected)


# ---- empty tensors ----


def test_nothing_can_be_moved() -> None:
    x = np.zeros((2, 0, 3), np.float32)
    check(run_op("Transpose", [x, ints(2, 0, 1)]), x.transpose(2, 0, 1))
    check(run_op("ConcatV2", [[x, x], scalar(0)], {"N": 2}), np.concatenate([x, x], 0))
    check(run_op("Tile", [x, ints(1, 2, 3)]), np.tile(x, (1, 2, 3)))
    check(run_op("Pad", [x, ints(0, 0, 1, 1, 0, 0)]), np.pad(x, [(0, 0), (1, 1), (0, 0)]))


# ---- what cannot be moved ----

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("Reshape", [X, ints(5, -1)], {}, r"24 elements; they do not fill shape \[5,-1\]"),
        ("Reshape", [X, ints(-1, -1)], {}, r"shape\[1\] is -1"),
        ("Transpose", [X, ints(0, 1, 1)], {}, r"perm\[2\] is 1"),
        ("Squeeze", [X], {"axis": [1]}, "axis 1 of x has length 3"),
        ("ConcatV2", [[X, X], scalar(3)], {"N": 2}, r"concat_dim 3 is outside \[-3, 3\)"),
        ("ConcatV2", [[X, X[0]], scalar(0)], {"N": 2}, r"x1 has shape \[3,4\]"),
        ("Split", [scalar(0), X], {"num_split": 3}, "length 2, which num_split 3 does not divide"),
        ("Slice", [X, ints(0, 0, 2), ints(1, 1, 3)], {}, r"size\[2\] is 3"),
        ("StridedSlice", [X, ints(0), ints(1), ints(0)], {}, r"strides\[0\] is 0"),
        ("Pad", [X, ints(1, 1, 1)], {}, "paddings has 3 values"),
        ("Pad", [X, ints(1, -1, 0, 0, 0, 0)], {}, "paddings of axis 0 are 1 and -1"),
        ("PadV3", [X, ints(2, 0, 0, 0, 0, 0)], {"mode": "reflect"}, "too short for this mode"),
        ("Tile", [X, ints(2**62, 1, 1)], {}, r"multiples\[0\] is 4611686018427387904"),
        ("BroadcastTo", [X, ints(2, 3, 5)], {}, r"shape\[2\] = 5"),
        ("GatherV2", [X, Const(np.array([4], np.int32)), scalar(2)], {}, r"indices\[0\] is 4"),
        ("OneHot", [Const(np.array([1], np.int32)), scalar(-3), X[0, 0, :1], X[0, 0, :1]], {}, "depth -3"),
        ("DepthToSpace", [X[None]], {"block_size": 3}, "block_size 3 needs a multiple of its square"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalnum() else "",
)
def test_what_does_not_fit_is_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)


def test_an_index_outside_is_an_error_of_the_run() -> None:
    with pytest.raises(ge.AscendError, match=r"indices.1. is -1; it must be in .0, 3."):
        run_op("GatherV2", [np.zeros((3, 2), np.float32), np.array([0, -1], np.int32), scalar(0)])
