"""DLPack: device arrays to and from other libraries.

DLPack has no Ascend device type; torch_npu registers as ``kDLExtDev``, and so do we. cffi cannot make
capsules, so the few calls of CPython's API that are needed go through ctypes, which is imported when this
module is.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from pyascend_ge.dtypes import dtype_of
from pyascend_ge.errors import GraphError

if TYPE_CHECKING:
    from pyascend_ge.memory import DeviceArray

__all__ = ["export", "take"]

CPU, EXTENSION = 1, 12  # kDLCPU, kDLExtDev
_INT, _UINT, _FLOAT, _BFLOAT, _COMPLEX, _BOOL = 0, 1, 2, 4, 5, 6
_FLOAT8 = {"float8_e4m3fn": 10, "float8_e5m2": 12, "float8_e8m0": 14}


class _Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


_Deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class _Managed(ctypes.Structure):
    _fields_ = (("tensor", _Tensor), ("context", ctypes.c_void_p), ("deleter", _Deleter))


class _Versioned(ctypes.Structure):
    _fields_ = (
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("context", ctypes.c_void_p),
        ("deleter", _Deleter),
        ("flags", ctypes.c_uint64),
        ("tensor", _Tensor),
    )


_api = ctypes.pythonapi
_api.PyCapsule_New.restype = ctypes.py_object
_api.PyCapsule_New.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
_api.PyCapsule_GetPointer.restype = ctypes.c_void_p
_api.PyCapsule_GetPointer.argtypes = (ctypes.py_object, ctypes.c_char_p)
_api.PyCapsule_SetName.argtypes = (ctypes.py_object, ctypes.c_char_p)

# In a capsule's destructor its reference count is 0: it must not become a Python object again.
_is_valid = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)(("PyCapsule_IsValid", _api))
_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", _api)
)

_NAMES = {_Managed: b"dltensor", _Versioned: b"dltensor_versioned"}
_USED = {_Managed: b"used_dltensor", _Versioned: b"used_dltensor_versioned"}
# Exported structures by address, with the array they describe: alive until the consumer calls the deleter.
_exported: dict[int, Any] = {}


@_Deleter  # type: ignore[untyped-decorator, unused-ignore]
def _forget(address: int) -> None:
    _exported.pop(address, None)


@ctypes.CFUNCTYPE(None, ctypes.c_void_p)  # type: ignore[untyped-decorator, unused-ignore]
def _drop_capsule(capsule: int) -> None:
    """Free what nobody consumed; a consumer renames the capsule first."""
    for name in _NAMES.values():
        if _is_valid(capsule, name):
            _exported.pop(_pointer(capsule, name), None)


def _type_code(array: DeviceArray) -> tuple[int, int]:
    name, bits = dtype_of(array.dtype).name, array.dtype.itemsize * 8
    if name in _FLOAT8:
        return _FLOAT8[name], 8
    if name == "bfloat16":
        return _BFLOAT, 16
    if name == "bool":
        return _BOOL, 8
    codes = {"i": _INT, "u": _UINT, "f": _FLOAT, "c": _COMPLEX}
    if array.dtype.kind not in codes:
        raise BufferError(f"DLPack has no element type for {name}")
    return codes[array.dtype.kind], bits


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
    code, bits = _type_code(array)
    kind = _Versioned if max_version is not None and max_version[0] >= 1 else _Managed
    managed = kind()
    shape = (ctypes.c_int64 * max(1, array.ndim))(*array.shape)
    managed.tensor = _Tensor(
        array.data_ptr, EXTENSION, array.device_id, array.ndim, code, bits, 1, shape, None, 0
    )
    managed.deleter = _forget
    if kind is _Versioned:
        managed.major = 1
    address = ctypes.addressof(managed)
    _exported[address] = (managed, shape, array)
    return _api.PyCapsule_New(address, _NAMES[kind], _drop_capsule)


def take(source: Any) -> Any:
    """Return what a DLPack exporter has: a DeviceArray, or a numpy array for host memory."""
    kind, _number = source.__dlpack_device__()
    if kind == CPU:
        import numpy as np

        return np.from_dlpack(source)
    if kind != EXTENSION:
        raise GraphError(
            f"from_dlpack: the array is on DLPack device type {kind}; host (1) or Ascend (12) is needed"
        )
    return _view(source.__dlpack__())


def _view(capsule: Any) -> DeviceArray:
    """See a legacy capsule's tensor as an array; its owner is released with the array."""
    from pyascend_ge.memory import from_pointer

    address = _api.PyCapsule_GetPointer(capsule, b"dltensor")
    managed = _Managed.from_address(address)
    tensor = managed.tensor
    shape = tuple(tensor.shape[axis] for axis in range(tensor.ndim))
    if tensor.strides:
        expected = 1
        for axis in reversed(range(tensor.ndim)):
            if shape[axis] != 1 and tensor.strides[axis] != expected:
                raise GraphError("from_dlpack: the array is not contiguous; make a contiguous copy first")
            expected *= shape[axis]
    made = from_pointer(
        tensor.data + tensor.byte_offset if tensor.data else 0,
        shape,
        _element(tensor),
        owner=_Owner(managed, address),
    )
    _api.PyCapsule_SetName(capsule, _USED[_Managed])
    return made


def _element(tensor: _Tensor) -> str:
    if tensor.lanes != 1:
        raise GraphError("from_dlpack: vector elements are not supported")
    names = {_INT: "int", _UINT: "uint", _FLOAT: "float", _COMPLEX: "complex"}
    special = {
        (_BFLOAT, 16): "bfloat16",
        (_BOOL, 8): "bool",
        **{(code, 8): name for name, code in _FLOAT8.items()},
    }
    return special.get((tensor.code, tensor.bits)) or f"{names.get(tensor.code, 'type')}{tensor.bits}"


class _Owner:
    """Calls the exporter's deleter when the last array over its memory is gone."""

    def __init__(self, managed: _Managed, address: int) -> None:
        self.managed, self.address = managed, address

    def __del__(self) -> None:
        if self.managed.deleter:
            self.managed.deleter(self.address)
