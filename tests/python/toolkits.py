"""Fake CANN toolkit trees, and child processes that load them: a process has one backend."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# What a child sees of the machine: no toolkit but the ones a test makes.
_PRELUDE = """
import pyascend_ge._native.search as search
search.DEFAULT_ROOTS = ()
import pyascend_ge as ge
from pyascend_ge._native import fast, ffi, lib, loader
"""


def build_library(path: Path, functions: Mapping[str, int], needs: Path | None = None) -> None:
    """Compile a library whose functions return fixed numbers, so that a call says which library answered."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = "".join(f"int {name}(void) {{ return {value}; }}\n" for name, value in functions.items())
    command = ["gcc", "-shared", "-fPIC", f"-Wl,-soname,{path.name}", "-x", "c", "-", "-o", str(path)]
    if needs is not None:
        command += ["-Wl,--no-as-needed", "-x", "none", str(needs)]
    subprocess.run(command, input=source, text=True, check=True)


def toolkit_8_1(root: Path) -> Path:
    """Make a tree as 8.1 lays it out: one libascendcl holds the runtime."""
    build_library(root / "lib64" / "libascendcl.so", {"aclrtResetDevice": 81, "aclmdlUnload": 82})
    (root / "runtime").mkdir()
    (root / "runtime" / "version.info").write_text("Version=8.1.RC1\nversion_dir=8.1.RC1\n")
    return root


def toolkit_9_2(root: Path) -> Path:
    """Make a tree as 9.2 lays it out: the runtime is split, models have a library of their own."""
    build_library(root / "lib64" / "libacl_rt.so", {"aclrtResetDevice": 92, "aclrtMemPoolDestroy": 93})
    build_library(root / "lib64" / "libacl_mdl.so", {"aclmdlUnload": 94})
    (root / "version.info").write_text("Version=9.2.0\n")
    return root


def broken_toolkit(root: Path) -> Path:
    """Make a tree whose library needs one that is not there, as on a machine without the NPU's driver."""
    driver = root / "libascend_hal.so"
    build_library(driver, {"halThing": 1})
    build_library(root / "lib64" / "libascendcl.so", {"aclrtResetDevice": 1}, needs=driver)
    driver.unlink()
    return root


def run_python(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh interpreter that has the package imported and finds no toolkit by itself."""
    dropped = ("ASCEND", "PYASCEND", "MOCK_CANN", "LD_LIBRARY_PATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return subprocess.run(
        [sys.executable, "-c", _PRELUDE + code],
        env={**kept, **environ},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def output_of(code: str, **environ: str) -> str:
    """Run `code` and return what it printed; the test fails when the child does."""
    done = run_python(code, **environ)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
