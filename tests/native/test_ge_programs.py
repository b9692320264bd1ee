"""C++ programs built as a user builds them: only the toolkit's ``include/`` and ``lib64/``, both ``std::string``s."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SOURCES = Path(__file__).parent / "ge"
LIBRARIES = {
    "runtime_tensor": ["graph_base"],
    "values": ["graph", "graph_base"],
}


def test_every_program_is_in_the_table() -> None:
    assert {p.stem for p in SOURCES.glob("*.cc")} == set(LIBRARIES)


@pytest.mark.parametrize("abi", [0, 1], ids=["cxx11_abi=0", "cxx11_abi=1"])
@pytest.mark.parametrize("program", sorted(LIBRARIES))
def test_program_passes_its_own_checks(program: str, abi: int, mock_tree: Path, tmp_path: Path) -> None:
    binary = tmp_path / program
    lib64 = mock_tree / "lib64"
    command = ["g++", "-std=c++11", "-Wall", "-Wextra", "-Werror", f"-D_GLIBCXX_USE_CXX11_ABI={abi}"]
    command += [f"-I{mock_tree / 'include'}", str(SOURCES / f"{program}.cc"), "-o", str(binary)]
    command += [f"-L{lib64}", f"-Wl,-rpath,{lib64}", *(f"-l{name}" for name in LIBRARIES[program])]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[:4000]
    done = subprocess.run([str(binary)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
