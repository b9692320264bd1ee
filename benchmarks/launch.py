"""Launching from Python: one task and its synchronize, ten thousand tasks and one, beside PyOpenCL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

import pyascend_ge as ge
from benchmarks.models import ADD, chain
from benchmarks.peers.opencl import Pocl
from benchmarks.table import Row
from benchmarks.timing import compare

_MANY = 10_000


def rows() -> Iterator[Row]:
    """Tasks that do nothing (an event, an empty kernel), and tasks that add four floats."""
    pocl = Pocl()
    with ge.Runtime(device=0), ge.GeSession() as session, ge.Stream() as stream, ge.Event() as event:
        x, y = ge.array(np.ones(4, np.float32)), ge.empty(4)
        bound = session.add_graph(chain(ADD)).bind([x, x], [y])
        pairs: tuple[tuple[str, Callable[[], object], Callable[[], object]], ...] = (
            ("empty task", lambda: event.record(stream), pocl.nothing),
            ("task that adds four floats", lambda: bound(stream), pocl.add),
        )
        for what, ours, peer in pairs:
            figures = compare(_batch(ours, stream.synchronize, 1), _batch(peer, pocl.finish, 1))
            yield Row(f"{what}: launch + synchronize", *figures[:2], pocl.name, figures[2], 0.05)
            figures = compare(
                _batch(ours, stream.synchronize, _MANY), _batch(peer, pocl.finish, _MANY), rounds=11
            )
            yield Row(f"{what}: 10,000 launches + synchronize", *figures[:2], pocl.name, figures[2], 0.1)


def _batch(launch: Callable[[], object], wait: Callable[[], object], count: int) -> Callable[[], object]:
    def run() -> None:
        for _ in range(count):
            launch()
        wait()

    return run
