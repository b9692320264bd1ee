"""Arrays in device memory, and pinned host memory.

numpy never reads a device pointer here: copies are explicit (:meth:`DeviceArray.numpy`,
:meth:`DeviceArray.copy_from`), and other libraries take arrays over DLPack.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from math import prod
from operator import index
from typing import TYPE_CHECKING, Any, ClassVar

from pyascend_ge import _process, _sites
from pyascend_ge._handle import Handle
from pyascend_ge._native import fast, ffi, lib
from pyascend_ge._process import check
from pyascend_ge.errors import GraphError, acl_error
from pyascend_ge.specs import numpy_dtype

if TYPE_CHECKING:
    import numpy as np

    from pyascend_ge.stream import Stream

__all__ = ["DeviceArray", "array", "empty", "from_dlpack", "from_pointer", "pinned_empty"]

_HOST_TO_DEVICE, _DEVICE_TO_HOST, _DEVICE_TO_DEVICE = 1, 2, 3  # ACL_MEMCPY_*
_HUGE_FIRST = 0  # ACL_MEM_MALLOC_HUGE_FIRST
_copy_async, _here, _DEBUG = fast.copy_async, _sites.here, _sites.DEBUG


class DeviceArray(Handle):
    """An array in device memory. Made by :func:`array`, :func:`empty`, :func:`from_pointer` and by runs.

    Its memory is freed with the last reference (``aclrtFree``), or by :meth:`close`. Work on a stream keeps
    the arrays it uses alive until the stream was synchronised.

    Attributes
    ----------
    shape : tuple of int
        Dimensions.
    dtype : numpy.dtype
        Element type; ``ml_dtypes.bfloat16`` and its kin for what numpy lacks.
    nbytes : int
        Size in bytes, without padding.
    device_id : int
        The device it is on.
    """

    __slots__ = ("_free", "device_id", "dtype", "nbytes", "shape")
    _kind: ClassVar[int] = fast.PGE_ARRAY
    rank: ClassVar[int] = 3
    _warns: ClassVar[bool] = False
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    nbytes: int
    device_id: int
    _free: Callable[[], Any] | None

    def __init__(self) -> None:
        raise TypeError("DeviceArray: use pyascend_ge.array, empty or from_pointer")

    @classmethod
    def _make(
        cls, address: int, shape: tuple[int, ...], dtype: np.dtype[Any], device: int, parent: Any,
        free: Callable[[], Any] | None,
    ) -> DeviceArray:  # fmt: skip
        made = cls.__new__(cls)
        made.shape, made.dtype, made.device_id = shape, dtype, device
        made.nbytes = prod(shape) * dtype.itemsize
        made._free = free
        made._opened(address, parent, ffi.cast("void *", address))
        return made

    @property
    def data_ptr(self) -> int:
        """The device address; 0 when there are no elements. The host cannot read it."""
        return int(self._h)

    @property
    def size(self) -> int:
        """Number of elements."""
        return prod(self.shape)

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    def numpy(
        self, stream: Stream | None = None, out: np.ndarray[Any, Any] | None = None
    ) -> np.ndarray[Any, Any]:
        """Copy to the host (``aclrtMemcpy``, or ``aclrtMemcpyAsync`` on a stream).

        Parameters
        ----------
        stream : Stream, optional
            Copy after the work queued on it. Without one the copy happens at once and waits for no stream:
            synchronise the one that computes first.
        out : numpy.ndarray, optional
            Where to; contiguous, of this shape and dtype. With a stream and pinned memory the copy is
            asynchronous and `out` is valid after the stream's synchronize; otherwise it is valid on return.
        """
        import numpy as np

        if out is None:
            out = np.empty(self.shape, self.dtype)
        elif out.shape != self.shape or out.dtype != self.dtype or not out.flags.c_contiguous:
            raise GraphError(
                f"DeviceArray.numpy: out is {_describe(out)}; it must be contiguous {_describe(self)}"
            )
        if not self.nbytes:
            return out
        buffer = ffi.from_buffer(out, require_writable=True)
        if stream is None:
            check(lib.aclrtMemcpy, buffer, self.nbytes, self._p, self.nbytes, _DEVICE_TO_HOST)
        else:
            check(lib.aclrtMemcpyAsync, buffer, self.nbytes, self._p, self.nbytes, _DEVICE_TO_HOST, stream._p)
            stream._note(_here() if _DEBUG else None, self, out)
        return out

    def copy_from(self, source: Any, stream: Stream | None = None) -> DeviceArray:
        """Copy `source` into this array (``aclrtMemcpy``, or ``aclrtMemcpyAsync`` on a stream).

        Parameters
        ----------
        source : array_like or DeviceArray
            Of the same shape and dtype. It is kept alive until the stream was synchronised, and must not be
            changed before that when it is pinned memory.
        stream : Stream, optional
            Copy after the work queued on it.
        """
        if (
            stream is not None
            and isinstance(source, DeviceArray)
            and source.shape == self.shape
            and source.dtype is self.dtype
            and not _DEBUG
            and not _copy_async(self, source, self.nbytes, stream)
        ):
            return self
        return self._copy_any(source, stream, _here() if _DEBUG else None)

    def _copy_any(self, source: Any, stream: Stream | None, site: Any) -> DeviceArray:
        """Copy from anywhere, with every check."""
        if isinstance(source, DeviceArray):
            kind, pointer = _DEVICE_TO_DEVICE, source._p
        else:
            import numpy as np

            source = np.asarray(source, order="C")
            kind, pointer = _HOST_TO_DEVICE, ffi.from_buffer(source)
        if source.shape != self.shape or source.dtype != self.dtype:
            raise GraphError(f"copy_from: the source is {_describe(source)}; it must be {_describe(self)}")
        size = self.nbytes
        if not size:
            return self
        if stream is None:
            check(lib.aclrtMemcpy, self._p, size, pointer, size, kind)
        else:  # may have to wait for the stream: with the GIL released
            check(lib.aclrtMemcpyAsync, self._p, size, pointer, size, kind, stream._p)
            stream._note(site, self, source)
        return self

    @staticmethod
    def from_pointer(address: int, shape: Any, dtype: Any, *, owner: Any = None) -> DeviceArray:
        """See :func:`pyascend_ge.from_pointer`."""
        return from_pointer(address, shape, dtype, owner=owner)

    def reshape(self, *shape: int) -> DeviceArray:
        """Return an array of another shape over the same memory, which it keeps alive."""
        sizes = tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape
        if prod(sizes) != self.size or min(sizes, default=0) < 0:
            raise GraphError(f"reshape: {sizes} does not hold the {self.size} elements of {_describe(self)}")
        return DeviceArray._make(self._h, sizes, self.dtype, self.device_id, self, None)

    def _release(self, _pointer: Any) -> None:
        if self._free is not None:
            self._free()

    def __dlpack__(
        self, *, stream: Any = None, max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None, copy: bool | None = None,
    ) -> Any:  # fmt: skip
        """Hand the array to another library (device type ``kDLExtDev``, as torch_npu uses it)."""
        from pyascend_ge import _dlpack

        return _dlpack.export(self, max_version, dl_device, copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return DLPack's device type and number."""
        return 12, self.device_id

    def __array__(self, *_arguments: Any, **_keywords: Any) -> Any:
        """Refuse numpy's silent conversion."""
        raise TypeError("a DeviceArray is in device memory: copy it to the host with .numpy()")

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a DeviceArray without dimensions has no length")
        return int(self.shape[0])

    def __repr__(self) -> str:
        if self.closed:
            return f"<closed DeviceArray {_describe(self)}>"
        return f"<DeviceArray {_describe(self)} on device {self.device_id} at {self._h:#x}>"

    def _repr_html_(self) -> str:
        """Describe the array in a notebook; its contents stay on the device."""
        place = "closed" if self.closed else f"device {self.device_id}, address {self._h:#x}"
        return f"<code>DeviceArray</code> {_describe(self)}, {self.nbytes} bytes, {place}"


