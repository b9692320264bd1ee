"""C++ programs over GE's classes, built as a user builds them, with both ``std::string``s."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import Toolchain

SOURCES = Path(__file__).parent / "ge"
LIBRARIES = {
    "graph": ["graph", "graph_base"],
    "operators": ["graph", "graph_base"],
    "runtime_tensor": ["graph_base"],
    "values": ["graph", "graph_base"],
}


def test_every_program_is_in_the_table() -> None:
    assert {p.stem for p in SOURCES.glob("*.cc")} == set(LIBRARIES)


@pytest.mark.parametrize("abi", [0, 1], ids=["cxx11_abi=0", "cxx11_abi=1"])
@pytest.mark.parametrize("program", sorted(LIBRARIES))
def test_program_passes_its_own_checks(program: str, abi: int, toolchain: Toolchain, tmp_path: Path) -> None:
    binary = toolchain.build(
        [SOURCES / f"{program}.cc"], tmp_path / program, LIBRARIES[program], abi=abi, standard="c++11"
    )
    done = toolchain.run([str(binary)], cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
