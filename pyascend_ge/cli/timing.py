"""Run something several times and keep the times."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from pyascend_ge.cli.console import progress

__all__ = ["Timing", "timed"]

_RUNS, _SECONDS = 10, 2.0  # by default: this many timed runs, and none begun when all took this long
_T = TypeVar("_T")
_R = TypeVar("_R")


class Timing(NamedTuple):
    """How long runs took, in seconds."""

    first: float
    """The first run, which compiles and loads what nobody did before."""
    runs: list[float]
    """Each later run."""


def timed(
    run: Callable[[_T], _R],
    batches: Sequence[_T],
    repeat: int | None,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[list[_R], Timing]:
    """Run every batch once for its results, then again for the times.

    Parameters
    ----------
    run
        Runs one batch and waits for it.
    batches
        What to run; one at least.
    repeat
        Timed runs after the first round; None for a default that ends soon.
    clock
        Returns seconds.

    Returns
    -------
    results, timing
        The result of each batch, and the times.
    """
    times: list[float] = []
    most = _RUNS if repeat is None else repeat
    with progress("running", len(batches) + most) as step:

        def once(batch: _T) -> _R:
            start = clock()
            result = run(batch)
            times.append(clock() - start)
            step()
            return result

        results = [once(batch) for batch in batches]
        for number in range(most):
            if repeat is None and sum(times) >= _SECONDS:
                break
            once(batches[number % len(batches)])
    return results, Timing(times[0], times[1:])