def _describe(array: Any) -> str:
    return f"{array.dtype}[{', '.join(map(str, array.shape))}]"


def _shape_of(shape: Any, function: str) -> tuple[int, ...]:
    try:
        sizes = tuple(map(index, shape if hasattr(shape, "__iter__") else (shape,)))
    except TypeError:
        raise GraphError(f"{function}: shape is {shape!r}; it must be a whole number or several") from None
    if min(sizes, default=0) < 0:
        raise GraphError(f"{function}: shape is {sizes}; every dimension must be 0 or more")
    return sizes


def empty(shape: Any, dtype: Any = "float32") -> DeviceArray:
    """Allocate an array of arbitrary contents on this thread's device (``aclrtMalloc``, huge pages first).

    Parameters
    ----------
    shape : int or sequence of int
    dtype : dtype-like
        A numpy or ml_dtypes type, or its name: ``"float32"``, ``"bfloat16"``.

    Raises
    ------
    OutOfMemoryError
        When the device has not that much left.
    """
    from pyascend_ge.device import current_id

    parent = _process.require("aclrtMalloc")
    sizes, element = _shape_of(shape, "empty"), numpy_dtype(dtype)
    nbytes, device = prod(sizes) * element.itemsize, current_id()
    if not nbytes:
        return DeviceArray._make(0, sizes, element, device, parent, None)
    out = ffi.new("void **")
    check(lib.aclrtMalloc, out, nbytes, _HUGE_FIRST)
    return adopted(int(ffi.cast("uintptr_t", out[0])), sizes, element, device, parent)


