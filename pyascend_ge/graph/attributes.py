"""Attribute values: from Python to their serialized form, checked against the declared type, and back."""

from __future__ import annotations

import contextlib
import operator
import struct
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

from pyascend_ge.dtypes import DataType, dtype_of, is_dtype
from pyascend_ge.errors import GraphError
from pyascend_ge.graph import descriptors, ir
from pyascend_ge.graph.operators import Attribute

__all__ = ["python_value", "serialized", "serialized_plain", "shortest_float"]

# Int attributes that hold a ge::DataType number: a dtype is accepted for them.
_DTYPE_NAMES = ("dtype", "dst_type", "out_type", "output_type")


class _MismatchError(Exception):
    """A value does not have the wanted type; the text says what is wrong with it."""


def _int(value: Any) -> int:
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        raise _MismatchError(f"{value!r} is of type bool")
    try:
        number = operator.index(value)
    except TypeError:
        raise _MismatchError(f"{value!r} is of type {type(value).__name__}") from None
    if not -(2**63) <= number < 2**63:
        raise _MismatchError(f"{value!r} does not fit 64 bits")
    return number


def _float(value: Any) -> float:
    if isinstance(value, (str, bytes, bool)) or type(value).__name__ == "bool_":
        raise _MismatchError(f"{value!r} is of type {type(value).__name__}")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise _MismatchError(f"{value!r} is of type {type(value).__name__}") from None
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        raise _MismatchError(f"{value!r} does not fit float32") from None


def _bool(value: Any) -> bool:
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise _MismatchError(f"{value!r} is of type {type(value).__name__}")


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        try:
            return value.encode("utf-8")
        except UnicodeEncodeError:
            raise _MismatchError(f"{value!r} is not text that UTF-8 can hold") from None
    raise _MismatchError(f"{value!r} is of type {type(value).__name__}")


def _dtype(value: Any) -> int:
    try:
        return dtype_of(value).ge
    except ValueError as error:
        raise _MismatchError(str(error)) from None


def _list(value: Any, element: Callable[[Any], Any]) -> list[Any]:
    if isinstance(value, (str, bytes, Mapping, Set)) or not isinstance(value, Iterable):
        raise _MismatchError(f"{value!r} is of type {type(value).__name__}")
    return [element(item) for item in value]


_LISTS: dict[str, tuple[str, int, Callable[[Any], Any]]] = {
    "ListInt": ("i", ir.LIST_INT, _int),
    "ListFloat": ("f", ir.LIST_FLOAT, _float),
    "ListBool": ("b", ir.LIST_BOOL, _bool),
    "ListString": ("s", ir.LIST_STRING, _bytes),
    "ListType": ("dt", ir.LIST_DATA_TYPE, _dtype),
}
_SINGLES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "Int": ("i", _int),
    "Float": ("f", _float),
    "Bool": ("b", _bool),
    "String": ("s", _bytes),
    "Type": ("dt", _dtype),
}


def _convert(type_: str, value: Any, where: str) -> ir.AttrDef:
    if type_ in _SINGLES:
        member, element = _SINGLES[type_]
        return ir.AttrDef(**{member: element(value)})
    if type_ in _LISTS:
        member, number, element = _LISTS[type_]
        return ir.AttrDef(list=ir.ListValue(**{member: _list(value, element), "val_type": number}))
    if type_ == "ListListInt":
        rows = _list(value, lambda row: ir.ListInt(list_i=_list(row, _int)))
        return ir.AttrDef(list_list_int=ir.ListListInt(list_list_i=rows))
    if type_ == "Tensor":
        return ir.AttrDef(t=descriptors.constant(descriptors.to_array(value, None, where)))
    raise AssertionError(type_)


def serialized(attribute: Attribute, value: Any, where: str) -> ir.AttrDef:
    """Serialize the value of a declared attribute; `where` begins the message when it has the wrong type."""
    if (
        attribute.type == "Int"
        and attribute.name in _DTYPE_NAMES
        and not isinstance(value, int)
        and is_dtype(value)
    ):
        value = dtype_of(value).ge
    try:
        return _convert(attribute.type, value, where)
    except _MismatchError as mismatch:
        raise GraphError(
            f"{where}: attribute {attribute.name} takes {attribute.type_text}, but {mismatch}"
        ) from None


def serialized_plain(value: Any, where: str) -> ir.AttrDef:
    """Serialize an attribute of an operator without a prototype: its Python type decides."""
    kinds: tuple[str, ...] = (
        "Bool",
        "Int",
        "Float",
        "String",
        "ListBool",
        "ListInt",
        "ListFloat",
        "ListString",
        "ListListInt",
    )
    if isinstance(value, DataType):
        return ir.AttrDef(dt=value.ge)
    if isinstance(value, (list, tuple)) and value and all(isinstance(item, DataType) for item in value):
        kinds = ("ListType",)
    if getattr(value, "ndim", 0) and hasattr(value, "dtype"):
        kinds = ("Tensor",)
    if isinstance(value, (list, tuple)) and not value:
        raise GraphError(f"{where}: an empty list does not tell the type of its elements")
    for type_ in kinds:
        with contextlib.suppress(_MismatchError):
            return _convert(type_, value, where)
    raise GraphError(
        f"{where}: {value!r} is no attribute value (int, float, bool, str, dtype, array, list of these)"
    )


def shortest_float(value: float) -> float:
    """Return the float64 with the fewest digits among those that are `value` in float32."""
    for digits in range(6, 10):
        near = float(f"{value:.{digits}g}")
        try:
            if struct.pack("<f", near) == struct.pack("<f", value):
                return near
        except OverflowError:
            continue
    return value


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data


def _dtype_value(number: int) -> DataType | int:
    return dtype_of(number) if is_dtype(number) else number


def python_value(attribute: ir.AttrDef, where: str = "attribute") -> Any:
    """Return the Python value of a serialized attribute: numbers, text, dtypes, arrays and lists of them.

    What has no Python counterpart (descriptors, nested graphs) is returned as its message.
    """
    kind = attribute.kind
    value: Any = getattr(attribute, kind) if kind else None
    if kind == "s":
        return _text(value)
    if kind == "f":
        return shortest_float(value)
    if kind == "dt":
        return _dtype_value(value)
    if kind == "t":
        return descriptors.array_of(value, where)
    if kind == "list_list_int":
        return [list(row.list_i) for row in value.list_list_i]
    if kind == "list_list_float":
        return [[shortest_float(item) for item in row.list_f] for row in value.list_list_f]
    return _list_value(value, where) if kind == "list" else value


def _list_value(value: ir.ListValue, where: str) -> list[Any]:
    number = value.val_type
    if number == ir.LIST_STRING:
        return [_text(item) for item in value.s]
    if number == ir.LIST_FLOAT:
        return [shortest_float(item) for item in value.f]
    if number == ir.LIST_DATA_TYPE:
        return [_dtype_value(item) for item in value.dt]
    if number == ir.LIST_TENSOR:
        return [descriptors.array_of(item, where) for item in value.t]
    members = {ir.LIST_INT: "i", ir.LIST_BOOL: "b", ir.LIST_BYTES: "bt", ir.LIST_TENSOR_DESC: "td"}
    members |= {ir.LIST_GRAPH: "g", ir.LIST_NAMED_ATTRS: "na"}
    return list(getattr(value, members[number])) if number in members else []
