"""Datasets: the lists of buffers aclmdl takes. Plain host objects over memory that stays the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyascend_ge._native import ffi, lib
from pyascend_ge.dtypes import dtype_of
from pyascend_ge.errors import OutOfMemoryError, raise_acl

__all__ = ["Dataset"]


class Dataset:
    """One ``aclmdlDataset`` over (address, size) pairs; destroyed with the object."""

    __slots__ = ("__weakref__", "_buffers", "pointer")

    def __init__(self, buffers: Sequence[tuple[int, int]]) -> None:
        self._buffers: list[Any] = []
        self.pointer = _made(lib.aclmdlCreateDataset(), "aclmdlCreateDataset")
        for address, size in buffers:
            buffer = _made(lib.aclCreateDataBuffer(ffi.cast("void *", address), size), "aclCreateDataBuffer")
            self._buffers.append(buffer)
            if status := lib.aclmdlAddDatasetBuffer(self.pointer, buffer):
                raise_acl(status, "aclmdlAddDatasetBuffer")

    def describe(self, index: int, shape: Sequence[int], dtype: Any, layout: int) -> None:
        """Give an element its actual shape, for dynamic models (``aclmdlSetDatasetTensorDesc``)."""
        dims = ffi.new("int64_t[]", [int(size) for size in shape])
        desc = _made(
            lib.aclCreateTensorDesc(dtype_of(dtype).ge, len(shape), dims, layout), "aclCreateTensorDesc"
        )
        try:
            if status := lib.aclmdlSetDatasetTensorDesc(self.pointer, desc, index):
                raise_acl(status, "aclmdlSetDatasetTensorDesc")
        finally:
            lib.aclDestroyTensorDesc(desc)

    def actual_shape(self, index: int) -> tuple[int, ...] | None:
        """Return the shape a run has given an element, or None (``aclmdlGetDatasetTensorDesc``)."""
        desc = lib.aclmdlGetDatasetTensorDesc(self.pointer, index)
        if desc == ffi.NULL:
            return None
        out = ffi.new("int64_t *")
        shape = []
        for axis in range(lib.aclGetTensorDescNumDims(desc)):
            if status := lib.aclGetTensorDescDimV2(desc, axis, out):
                raise_acl(status, "aclGetTensorDescDimV2")
            shape.append(int(out[0]))
        return tuple(shape)

    def address(self, index: int) -> tuple[int, int]:
        """Return where an element is and how large, after a run that may have allocated it."""
        buffer = lib.aclmdlGetDatasetBuffer(self.pointer, index)
        return int(ffi.cast("uintptr_t", lib.aclGetDataBufferAddr(buffer))), lib.aclGetDataBufferSizeV2(
            buffer
        )

    def __del__(self) -> None:
        if lib is None or lib.pge_forked():
            return
        for buffer in self._buffers:
            lib.aclDestroyDataBuffer(buffer)
        if getattr(self, "pointer", None) is not None:
            lib.aclmdlDestroyDataset(self.pointer)


def _made(pointer: Any, function: str) -> Any:
    if pointer == ffi.NULL:
        raise OutOfMemoryError(f"{function} returned NULL: host memory is exhausted", function=function)
    return pointer
