"""Writing protobuf's text form of the messages in :mod:`pyascend_ge.graph.ir` (``.pbtxt``)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from pyascend_ge.dtypes import all_dtypes
from pyascend_ge.errors import GraphError
from pyascend_ge.graph.attributes import shortest_float
from pyascend_ge.graph.message import Field, Message

__all__ = ["ENUMS", "OPAQUE", "dumps"]

_VAL_TYPES = [
    "NONE",
    "STRING",
    "INT",
    "FLOAT",
    "BOOL",
    "BYTES",
    "TENSOR_DESC",
    "TENSOR",
    "GRAPH",
    "NAMED_ATTRS",
]
# enum fields by name: number to text
ENUMS = {
    "dtype": {item.proto: item.ge_name for item in all_dtypes()},
    "val_type": {number: f"VT_LIST_{name}" for number, name in enumerate([*_VAL_TYPES, "DATA_TYPE"])},
}
OPAQUE = (
    "attr_groups"  # symbolic shapes, which GE works out anew; carried along as bytes in the binary form only
)
_PLAIN = {byte: chr(byte) for byte in range(32, 127)}
_PLAIN |= {10: "\\n", 13: "\\r", 9: "\\t", 34: '\\"', 39: "\\'", 92: "\\\\"}
_BYTE_TEXT = [_PLAIN.get(byte, f"\\{byte:03o}") for byte in range(256)]


def dumps(message: Message) -> str:
    """Return the text form; fields in the order of their numbers, maps in the order of their keys."""
    return "".join(_lines(message, ""))


def _lines(message: Message, indent: str) -> Iterator[str]:
    if message.unknown or getattr(message, OPAQUE, b""):
        raise GraphError(f"{type(message).__name__} has fields that have no text form here: save it as .air")
    for item in message.fields:
        value = getattr(message, item.name)
        if item.label == "map":
            for key in sorted(value, key=str.encode):
                yield f"{indent}{item.name} {{\n{indent}  key: {_quoted(key.encode())}\n{indent}  value {{\n"
                yield from _lines(value[key], f"{indent}    ")
                yield f"{indent}  }}\n{indent}}}\n"
        elif item.label == "repeated":
            for element in value:
                yield from _field(item, element, indent)
        elif value is not None and (item.label == "oneof" or item.message is not None or value):
            yield from _field(item, value, indent)


def _field(item: Field, value: Any, indent: str) -> Iterator[str]:
    if item.message is not None:
        yield f"{indent}{item.name} {{\n"
        yield from _lines(value, f"{indent}  ")
        yield f"{indent}}}\n"
    elif item.kind in ("string", "bytes"):
        yield f"{indent}{item.name}: {_quoted(value if isinstance(value, bytes) else value.encode())}\n"
    elif item.kind == "enum":
        yield f"{indent}{item.name}: {ENUMS[item.name].get(value, value)}\n"
    elif item.kind == "bool":
        yield f"{indent}{item.name}: {'true' if value else 'false'}\n"
    elif item.kind == "float":
        yield f"{indent}{item.name}: {_float_text(value)}\n"
    else:
        yield f"{indent}{item.name}: {value}\n"


def _float_text(value: float) -> str:
    return repr(shortest_float(value)).removesuffix(".0") if math.isfinite(value) else str(value)


def _quoted(data: bytes) -> str:
    return '"' + "".join([_BYTE_TEXT[byte] for byte in data]) + '"'
