"""The compiled binding: ``ffi`` and ``lib`` of cffi, and the fast lane.

Importing this loads no CANN library. The first call of a function does (see :mod:`.loader`).
"""

from pyascend_ge._native._cann import ffi, lib

lib.pge_fast_register()

from pyascend_ge._native import _fast as fast  # noqa: E402  (registered by the line above)

__all__ = ["fast", "ffi", "lib"]
