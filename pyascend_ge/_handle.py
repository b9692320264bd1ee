"""The base of every object that stands for something in CANN.

A handle lives in a slot that closing empties, so that use after close costs the open object nothing: reading
the empty slot raises :class:`~pyascend_ge.HandleError`.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any, ClassVar

from pyascend_ge import _callbacks, _process
from pyascend_ge._native import lib
from pyascend_ge.errors import HandleError

__all__ = ["Handle"]


class Handle:
    """An object in CANN that must be closed.

    Closing twice is harmless; use after close raises :class:`~pyascend_ge.HandleError`. A forgotten object is
    closed by its finalizer, with a :class:`ResourceWarning`; at interpreter exit it is left to the process's
    end.
    """

    __slots__ = ("__weakref__", "_h", "_parent")

    rank: ClassVar[int] = 2
    """Order of closing when the last Runtime closes: GE's device arrays 0, sessions and models 1, streams and
    events 2, memory 3, contexts 4. GE is finalised after 1."""
    _warns: ClassVar[bool] = True

    _h: Any
    _parent: Any

    def _opened(self, handle: Any, parent: Any) -> None:
        """Take a handle over; `parent` stays alive as long as this object."""
        self._parent = parent
        self._h = handle
        _process.register(self)
        if _callbacks.deferred:
            _callbacks.close_deferred()

    def _release(self, handle: Any) -> None:
        """Give the handle back to CANN; called once, after the slot was emptied."""
        raise NotImplementedError

    @property
    def closed(self) -> bool:
        """Whether the object was closed."""
        try:
            object.__getattribute__(self, "_h")
        except AttributeError:
            return True
        return False

    def close(self) -> None:
        """Release the object. Harmless when it is closed already."""
        try:
            handle = object.__getattribute__(self, "_h")
            del self._h  # of two threads that close, the second fails here
        except AttributeError:
            return
        if not lib.pge_forked():  # a forked child does not own what its parent opened
            self._release(handle)

    def __getattr__(self, name: str) -> Any:
        """Explain the empty slots of a closed object."""
        if any(name in getattr(cls, "__slots__", ()) for cls in type(self).__mro__):
            raise HandleError(f"this {type(self).__name__} is closed; objects cannot be used after close()")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __enter__(self) -> Any:
        if self.closed:
            raise HandleError(f"this {type(self).__name__} is closed; it cannot be entered")
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def __del__(self) -> None:
        if self.closed or sys.is_finalizing() or lib.pge_forked():
            return
        try:
            if self._warns:
                warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
        finally:  # a warning may be an error
            if _callbacks.inside():
                _callbacks.deferred.append(self)  # closing may wait for the very thread this runs on
            else:
                self.close()

    def __reduce__(self) -> Any:
        raise TypeError(f"{type(self).__name__} objects belong to this process and cannot be pickled")
