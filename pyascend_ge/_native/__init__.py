"""The compiled binding: ``ffi`` and ``lib`` of cffi, and the fast lane.

Importing this loads no CANN library. The first call of a function does (see :mod:`.loader`).
"""

try:
    from pyascend_ge._native._cann import ffi, lib
except ModuleNotFoundError as missing:
    raise ImportError(
        f"{__path__[0]} has no compiled module: Python found the package's sources before the installed "
        "package. Start Python elsewhere, or install the sources in place with 'pip install -e .'"
    ) from missing

lib.pge_fast_register()

from pyascend_ge._native import _fast as fast  # noqa: E402  (registered by the line above)

__all__ = ["fast", "ffi", "lib"]
