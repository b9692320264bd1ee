"""The ways to run a graph, as C++ programs built as a user builds them, with either ``std::string``."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import Toolchain

SOURCES = Path(__file__).parent / "flows"
LIBRARIES = ["ge_runner", "ge_runner_v2", "ge_compiler", "graph", "graph_base", "ascendcl", "pthread"]


@pytest.mark.parametrize("abi", [0, 1], ids=["cxx11_abi=0", "cxx11_abi=1"])
@pytest.mark.parametrize("flow", sorted(source.stem for source in SOURCES.glob("*.cc")))
def test_flow(flow: str, abi: int, toolchain: Toolchain, tmp_path: Path) -> None:
    binary = toolchain.build([SOURCES / f"{flow}.cc"], tmp_path / flow, LIBRARIES, abi=abi)
    done = toolchain.run([str(binary)], cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
