"""Child processes, for what only a fresh process shows: initialisation, exit, fork, environment."""

from __future__ import annotations

import os
import subprocess
import sys

_PRELUDE = "import gc, os, sys, threading, warnings\nimport numpy as np\nimport pyascend_ge as ge\n"


def run_child(code: str, *flags: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh interpreter with this process's backend."""
    return subprocess.run(
        [sys.executable, *flags, "-c", _PRELUDE + code],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def child_output(code: str, *flags: str, **environ: str) -> str:
    """Run `code`, check that the child ended well and silently, and return what it printed."""
    done = run_child(code, *flags, **environ)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}"
    assert done.stderr == ""
    return done.stdout.strip()
