"""Floating-point operations of a node: multiplications and additions that its result needs, by operator."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["flops"]

Shape = tuple[int, ...]
_Rule = Callable[[Sequence[Shape | None], Sequence[Shape | None], Mapping[str, Any]], int | None]

_MOVES = frozenset((
    "BatchToSpaceND", "BroadcastTo", "BroadcastToD", "Cast", "Concat", "ConcatD", "ConcatV2", "ConcatV2D",
    "Const", "Constant", "Data", "DepthToSpace", "Expand", "ExpandD", "ExpandDims", "Fill", "FillD",
    "Flatten", "FlattenV2", "Gather", "GatherElements", "GatherNd", "GatherV2", "Identity", "MirrorPad",
    "NetOutput", "OneHot", "OneHotD", "OnesLike", "Pack", "Pad", "PadD", "PadV2", "PadV3", "PadV3D",
    "Range", "Rank", "RefData", "Reshape", "ReverseV2", "ScatterNd", "Shape", "ShapeN", "Size", "Slice",
    "SliceD", "SpaceToBatchND", "SpaceToDepth", "Split", "SplitD", "SplitV", "SplitVD", "Squeeze",
    "StridedSlice", "StridedSliceD", "Tile", "TileD", "Transpose", "TransposeD", "Unpack", "Unsqueeze",
    "Variable", "Where", "ZerosLike",
))  # fmt: skip
_PER_ELEMENT = {
    "SoftmaxV2": 5,
    "LogSoftmaxV2": 5,
    "LayerNorm": 8,
    "LayerNormV3": 8,
    "BatchNorm": 4,
    "Gelu": 8,
}
_REDUCTIONS = ("Reduce", "ArgMax", "ArgMin")


def _count(shape: Shape | None) -> int | None:
    return None if shape is None else math.prod(abs(size) for size in shape)


def _product(
    ins: Sequence[Shape | None], outs: Sequence[Shape | None], attrs: Mapping[str, Any]
) -> int | None:
    left, made = ins[0], _count(outs[0])
    if left is None or made is None or not left:
        return None
    turned = attrs.get("transpose_x1") or attrs.get("adj_x1") or attrs.get("transpose_a")
    depth = abs(left[-2] if turned and len(left) > 1 else left[-1])
    bias = len(ins) > 2 and ins[2] is not None
    return made * (2 * depth + bias)


def _convolution(
    ins: Sequence[Shape | None], outs: Sequence[Shape | None], attrs: Mapping[str, Any]
) -> int | None:
    weights, made = _count(ins[1]), outs[0]
    if weights is None or made is None:
        return None
    channels = made[1] if str(attrs.get("data_format", "NHWC")).startswith("NC") else made[-1]
    pixels = (_count(made) or 0) // max(abs(channels), 1)
    bias = len(ins) > 2 and ins[2] is not None
    return pixels * (2 * weights + bias * abs(channels))


def _pool(_ins: Sequence[Shape | None], outs: Sequence[Shape | None], attrs: Mapping[str, Any]) -> int | None:
    made = _count(outs[0])
    return None if made is None else made * math.prod(attrs.get("ksize", (1,)))


_RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(
        ("MatMul", "MatMulV2", "BatchMatMul", "BatchMatMulV2", "GEMM", "FullyConnection"), _product
    ),
    **dict.fromkeys(("Conv2D", "Conv3D", "DepthwiseConv2D"), _convolution),
    **dict.fromkeys(("MaxPool", "MaxPoolV2", "MaxPoolV3", "AvgPool", "AvgPoolV2"), _pool),
}


def flops(
    operator: str,
    inputs: Sequence[Shape | None],
    outputs: Sequence[Shape | None],
    attributes: Mapping[str, Any],
) -> int | None:
    """Return the count for these shapes, None when a shape it needs is not known.

    What only moves data costs nothing, a reduction one operation per element it reads, everything without a
    rule of its own one per element it writes. Unknown sizes (-1) count as one.
    """
    if operator in _MOVES or not outputs:
        return 0
    if operator in _RULES:
        return _RULES[operator](inputs, outputs, attributes)
    if operator.startswith(_REDUCTIONS) or operator == "GlobalAveragePool":
        return _count(inputs[0]) if inputs else 0
    count = _count(outputs[0])
    return None if count is None else count * _PER_ELEMENT.get(operator, 1)
