"""Timing two contenders turn by turn, so that what disturbs the machine disturbs both."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from time import perf_counter

Body = Callable[[], object]


def _once(body: Body, count: int) -> float:
    start = perf_counter()
    for _ in range(count):
        body()
    return (perf_counter() - start) / count


def compare(
    ours: Body, peer: Body, *, rounds: int = 31, seconds: float = 0.005
) -> tuple[float, float, float]:
    """Time both in turns of about `seconds`; medians of ours, the peer's, and of the rounds' ratios.

    The order within a round is shuffled. Each call is a whole operation: what it leaves queued is part of it.
    """
    order = random.Random(1)
    counts = {}
    for body in (ours, peer):
        _once(body, 3)
        counts[body] = max(1, int(seconds / max(_once(body, 3), 1e-9)))
    times: dict[Body, list[float]] = {ours: [], peer: []}
    for _ in range(rounds):
        for body in order.sample((ours, peer), 2):
            times[body].append(_once(body, counts[body]))
    ratios = [a / b for a, b in zip(times[ours], times[peer], strict=True)]
    return statistics.median(times[ours]), statistics.median(times[peer]), statistics.median(ratios)


def processes(sources: Sequence[str], *, rounds: int = 21) -> list[list[float]]:
    """Run Python programs as whole processes, in shuffled turns; the wall time of each in every round."""
    order = random.Random(1)
    times: list[list[float]] = [[] for _ in sources]
    with tempfile.TemporaryDirectory() as folder:  # the sources' own folder would hide the installed package
        for round_number in range(rounds + 1):
            for index in order.sample(range(len(sources)), len(sources)):
                start = perf_counter()
                subprocess.run([sys.executable, "-c", sources[index]], check=True, cwd=folder)
                if round_number:  # the first warms the page cache
                    times[index].append(perf_counter() - start)
    return times
