"""Contexts: groups of streams and events on a device, apart from its default one."""

from __future__ import annotations

from typing import Any, ClassVar

from pyascend_ge import _process
from pyascend_ge._handle import Handle
from pyascend_ge._native import ffi, lib
from pyascend_ge._process import check

__all__ = ["Context"]


class Context(Handle):
    """A context of its own on a device (``aclrtCreateContext``); it becomes current on this thread.

    Most programs need none: a Runtime gives every thread the device's default context. The older
    :class:`~pyascend_ge.Session` runs in the default context only.

    Parameters
    ----------
    device : int, optional
        The Runtime's when not given.

    Notes
    -----
    Streams and events belong to the context that was current when they were made, and work in it only.
    Closing (``aclrtDestroyContext``) destroys them too; the thread returns to the context it had before.
    """

    __slots__ = ("_before", "device_id")
    rank: ClassVar[int] = 4

    def __init__(self, device: int | None = None) -> None:
        parent = _process.require("aclrtCreateContext")
        self.device_id = _process.state.device if device is None else device
        self._before = _process.current_context()
        out = ffi.new("aclrtContext *")
        check(lib.aclrtCreateContext, out, self.device_id)
        self._opened(int(ffi.cast("uintptr_t", out[0])), parent, out[0])

    def use(self) -> Context:
        """Make it current on this thread (``aclrtSetCurrentContext``)."""
        check(lib.aclrtSetCurrentContext, self._p)
        return self

    @property
    def is_current(self) -> bool:
        """Whether this thread works in it."""
        current = _process.current_context()
        return current is not None and current == self._p

    def _release(self, handle: Any) -> None:
        was_current = _process.current_context() == handle
        check(lib.aclrtDestroyContext, handle)
        if was_current and self._before is not None:
            lib.aclrtSetCurrentContext(self._before)

    def __repr__(self) -> str:
        if self.closed:
            return "<closed Context>"
        current = ", current" if self.is_current else ""
        return f"<Context on device {self.device_id}{current}>"
