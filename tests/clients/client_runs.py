"""Running a client's Python with the emulated toolkit around it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]
SCRIPTS = Path(__file__).parent / "scripts"


def runner(python: str, tree: Path) -> Run:
    """Return a function that runs Python as ``pyascend-ge mock exec`` does, on a given toolkit."""
    from pyascend_ge.cli.mock import emulated_environment

    def run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, **emulated_environment(tree, os.environ), **variables}
        environ.pop("PYTHONPATH", None)
        return subprocess.run(
            [python, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env=environ,
            timeout=1800,  # the largest network is half a gigabyte, on a machine that may be busy
        )

    return run
