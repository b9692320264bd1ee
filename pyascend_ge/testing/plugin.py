"""The pytest plugin: fixtures for a runtime, a stream and a latch, and markers for where a test can run.

Loads no library unless a fixture or marker asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyascend_ge.runtime import Runtime
    from pyascend_ge.stream import Stream
    from pyascend_ge.testing.latch import Latch

__all__: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    config.addinivalue_line("markers", "npu: needs a real NPU; skipped on the emulator")
    config.addinivalue_line("markers", "emulator: needs the emulator; skipped on CANN")
    config.addinivalue_line("markers", "devices(count): needs that many devices")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what cannot run here, and say why."""
    real, emulated, devices = (item.get_closest_marker(name) for name in ("npu", "emulator", "devices"))
    if real is None and emulated is None and devices is None:
        return
    from pyascend_ge import backend, device_count

    name = backend().name
    if real is not None and name == "mock":
        pytest.skip("needs a real NPU; this is the emulator")
    if emulated is not None and name != "mock":
        pytest.skip("needs the emulator; this is CANN")
    if devices is not None and device_count() < devices.args[0]:
        pytest.skip(f"needs {devices.args[0]} devices; there are {device_count()}")


@pytest.fixture
def ascend_runtime() -> Iterator[Runtime]:
    """Open a runtime on device 0 for the test."""
    from pyascend_ge import Runtime

    with Runtime(device=0) as runtime:
        yield runtime


@pytest.fixture
def ascend_stream(ascend_runtime: Runtime) -> Iterator[Stream]:  # noqa: ARG001 (it must be open)
    """Make a stream on device 0 for the test."""
    from pyascend_ge import Stream

    with Stream() as stream:
        yield stream


@pytest.fixture
def ascend_latch() -> Iterator[Callable[[Stream], Latch]]:
    """Give a function that stops a stream; what it made is released at the end of the test."""
    from pyascend_ge.testing.latch import Latch

    made: list[Latch] = []

    def hold(stream: Stream) -> Latch:
        made.append(Latch(stream))
        return made[-1]

    yield hold
    for latch in made:
        latch.release()
