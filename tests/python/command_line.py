"""The command line as users start it: a process of its own, on the emulator, with a clean environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_DROPPED = ("ASCEND", "PYASCEND", "MOCK_CANN", "LD_LIBRARY_PATH", "COLUMNS", "FORCE_COLOR")


def environment(**changes: str) -> dict[str, str]:
    """Return this process's environment without what leads to a toolkit, on the emulator, and `changes`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    return {**kept, "PYASCEND_BACKEND": "mock", **changes}


def pyascend_ge(*arguments: str | Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m pyascend_ge`` with `arguments`; `changes` are environment variables."""
    return subprocess.run(
        [sys.executable, "-m", "pyascend_ge", *map(str, arguments)],
        env=environment(**changes),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def output_of(*arguments: str | Path, **changes: str) -> str:
    """Return what a command that must succeed prints."""
    done = pyascend_ge(*arguments, **changes)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refusal_of(*arguments: str | Path, **changes: str) -> str:
    """Return the one line that a command with wrong input prints."""
    done = pyascend_ge(*arguments, **changes)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr
