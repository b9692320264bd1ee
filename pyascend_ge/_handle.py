"""The base of every object that stands for something in CANN.

The handle itself lives in C (``_native/fast/handle.c``), where hot calls find it without asking Python;
reading it after close raises :class:`~pyascend_ge.HandleError`.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any, ClassVar, NoReturn

from pyascend_ge import _callbacks, _process
from pyascend_ge._native import fast, lib
from pyascend_ge.errors import HandleError

__all__ = ["Handle"]


class Handle(fast.HandleBase):
    """An object in CANN that must be closed.

    Closing twice is harmless; use after close raises :class:`~pyascend_ge.HandleError`. A forgotten object is
    closed by its finalizer, with a :class:`ResourceWarning`; at interpreter exit it is left to the process's
    end.
    """

    __slots__ = ("__weakref__", "_parent")

    rank: ClassVar[int] = 2
    """Order of closing when the last Runtime closes: GE's device arrays 0, sessions and models 1, streams and
    events 2, memory 3, contexts 4. GE is finalised after 1."""
    _warns: ClassVar[bool] = True

    _kind: ClassVar[int] = fast.PGE_OTHER
    _parent: Any

    def _opened(self, handle: int, parent: Any, value: Any = None) -> None:
        """Take a handle over: ``_h``, and ``_p`` where cffi needs another `value`. `parent` stays alive."""
        self._parent = parent
        self._open(self._kind, handle, handle if value is None else value)
        _process.register(self)
        if _callbacks.deferred:
            _callbacks.close_deferred()

    def _release(self, value: Any) -> None:
        """Give the handle, as ``_p`` had it, back to CANN; called once, when the object is closed already."""
        raise NotImplementedError

    def close(self) -> None:
        """Release the object. Harmless when it is closed already."""
        value = self._shut()
        if value is not None and not lib.pge_forked():  # a forked child does not own what its parent opened
            self._release(value)

    def _refuse(self) -> NoReturn:
        """Say what is wrong with using a closed object; called from C too."""
        raise HandleError(f"this {type(self).__name__} is closed; objects cannot be used after close()")

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