def adopted(
    address: int, shape: tuple[int, ...], dtype: np.dtype[Any], device: int, parent: Any
) -> DeviceArray:
    """Make an array of memory that ``aclrtFree`` releases, and own it."""
    free = partial(_free_device, ffi.cast("void *", address)) if address else None
    return DeviceArray._make(address, shape, dtype, device, parent, free)


def _free_device(pointer: Any) -> None:
    status = lib.aclrtFree(pointer)
    if status:
        raise acl_error(status, "aclrtFree")


def array(data: Any, dtype: Any = None, *, stream: Stream | None = None) -> DeviceArray:
    """Copy host data, or another DeviceArray, into a new array on this thread's device.

    Parameters
    ----------
    data : array_like or DeviceArray
    dtype : dtype-like, optional
        Converted on the host before copying; `data`'s own by default.
    stream : Stream, optional
        Copy after the work queued on it (``aclrtMemcpyAsync``); at once without one (``aclrtMemcpy``).
    """
    if not isinstance(data, DeviceArray):
        import numpy as np

        data = np.asarray(data, dtype=None if dtype is None else numpy_dtype(dtype), order="C")
        if data.dtype.hasobject:
            raise GraphError(f"array: dtype is {data.dtype}; device memory holds numbers only")
    elif dtype is not None and numpy_dtype(dtype) != data.dtype:
        raise GraphError(
            f"array: a DeviceArray of {data.dtype} cannot be converted to {dtype}; copy it to the host"
        )
    return empty(data.shape, data.dtype).copy_from(data, stream)


def from_pointer(address: int, shape: Any, dtype: Any, *, owner: Any = None) -> DeviceArray:
    """See device memory of somebody else as an array. It is not freed; `owner` is kept alive.

    Parameters
    ----------
    address : int
        A device address on this thread's device.
    shape, dtype
        What is there.
    owner : object, optional
        What keeps the memory valid.
    """
    from pyascend_ge.device import current_id

    if not isinstance(address, int) or address < 0:
        raise GraphError(f"from_pointer: address is {address!r}; it must be a device address as an int")
    parent = (_process.require("aclrtMemcpy"), owner)
    return DeviceArray._make(
        address, _shape_of(shape, "from_pointer"), numpy_dtype(dtype), current_id(), parent, None
    )


def from_dlpack(source: Any) -> Any:
    """Take an array over DLPack, without copying: as a DeviceArray, or from host memory as a numpy array."""
    from pyascend_ge import _dlpack

    return _dlpack.take(source)


def pinned_empty(shape: Any, dtype: Any = "float32") -> np.ndarray[Any, Any]:
    """Allocate a numpy array in pinned host memory (``aclrtMallocHost``); freed with its last view.

    Copies between pinned and device memory are asynchronous; those from ordinary memory make the stream wait.

    Parameters
    ----------
    shape : int or sequence of int
    dtype : dtype-like
    """
    import numpy as np

    _process.require("aclrtMallocHost")
    sizes, element = _shape_of(shape, "pinned_empty"), numpy_dtype(dtype)
    nbytes = prod(sizes) * element.itemsize
    if not nbytes:
        return np.empty(sizes, element)
    out = ffi.new("void **")
    check(lib.aclrtMallocHost, out, nbytes)
    block = ffi.gc(out[0], _free_pinned, nbytes)
    _process.pin()
    return np.ndarray(sizes, element, ffi.buffer(block, nbytes))


def _free_pinned(pointer: Any) -> None:
    if not sys.is_finalizing() and not lib.pge_forked():
        lib.aclrtFreeHost(pointer)
        _process.unpin()
