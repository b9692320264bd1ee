"""Launching from Python: one task and its synchronize, ten thousand tasks and one, beside PyOpenCL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import pyascend_ge as ge
from benchmarks.models import ADD, chain
from benchmarks.peers.opencl import Pocl
from benchmarks.table import Row
from benchmarks.timing import compare

_MANY = 10_000
_WHAT = ("an empty task", "a task that adds four floats")
_OURS = ("event.record(stream)", "bound(stream)")
# Ten thousand additions have no bound. A run of a graph is checked and queued as GE does it, four times the
# work of an empty task; what PoCL needs for its own depends on how its threads get on, so that the ratio is
# 0.09 or twice that.
_BOUNDS = ((0.05, 0.1), (0.05, None))
_PEER = ("enqueue(queue, nothing, one, one)", "enqueue(queue, add, four, four)")


def rows() -> Iterator[Row]:
    """Launch tasks that do nothing (an event, an empty kernel), and tasks that add four floats."""
    pocl = Pocl()
    with ge.Runtime(device=0), ge.GeSession() as session, ge.Event() as event:
        x, y = ge.array(np.ones(4, np.float32)), ge.empty(4)
        graph = session.add_graph(chain(ADD))
        for what, ours, peer, bounds in zip(_WHAT, _OURS, _PEER, _BOUNDS, strict=True):
            with ge.Stream() as stream:
                names = {"stream": stream, "event": event, "bound": graph.bind([x, x], [y])}
                for count, bound in zip((1, _MANY), bounds, strict=True):
                    figures = compare(
                        _batch(ours, "stream.synchronize()", names, count),
                        _batch(peer, "queue.finish()", pocl.names, count),
                        rounds=31 if count == 1 else 11,
                    )
                    many = f"{count:,} launches + synchronize" if count > 1 else "launch + synchronize"
                    yield Row(f"{what}: {many}", *figures[:2], pocl.name, figures[2], bound)


def _batch(launch: str, wait: str, names: dict[str, Any], count: int) -> Callable[[], object]:
    """Make a function of the statements, without a call between them and the loop."""
    repeated = f"for _ in range({count}): {launch}" if count > 1 else launch
    made: dict[str, Any] = {}
    parameters = ", ".join(f"{name}={name}" for name in names)
    exec(f"def run({parameters}):\n {repeated}\n {wait}", dict(names), made)
    return made["run"]  # type: ignore[no-any-return]
