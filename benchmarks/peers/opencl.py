"""PyOpenCL on PoCL: the nearest thing to a device in CPU memory that Python has today."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyopencl as cl

_SOURCE = """
__kernel void nothing(void) {}
__kernel void add(__global const float *a, __global const float *b, __global float *c)
{ const size_t i = get_global_id(0); c[i] = a[i] + b[i]; }
"""


_UNKNOWN_CPU = (
    "no PoCL here compiles for this CPU: its LLVM is older. With PoCL 3.1 from the system's packages, set "
    " POCL_LLVM_CPU_NAME=x86-64-v3 and POCL_KERNELLIB_NAME=avx2"
)


class Pocl:
    """A queue on the first PoCL whose compiler knows this CPU, with two compiled kernels."""

    def __init__(self) -> None:
        platforms = [platform for platform in cl.get_platforms() if "Portable" in platform.name]
        for platform in platforms:
            self.context = cl.Context(platform.get_devices())
            try:
                program = cl.Program(self.context, _SOURCE).build()
            except cl.RuntimeError:
                continue
            self.name = f"PyOpenCL, PoCL {platform.version.split()[3]}"
            break
        else:
            raise SystemExit(_UNKNOWN_CPU if platforms else "no PoCL: pip install 'pyascend_ge[bench]'")
        self.queue = cl.CommandQueue(self.context)
        nothing, add = cl.Kernel(program, "nothing"), cl.Kernel(program, "add")
        self._buffers = [self.buffer(16) for _ in range(3)]
        add.set_args(*self._buffers)
        self.names = {
            "queue": self.queue, "enqueue": cl.enqueue_nd_range_kernel, "nothing": nothing, "add": add,
            "one": (1,), "four": (4,),
        }  # fmt: skip
        """For statements such as ``enqueue(queue, nothing, one, one)``."""

    def buffer(self, size: int) -> Any:
        """Allocate device memory."""
        return cl.Buffer(self.context, cl.mem_flags.READ_WRITE, size)

    def copy(self, buffer: Any, array: np.ndarray[Any, Any]) -> None:
        """Copy from the host and wait."""
        cl.enqueue_copy(self.queue, buffer, array, is_blocking=True)
