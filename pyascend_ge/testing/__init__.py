"""Help for testing programs that use this package; :mod:`pyascend_ge.testing.plugin` is for pytest."""

from pyascend_ge.testing.latch import Latch

__all__ = ["Latch"]
