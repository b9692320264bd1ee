"""A call that can block, beside a hand-written C extension that releases the GIL, in instructions."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.instructions import counts
from benchmarks.table import Row


def rows() -> Iterator[Row]:
    """Measure waiting for an idle stream."""
    case = "stream.synchronize()"
    ours, peer = counts()[f"{case}/ours"], counts()[f"{case}/peer"]
    yield Row(case, ours, peer, "C extension", ours / peer, 1.3, "instructions")
