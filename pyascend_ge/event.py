"""Events: marks in a stream that others can wait for and measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pyascend_ge import _process
from pyascend_ge._handle import Handle
from pyascend_ge._native import fast, ffi, lib
from pyascend_ge._process import check
from pyascend_ge._time import milliseconds
from pyascend_ge.errors import acl_error

if TYPE_CHECKING:
    from pyascend_ge.stream import Stream

__all__ = ["Event"]

_SYNC, _TIMELINE = 1, 8  # ACL_EVENT_SYNC, ACL_EVENT_TIME_LINE
_STALE_HANDLE = 107017


class Event(Handle, fast.EventBase):
    """A mark that a stream passes (``aclrtCreateEventExWithFlag``).

    Parameters
    ----------
    timing : bool
        Whether the device notes the time, so that ``end - start`` gives milliseconds.

    Notes
    -----
    Recording again replaces the earlier record: later queries, waits and times mean the newest. Waiting for
    an event that was never recorded does nothing. Closing (``aclrtDestroyEvent``) does not wait.

    Examples
    --------
    >>> start = stream.record_event()  # doctest: +SKIP
    >>> graph.run_on_stream(stream, [x], [y])
    >>> end = stream.record_event()
    >>> end.synchronize()
    >>> print(end - start, "ms")
    """

    __slots__ = ("_implicit", "timing")
    _kind: ClassVar[int] = fast.PGE_EVENT

    def __init__(self, timing: bool = True) -> None:
        self._create(timing, implicit=False)

    @classmethod
    def of_stream(cls) -> Event:
        """Make the event of ``stream.record_event()``: a value, so dropping it is no reason for a warning."""
        event = cls.__new__(cls)
        event._create(True, implicit=True)
        return event

    def _create(self, timing: bool, *, implicit: bool) -> None:
        parent = _process.require("aclrtCreateEventExWithFlag")
        out = ffi.new("aclrtEvent *")
        check(lib.aclrtCreateEventExWithFlag, out, _SYNC | _TIMELINE if timing else _SYNC)
        self.timing, self._implicit = timing, implicit
        self._opened(int(ffi.cast("uintptr_t", out[0])), parent, out[0])

    @property
    def _warns(self) -> bool:  # type: ignore[override]
        return not self._implicit

    @property
    def handle(self) -> int:
        """The ``aclrtEvent``, for other libraries."""
        return int(self._h)

    def _record_failed(self, stream: Stream, status: int) -> None:
        """Record once more when all this thread lacked was a device; called from C."""
        if _process.rebind(status):
            status = lib.aclrtRecordEvent(self._p, stream._p)
        if status:
            _process.fail(status, "aclrtRecordEvent")

    def _query_failed(self, status: int) -> None:
        """Raise what failed; called from C."""
        _process.fail(status, "aclrtQueryEventStatus")

    def synchronize(self, timeout: float | None = None) -> None:
        """Wait until the newest record is passed (``aclrtSynchronizeEvent``).

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait at most.

        Raises
        ------
        WaitTimeoutError
            When the time is over.
        """
        if timeout is None:
            check(lib.aclrtSynchronizeEvent, self._p)
        else:
            check(lib.aclrtSynchronizeEventWithTimeout, self._p, milliseconds(timeout, "Event.synchronize"))

    def __sub__(self, start: Event) -> float:
        """Milliseconds from `start` to this event (``aclrtEventElapsedTime``); negative when it came first.

        Raises
        ------
        AclError
            When an event has no time; the message says which and why.
        """
        if not isinstance(start, Event):
            return NotImplemented
        out = ffi.new("float *")
        status = lib.aclrtEventElapsedTime(out, start._p, self._p)
        if status:
            _process.fail(status, "aclrtEventElapsedTime", hint=_why_no_time(start, self))
        return float(out[0])

    def _release(self, pointer: Any) -> None:
        status = lib.aclrtDestroyEvent(pointer)
        if status and _process.rebind(status):
            status = lib.aclrtDestroyEvent(pointer)
        if status not in (0, _STALE_HANDLE):  # stale: destroyed together with its context
            raise acl_error(status, "aclrtDestroyEvent")

    def __repr__(self) -> str:
        if self.closed:
            return "<closed Event>"
        state = "never recorded" if not self._recorded else "reached" if self.query() else "not reached"
        return f"<Event {state}{'' if self.timing else ', without timing'}>"


def _why_no_time(start: Event, end: Event) -> str:
    """Say which of two events lacks a time."""
    for name, event in (("start", start), ("end", end)):
        if not event._recorded:
            return f"The {name} event was never recorded; record it on a stream first."
        if not event.timing:
            return f"The {name} event was made with timing=False."
        if not event.query():
            return f"The device has not reached the {name} event yet; call its synchronize() first."
    return ""
