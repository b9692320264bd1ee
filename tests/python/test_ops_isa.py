"""The kernels of every instruction set pass the same tests, each in a process that uses them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODULES = [
    "elementwise",
    "chains",
    "cast",
    "reduce",
    "softmax",
    "norm",
    "matmul",
    "conv",
    "conv_depth",
    "conv_panels",
    "conv_transpose",
    "pool",
]
SELECTED = "float32 or float16 or extremes or large"


@pytest.mark.parametrize("level", ["baseline", "avx2"])
def test_lower_instruction_sets_pass_the_same_tests(level: str) -> None:
    files = [str(HERE / f"test_ops_{module}.py") for module in MODULES]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", SELECTED, *files]
    result = subprocess.run(
        command,
        env={**os.environ, "MOCK_CANN_ISA": level},
        cwd=HERE.parent.parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-1000:]
    assert " passed" in result.stdout


def test_an_unknown_instruction_set_is_said_and_not_used() -> None:
    program = (
        "import numpy as np, pyascend_ge as ge\n"
        "with ge.Runtime(), ge.GeSession() as session:\n"
        "    graph = ge.Graph('g')\n"
        "    graph.output(graph.op('Relu', graph.input('x', shape=(2,), dtype='float32')))\n"
        "    print(session.add_graph(graph).run(np.array([-1, 2], np.float32))[0].tolist())\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "MOCK_CANN_ISA": "sse9"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.stdout.strip() == "[0.0, 2.0]"
    assert "MOCK_CANN_ISA=sse9 is not baseline, avx2 or avx512" in result.stderr
