"""What GE answers to misuse: status and text, one child process a case."""

from __future__ import annotations

from pathlib import Path

import pytest
from ge_misuse_table import CASES
from programs import Toolchain

SOURCES = Path(__file__).parent / "misuse_ge"
LIBRARIES = ["ge_runner", "ge_runner_v2", "ge_compiler", "graph", "graph_base", "ascendcl", "pthread"]


@pytest.fixture(scope="module")
def misuse(toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    binary = tmp_path_factory.mktemp("misuse_ge") / "misuse_ge"
    return toolchain.build(sorted(SOURCES.glob("*.cc")), binary, LIBRARIES)


def run(binary: Path, toolchain: Toolchain, argument: str) -> str:
    done = toolchain.run([str(binary), argument], cwd=binary.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_case_is_in_the_table(misuse: Path, toolchain: Toolchain) -> None:
    assert set(run(misuse, toolchain, "--list").split()) == set(CASES)


@pytest.mark.parametrize("case", sorted(CASES))
def test_misuse(case: str, misuse: Path, toolchain: Toolchain) -> None:
    expected_status, expected_text = CASES[case]
    status, _, text = run(misuse, toolchain, case).partition("\n")
    assert int(status) == expected_status, text
    if expected_text:
        assert expected_text in text
    else:
        assert text == ""
