"""Write ``docs/operators.md``: the operators the emulator computes, from its own registry.

Usage: ``python tools/operators.py [TREE]`` with the root of a built emulated toolkit (default: the one in the
installed package).
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "operators.md"

_INTRODUCTION = """\
# Operators

Written by `python tools/operators.py` from the emulator's registry; a test fails when it and the code
differ. Inputs and outputs in GE's order: `?` optional, `*` any number. The element types are those of the
first input (of the first output where there is none). An operator or type that is not here fails when the
graph is compiled, with the node's name and the nearest ones that exist.

The executor itself handles `Data`, `RefData`, `Const`, `Constant`, `FileConstant`, `Variable`, `Assign`,
`VarHandleOp`, `ReadVariableOp`, `AssignVariableOp`, `NoOp`, `ControlTrigger` and `NetOutput`, and what runs
subgraphs: `If`, `StatelessIf`, `Case`, `StatelessCase`, `While`, `StatelessWhile`, `For`, `PartitionedCall`
and `StatefulPartitionedCall`.

| operator | inputs | outputs | element types |
|---|---|---|---|
"""
_NAMES = {
    0: "float32",
    1: "float16",
    27: "bfloat16",
    11: "float64",
    2: "int8",
    6: "int16",
    3: "int32",
    9: "int64",
    4: "uint8",
    7: "uint16",
    8: "uint32",
    10: "uint64",
    12: "bool",
    16: "complex64",
    17: "complex128",
    18: "qint8",
    19: "qint16",
    20: "qint32",
    21: "quint8",
    22: "quint16",
    33: "complex32",
    35: "float8_e5m2",
    36: "float8_e4m3fn",
    37: "float8_e8m0",
    29: "int4",
    30: "uint1",
    31: "int2",
    32: "uint2",
    40: "float4_e2m1",
}
_GROUPS = (
    ("numbers", {0, 1, 27, 11, 2, 6, 3, 9, 4, 7, 8, 10}),
    ("floats", {0, 1, 27}),
    ("integers", {2, 6, 3, 9, 4, 7, 8, 10}),
    ("float8", {35, 36, 37}),
    ("packed types", {29, 30, 31, 32, 40}),
)
_NOTES = """\

## Where the public descriptions leave room

What the emulator takes these operators to mean; a program that depends on it should check it on an NPU.

- `MaxPoolWithArgmaxV1` and `V2` give `row * width + column` within a channel's plane (an NPU gives a mask
  of bits); `MaxPoolWithArgmax` counts as TensorFlow does, and gives int64 unless `Targmax` is 3.
  `AdaptiveMaxPool2d` gives int32.
- `AvgPool1DD` and `AvgPool3DD` ignore the helper tensors that an NPU computes averages with.
- `GroupNorm` and its versions give `mean` and `variance` or `rstd` as [batch, groups]. `InstanceNormV2`
  moves running statistics towards the batch's by `momentum`, with the unbiased variance, where they are
  given.
- `Resize` also has ONNX's `antialias` (0 or 1), takes every mode and coordinate transformation of ONNX,
  and, where it gets sizes and scales, takes lengths from the former and coordinates from the latter.
  Integers are rounded to the nearest. `ResizeD` may list height and width alone.
- `SyncResizeBilinearV2` takes `ori_image_size` and `split_size` as the whole images' [height, width], of
  which x begins at column `src_start_w` and y at `dst_start_w`.
- Image operators without `data_format` have channels last when the tensor's format says so, first
  otherwise.
- `ROIAlign`: `roi_end_mode` 0 takes regions as they are, 1 includes the last pixel, 2 moves them by half a
  pixel; `pool_mode` max takes the largest weighted neighbour, as ONNX's does.
- `ROIPooling` and `PSROIPooling` take regions as rows [batch, x1, y1, x2, y2], and no `roi_actual_num`.
- `SPP` gives [batch, values], as Caffe does, and [batch, channels, 1, 1] when `pyramid_height` is 1.
- `Scale` and `Bias` ignore `num_axes` unless their factors come from a blob; `Dilation` takes no `pads`.
- `DeformableOffsets` and `DeformableConv2D`: the channels of `offsets` are all horizontal offsets, group by
  group and tap by tap, then all vertical ones, then the masks.
- `NonMaxSuppressionV3`: `offset` is added to the sides of boxes.
- `Iou` gives a row per box of `gtboxes`, [x0, y0, x1, y1], and a column per box of `bboxes`; `eps` is added
  to the sides, and mode iof takes the part of `gtboxes`' box. `aligned` is not emulated.
- `NMSWithMask` takes boxes in their order and wants scores that do not rise; sides are as corners say.
- `BatchMultiClassNonMaxSuppression` takes [images, anchors, 1 or classes, 4]; no `clip_window`, `image_size`,
  `transpose_box` or `change_coordinate_frame`.
- `INTrainingUpdateV2` moves running statistics as `InstanceNormV2` does.
- `Rotate` is torchvision's, `padding_mode` constant; quarter turns with `expand` swap the sides, as in PIL.
- `Qr`, `Svd` and `Lu` are TensorFlow's; `u` and `v` are empty where `compute_uv` is false.
- `LSTM` and `RNN` are Caffe's: gates in the order i, f, o and what enters, weights [outputs, inputs], states
  multiplied with `cont` before a step; `x_static` is not emulated.
