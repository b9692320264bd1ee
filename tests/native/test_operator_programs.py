"""C programs over AscendCL's single operators."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import Toolchain

SOURCES = Path(__file__).parent / "operators"
COMMON = ["ascendcl", "mock_cann", "m"]
LIBRARIES = {
    "aclnn": [*COMMON, "nnopbase", "opapi"],
    "execute": [*COMMON, "acl_op_compiler"],
    "refusals": [*COMMON, "acl_op_compiler"],
}


def test_every_program_is_in_the_table() -> None:
    assert {p.stem for p in SOURCES.glob("*.c")} == set(LIBRARIES)


@pytest.mark.parametrize("program", sorted(LIBRARIES))
def test_program_passes_its_own_checks(program: str, toolchain: Toolchain, tmp_path: Path) -> None:
    binary = toolchain.build([SOURCES / f"{program}.c"], tmp_path / program, LIBRARIES[program])
    done = toolchain.run([str(binary)])
    assert done.returncode == 0, done.stdout + done.stderr
