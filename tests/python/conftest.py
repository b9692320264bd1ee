"""What tests of the Python face share: a runtime, sessions, a stream, and a latch that holds a stream."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

import pyascend_ge as ge

LIMIT = 30.0
"""Seconds after which a wait is a failure; nothing here takes that long."""


@pytest.fixture
def runtime() -> Iterator[ge.Runtime]:
    """A runtime on device 0."""
    with ge.Runtime(device=0) as opened:
        yield opened


@pytest.fixture
def stream(runtime: ge.Runtime) -> Iterator[ge.Stream]:
    """A stream on device 0."""
    with ge.Stream() as opened:
        yield opened


@pytest.fixture(params=[ge.GeSession, ge.Session], ids=["v2", "v1"])
def session(request: pytest.FixtureRequest, runtime: ge.Runtime) -> Iterator[ge.GeSession]:
    """A session of either generation."""
    with request.param() as opened:
        yield opened


@pytest.fixture
def v2(runtime: ge.Runtime) -> Iterator[ge.GeSession]:
    """A session of the present generation."""
    with ge.GeSession() as opened:
        yield opened


@pytest.fixture
def hold() -> Iterator[Callable[[ge.Stream], threading.Event]]:
    """A function that stops a stream until the event it returns is set, at the test's end at the latest."""
    gates: list[threading.Event] = []

    def stop(held: ge.Stream) -> threading.Event:
        gate = threading.Event()
        gates.append(gate)
        held.call(gate.wait, LIMIT)
        return gate

    yield stop
    for gate in gates:
        gate.set()
