"""Whole processes: importing the package, opening a Runtime, beside importing numpy; above a bare Python."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.table import Row
from benchmarks.timing import processes

_SOURCES = (
    "pass",
    "import numpy",
    "import pyascend_ge",
    "import pyascend_ge._native",
    "import pyascend_ge as ge\nwith ge.Runtime(device=0): pass",
)


def rows() -> Iterator[Row]:
    """Import the package, import it with its compiled module, open a Runtime."""
    bare, numpy, *ours = processes(_SOURCES)
    names = (
        "import pyascend_ge",
        "import pyascend_ge, its C module too",
        "load the mock, open and close a Runtime",
    )
    peer = statistics.median(b - a for a, b in zip(bare, numpy, strict=True))
    for what, times, bound in zip(names, ours, (0.15, 0.15, 1.0), strict=True):
        mine = statistics.median(b - a for a, b in zip(bare, times, strict=True))
        ratio = statistics.median((o - a) / (n - a) for a, n, o in zip(bare, numpy, times, strict=True))
        yield Row(what, mine, peer, "import numpy", ratio, bound)
