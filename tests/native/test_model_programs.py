"""C programs over AscendCL's models and their host objects, built as a user builds them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def build(source: Path, binary: Path, tree: Path, libraries: list[str]) -> Path:
    """Compile one C program against ``include/`` and ``lib64/`` alone."""
    lib64 = tree / "lib64"
    command = ["gcc", "-std=c11", "-D_GNU_SOURCE", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]
    command += [f"-I{tree / 'include'}", str(source), "-o", str(binary), f"-L{lib64}", f"-Wl,-rpath,{lib64}"]
    command += [*(f"-l{name}" for name in libraries), "-lm", "-pthread"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[:4000]
    return binary


def run(binary: Path, *arguments: str, expect: int = 0) -> str:
    """Run a program to its end; what it printed."""
    done = subprocess.run(
        [str(binary), *arguments], capture_output=True, text=True, check=False, cwd=binary.parent, timeout=120
    )
    assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done.stdout


@pytest.mark.parametrize("libraries", [["ascendcl"], ["acl_mdl", "acl_rt"]], ids=["8.1", "9.2"])
def test_buffers_datasets_and_descriptions(libraries: list[str], mock_tree: Path, tmp_path: Path) -> None:
    run(build(HERE / "models" / "objects.c", tmp_path / "objects", mock_tree, libraries))
