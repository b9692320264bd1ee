"""Events: records, queries, waiting, elapsed time, and why there is none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

import pyascend_ge as ge

LIMIT = 30.0
Hold = Callable[[ge.Stream], threading.Event]


def test_an_event_is_reached_when_the_stream_passed_it(stream: ge.Stream, hold: Hold) -> None:
    gate = hold(stream)
    with stream.record_event() as event:
        assert not event.query()
        gate.set()
        event.synchronize()
        assert event.query()


def test_an_event_that_was_never_recorded_counts_as_reached(runtime: ge.Runtime) -> None:
    with ge.Event() as event:
        assert event.query()
        event.synchronize()


def test_recording_again_means_the_newest_record(stream: ge.Stream, hold: Hold) -> None:
    with ge.Event() as event:
        event.record(stream)
        event.synchronize()
        gate = hold(stream)
        event.record(stream)
        assert not event.query()
        gate.set()
        event.synchronize()
        assert event.query()


def test_waiting_with_a_timeout_gives_up(stream: ge.Stream, hold: Hold) -> None:
    gate = hold(stream)
    with stream.record_event() as event:
        with pytest.raises(ge.WaitTimeoutError) as caught:
            event.synchronize(timeout=0.01)
        assert caught.value.code == 507047
        gate.set()
        event.synchronize(timeout=LIMIT)


def test_elapsed_time_is_milliseconds_between_two_events(stream: ge.Stream, hold: Hold) -> None:
    before = time.perf_counter()
    start = stream.record_event()
    gate = hold(stream)
    end = stream.record_event()
    held = time.perf_counter()
    while time.perf_counter() - held < 0.02:
        assert not end.query()
    gate.set()
    end.synchronize()
    most = (time.perf_counter() - before) * 1000
    assert 20 <= end - start <= most
    assert start - end == pytest.approx(-(end - start))


def _why(start: ge.Event, end: ge.Event) -> str:
    with pytest.raises(ge.AclError) as caught:
        _ = end - start
    assert caught.value.function == "aclrtEventElapsedTime"
    return str(caught.value)


def test_no_time_because_never_recorded(stream: ge.Stream) -> None:
    with stream.record_event() as recorded, ge.Event() as never:
        stream.synchronize()
        assert "end event was never recorded" in _why(recorded, never)
        assert "start event was never recorded" in _why(never, recorded)


def test_no_time_because_timing_is_off(stream: ge.Stream) -> None:
    with ge.Event(timing=False) as start, stream.record_event() as end:
        start.record(stream)
        stream.synchronize()
        assert "timing=False" in _why(start, end)


def test_no_time_because_not_reached(stream: ge.Stream, hold: Hold) -> None:
    with stream.record_event() as start:
        start.synchronize()
        gate = hold(stream)
        with stream.record_event() as end:
            assert "not reached the end event" in _why(start, end)
            gate.set()
            stream.synchronize()


def test_subtracting_something_else_is_a_type_error(runtime: ge.Runtime) -> None:
    with ge.Event() as event, pytest.raises(TypeError):
        _ = event - 1  # type: ignore[operator]


def test_an_event_says_its_state(stream: ge.Stream, hold: Hold) -> None:
    event = ge.Event(timing=False)
    assert repr(event) == "<Event never recorded, without timing>"
    gate = hold(stream)
    event.record(stream)
    assert repr(event) == "<Event not reached, without timing>"
    gate.set()
    stream.synchronize()
    assert repr(event) == "<Event reached, without timing>"
    event.close()
    assert repr(event) == "<closed Event>"


def test_closing_an_event_that_is_waited_for_is_safe(runtime: ge.Runtime, hold: Hold) -> None:
    with ge.Stream() as first, ge.Stream() as second:
        gate = hold(first)
        event = first.record_event()
        second.wait_event(event)
        event.close()
        ran = threading.Event()
        second.call(ran.set)
        gate.set()
        second.synchronize()
        assert ran.is_set()
