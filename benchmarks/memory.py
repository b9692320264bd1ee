"""Resident memory of a process that has an idle Runtime open on the emulator, beside the limit of 20 MB."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from benchmarks.table import Row

_LIMIT_MB = 20.0
_READ = "\nprint(next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmRSS')))"
_RUNTIME = "import pyascend_ge as ge\nruntime = ge.Runtime(device=0).__enter__()"


def _resident(source: str) -> float:
    """Return a program's resident memory in MB (10**6 bytes); the median of five runs."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(5):
            run = subprocess.run(
                [sys.executable, "-c", source + _READ], check=True, cwd=folder, capture_output=True, text=True
            )
            found.append(int(run.stdout) * 1024 / 1e6)
    return statistics.median(found)


def rows() -> Iterator[Row]:
    """Measure above a bare Python, and the whole process."""
    bare, whole = _resident("pass"), _resident(_RUNTIME)
    for what, used in (("above a bare Python", whole - bare), ("whole process", whole)):
        name = f"limit; bare Python has {bare:.1f}"
        yield Row(f"idle Runtime: {what}", used, _LIMIT_MB, name, used / _LIMIT_MB, 1.0, "MB")
