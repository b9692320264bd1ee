"""RunGraphAsync: futures, what cancels or fails them, and many at once."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, wait

import numpy as np
import pytest
from networks import add, layer, rows
from session_runs import LIMIT, close, dynamic, placed, unknown_operator

import pyascend_ge as ge


@dynamic
@placed
def test_a_future_brings_what_numpy_says(
    session: ge.GeSession, dynamic: bool, place: Callable[[np.ndarray], object]
) -> None:
    graph, function = layer(dynamic)
    handle = session.add_graph(graph)
    future = handle.run_async(place(x := rows()))
    assert isinstance(future, Future)
    close(future.result(LIMIT), function(x))


def test_dimensions_stay_open_when_the_graph_was_compiled_first(v2: ge.GeSession) -> None:
    graph, function = layer(dynamic=True)
    handle = v2.add_graph(graph).compile()
    for count in (3, 1, 6):
        close(handle.run_async(x := rows(count)).result(LIMIT), function(x))


def test_a_run_can_be_awaited(session: ge.GeSession) -> None:
    graph, function = layer()
    handle = session.add_graph(graph)
    inputs = [rows() for _ in range(8)]

    async def together() -> list[list[np.ndarray]]:
        return await asyncio.gather(*map(handle.run_async, inputs))

    for x, outputs in zip(inputs, asyncio.run(together()), strict=True):
        close(outputs, function(x))


def test_asynchronous_outputs_have_their_true_dtype(session: ge.GeSession) -> None:
    graph, function = add(dtype="int32")
    values = np.arange(4, dtype="int32")
    close(session.add_graph(graph).run_async(values, values).result(LIMIT), function(values, values))


def test_callbacks_of_a_future_run_without_a_lock_held(session: ge.GeSession) -> None:
    graph, function = layer()
    handle = session.add_graph(graph)
    x, second = rows(), []
    finished = threading.Event()

    def again(_done: Future) -> None:
        second.append(handle.run_async(x))  # from inside GE's callback
        finished.set()

    first = handle.run_async(x)
    first.add_done_callback(again)
    assert finished.wait(LIMIT)
    close(second[0].result(LIMIT), function(x))


def test_ten_thousand_pending_runs_all_end_right(session: ge.GeSession) -> None:
    handle = session.add_graph(add()[0])
    one = np.ones(4, "float32")
    inputs = [np.full(4, number, "float32") for number in range(10_000)]
    futures = [handle.run_async(x, one) for x in inputs]
    done, pending = wait(futures, LIMIT)
    assert not pending
    assert len(done) == 10_000
    for number, future in enumerate(futures):
        assert future.result()[0].tolist() == [number + 1.0] * 4


def test_a_cancelled_run_ends_cancelled(v2: ge.GeSession) -> None:
    handle = v2.add_graph(add()[0])
    one = np.ones(4, "float32")
    futures = [handle.run_async(one, one) for _ in range(50)]
    cancelled = [future for future in futures if future.cancel()]
    wait(futures, LIMIT)
    for future in futures:
        if future in cancelled:
            with pytest.raises(CancelledError):
                future.result(LIMIT)
        else:
            assert future.result(LIMIT)[0].tolist() == [2.0] * 4


def test_futures_of_a_closed_session_never_stay_pending(runtime: ge.Runtime) -> None:
    session = ge.GeSession()
    handle = session.add_graph(add()[0])
    one = np.ones(4, "float32")
    futures = [handle.run_async(one, one) for _ in range(500)]
    session.close()
    assert not wait(futures, LIMIT).not_done
    for future in futures:
        error = future.exception(0)
        assert error is None or "dropped" in str(error)


def test_inputs_of_a_pending_run_are_kept_alive(v2: ge.GeSession) -> None:
    handle = v2.add_graph(add()[0])
    futures = [handle.run_async(np.full(4, n, "float32"), np.full(4, n, "float32")) for n in range(100)]
    gc.collect()
    assert [future.result(LIMIT)[0][0] for future in futures] == [2.0 * n for n in range(100)]


def test_a_failed_compile_fails_the_future(v2: ge.GeSession) -> None:
    graph = ge.Graph("unknown")
    x = graph.input("x", (4,))
    graph.output(unknown_operator(graph, x))
    future = v2.add_graph(graph).run_async(np.zeros(4, "float32"))
    with pytest.raises(ge.AscendError, match="NoSuchOperator") as caught:
        future.result(LIMIT)
    assert "test_session_async.py" in str(caught.value)  # where it was enqueued