- `DynamicRNN`, `DynamicGRU` and their versions run one direction (`UNIDIRECTIONAL` or `REDIRECTIONAL`),
  without projection, clipping and dropout; steps behind a sample's `seq_length` are zeros.
- `FFN` activates the first half of the columns with `geglu`, `swiglu` and `reglu`; gelu is the one of
  `Gelu`. `expert_tokens` must give every row to an expert.
- `TransposeBatchMatMul` takes an empty permutation for no permutation.
- `DynamicGRUV2Hidden` gets the product of x and its weights with the input's bias already added.
- `MoeInitRouting` numbers pairs of row and choice in `row_idx` by choice first.
- `AttentionScore` and `SwinAttentionScore`: the flags of transposition are `BatchMatMul`'s, so that without
  them `key` has its features before its positions; the second output is the softmax before dropout, as `y1`
  of `SoftmaxV2WithDropOutDoMaskV3D` is.
- Random operators draw from Philox4x32-10. With `seed` or `seed2` a loaded graph repeats the sequence of any
  other with the same seeds, and its runs go on in it; without both it differs every time. The numbers are not
  an NPU's. `StatelessRandomUniformV2` gives TensorFlow's numbers; ThreeFry is not emulated.
- `DropOutGenMask` gives a bit per element, lowest first, filled up to 128 bits with zeros;
  `DropOutGenMaskV3` a byte, 0 or 1, in the shape that is asked for. `prob` is the probability to keep.
- The variable of a `VarHandleOp` is the session's of its `shared_name`, without one of the node's name, and
  the same as a `Variable` node's of that name. Handles are taken by `ReadVariableOp` and `AssignVariableOp`.
- `Switch` and `Merge` run one branch: what reads the other, or is controlled by it, does not run. Graphs that
  have them run operator by operator. The loops of TensorFlow 1 (`Enter`, `NextIteration`) are not emulated.
- `Assert` fails the run with the first `summarize` elements of its data; `PrintV3` writes its line to the
  process's standard error.
- `TransData` cuts channels into pieces of 32 bytes: C0 is 32, 16 or 8 elements of 1, 2 or 4 bytes, also in
  `FRACTAL_NZ` (which other descriptions give 16 columns for all types) and `FRACTAL_Z`. Matrices are `ND`.
  From blocks it gives the shape that the graph declares of `dst`, or all that the blocks hold.
- `EmbeddingBag` gives an offset2bag of every index, sizes without padding in every mode, and as
  `max_indices` zeros, one a bag, unless the mode is max; there an empty bag has -1.
- `DynamicStitch` gives zeros where no index points. `PhonyConcat` and `PhonySplit` work along one axis.
- `AdvanceStep` leaves what is behind `num_queries` as it was.
"""
_EXECUTORS = {"Data", "RefData", "Const", "Constant", "FileConstant", "Variable", "Assign", "NetOutput"}


class Definition(ctypes.Structure):
    """The beginning of ``mc_op_def``."""

    _fields_ = (
        ("type", ctypes.c_char_p),
        ("inputs", ctypes.c_char_p),
        ("outputs", ctypes.c_char_p),
        ("dtypes", ctypes.c_uint64),
    )


def definitions(tree: Path) -> Iterator[tuple[str, str, str, set[int]]]:
    """Type, inputs, outputs and element types of every operator of the registry."""
    library = ctypes.CDLL(str(tree / "lib64" / "libmock_cann.so"))
    library.mc_op_at.restype = ctypes.POINTER(Definition)
    for index in range(library.mc_op_count()):
        found = library.mc_op_at(index).contents
        bits = {dtype for dtype in range(64) if found.dtypes >> dtype & 1}
        yield found.type.decode(), (found.inputs or b"").decode(), (found.outputs or b"").decode(), bits


def describe(dtypes: set[int]) -> str:
    """Return a short text for a set of element types."""
    parts = []
    left = set(dtypes)
    for name, group in _GROUPS:
        if group <= left:
            parts.append(name)
            left -= group
    parts += [name for dtype, name in _NAMES.items() if dtype in left]
    parts += [f"type {dtype}" for dtype in sorted(left - set(_NAMES))]
    return ", ".join(parts)


def table(tree: Path) -> str:
    """Return the whole document."""
    rows = sorted(row for row in definitions(tree) if row[0] not in _EXECUTORS)
    lines = [
        f"| {name} | {ins or 'none'} | {outs or 'none'} | {describe(bits)} |"
        for name, ins, outs, bits in rows
    ]
    return _INTRODUCTION + "\n".join(lines) + f"\n\n{len(rows)} operators.\n" + _NOTES


def main() -> None:
    """Write the document."""
    if len(sys.argv) > 1:
        tree = Path(sys.argv[1])
    else:
        from pyascend_ge._native import loader

        tree = loader.bundled_mock()
    TABLE.write_text(table(tree), encoding="utf-8")


if __name__ == "__main__":
    main()
