"""Asynchronous runs: the future a caller waits for, and the request GE holds.

A future never stays pending: GE answers with a result or a failure, or lets the request go, and each of these
ends it. Results are set on GE's thread with no lock held.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from pyascend_ge import _sites
from pyascend_ge._callbacks import Request
from pyascend_ge._ge import ge_error
from pyascend_ge._tensors import host_arrays
from pyascend_ge.errors import GeError

if TYPE_CHECKING:
    import numpy as np

    from pyascend_ge._sites import Site
    from pyascend_ge.loaded import GraphHandle

__all__ = ["AsyncRun", "RunFuture"]


class RunFuture(Future["list[np.ndarray[Any, Any]]"]):
    """The outputs of an asynchronous run, some day: a :class:`concurrent.futures.Future` that can be awaited.

    Cancelling drops the result; the run itself goes on, because GE cannot stop it.
    """

    def __await__(self) -> Generator[Any, None, list[np.ndarray[Any, Any]]]:
        return asyncio.wrap_future(self).__await__()


class AsyncRun(Request):
    """One RunGraphAsync. Keeps its inputs alive until GE has let them go."""

    def __init__(self, graph: GraphHandle, inputs: list[Any], site: Site) -> None:
        self.graph, self.inputs, self.site = graph, inputs, site
        self.owner = graph.session
        self.future = RunFuture()
        self.answered = False

    def done(self, status: int, outputs: Any, count: int) -> None:
        """Turn GE's answer into the future's."""
        self.answered = True
        failure: BaseException | None = None
        results: list[np.ndarray[Any, Any]] = []
        try:
            results = host_arrays(outputs, count, self.graph._true_dtypes(count) if not status else None)
            if status:
                function = f"{self.graph._api.cls}::RunGraphAsync"
                sites = [_sites.describe(self.site)]
                failure = ge_error(status, function, self.graph._api.version, sites)
        except Exception as error:  # noqa: BLE001 (it becomes the future's)
            failure = error
        if not self.future.set_running_or_notify_cancel():
            return
        if failure is not None:
            self.future.set_exception(failure)
        else:
            self.future.set_result(results)

    def dropped(self) -> None:
        """End a future that GE will never answer."""
        self.inputs = []
        if not self.answered and self.future.set_running_or_notify_cancel():
            where = _sites.describe(self.site)
            text = "the run was dropped before it began, because its session was closed"
            self.future.set_exception(GeError(f"{text}; enqueued at {where}"))
