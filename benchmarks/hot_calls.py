"""Calls that only enqueue or look, beside a bare cffi call of the same C function, in instructions."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.counted import CASES
from benchmarks.instructions import counts
from benchmarks.table import Row

_BLOCKING = ("nothing", "stream.synchronize()")


def rows() -> Iterator[Row]:
    """One line per call."""
    for case in CASES:
        if case not in _BLOCKING:
            ours, peer = counts()[f"{case}/ours"], counts()[f"{case}/peer"]
            yield Row(case, ours, peer, "bare cffi call", ours / peer, 1.3, "instructions")
