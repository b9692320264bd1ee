"""Copies from the host to the device: large ones beside ``numpy.copyto``, small ones beside PyOpenCL."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import pyascend_ge as ge
from benchmarks.peers.opencl import Pocl
from benchmarks.table import Row
from benchmarks.timing import compare


def rows() -> Iterator[Row]:
    """Copy 64 MiB and 4 KiB, from ordinary host memory, waiting for the end."""
    pocl = Pocl()
    with ge.Runtime(device=0):
        large, small = np.full(64 << 20, 7, np.uint8), np.full(4 << 10, 7, np.uint8)
        target, device = np.zeros_like(large), ge.array(large)
        figures = compare(lambda: device.copy_from(large), lambda: np.copyto(target, large))
        yield Row("copy 64 MiB to the device", *figures[:2], "numpy.copyto", figures[2], 1.0)
        device, buffer = ge.array(small), pocl.buffer(small.nbytes)
        figures = compare(lambda: device.copy_from(small), lambda: pocl.copy(buffer, small))
        yield Row("copy 4 KiB to the device", *figures[:2], pocl.name, figures[2], 0.1)
