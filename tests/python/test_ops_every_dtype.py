"""Operators in every element type of docs/operators.md, on small whole numbers that all types hold.

The other tests draw types; here a type that is added to the table is tested because it stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from ops_harness import Const, operator_session, run_op, values  # noqa: F401

TABLE = Path(__file__).parents[2] / "docs" / "operators.md"
FLOATS = ["float32", "float16", "bfloat16"]
NUMBERS = [*FLOATS, "float64", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))]
GROUPS = {"floats": FLOATS, "numbers": NUMBERS}
KNOWN = {*NUMBERS, "bool"}


def types_of_operators() -> dict[str, list[str]]:
    """Element types of numpy's by operator, in the order of the table."""
    found = {}
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 4:
            names = [name for cell in cells[3].split(", ") for name in GROUPS.get(cell, [cell])]
            found[cells[0]] = [name for name in names if name in KNOWN]
    return found


def same(x: np.ndarray) -> np.ndarray:
    return x


def reduced(function: Callable[..., Any]) -> Callable[[np.ndarray], Any]:
    return lambda x: function(x, axis=(0, 2))


def blocks(x: np.ndarray, depth_first: bool) -> np.ndarray:
    n, h, w, c = x.shape
    if depth_first:
        return x.reshape(n, h, w, 2, 2, c // 4).transpose(0, 1, 3, 2, 4, 5).reshape(n, 2 * h, 2 * w, c // 4)
    return x.reshape(n, h // 2, 2, w // 2, 2, c).transpose(0, 1, 3, 2, 4, 5).reshape(n, h // 2, w // 2, 4 * c)


def windows(x: np.ndarray, function: Callable[..., Any]) -> np.ndarray:
    n, c, h, w = x.shape
    return function(x.reshape(n, c, h // 2, 2, w // 2, 2), axis=(3, 5))


POOL = {"ksize": [1, 1, 2, 2], "strides": [1, 1, 2, 2], "padding": "VALID", "data_format": "NCHW"}
POOL_V2 = {"ksize": [1, 1, 2, 2], "strides": [1, 1, 2, 2], "padding_mode": "VALID"}
CUBE, PICTURE = (2, 3, 4), (1, 4, 4, 8)

# operator: shapes of the inputs (a list: a dynamic input), constants behind them, attributes, numpy's way
CASES: dict[str, tuple[Sequence[Any], Sequence[Any], dict[str, Any], Callable[..., Any]]] = {
    "Identity": ([CUBE], [], {}, same),
    "PlaceholderWithDefault": ([CUBE], [], {"shape": [2, 3, 4]}, same),
    "TransData": (
        [(2, 3, 4, 5)],
        [],
        {"src_format": "NCHW", "dst_format": "NHWC"},
        lambda x: x.transpose(0, 2, 3, 1),
    ),
    "TensorMove": ([CUBE], [], {}, same),
    "Flatten": ([CUBE], [], {}, lambda x: x.reshape(2, 12)),
    "Shape": ([CUBE], [], {}, lambda x: np.int32(x.shape)),
    "Size": ([CUBE], [], {}, lambda x: np.int32(x.size)),
    "Rank": ([CUBE], [], {}, lambda x: np.int32(x.ndim)),
    "ZerosLike": ([CUBE], [], {}, np.zeros_like),
    "OnesLike": ([CUBE], [], {}, np.ones_like),
    "Pack": ([[CUBE, CUBE]], [], {"axis": 1}, lambda x, y: np.stack([x, y], 1)),
    "Unpack": ([CUBE], [], {"num": 3, "axis": 1}, lambda x: [x[:, i] for i in range(3)]),
    "ConcatD": ([[CUBE, CUBE]], [], {"concat_dim": 2}, lambda x, y: np.concatenate([x, y], 2)),
    "ConcatV2D": ([[CUBE, CUBE]], [], {"concat_dim": 2}, lambda x, y: np.concatenate([x, y], 2)),
    "ConcatV2": ([[CUBE, CUBE]], [np.int32(0)], {}, lambda x, y: np.concatenate([x, y])),
    "SplitV": ([CUBE], [np.int64([1, 3]), np.int32(2)], {"num_split": 2}, lambda x: np.split(x, [1], 2)),
    "SplitVD": (
        [CUBE],
        [],
        {"size_splits": [1, 3], "split_dim": 2, "num_split": 2},
        lambda x: np.split(x, [1], 2),
    ),
    "SplitD": ([CUBE], [], {"split_dim": 1, "num_split": 3}, lambda x: np.split(x, 3, 1)),
    "Slice": ([CUBE], [np.int32([0, 1, 1]), np.int32([2, 2, 3])], {}, lambda x: x[:, 1:, 1:]),
    "SliceD": ([CUBE], [], {"offsets": [0, 1, 1], "size": [2, 2, 3]}, lambda x: x[:, 1:, 1:]),
    "StridedSlice": (
        [CUBE],
        [np.int32([1, 2, 0]), np.int32([2, 0, 4]), np.int32([1, -1, 2])],
        {},
        lambda x: x[1:2, 2:0:-1, 0:4:2],
    ),
    "StridedSliceD": (
        [CUBE],
        [],
        {"begin": [1, 2, 0], "end": [2, 0, 4], "strides": [1, -1, 2]},
        lambda x: x[1:2, 2:0:-1, 0:4:2],
    ),
    "Transpose": ([CUBE], [np.int32([2, 0, 1])], {}, lambda x: x.transpose(2, 0, 1)),
    "TransposeD": ([CUBE], [], {"perm": [2, 0, 1]}, lambda x: x.transpose(2, 0, 1)),
    "Pad": ([(2, 3)], [np.int32([[1, 0], [0, 2]])], {}, lambda x: np.pad(x, [(1, 0), (0, 2)])),
    "PadD": ([(2, 3)], [], {"paddings": [[1, 0], [0, 2]]}, lambda x: np.pad(x, [(1, 0), (0, 2)])),
    "PadV3D": ([(2, 3)], [], {"paddings": [[1, 0], [0, 2]]}, lambda x: np.pad(x, [(1, 0), (0, 2)])),
    "TileD": ([(2, 3)], [], {"multiples": [2, 3]}, lambda x: np.tile(x, (2, 3))),
    "ExpandD": ([(3, 1)], [], {"shape": [2, 3, 4]}, lambda x: np.broadcast_to(x, CUBE)),
    "BroadcastToD": ([(3, 1)], [], {"shape": [2, 3, 4]}, lambda x: np.broadcast_to(x, CUBE)),
    "Gather": ([CUBE], [np.int32([1, 0, 1])], {}, lambda x: x[[1, 0, 1]]),
    "GatherV2": ([CUBE], [np.int32([3, 0]), np.int32(2)], {}, lambda x: x[:, :, [3, 0]]),
    "ReverseV2": ([CUBE], [np.int32([0, 2])], {}, lambda x: x[::-1, :, ::-1]),
    "ReverseV2D": ([CUBE], [], {"axis": [0, 2]}, lambda x: x[::-1, :, ::-1]),
    "DepthToSpace": ([PICTURE], [], {"block_size": 2}, lambda x: blocks(x, True)),
    "SpaceToDepth": ([PICTURE], [], {"block_size": 2}, lambda x: blocks(x, False)),
    "ReduceMaxD": ([CUBE], [], {"axes": [0, 2]}, reduced(np.max)),
    "ReduceMinD": ([CUBE], [], {"axes": [0, 2]}, reduced(np.min)),
    "ReduceProdD": ([(2, 3, 2)], [], {"axes": [0, 2]}, reduced(np.prod)),
    "ReduceSumD": ([CUBE], [], {"axes": [0, 2]}, reduced(np.sum)),
    "BiasAdd": ([CUBE, (4,)], [], {}, np.add),
    "AddV2": ([CUBE, (3, 1)], [], {}, np.add),
    "MatMul": ([(3, 4), (4, 2)], [], {}, np.matmul),
    "BatchMatMul": ([(2, 3, 4), (2, 4, 2)], [], {}, np.matmul),
    "MatMulV2": ([(3, 4), (4, 2)], [], {}, np.matmul),
    "BatchMatMulV2": ([(2, 3, 4), (2, 4, 2)], [], {}, np.matmul),
    "GEMM": ([(3, 4), (4, 2), (3, 2), (1,), (1,)], [], {}, lambda a, b, c, s, t: s * (a @ b) + t * c),
    "FullyConnection": ([(2, 4), (3, 4)], [], {"num_output": 3}, lambda x, w: x @ w.T),
    "CumsumD": ([CUBE], [], {"axis": 1}, lambda x: np.cumsum(x, 1)),
    "CumprodD": ([CUBE], [], {"axis": 1}, lambda x: np.cumprod(x, 1)),
    "ReduceAllD": ([CUBE], [], {"axes": [0, 2]}, reduced(np.all)),
    "NonZero": ([CUBE], [], {}, np.argwhere),
    "IsFinite": ([CUBE], [], {}, np.isfinite),
    "Expand": ([(3, 1)], [np.int64([2, 3, 4])], {}, lambda x: np.broadcast_to(x, CUBE)),
    "MirrorPad": (
        [(3, 4)],
        [np.int32([[1, 1], [2, 0]])],
        {"mode": "REFLECT"},
        lambda x: np.pad(x, [(1, 1), (2, 0)], "reflect"),
    ),
    "GatherElements": (
        [(2, 3)],
        [np.int64([[1, 0, 1]])],
        {},
        lambda x: np.take_along_axis(x, np.int64([[1, 0, 1]]), 0),
    ),
    "OneHot": (
        [CUBE],
        [np.int32(3), np.float32(5), np.float32(1)],
        {},
        lambda x: np.where(x[..., None] == np.arange(3), np.float32(5), np.float32(1)),
    ),
    "MaxPoolV3": ([(1, 2, 4, 6)], [], POOL_V2, lambda x: windows(x, np.max)),
    "AvgPoolV2": ([(1, 2, 4, 6)], [], POOL_V2, lambda x: windows(x, np.mean)),
    "Less": ([CUBE, (3, 1)], [], {}, np.less),
    "LessEqual": ([CUBE, (3, 1)], [], {}, np.less_equal),
    "Greater": ([CUBE, (3, 1)], [], {}, np.greater),
    "GreaterEqual": ([CUBE, (3, 1)], [], {}, np.greater_equal),
    "Equal": ([CUBE, (3, 1)], [], {}, np.equal),
    "NotEqual": ([CUBE, (3, 1)], [], {}, np.not_equal),
    "Relu6D": ([CUBE], [], {}, lambda x: np.clip(x, 0, 6)),
    "MaxPool": ([(1, 2, 4, 6)], [], POOL, lambda x: windows(x, np.max)),
    "AvgPool": ([(1, 2, 4, 6)], [], POOL, lambda x: windows(x, np.mean)),
    "GlobalAveragePool": ([(1, 2, 4, 4)], [], {}, lambda x: x.mean((2, 3), keepdims=True)),
    "Swish": ([CUBE], [], {}, lambda x: x / (1 + np.exp(-x))),
    "Scale": ([CUBE, (3,), (3,)], [], {}, lambda x, s, b: x * s[:, None] + b[:, None]),
    "Bias": ([CUBE, (3,)], [], {}, lambda x, b: x + b[:, None]),
    "Dilation": ([(1, 3)], [], {"dilations": [2, 2]}, lambda x: np.insert(x, [1, 2], 0, 1)),
    "SPP": ([(1, 2, 4, 4)], [], {"pyramid_height": 1}, lambda x: x.max((2, 3), keepdims=True)),
    "Log": ([CUBE], [], {}, lambda x: np.log(x.astype(np.float64))),
}
# Products of bytes are sums of 32 bits.
WIDENED = {"MatMulV2", "BatchMatMulV2", "FullyConnection"}
ROUNDED = {"float16": 2e-3, "bfloat16": 1e-2}
TYPES = types_of_operators()
OF_ITS_OWN = {("GEMM", "int8")}
EVERY = [(op, dtype) for op in CASES for dtype in TYPES[op] if (op, dtype) not in OF_ITS_OWN]


def made(shape: Any, dtype: str, seeds: list[int]) -> Any:
    """Numbers from 1 to 3."""
    if isinstance(shape, list):
        return [made(member, dtype, seeds) for member in shape]
    seeds.append(len(seeds))
    whole = np.dtype(ml_dtypes.bfloat16) if dtype == "bfloat16" else np.dtype(dtype)
    if dtype == "bool":
        return values(len(seeds), shape, bool)
    return values(len(seeds), shape, np.int64, 1, 3).astype(whole)


@pytest.mark.parametrize(("operator", "dtype"), EVERY, ids=[f"{a}-{b}" for a, b in EVERY])
def test_an_operator_in_a_type_of_its_row(operator: str, dtype: str) -> None:
    shapes, constants, attrs, reference = CASES[operator]
    seeds: list[int] = []
    inputs = [made(shape, dtype, seeds) for shape in shapes]
    flat = [array for given in inputs for array in (given if isinstance(given, list) else [given])]
    exact = bool if dtype == "bool" else np.float64
    with np.errstate(divide="ignore"):  # the logarithm of False
        expected = reference(*(array.astype(exact) for array in flat))
    expected = expected if isinstance(expected, list) else [expected]
    outputs = run_op(operator, [*inputs, *map(Const, constants)], attrs, n_outputs=len(expected))
    for mine, theirs in zip(outputs, expected, strict=True):
        assert mine.shape == np.shape(theirs)
        if theirs.dtype != np.float64:  # shapes and comparisons have a type of their own
            assert mine.dtype == theirs.dtype
        elif operator in WIDENED and dtype == "int8":
            assert mine.dtype == np.int32
        elif operator != "Log":  # of whole numbers: in float32
            assert mine.dtype == flat[0].dtype
        np.testing.assert_allclose(mine.astype(np.float64), theirs, rtol=ROUNDED.get(dtype, 1e-6))


def test_gemm_of_bytes_adds_and_scales_in_32_bits() -> None:
    a, b = (values(seed, shape, np.int8) for seed, shape in ((1, (3, 4)), (2, (4, 2))))
    c, alpha, beta = values(3, (3, 2), np.int32, -9, 9), np.int32([2]), np.int32([3])
    [mine] = run_op("GEMM", [a, b, c, alpha, beta])
    assert mine.dtype == np.int32
    np.testing.assert_array_equal(mine, 2 * (a.astype(np.int32) @ b.astype(np.int32)) + 3 * c)


def test_the_rows_are_found() -> None:
    assert len(TYPES) > 300
    assert set(NUMBERS) <= set(TYPES["Identity"])
    assert len(EVERY) > 600
