"""The table of operators says what the registry holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# What the foundation promises; the registry may hold more.
PROMISED = (
    "Identity Cast Add Sub Mul Div RealDiv Maximum Minimum Pow Neg Abs Exp Log Sqrt Rsqrt Square "
    "Reciprocal Sigmoid Tanh Relu Relu6 LeakyRelu Gelu FastGelu Erf Swish HardSwish MatMul MatMulV2 "
    "BatchMatMul BatchMatMulV2 GEMM FullyConnection BiasAdd Conv2D DepthwiseConv2D MaxPool MaxPoolV3 "
    "AvgPool AvgPoolV2 GlobalAveragePool BatchNorm BNInference BNInferenceD LayerNorm LayerNormV3 SoftmaxV2 "
    "LogSoftmaxV2 ReduceSum ReduceSumD ReduceMean ReduceMeanD ReduceMax ReduceMaxD ReduceMin ReduceMinD "
    "ReduceProd ReduceProdD ArgMaxV2 ArgMaxD TopKV2 Reshape Transpose TransposeD ConcatV2 ConcatD Split "
    "SplitD SplitV Slice StridedSlice GatherV2 Pad PadV3 Tile ExpandDims Unsqueeze Squeeze Flatten "
    "FlattenV2 Shape Fill ZerosLike OnesLike Select SelectV2 Equal NotEqual Less LessEqual Greater "
    "GreaterEqual LogicalAnd LogicalOr LogicalNot ClipByValue Pack OneHot "
)


def test_the_table_is_what_the_registry_says(mock_tree: Path, tmp_path: Path) -> None:
    committed = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    code = f"""
import pathlib, sys
sys.path.insert(0, {str(ROOT / "tools")!r})
import operators
print(operators.table(pathlib.Path({str(mock_tree)!r})), end="")
"""
    made = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert committed == made.stdout, "run: python tools/operators.py"


def test_every_promised_operator_is_there() -> None:
    rows = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8").splitlines()
    listed = {row.split("|")[1].strip() for row in rows if row.startswith("| ")}
    assert set(PROMISED.split()) - listed == set()
