"""Streams: order, waiting, host functions, failures."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

import pyascend_ge as ge

LIMIT = 30.0
Hold = Callable[[ge.Stream], threading.Event]


def test_work_is_done_in_order(stream: ge.Stream) -> None:
    seen: list[int] = []
    for number in range(100):
        stream.call(seen.append, number)
    stream.synchronize()
    assert seen == list(range(100))


def test_call_passes_arguments_and_keywords(stream: ge.Stream) -> None:
    seen: dict[str, int] = {}
    stream.call(seen.update, {"a": 1}, b=2)
    stream.synchronize()
    assert seen == {"a": 1, "b": 2}


def test_what_cannot_be_called_is_refused_at_the_call(stream: ge.Stream) -> None:
    with pytest.raises(TypeError, match=r"function is 3; it must be callable"):
        stream.call(3)  # type: ignore[arg-type]
    stream.synchronize()


def test_a_function_runs_only_when_the_stream_reaches_it(stream: ge.Stream, hold: Hold) -> None:
    gate, ran = hold(stream), threading.Event()
    stream.call(ran.set)
    assert not stream.query()
    assert not ran.is_set()
    gate.set()
    stream.synchronize()
    assert ran.is_set()
    assert stream.query()


def test_work_starts_without_anybody_waiting(stream: ge.Stream) -> None:
    ran = threading.Event()
    stream.call(ran.set)
    assert ran.wait(LIMIT)


def test_what_a_function_raises_is_raised_by_synchronize(stream: ge.Stream) -> None:
    def fail() -> None:
        raise LookupError("from the stream")

    stream.call(fail)
    with pytest.raises(LookupError, match="from the stream") as caught:
        stream.synchronize()
    if hasattr(caught.value, "__notes__"):
        assert "test_stream.py" in caught.value.__notes__[0]
    stream.synchronize()


def test_waiting_with_a_timeout_gives_up_and_the_stream_goes_on(stream: ge.Stream, hold: Hold) -> None:
    gate, ran = hold(stream), threading.Event()
    stream.call(ran.set)
    with pytest.raises(ge.WaitTimeoutError) as caught:
        stream.synchronize(timeout=0.01)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.code == 507046
    gate.set()
    stream.synchronize(timeout=LIMIT)
    assert ran.is_set()


def test_a_timeout_of_zero_only_looks(stream: ge.Stream, hold: Hold) -> None:
    gate = hold(stream)
    with pytest.raises(TimeoutError):
        stream.synchronize(timeout=0)
    gate.set()


@pytest.mark.parametrize("timeout", [-1, float("nan")])
def test_a_timeout_that_is_no_duration_is_refused(stream: ge.Stream, timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout is"):
        stream.synchronize(timeout=timeout)


def test_a_timeout_that_is_no_number_is_named(stream: ge.Stream) -> None:
    with pytest.raises(TypeError, match=r"Stream.synchronize: timeout is 'soon'; it must be"):
        stream.synchronize(timeout="soon")  # type: ignore[arg-type]


def test_a_stream_waits_for_an_event_of_another(runtime: ge.Runtime, hold: Hold) -> None:
    seen: list[str] = []
    with ge.Stream() as first, ge.Stream() as second:
        gate = hold(first)
        first.call(seen.append, "first")
        event = first.record_event()
        second.wait_event(event)
        second.call(seen.append, "second")
        assert not second.query()
        gate.set()
        second.synchronize()
        event.close()
    assert seen == ["first", "second"]


def test_two_streams_run_independently(runtime: ge.Runtime, hold: Hold) -> None:
    """The second one copies only: one thread serves the host functions of all streams of a context."""
    source = np.arange(1000, dtype="float32")
    with ge.Stream() as held, ge.Stream() as free:
        gate = hold(held)
        copy = ge.array(source, stream=free)
        free.synchronize(timeout=LIMIT / 2)
        assert copy.numpy().tolist() == source.tolist()
        assert not held.query()
        gate.set()


def test_the_default_stream_is_usable_and_never_destroyed(runtime: ge.Runtime) -> None:
    ran = threading.Event()
    for _ in range(2):
        with ge.Stream.default() as stream:
            stream.call(ran.set)
            stream.synchronize()
            assert ran.is_set()
            assert "default" in repr(stream)


def test_a_foreign_stream_is_used_by_its_handle(stream: ge.Stream) -> None:
    ran = threading.Event()
    with ge.Stream.from_handle(stream.handle) as same:
        same.call(ran.set)
        same.synchronize()
    assert ran.is_set()
    stream.synchronize()


def test_priority_and_flags_are_read_back(runtime: ge.Runtime) -> None:
    with ge.Stream(priority=3, flags=ge.lib.ACL_STREAM_FAST_SYNC) as stream:
        assert stream.priority == 3
        assert stream.flags & ge.lib.ACL_STREAM_FAST_SYNC
        stream.synchronize()


@pytest.mark.parametrize("priority", [-1, 8])
def test_a_priority_outside_its_range_is_refused(runtime: ge.Runtime, priority: int) -> None:
    with pytest.raises(ValueError, match="priority is"):
        ge.Stream(priority=priority)


def test_aborting_drops_queued_work(runtime: ge.Runtime, hold: Hold) -> None:
    with ge.Stream() as other, ge.Stream() as stream:
        gate, ran = hold(other), threading.Event()
        stream.wait_event(other.record_event())
        stream.call(ran.set)
        stream.abort()
        gate.set()
        other.synchronize()
        stream.synchronize()
        assert not ran.is_set()


def test_ids_are_distinct(runtime: ge.Runtime) -> None:
    streams = [ge.Stream() for _ in range(10)]
    assert len({stream.stream_id for stream in streams}) == 10
    for stream in streams:
        stream.close()


def test_a_stream_says_what_it_is_and_whether_it_is_busy(runtime: ge.Runtime, hold: Hold) -> None:
    stream = ge.Stream()
    gate = hold(stream)
    assert repr(stream) == f"<Stream {stream.stream_id} on device 0, priority 0, busy>"
    gate.set()
    stream.synchronize()
    assert "busy" not in repr(stream)
    stream.close()
    assert repr(stream) == "<closed Stream>"


def test_many_calls_that_keep_the_gil_never_block_a_full_queue(stream: ge.Stream, hold: Hold) -> None:
    """A queue that is full drains only if the held function gets the GIL; recording must let it."""
    gate = hold(stream)
    event = ge.Event()
    done = threading.Event()

    def record() -> None:
        for _ in range(5000):
            event.record(stream)
        done.set()

    recorder = threading.Thread(target=record)
    recorder.start()
    gate.set()
    assert done.wait(LIMIT)
    recorder.join()
    stream.synchronize()
    event.close()


def test_arrays_given_to_a_stream_live_until_it_is_done(stream: ge.Stream, hold: Hold) -> None:
    gate = hold(stream)
    target = ge.empty(1000, "float64")
    target.copy_from(ge.array(np.arange(1000.0)), stream)  # the source has no other reference
    gate.set()
    stream.synchronize()
    np.testing.assert_array_equal(target.numpy(), np.arange(1000.0))
