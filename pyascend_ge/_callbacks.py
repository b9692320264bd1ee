"""What CANN calls in Python, and how that ends.

A callback runs on a thread of CANN's. It takes the GIL, holds no lock of ours, and never lets an exception
out. When the interpreter ends, the shim stops forwarding and waits for callbacks that are inside Python, so
that none is left waiting for a GIL that never comes.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from pyascend_ge._native import ffi, lib
from pyascend_ge.errors import AscendError

if TYPE_CHECKING:
    from pyascend_ge._handle import Handle
    from pyascend_ge._sites import Site

__all__ = ["HostCall", "Request", "close_deferred", "deferred", "inside", "keep"]

_EXIT_TIMEOUT_MS = 2000

# Objects that C holds a pointer to, by that pointer's handle: the one reference that keeps them alive.
_kept: dict[Any, Any] = {}
# Handles whose last reference went away inside a callback; closed at the next occasion outside.
deferred: list[Handle] = []
_thread = threading.local()


@cache
def _arm() -> None:
    """Once, when the shim is first used: have its callbacks silenced before the interpreter ends."""
    atexit.register(_silence)


def _silence() -> None:
    if not lib.pge_forked():  # a forked child has none of the threads that call back
        lib.pge_base_silence_callbacks(_EXIT_TIMEOUT_MS)


def inside() -> bool:
    """Whether this thread is inside a callback of CANN's."""
    return getattr(_thread, "depth", 0) > 0


def refuse_inside(owner: object, what: str) -> None:
    """Refuse what would wait for the callback it is called in.

    Parameters
    ----------
    owner : object
        What the callback belongs to: a session, the list of a stream's failures; None is every callback.
    what : str
        What was attempted, for the message.
    """
    if inside() and (owner is None or getattr(_thread, "owner", None) is owner):
        raise AscendError(f"{what} inside a callback would wait for that callback for ever; do it elsewhere")


def close_deferred() -> None:
    """Close what could not be closed inside a callback."""
    while deferred and not inside():
        deferred.pop().close()


def keep(thing: Any) -> Any:
    """Keep an object alive for C; returns the ``void *`` that stands for it."""
    _arm()
    handle = ffi.new_handle(thing)
    _kept[handle] = thing
    return handle


def held() -> list[Any]:
    """List what C may still call back for."""
    return list(_kept.values())


def let_go(handle: Any) -> None:
    """End what :func:`keep` began; harmless when it ended already."""
    _kept.pop(handle, None)


def _protected(body: Callable[..., Any], *arguments: Any) -> Any:
    """Run a callback's body. cffi prints what it raises, because nobody is there to catch it."""
    _thread.depth = getattr(_thread, "depth", 0) + 1
    try:
        return body(*arguments)
    finally:
        _thread.depth -= 1
        _thread.owner = None


class HostCall:
    """A Python function queued on a stream. It refers to the stream's failures, never to the stream."""

    __slots__ = ("arguments", "failures", "function", "keywords", "site")

    def __init__(
        self, function: Callable[..., Any], arguments: Any, keywords: Any, failures: list[Any], site: Site
    ) -> None:
        self.function, self.arguments, self.keywords = function, arguments, keywords
        self.failures, self.site = failures, site

    def run(self) -> None:
        """Call it; an exception waits for the stream's next synchronize."""
        try:
            self.function(*self.arguments, **self.keywords)
        except BaseException as error:  # noqa: BLE001 (it is raised by synchronize)
            self.failures.append((error, self.site))


class Request:
    """An asynchronous run, from submission to its last reference in GE.

    Attributes
    ----------
    owner : object
        The session.
    """

    owner: object = None

    def done(self, status: int, outputs: Any, count: int) -> None:
        """Take the result; called at most once, on GE's thread."""
        raise NotImplementedError

    def dropped(self) -> None:
        """Learn that GE has let the request go; called once, last."""
        raise NotImplementedError


# In the functions below everything a callback holds dies inside _protected, so that a handle whose last
# reference goes away there is closed later and elsewhere.


def _host_call(user: Any) -> None:
    call = ffi.from_handle(user)
    let_go(user)
    _thread.owner = call.failures
    call.run()


def _run_done(user: Any, status: int, outputs: Any, count: int) -> None:
    request = ffi.from_handle(user)
    _thread.owner = request.owner
    request.done(status, outputs, count)


def _run_drop(user: Any) -> None:
    request = ffi.from_handle(user)
    let_go(user)
    request.dropped()


def _allocate(user: Any, size: int, advised: int) -> int:
    return int(ffi.from_handle(user).allocate(size, advised))


def _free(user: Any, address: int, size: int) -> None:
    ffi.from_handle(user).free(address, size)


@ffi.def_extern()  # type: ignore[untyped-decorator, unused-ignore]
def pyascend_host_call(user: Any) -> None:
    """Run a queued function."""
    _protected(_host_call, user)


@ffi.def_extern()  # type: ignore[untyped-decorator, unused-ignore]
def pyascend_run_done(user: Any, status: int, outputs: Any, count: int) -> None:
    """Hand a result to its request."""
    _protected(_run_done, user, status, outputs, count)


@ffi.def_extern()  # type: ignore[untyped-decorator, unused-ignore]
def pyascend_run_drop(user: Any) -> None:
    """End a request."""
    _protected(_run_drop, user)


@ffi.def_extern(error=0)  # type: ignore[untyped-decorator, unused-ignore]
def pyascend_allocate(user: Any, size: int, advised: int) -> int:
    """Ask a user's allocator for memory; 0 when it has none or fails."""
    return _protected(_allocate, user, size, advised) or 0


@ffi.def_extern()  # type: ignore[untyped-decorator, unused-ignore]
def pyascend_free(user: Any, address: int, size: int) -> None:
    """Give memory back to a user's allocator."""
    _protected(_free, user, address, size)


@ffi.def_extern()  # type: ignore[untyped-decorator, unused-ignore]
def pyascend_allocator_drop(user: Any) -> None:
    """Let a user's allocator go."""
    _protected(let_go, user)
