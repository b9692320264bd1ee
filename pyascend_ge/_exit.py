"""What must outlive the interpreter: memory that queued work still reads and writes when the process ends.

Objects that are alive at exit are left to the process's end, and their work goes on meanwhile. Python,
though, frees the arrays that this work uses while it takes itself apart.
"""

from __future__ import annotations

import atexit
from functools import cache

from pyascend_ge import _callbacks, _process
from pyascend_ge._native import lib

__all__ = ["arm"]


@cache
def arm() -> None:
    """Once, when a Runtime is first opened: have pending work looked for before the interpreter ends."""
    atexit.register(_keep_for_ever)


def _keep_for_ever() -> None:
    """Give everything that unfinished work may use one reference that is never dropped."""
    if lib.pge_forked():
        return
    handles = [reference() for reference in _process.state.handles.values()]
    pending = [*_callbacks.held(), *(handle for handle in handles if getattr(handle, "_work", None))]
    if pending:
        import ctypes

        ctypes.pythonapi.Py_IncRef(ctypes.py_object(pending))
