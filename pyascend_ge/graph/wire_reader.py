"""Reading the protobuf wire format.

Strict about the bytes (anything truncated or malformed is a :class:`~pyascend_ge.errors.GraphError`),
tolerant about the fields: those that a message does not declare are kept.
"""

from __future__ import annotations

import struct
from typing import Any

from pyascend_ge.errors import GraphError
from pyascend_ge.graph.message import Field, Message
from pyascend_ge.graph.wire import BYTES, END_GROUP, FIXED32, FIXED64, GROUP, MAX_DEPTH, VARINT

__all__ = ["read_into"]

_FLOAT = struct.Struct("<f")
_KEY, _VALUE = 1 << 3 | BYTES, 2 << 3 | BYTES


def _read_varint(data: memoryview, at: int, end: int) -> tuple[int, int]:
    if at < end and data[at] < 0x80:
        return data[at], at + 1
    result = shift = 0
    while True:
        if at >= end:
            raise GraphError("malformed protobuf: the data ends inside a number")
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
        if shift > 63:
            raise GraphError("malformed protobuf: a number has more than ten bytes")


def _stop(at: int, size: int, end: int) -> int:
    """Return where a field of `size` bytes ends."""
    if size > end - at:
        raise GraphError(f"malformed protobuf: a field of {size} bytes where only {end - at} are left")
    return at + size


def _skip(data: memoryview, at: int, end: int, wire: int, number: int, depth: int) -> int:
    if wire == VARINT:
        return _read_varint(data, at, end)[1]
    if wire == FIXED64:
        return _stop(at, 8, end)
    if wire == FIXED32:
        return _stop(at, 4, end)
    if wire == BYTES:
        size, at = _read_varint(data, at, end)
        return _stop(at, size, end)
    if wire == GROUP:
        _check_depth(depth)
        while True:
            tag, at = _read_varint(data, at, end)
            if tag & 7 == END_GROUP:
                if tag >> 3 != number:
                    raise GraphError("malformed protobuf: groups overlap")
                return at
            at = _skip(data, at, end, tag & 7, tag >> 3, depth + 1)
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
    values, at, end = [], 0, len(data)
    while at < end:
        raw, at = _read_varint(data, at, end)
        values.append(_from_varint(kind, raw))
    return values


def _text(data: memoryview) -> str:
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise GraphError(f"malformed protobuf: text that is not UTF-8 ({bytes(data)[:40]!r})") from error


def read_into(message: Message, data: memoryview) -> None:
    """Parse `data` and merge it into `message`."""
    _read(message, data, 0, len(data), 0)


# A graph has forty small messages a node: they are told apart by bounds, not by slices of the data.
def _read(message: Message, data: memoryview, at: int, end: int, depth: int) -> None:
    if depth >= MAX_DEPTH:
        _check_depth(depth)
    by_number, unknown = message.by_number, []
    while at < end:
        start = at
        tag, at = _read_tag(data, at, end)
        item = by_number.get(tag >> 3)
        after = None if item is None else _read_field(message, item, tag & 7, data, at, end, depth)
        if after is None:
            after = _skip(data, at, end, tag & 7, tag >> 3, depth)
            unknown.append(bytes(data[start:after]))
        at = after
    if unknown:
        message.unknown += b"".join(unknown)


def _read_tag(data: memoryview, at: int, end: int) -> tuple[int, int]:
    tag, at = _read_varint(data, at, end)
    if tag < 8 or tag > 0xFFFFFFFF:
        raise GraphError("malformed protobuf: a field number out of range")
    return tag, at


def _read_field(
    message: Message, item: Field, wire: int, data: memoryview, at: int, end: int, depth: int
) -> int | None:
    """Read one value into `message`; None when the wire type is not the field's."""
    kind, held, value = item.kind, vars(message), None
    if wire == BYTES:
        size, at = _read_varint(data, at, end)
        stop = _stop(at, size, end)
        if item.label == "map":
            _read_entry(held[item.name], item, data, at, stop, depth + 1)
            return stop
        if kind == "message":
            if item.label != "repeated":
                value = held.get(item.name)
            if value is None:
                value = item.message_type()()
            _read(value, data, at, stop, depth + 1)
        elif kind == "string":
            value = _text(data[at:stop])
        elif kind == "bytes":
            value = bytes(data[at:stop])
        elif item.label == "repeated":
            held[item.name].extend(_packed(kind, data[at:stop]))
            return stop
        else:
            return None
        at = stop
    elif wire == VARINT and kind not in ("message", "string", "bytes", "float"):
        raw, at = _read_varint(data, at, end)
        value = _from_varint(kind, raw)
    elif wire == FIXED32 and kind == "float":
        stop = _stop(at, 4, end)
        value = _FLOAT.unpack(data[at:stop])[0]
        at = stop
    else:
        return None
    if item.label == "repeated":
        held[item.name].append(value)
        return at
    if item.label == "oneof" and held:
        for other in message.fields:
            if other.label == "oneof":
                held[other.name] = None
    held[item.name] = value
    return at


def _read_entry(
    entries: dict[str, Any], item: Field, data: memoryview, at: int, end: int, depth: int
) -> None:
    """Read one entry of a map: a message of a key (1) and a value (2), in any order; the last key counts."""
    _check_depth(depth)
    key, value = "", item.message_type()()
    while at < end:
        tag, at = _read_tag(data, at, end)
        if tag not in (_KEY, _VALUE):
            at = _skip(data, at, end, tag & 7, tag >> 3, depth)
            continue
        size, at = _read_varint(data, at, end)
        stop = _stop(at, size, end)
        if tag == _KEY:
            key = _text(data[at:stop])
        else:
            _read(value, data, at, stop, depth + 1)
        at = stop
    entries[key] = value
