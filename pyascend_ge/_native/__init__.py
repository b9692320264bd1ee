"""The compiled binding: ``ffi`` and ``lib`` of cffi, and the fast lane.

Importing this loads no CANN library. The first call of a function does (see :mod:`.loader`).
"""


def _borrow() -> None:
    """Let a checkout that comes first on the path use the compiled parts of the installed package.

    Python started in the clone's root finds the sources before what ``pip install .`` made of them.
    """
    import sys
    from pathlib import Path

    for entry in sys.path:
        folder = Path(entry, "pyascend_ge", "_native")
        if str(folder) not in __path__ and any(folder.glob("_cann.*so")):
            __path__.append(str(folder))
            return
    raise ImportError(
        f"{__path__[0]} has no compiled module, and no installed package has one either: run "
        "'pip install .', or 'pip install -e .' to work on the sources in place"
    )


try:
    from pyascend_ge._native import _cann
except ImportError:
    _borrow()
    from pyascend_ge._native import _cann

ffi = _cann.ffi
lib = _cann.lib
lib.pge_fast_register()

from pyascend_ge._native import _fast as fast  # noqa: E402  (registered by the line above)

__all__ = ["fast", "ffi", "lib"]
