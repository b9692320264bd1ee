"""Tensor descriptors and constants: shapes, formats and arrays to their serialized form and back."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pyascend_ge._packed import Packed, is_packed, unpacked
from pyascend_ge.dtypes import DataType, dtype_of, dtype_of_proto, format_name, format_number, is_dtype
from pyascend_ge.errors import GraphError
from pyascend_ge.graph import ir

if TYPE_CHECKING:
    import numpy as np

__all__ = ["array_of", "constant", "dtype_in", "make", "parse_shape", "shape_in", "to_array"]

Shape = tuple[int, ...]
UNKNOWN_RANK = (-2,)
_RESERVED = "FORMAT_RESERVED"
_OVERRIDE = "__tensor_desc_data_type__"
_DUAL_OVERRIDE = 13  # this attribute's number for DUAL; its other numbers are those of ge::DataType


def parse_shape(shape: Any, where: str) -> Shape:
    """Check a shape: sizes, -1 for an unknown one; None or (-2,) for an unknown rank."""
    if shape is None:
        return UNKNOWN_RANK
    try:
        sizes = (
            (operator.index(shape),) if not isinstance(shape, Iterable) else tuple(map(operator.index, shape))
        )
    except TypeError:
        raise GraphError(
            f"{where}: shape {shape!r} is not a sequence of int (-1 for an unknown size)"
        ) from None
    if sizes == UNKNOWN_RANK:
        return sizes
    for size in sizes:
        if not -1 <= size < 2**63:
            raise GraphError(
                f"{where}: shape {sizes} has the size {size}; sizes are >= 0, or -1 for an unknown one"
            )
    return sizes


def make(
    name: str, dtype: DataType | None, shape: Shape | None, layout: str = "", given: bool = False
) -> Any:
    """Make a descriptor; None stands for what is not known, `given` tells that the user chose the layout."""
    desc = ir.TensorDescriptor(name=name, device_type="NPU")
    desc.dtype = dtype.proto if dtype is not None else 0
    desc.attr = {"origin_shape_initialized": ir.AttrDef(b=shape is not None)}
    set_format(desc, layout or "ND")
    if given:
        desc.attr["origin_format_is_set"] = ir.AttrDef(b=True)
    if shape is not None:
        desc.shape = ir.ShapeDef(dim=list(shape))
        desc.attr["origin_shape"] = ir.AttrDef(list=ir.ListValue(i=list(shape), val_type=ir.LIST_INT))
        desc.real_dim_cnt = len(shape) if shape != UNKNOWN_RANK else 0
    return desc


def set_format(desc: ir.TensorDescriptor, layout: str) -> None:
    """Write the format in all the places where a descriptor has it."""
    number = format_number(layout)
    desc.layout = format_name(number)
    desc.attr["format_for_int"] = ir.AttrDef(i=number)
    desc.attr["origin_format"] = ir.AttrDef(s=desc.layout.encode())
    desc.attr["origin_format_for_int"] = ir.AttrDef(i=number)


def unconnected(name: str) -> Any:
    """Return the descriptor of an optional input that is left out."""
    return make(name, None, None, _RESERVED)


def renamed(desc: ir.TensorDescriptor, name: str) -> ir.TensorDescriptor:
    """Return a copy of a descriptor for the other end of an edge."""
    copy = desc.copy()
    copy.name = name
    return copy


def dtype_in(desc: ir.TensorDescriptor) -> DataType | None:
    """Return the element type, or None when the descriptor does not say."""
    override = desc.attr.get(_OVERRIDE)
    if override is not None and override.i:
        try:
            return dtype_of("dual" if override.i == _DUAL_OVERRIDE else override.i)
        except ValueError:
            return None
    return dtype_of_proto(desc.dtype) if desc.dtype and dtype_of_proto(desc.dtype).proto else None


def shape_in(desc: ir.TensorDescriptor) -> Shape | None:
    """Return the shape the user sees (the origin shape when there is one), or None when not known.

    GE writes a shape without dimensions also for what was never inferred; ``origin_shape_initialized`` tells.
    """
    initialized = desc.attr.get("origin_shape_initialized")
    origin = desc.attr.get("origin_shape")
    if initialized is not None and initialized.b and origin is not None and origin.list is not None:
        shape = tuple(origin.list.i)
    elif desc.shape is not None and (desc.shape.dim or initialized is None):
        shape = tuple(desc.shape.dim)
    else:
        return None
    return None if shape == UNKNOWN_RANK else shape


def format_in(desc: ir.TensorDescriptor) -> str:
    """Return the format the user sees."""
    origin = desc.attr.get("origin_format_for_int")
    if origin is not None and origin.i is not None:
        return format_name(origin.i)
    return desc.layout or "ND"


def to_array(value: Any, dtype: Any, where: str) -> np.ndarray[Any, Any]:
    """Turn `value` into an array GE can hold; Python's floats become float32, arrays keep their type.

    With `dtype` the values are converted; what it cannot hold (a fraction or a number out of range for
    integers, a finite number out of range for floats) is a :class:`~pyascend_ge.errors.GraphError`.
    """
    import numpy as np

    try:
        array = np.asarray(value)
    except ValueError as error:
        raise GraphError(f"{where}: {value!r} is not an array ({error})") from None
    typed = hasattr(value, "dtype")
    target = dtype_of(dtype) if dtype is not None else None
    if target is None and not typed:
        target = {"f": dtype_of("float32"), "c": dtype_of("complex64"), "i": dtype_of("int64")}.get(
            array.dtype.kind
        )
    if array.dtype.kind in "OSUVMm" and not is_dtype(array.dtype):
        raise GraphError(f"{where}: a constant of numpy type {array.dtype} (numbers and bool are possible)")
    if target is None:
        target = dtype_of(array.dtype)
    if not target.has_numpy or (target.bits % 8 and not is_packed(target)):
        raise GraphError(f"{where}: constants of {target.name} cannot be written from numpy")
    return array if target == array.dtype else _converted(array, target, where)


def _converted(array: np.ndarray[Any, Any], target: DataType, where: str) -> np.ndarray[Any, Any]:
    import numpy as np

    with np.errstate(all="ignore"):
        whole = array.real if array.dtype.kind == "c" and target.numpy.kind != "c" else array
        result = whole.astype(target.numpy)
        exact = target.name.startswith(("bool", "int", "uint"))
        same = (
            np.array_equal(result.astype(whole.dtype), array)
            if exact
            else np.array_equal(_finite(result), _finite(array))
        )
    if whole is not array and np.any(array.imag):
        same = False
    if not same:
        shown = f"{array.item()!r}" if array.size == 1 else f"an array of {array.dtype}"
        raise GraphError(f"{where}: {shown} does not fit {target.name}")
    return result


def _finite(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    finite: np.ndarray[Any, Any] = np.isfinite(
        array if array.dtype.kind in "biufc" else array.astype(np.float32)
    )
    return finite


def constant(array: np.ndarray[Any, Any], layout: str = "") -> ir.TensorDef:
    """Return the serialized form of an array; the bytes are a copy."""
    desc = make("", dtype_of(array.dtype), tuple(map(int, array.shape)), layout, bool(layout))
    if is_packed(array.dtype):
        return ir.TensorDef(desc=desc, data=Packed(array).memory.tobytes())
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return ir.TensorDef(desc=desc, data=little.tobytes())


def array_of(tensor: ir.TensorDef, where: str) -> np.ndarray[Any, Any]:
    """Return the read-only array a constant holds."""
    import numpy as np

    desc = tensor.desc or ir.TensorDescriptor()
    dtype, shape = dtype_in(desc), shape_in(desc) or ()
    if dtype is None or not dtype.has_numpy or (dtype.bits % 8 and not is_packed(dtype)):
        raise GraphError(
            f"{where}: its constant has the element type {dtype or 'undefined'}, which numpy lacks"
        )
    count = 1
    for size in shape:
        count *= max(size, -1)
    if count < 0 or (count * dtype.bits + 7) // 8 != len(tensor.data):
        raise GraphError(
            f"{where}: {len(tensor.data)} bytes of data do not make {dtype.name} of shape {shape}"
        )
    if is_packed(dtype):
        return unpacked(np.frombuffer(tensor.data, np.uint8), dtype, shape)
    return np.frombuffer(tensor.data, dtype.numpy).reshape(shape)
