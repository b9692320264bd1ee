"""Devices: how many there are, what they are, what memory is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from pyascend_ge import _process
from pyascend_ge._native import ffi, lib
from pyascend_ge._process import check, state
from pyascend_ge._time import milliseconds
from pyascend_ge.errors import raise_acl

__all__ = ["Device", "MemoryInfo", "device_count"]

_HBM = 1  # ACL_HBM_MEM


def device_count() -> int:
    """Return how many devices this process may use (``aclrtGetDeviceCount``).

    Needs no Runtime. ``ASCEND_RT_VISIBLE_DEVICES`` is honoured: it hides devices and renumbers the rest from
    0.
    """
    count = ffi.new("uint32_t *")
    if status := lib.aclrtGetDeviceCount(count):
        raise_acl(status, "aclrtGetDeviceCount")
    return int(count[0])


class MemoryInfo(NamedTuple):
    """A device's memory, in bytes."""

    free: int
    total: int

    @property
    def used(self) -> int:
        """Bytes in use, by every process."""
        return self.total - self.free


class Device:
    """One device. Cheap to make: it holds a number and no resource.

    Parameters
    ----------
    id : int
        0 to ``device_count() - 1``.
    """

    __slots__ = ("id",)

    def __init__(self, id: int = 0) -> None:  # noqa: A002 (the attribute's name)
        if isinstance(id, bool) or not isinstance(id, int) or id < 0:
            raise ValueError(f"Device: id is {id!r}; it must be a number from 0 to device_count() - 1")
        self.id = id

    @property
    def soc_name(self) -> str:
        """Name of the chip, such as ``"Ascend910B3"`` (``aclrtGetSocName``). Needs no Runtime."""
        name = lib.aclrtGetSocName()
        return ffi.string(name).decode() if name != ffi.NULL else ""

    def memory_info(self) -> MemoryInfo:
        """Return the free and total device memory in bytes (``aclrtGetMemInfo``)."""
        free, total = ffi.new("size_t *"), ffi.new("size_t *")
        with self._current("aclrtGetMemInfo"):
            check(lib.aclrtGetMemInfo, _HBM, free, total)
        return MemoryInfo(int(free[0]), int(total[0]))

    def use(self) -> Device:
        """Make this device current on this thread (``aclrtSetDevice``), until the last Runtime closes."""
        _process.require("aclrtSetDevice")
        _process.set_device(self.id)
        return self

    def synchronize(self, timeout: float | None = None) -> None:
        """Wait for every stream of this device (``aclrtSynchronizeDevice``).

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait at most.

        Raises
        ------
        WaitTimeoutError
            When the time is over; the work goes on.
        """
        with self._current("aclrtSynchronizeDevice"):
            if timeout is None:
                check(lib.aclrtSynchronizeDevice)
            else:
                check(lib.aclrtSynchronizeDeviceWithTimeout, milliseconds(timeout, "Device.synchronize"))

    def reset(self) -> None:
        """Give the device back and take it anew (``aclrtResetDevice``, ``aclrtSetDevice``).

        Clears what a failure left behind. Everything that lives on the device is closed first: streams,
        events, arrays and models, and the sessions of the process.
        """
        _process.require("aclrtResetDevice")
        with state.gate:
            failures = _process.close_handles(0) + _process.close_handles(1)
            for rank in (2, 3, 4):
                failures += _process.close_handles(rank, device=self.id)
            for _ in range(max(1, state.device_sets.pop(self.id, 0))):
                if status := lib.aclrtResetDevice(self.id):
                    raise_acl(status, "aclrtResetDevice")
            state.generation += 1
            _process.set_device(self.id)
        if failures:
            raise failures[0]

    @contextmanager
    def _current(self, function: str) -> Iterator[None]:
        """Have this device current inside the block, and the thread's own device afterwards."""
        _process.require(function)
        now = current_id()
        if now == self.id:
            yield
            return
        before = _process.current_context()
        _process.set_device(self.id)
        try:
            yield
        finally:
            if before is not None:
                lib.aclrtSetCurrentContext(before)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and other.id == self.id

    def __hash__(self) -> int:
        return hash((Device, self.id))

    def __repr__(self) -> str:
        return f"<Device {self.id} {self.soc_name}>" if state.is_up else f"<Device {self.id}>"


def current_id() -> int:
    """Return the device of this thread, giving it the Runtime's when it has none (``aclrtGetDevice``)."""
    out = ffi.new("int32_t *")
    check(lib.aclrtGetDevice, out)
    return int(out[0])
