"""Reading the protobuf wire format.

Strict about the bytes (anything truncated or malformed is a :class:`~pyascend_ge.errors.GraphError`),
tolerant about the fields: those that a message does not declare are kept.
"""

from __future__ import annotations

import struct
from typing import Any

from pyascend_ge.errors import GraphError
from pyascend_ge.graph.message import Field, Message, entry_type
from pyascend_ge.graph.wire import BYTES, END_GROUP, FIXED32, FIXED64, GROUP, MAX_DEPTH, VARINT

__all__ = ["read_into"]

_FLOAT = struct.Struct("<f")


def _read_varint(data: memoryview, at: int) -> tuple[int, int]:
    if at < len(data) and data[at] < 0x80:
        return data[at], at + 1
    result = shift = 0
    while True:
        if at >= len(data):
            raise GraphError("malformed protobuf: the data ends inside a number")
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
        if shift > 63:
            raise GraphError("malformed protobuf: a number has more than ten bytes")


def _take(data: memoryview, at: int, size: int) -> tuple[memoryview, int]:
    if size > len(data) - at:
        raise GraphError(f"malformed protobuf: a field of {size} bytes where only {len(data) - at} are left")
    return data[at : at + size], at + size


def _skip(data: memoryview, at: int, wire: int, number: int, depth: int) -> int:
    if wire == VARINT:
        return _read_varint(data, at)[1]
    if wire == FIXED64:
        return _take(data, at, 8)[1]
    if wire == FIXED32:
        return _take(data, at, 4)[1]
    if wire == BYTES:
        size, at = _read_varint(data, at)
        return _take(data, at, size)[1]
    if wire == GROUP:
        _check_depth(depth)
        while True:
            tag, at = _read_varint(data, at)
            if tag & 7 == END_GROUP:
                if tag >> 3 != number:
                    raise GraphError("malformed protobuf: groups overlap")
                return at
            at = _skip(data, at, tag & 7, tag >> 3, depth + 1)
    raise GraphError(f"malformed protobuf: wire type {wire} where a field begins")


def _check_depth(depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise GraphError(f"malformed protobuf: messages nest deeper than {MAX_DEPTH}")


def _from_varint(kind: str, raw: int) -> Any:
    if kind == "bool":
        return raw != 0
    if kind == "uint64":
        return raw
    if kind == "uint32":
        return raw & 0xFFFFFFFF
    bits = 64 if kind == "int64" else 32
    raw &= (1 << bits) - 1
    return raw - (1 << bits) if raw >> (bits - 1) else raw


def _packed(kind: str, data: memoryview) -> list[Any]:
    if kind == "float":
        if len(data) % 4:
            raise GraphError(f"malformed protobuf: {len(data)} bytes of packed floats")
        return list(struct.unpack(f"<{len(data) // 4}f", data))
    values, at = [], 0
    while at < len(data):
        raw, at = _read_varint(data, at)
        values.append(_from_varint(kind, raw))
    return values


def _text(data: memoryview) -> str:
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise GraphError(f"malformed protobuf: text that is not UTF-8 ({bytes(data)[:40]!r})") from error


def read_into(message: Message, data: memoryview, depth: int) -> None:
    """Parse `data` and merge it into `message`."""
    _check_depth(depth)
    at, unknown = 0, []
    while at < len(data):
        start = at
        tag, at = _read_varint(data, at)
        number, wire = tag >> 3, tag & 7
        if number == 0 or tag > 0xFFFFFFFF:
            raise GraphError("malformed protobuf: a field number out of range")
        item = message.by_number.get(number)
        after = None if item is None else _read_field(message, item, wire, data, at, depth)
        if after is None:
            after = _skip(data, at, wire, number, depth)
            unknown.append(bytes(data[start:after]))
        at = after
    if unknown:
        message.unknown += b"".join(unknown)


def _read_field(
    message: Message, item: Field, wire: int, data: memoryview, at: int, depth: int
) -> int | None:
    """Read one value into `message`; None when the wire type is not the field's."""
    numeric = item.message is None and item.kind not in ("string", "bytes")
    value: Any
    if numeric:
        if wire == BYTES and item.label == "repeated":
            size, at = _read_varint(data, at)
            inside, at = _take(data, at, size)
            getattr(message, item.name).extend(_packed(item.kind, inside))
            return at
        if wire != (FIXED32 if item.kind == "float" else VARINT):
            return None
        if item.kind == "float":
            inside, at = _take(data, at, 4)
            value = _FLOAT.unpack(inside)[0]
        else:
            raw, at = _read_varint(data, at)
            value = _from_varint(item.kind, raw)
    else:
        if wire != BYTES:
            return None
        size, at = _read_varint(data, at)
        inside, at = _take(data, at, size)
        if item.label == "map":
            entry: Any = entry_type(item.message_type())()
            read_into(entry, inside, depth + 1)
            getattr(message, item.name)[entry.key] = (
                item.message_type()() if entry.value is None else entry.value
            )
            return at
        if item.message is None:
            value = _text(inside) if item.kind == "string" else bytes(inside)
        else:
            present = getattr(message, item.name) if item.label != "repeated" else None
            value = item.message_type()() if present is None else present
            read_into(value, inside, depth + 1)
    if item.label == "repeated":
        getattr(message, item.name).append(value)
        return at
    if item.label == "oneof" and vars(message):
        for other in message.fields:
            if other.label == "oneof":
                setattr(message, other.name, None)
    setattr(message, item.name, value)
    return at
