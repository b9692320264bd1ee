"""DLPack: device arrays to and from other libraries.

DLPack has no Ascend device type; torch_npu registers as ``kDLExtDev``, and so do we.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyascend_ge._native import fast
from pyascend_ge.dtypes import dtype_of
from pyascend_ge.errors import GraphError

if TYPE_CHECKING:
    from pyascend_ge.memory import DeviceArray

__all__ = ["export", "take"]

CPU, EXTENSION = 1, 12  # kDLCPU, kDLExtDev
_KINDS = {"i": 0, "u": 1, "f": 2, "c": 5}  # kDLInt, kDLUInt, kDLFloat, kDLComplex
_NAMES = {0: "int", 1: "uint", 2: "float", 5: "complex"}
_SPECIAL = {
    "bfloat16": (4, 16),
    "bool": (6, 8),
    "float8_e4m3fn": (10, 8),
    "float8_e5m2": (12, 8),
    "float8_e8m0": (14, 8),
}
_OF_SPECIAL = {code: name for name, code in _SPECIAL.items()}


def _code(array: DeviceArray) -> tuple[int, int]:
    name, kind = dtype_of(array.dtype).name, array.dtype.kind
    if name in _SPECIAL:
        return _SPECIAL[name]
    if kind not in _KINDS:
        raise BufferError(f"DLPack has no element type for {name}")
    return _KINDS[kind], array.dtype.itemsize * 8


def export(
    array: DeviceArray, max_version: tuple[int, int] | None, device: tuple[int, int] | None, copy: bool | None
) -> Any:
    """Return a capsule over the array, which lives as long as the consumer needs it.

    Raises
    ------
    BufferError
        When a copy or another device is asked for, or the element type has no DLPack code.
    """
    if copy:
        raise BufferError("__dlpack__: copy=True is not offered; copy the array first")
    if device is not None and tuple(device) != array.__dlpack_device__():
        raise BufferError(f"__dlpack__: dl_device is {device}; the array is on {array.__dlpack_device__()}")
    versioned = max_version is not None and max_version[0] >= 1
    address, number = array.data_ptr, array.device_id
    return fast.dlpack_export(array, address, EXTENSION, number, *_code(array), array.shape, versioned)


def take(source: Any) -> Any:
    """Return what a DLPack exporter has: a DeviceArray, or a numpy array for host memory."""
    kind, _number = source.__dlpack_device__()
    if kind == CPU:
        import numpy as np

        return np.from_dlpack(source)
    if kind != EXTENSION:
        raise GraphError(
            f"from_dlpack: the array is on DLPack device type {kind}; it must be 1 (host) or 12 (Ascend)"
        )
    from pyascend_ge.memory import from_pointer

    address, _id, code, bits, lanes, shape, strides, owner = fast.dlpack_import(source.__dlpack__())
    if lanes != 1:
        raise GraphError(f"from_dlpack: the elements are vectors of {lanes}; only single ones are supported")
    if strides is not None and not _is_contiguous(shape, strides):
        raise GraphError("from_dlpack: the array is not contiguous; make a contiguous copy first")
    element = _OF_SPECIAL.get((code, bits)) or f"{_NAMES.get(code, 'type')}{bits}"
    return from_pointer(address, shape, element, owner=owner)


def _is_contiguous(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    expected = 1
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size != 1 and stride != expected:
            return False
        expected *= size
    return True
