"""C++ programs with operator classes of their own, built as a user does, with both ``std::string``s."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import Toolchain

SOURCES = Path(__file__).parent / "prototypes"
LIBRARIES = ["ge_runner", "ge_runner_v2", "ge_compiler", "graph", "graph_base", "ascendcl", "pthread"]


@pytest.mark.parametrize("abi", [0, 1], ids=["cxx11_abi=0", "cxx11_abi=1"])
@pytest.mark.parametrize("program", ["control_flow", "nodes_v1", "operators_v2"])
def test_program_passes_its_own_checks(program: str, abi: int, toolchain: Toolchain, tmp_path: Path) -> None:
    binary = toolchain.build(
        [SOURCES / f"{program}.cc"], tmp_path / program, LIBRARIES, abi=abi, standard="c++11"
    )
    done = toolchain.run([str(binary)], cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prototypes_may_stand_in_several_files_of_a_program(toolchain: Toolchain, tmp_path: Path) -> None:
    other = tmp_path / "other.cc"
    header = SOURCES / "prototypes.h"
    other.write_text(f'#include "{header}"\nconst char *Other() {{ return ge::op::Add::name_in_x1(); }}\n')
    binary = toolchain.build(
        [SOURCES / "operators_v2.cc", other], tmp_path / "two", LIBRARIES, standard="c++11"
    )
    done = toolchain.run([str(binary)], cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
