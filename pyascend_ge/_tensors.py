"""Between Python's arrays and the shim's tensors: checks on the way in, owners on the way out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

from pyascend_ge._native import ffi, lib
from pyascend_ge._packed import Packed, is_packed, packed_bytes, unpacked
from pyascend_ge.dtypes import dtype_of
from pyascend_ge.errors import GraphError
from pyascend_ge.memory import DeviceArray
from pyascend_ge.specs import TensorSpec

if TYPE_CHECKING:
    import numpy as np

__all__ = ["GeArray", "checked", "device_arrays", "fill", "host_arrays", "native"]

_ON_DEVICE, _ON_HOST = 0, 1
_ND = 2
_numbers: dict[Any, int] = {}


def _number(dtype: Any) -> int:
    """GE's number of a numpy dtype, found once per dtype."""
    number = _numbers.get(dtype)
    if number is None:
        number = _numbers[dtype] = dtype_of(dtype).ge
    return number


def checked(values: Sequence[Any], specs: Sequence[TensorSpec] | None, what: str, where: str) -> list[Any]:
    """Turn what a caller gave into contiguous arrays that fit `specs`.

    Parameters
    ----------
    values : sequence
        numpy arrays, DeviceArrays, or what numpy makes an array of (then of the wanted type).
    specs : sequence of TensorSpec or None
        What is wanted; None when it is not known here, and CANN has to check.
    what : str
        ``"input"`` or ``"output"``, for messages.
    where : str
        What is fed, for messages.

    Raises
    ------
    GraphError
        Naming the tensor, what it is and what it must be.
    """
    if specs is not None and len(values) != len(specs):
        names = ", ".join(spec.name for spec in specs)
        wanted = f"one {what} ({names})" if len(specs) == 1 else f"{len(specs)} {what}s ({names})"
        raise GraphError(f"{where}: it has {wanted} and was given {len(values)}")
    return [
        _checked(value, specs[position] if specs is not None else None, f"{where}: {what} {position}")
        for position, value in enumerate(values)
    ]


def _checked(value: Any, spec: TensorSpec | None, where: str) -> Any:
    if not isinstance(value, DeviceArray):
        import numpy as np

        wanted = spec.dtype.numpy if spec is not None and not hasattr(value, "dtype") else None
        try:
            value = np.asarray(value, dtype=wanted, order="C")
        except (TypeError, ValueError) as error:
            name = f" '{spec.name}'" if spec is not None and spec.name else ""
            what = f"{where}{name} is of type {type(value).__name__}"
            raise GraphError(f"{what}, which numpy makes no array of: {error}") from None
        if value.dtype.hasobject:
            raise GraphError(f"{where} is an array of Python objects; numbers are needed")
        if not value.dtype.isnative:
            raise GraphError(f"{where} is {value.dtype.str}, in foreign byte order: convert it first")
    on_host = not isinstance(value, DeviceArray)
    ready = Packed(value) if on_host and value.dtype.itemsize == 1 and is_packed(value.dtype) else value
    if spec is None:
        return ready
    where = f"{where} '{spec.name}'" if spec.name else where
    if _number(value.dtype) != spec.dtype.ge:
        raise GraphError(f"{where} is {value.dtype}; it must be {spec.dtype.name}: convert it first")
    if spec.shape is not None and (
        len(value.shape) != len(spec.shape)
        or any(want not in (have, -1) for have, want in zip(value.shape, spec.shape, strict=True))
    ):
        sizes = ", ".join("any" if size < 0 else str(size) for size in spec.shape)
        wanted_shape = f"({sizes},)" if len(spec.shape) == 1 else f"({sizes})"
        raise GraphError(f"{where} has the shape {tuple(value.shape)}; it must be {wanted_shape}")
    return ready


def fill(tensor: Any, value: Any, layout: int = _ND) -> None:
    """Describe an array in a ``pge_tensor``; the memory stays the array's."""
    shape = value.shape
    if len(shape) > 25:
        raise GraphError(f"an array has {len(shape)} dimensions; GE has 25 at most")
    if isinstance(value, DeviceArray):
        tensor.address = value._h
        tensor.placement = _ON_DEVICE
    else:
        memory = value.memory if isinstance(value, Packed) else value
        tensor.address = int(ffi.cast("uintptr_t", ffi.from_buffer(memory)))
        tensor.placement = _ON_HOST
    tensor.size = value.nbytes
    tensor.dtype = _number(value.dtype)
    tensor.format = layout
    tensor.rank = len(shape)
    tensor.dims[0 : len(shape)] = shape


def native(values: Sequence[Any], layouts: Sequence[int] = ()) -> Any:
    """Describe arrays in a new C array. The arrays must be kept alive as long as C uses it."""
    made = ffi.new("pge_tensor[]", len(values))
    for position, value in enumerate(values):
        fill(made[position], value, layouts[position] if layouts else _ND)
    return made


def _release(owner: int) -> None:
    if not sys.is_finalizing() and not lib.pge_forked():
        lib.pge_base_release(owner)


def described(tensor: Any, dtype: Any = None) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Return shape, element type and bytes of a result, checked against its memory."""
    element = dtype_of(int(tensor.dtype) if dtype is None else dtype).numpy
    shape = tuple(tensor.dims[0 : tensor.rank])
    nbytes = packed_bytes(element, shape) if is_packed(element) else prod(shape) * element.itemsize
    if nbytes > tensor.size:
        raise GraphError(f"an output is {element}{list(shape)} and has {tensor.size} bytes only")
    return shape, element, nbytes


def host_arrays(tensors: Any, count: int, dtypes: Sequence[Any] | None = None) -> list[np.ndarray[Any, Any]]:
    """See results in host memory as numpy arrays, without copying. The last view of one releases it.

    Parameters
    ----------
    tensors : cdata
        An array of ``pge_tensor`` with owners, all of which are taken over, also when this fails.
    count : int
        How many there are.
    dtypes : sequence, optional
        Element types, where GE does not tell the truth about them (RunGraphAsync says float for everything).
    """
    import numpy as np

    blocks = [_block(tensors[position]) for position in range(count)]
    results: list[np.ndarray[Any, Any]] = []
    for position, block in enumerate(blocks):
        shape, element, nbytes = described(tensors[position], dtypes and dtypes[position])
        if not nbytes:
            results.append(np.empty(shape, element))
        elif is_packed(element):
            results.append(unpacked(np.frombuffer(ffi.buffer(block, nbytes), np.uint8), element, shape))
        else:
            results.append(np.ndarray(shape, element, ffi.buffer(block, nbytes)))
    return results


def _block(tensor: Any) -> Any:
    """Take a result's memory over: a pointer that releases it when nobody refers to it any more."""
    free = partial(_release, int(tensor.owner))
    return ffi.gc(ffi.cast("void *", tensor.address), lambda _memory: free(), int(tensor.size))


class GeArray(DeviceArray):
    """A device array that GE allocated. It must go before its graph, its session and its allocator do."""

    __slots__ = ("graph",)
    rank: ClassVar[int] = 0
    graph: Any


def device_arrays(tensors: Sequence[Any], graph: Any, device: int) -> list[DeviceArray]:
    """See results in device memory as arrays, which release it when they go or their graph is removed."""
    results: list[DeviceArray] = []
    for tensor in tensors:
        shape = tuple(tensor.dims[0 : tensor.rank])
        element = dtype_of(int(tensor.dtype)).numpy
        owner = int(tensor.owner)
        free = partial(_release, owner)
        made = GeArray._make(int(tensor.address), shape, element, device, graph, free)
        made.graph = graph  # type: ignore[attr-defined]
        results.append(made)
    return results
