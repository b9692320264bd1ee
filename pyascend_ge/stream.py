"""Streams: ordered queues of work on a device."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from pyascend_ge import _callbacks, _process, _sites
from pyascend_ge._handle import Handle
from pyascend_ge._native import fast, ffi, lib
from pyascend_ge._process import check
from pyascend_ge._stream_allocator import StreamAllocator
from pyascend_ge._time import milliseconds
from pyascend_ge.errors import acl_error
from pyascend_ge.event import Event

if TYPE_CHECKING:
    from pyascend_ge._sites import Site
    from pyascend_ge.allocator import Allocator

__all__ = ["Stream", "pointer_of"]

_STALE_HANDLE = 107017
_OTHER_CONTEXT = 107003
_TIMEOUT = 507046
_STOP = 1

fast.set_debug(_sites.DEBUG)


class Stream(Handle, fast.StreamBase):
    """A queue of work that a device does in order (``aclrtCreateStream``).

    Parameters
    ----------
    priority : int
        0 (most urgent) to 7.
    flags : int
        ``ACL_STREAM_*`` bits of :data:`pyascend_ge.lib`, ored.
    stop_on_failure : bool
        Stop the whole context at the first failure on this stream (``aclrtSetStreamFailureMode``), instead of
        going on and reporting it at the next :meth:`synchronize`.

    Notes
    -----
    A stream belongs to the device and context of the thread that made it, and may be used from every thread
    of that context. Arrays given to work on the stream are kept alive until a :meth:`synchronize` or
    :meth:`query` saw it done. Closing waits for the queued work (``aclrtDestroyStream``).
    """

    __slots__ = ("_allocator", "_context", "_owned", "device_id")
    _kind: ClassVar[int] = fast.PGE_STREAM
    _work: list[tuple[Any, ...]]
    """(site, what is kept ...) of what was queued since the stream was last seen idle; kept in C."""
    _failures: list[tuple[BaseException, Site]]
    """What functions given to :meth:`call` raised; kept in C."""

    def __init__(self, priority: int = 0, flags: int = 0, *, stop_on_failure: bool = False) -> None:
        if not 0 <= priority <= 7:
            raise ValueError(f"Stream: priority is {priority!r}; it must be from 0 (most urgent) to 7")
        parent = _process.require("aclrtCreateStream")
        out = ffi.new("aclrtStream *")
        if priority or flags:
            check(lib.aclrtCreateStreamWithConfig, out, priority, flags)
        else:
            check(lib.aclrtCreateStream, out)
        self._adopt(out[0], parent, owned=True)
        if stop_on_failure:
            check(lib.aclrtSetStreamFailureMode, self._p, _STOP)

    def _adopt(self, pointer: Any, parent: Any, *, owned: bool) -> None:
        from pyascend_ge.device import current_id

        self._owned = owned
        self._allocator: StreamAllocator | None = None
        self.device_id = current_id()
        self._opened(int(ffi.cast("uintptr_t", pointer)), parent, pointer)
        self._context = _process.current_context() if owned else None
        if owned:
            fast.stream_created(self)

    @classmethod
    def from_handle(cls, handle: int) -> Stream:
        """Use a stream that somebody else made and destroys, by its ``aclrtStream``; 0 is the default one."""
        stream = cls.__new__(cls)
        parent = _process.require("aclrtSynchronizeStream")
        stream._adopt(ffi.cast("aclrtStream", handle), parent, owned=False)
        return stream

    @classmethod
    def default(cls) -> Stream:
        """Return the context's default stream: an ordinary in-order stream, which waits for no other."""
        return cls.from_handle(0)

    @property
    def handle(self) -> int:
        """The ``aclrtStream``, for other libraries."""
        return int(self._h)

    @property
    def stream_id(self) -> int:
        """CANN's number of the stream (``aclrtStreamGetId``), as its messages give it."""
        out = ffi.new("int32_t *")
        check(lib.aclrtStreamGetId, self._p, out)
        return int(out[0])

    @property
    def priority(self) -> int:
        """0 (most urgent) to 7 (``aclrtStreamGetPriority``)."""
        out = ffi.new("uint32_t *")
        check(lib.aclrtStreamGetPriority, self._p, out)
        return int(out[0])

    @property
    def flags(self) -> int:
        """The ``ACL_STREAM_*`` bits (``aclrtStreamGetFlags``)."""
        out = ffi.new("uint32_t *")
        check(lib.aclrtStreamGetFlags, self._p, out)
        return int(out[0])

    def _synchronize_within(self, timeout: float) -> None:
        """Wait at most `timeout` seconds; called from C, where :meth:`synchronize` is."""
        limit = milliseconds(timeout, "Stream.synchronize")
        work, self._work = self._work, []
        status = lib.aclrtSynchronizeStreamWithTimeout(self._p, limit)
        if status or self._failures:
            self._explain(status, work, timeout)

    def _explain(self, status: int, work: list[tuple[Any, ...]], timeout: float | None = None) -> None:
        """Raise what waiting found: a failure of the work, or of a Python function. Called from C too."""
        function = "aclrtSynchronizeStream" if timeout is None else "aclrtSynchronizeStreamWithTimeout"
        if status and _process.rebind(status):
            status = lib.aclrtSynchronizeStreamWithTimeout(self._p, milliseconds(timeout, function))
        if status == _TIMEOUT:
            self._work = work + self._work
        if status:
            sites = list(_sites.sites_of(work))
            hint = f"Not done after {timeout} s; the stream goes on." if status == _TIMEOUT else ""
            _process.fail(status, function, sites, hint)
        if self._failures:
            error, site = self._failures.pop(0)
            note = f"raised by a function that was given to Stream.call at {_sites.describe(site)}"
            if hasattr(error, "add_note"):
                error.add_note(note)
            raise error

    def query(self) -> bool:
        """Whether all queued work is done (``aclrtStreamQuery``). Does not wait."""
        work, self._work = self._work, []
        out = ffi.new("aclrtStreamStatus *")
        try:
            check(lib.aclrtStreamQuery, self._p, out)
            done = int(out[0]) == 0
        except BaseException:
            self._work = work + self._work
            raise
        if not done:
            self._work = work + self._work
        return done

    def record_event(self, event: Event | None = None) -> Event:
        """Record an event, by default a new one, behind the queued work (``aclrtRecordEvent``)."""
        if event is None:
            event = Event.of_stream()
        event.record(self)
        return event

    def wait_event(self, event: Event, timeout: float | None = None) -> None:
        """Let later work on this stream wait for `event` (``aclrtStreamWaitEvent``). Does not block.

        Parameters
        ----------
        event : Event
            Waits for its latest record before this call; none means no waiting.
        timeout : float, optional
            Seconds; when they are over, the next :meth:`synchronize` fails.
        """
        if timeout is None:
            check(lib.aclrtStreamWaitEvent, self._p, event._p)
        else:
            limit = milliseconds(timeout, "Stream.wait_event")
            check(lib.aclrtStreamWaitEventWithTimeout, self._p, event._p, limit)
        self._note(_sites.here() if _sites.DEBUG else None)

    def call(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
        """Queue a Python function (``aclrtLaunchHostFunc``).

        It runs on a thread of CANN's when the stream reaches it; the stream waits for it. It must not call
        CANN's allocating, launching or waiting functions: that dead-locks. What it raises is raised by the
        next :meth:`synchronize`.
        """
        if not callable(function):
            raise TypeError(f"Stream.call: function is {function!r}; it must be callable")
        call = _callbacks.HostCall(function, arguments, keywords, self._failures, _sites.here())
        user = _callbacks.keep(call)
        ticket = lib.pge_base_host_ticket(lib.pyascend_host_call, user)
        try:
            entry = ffi.cast("aclrtHostFunc", ffi.addressof(lib, "pge_base_host_call"))
            check(lib.aclrtLaunchHostFunc, self._p, entry, ffi.cast("void *", ticket))
        except BaseException:
            lib.pge_base_host_ticket_free(ticket)
            _callbacks.let_go(user)
            raise
        self._note(call.site if _sites.DEBUG else None)

    def register_allocator(self, allocator: Allocator) -> None:
        """Have models on this stream take memory from `allocator` (``aclrtAllocatorRegister``).

        Models with changing shapes use it for outputs that are left out. Register before the run; the last
        allocator wins.

        Parameters
        ----------
        allocator : Allocator
            As for :meth:`GeSession.register_external_allocator`.
        """
        self._allocator = StreamAllocator(self, allocator)

    def unregister_allocator(self) -> None:
        """Undo :meth:`register_allocator` (``aclrtAllocatorUnregister``); synchronise the stream first."""
        registered, self._allocator = self._allocator, None
        if registered is not None:
            registered.unregister(self._p)

    def abort(self) -> None:
        """Drop queued and running work (``aclrtStreamAbort``); threads that wait for it get an error."""
        check(lib.aclrtStreamAbort, self._p)
        self._work = []

    def _note_line(self) -> None:
        """Remember the line outside this package that enqueued; called from C, when debugging."""
        self._note(_sites.outside_here())

    def _note(self, *entry: Any) -> None:
        """Remember the site of work, or None, and what it uses, until the stream is seen to be done."""
        fast.stream_note(self, entry)

    def close(self) -> None:
        """Close the stream. Waits for its work, so it cannot be done in a function that runs on it."""
        _callbacks.refuse_inside(getattr(self, "_failures", self), "closing a stream")
        super().close()

    def _release(self, pointer: Any) -> None:
        allocator, self._allocator = self._allocator, None
        if allocator is not None:
            allocator.unregister(pointer)
        if self._owned:
            status = lib.aclrtDestroyStream(pointer)
            if status and _process.rebind(status):
                status = lib.aclrtDestroyStream(pointer)
            if status == _OTHER_CONTEXT:  # destroying is allowed in the stream's own only
                with _process.in_context(self._context):
                    status = lib.aclrtDestroyStream(pointer)
            if status not in (0, _STALE_HANDLE):  # stale: destroyed together with its context
                raise acl_error(status, "aclrtDestroyStream", _sites.sites_of(self._work))
        self._work = []
        if self._failures:
            raise self._failures.pop(0)[0]

    def __repr__(self) -> str:
        if self.closed:
            return "<closed Stream>"
        if not self._h:
            return f"<default Stream on device {self.device_id}>"
        pending = "" if self.query() else ", busy"
        return f"<Stream {self.stream_id} on device {self.device_id}, priority {self.priority}{pending}>"


def pointer_of(stream: Stream | None) -> Any:
    """Return the ``aclrtStream`` of an optional stream; None is the default stream of the context."""
    if stream is None:
        return ffi.NULL
    if not isinstance(stream, Stream):
        raise TypeError(f"stream is a {type(stream).__name__}; it must be a Stream or None")
    return stream._p
