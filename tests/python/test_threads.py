"""Threads: each gets its device by itself; streams, arrays and sessions are used from many."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import pyascend_ge as ge

LIMIT = 60.0


def in_thread(work: Callable[[], object]) -> object:
    """Run in a thread that has never seen CANN."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(LIMIT)


def test_a_new_thread_gets_the_device_by_itself(runtime: ge.Runtime) -> None:
    assert in_thread(lambda: ge.array([1.0, 2.0]).numpy().tolist()) == [1.0, 2.0]


def test_objects_work_in_other_threads(stream: ge.Stream) -> None:
    array, ran = ge.array(np.zeros(3)), threading.Event()

    def work() -> list[float]:
        array.copy_from(np.ones(3), stream)
        stream.call(ran.set)
        with stream.record_event() as event:
            stream.wait_event(event)
            event.synchronize()
        stream.synchronize()
        return array.numpy(stream).tolist()

    assert in_thread(work) == [1.0] * 3
    assert ran.is_set()


@pytest.mark.parametrize("first", ["synchronize", "record", "query", "wait", "call", "priority"])
def test_whatever_a_new_thread_does_first_works(stream: ge.Stream, first: str) -> None:
    event = ge.Event()
    works: dict[str, Callable[[], object]] = {
        "synchronize": stream.synchronize,
        "record": lambda: event.record(stream),
        "query": stream.query,
        "wait": lambda: stream.wait_event(event),
        "call": lambda: stream.call(int),
        "priority": lambda: stream.priority,
    }
    in_thread(works[first])
    stream.synchronize()
    event.close()


def test_closing_in_another_thread_works(runtime: ge.Runtime) -> None:
    stream, event, array = ge.Stream(), ge.Event(), ge.empty(3)
    in_thread(stream.close)
    in_thread(event.close)
    in_thread(array.close)
    assert stream.closed
    assert event.closed
    assert array.closed


def test_a_thread_that_outlives_a_runtime_works_in_the_next() -> None:
    with ThreadPoolExecutor(1) as pool:
        for value in (1.0, 2.0, 3.0):
            with ge.Runtime(), ge.Stream() as stream:
                stream.synchronize()
                copied = pool.submit(
                    lambda value=value, stream=stream: ge.array([value], stream=stream).numpy(stream)
                )
                assert copied.result(LIMIT).tolist() == [value]


def test_many_threads_share_a_stream(stream: ge.Stream) -> None:
    seen: list[int] = []

    def work(base: int) -> None:
        for number in range(200):
            stream.call(seen.append, base + number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(0, 4000, 1000)))
    stream.synchronize()
    assert sorted(seen) == [base + number for base in range(0, 4000, 1000) for number in range(200)]
    for base in range(0, 4000, 1000):
        mine = [number for number in seen if base <= number < base + 1000]
        assert mine == sorted(mine)


def test_threads_closing_the_same_object_close_it_once(runtime: ge.Runtime) -> None:
    for _ in range(50):
        stream, start = ge.Stream(), threading.Barrier(4)

        def close(stream: ge.Stream = stream, start: threading.Barrier = start) -> None:
            start.wait(LIMIT)
            stream.close()

        threads = [threading.Thread(target=close) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
        assert stream.closed


def test_what_would_wait_for_its_own_callback_is_refused(runtime: ge.Runtime) -> None:
    refused: list[str] = []

    def attempt(*closes: Callable[[], object]) -> None:
        for close in closes:
            try:
                close()
            except ge.AscendError as error:  # noqa: PERF203
                refused.append(str(error).partition(" inside")[0])

    graph = ge.Graph("add")
    graph.output(graph.input("a", (4,)) + graph.input("b", (4,)))
    one = np.ones(4, "float32")
    with ge.Stream() as stream, ge.GeSession() as session:
        stream.call(attempt, stream.close, runtime.close)
        stream.synchronize()
        handle, done, here = session.add_graph(graph), threading.Event(), threading.get_ident()

        def finished(_future: object) -> None:
            if (
                threading.get_ident() != here and not done.is_set()
            ):  # here: it had ended before this was added
                attempt(session.close, handle.remove)
                done.set()

        while not done.is_set():
            future = handle.run_async(one, one)
            future.add_done_callback(finished)
            future.result(LIMIT)
        assert refused == ["closing a stream", "closing a Runtime", "closing a session", "removing a graph"]


def test_a_stream_whose_last_reference_dies_in_its_own_callback_does_not_hang(runtime: ge.Runtime) -> None:
    class Signal:
        """Says when it is gone."""

        gone = threading.Event()

        def __del__(self) -> None:
            self.gone.set()

    class Holder:
        """Owns a stream, and after it a signal: they go in this order."""

        def __init__(self) -> None:
            self.stream = ge.Stream()
            self.signal = Signal()

        def finish(self) -> None:
            """Do nothing; the queue's reference to this method is the last one."""

    def forget() -> None:
        gate = threading.Event()
        holder = Holder()
        holder.stream.call(gate.wait, LIMIT)
        holder.stream.call(holder.finish)
        del holder
        gate.set()
        assert Signal.gone.wait(LIMIT)

    with pytest.warns(ResourceWarning, match="unclosed <Stream"):
        forget()
    ge.Event().close()  # the next object closes what was left over
