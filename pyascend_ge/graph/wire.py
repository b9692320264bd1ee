"""Writing the protobuf wire format.

The result is deterministic: fields in the order of their numbers, maps in the order of their keys.
"""

from __future__ import annotations

import struct
from typing import Any

from pyascend_ge.errors import GraphError
from pyascend_ge.graph.message import Field, Message

__all__ = ["encode"]

VARINT, FIXED64, BYTES, GROUP, END_GROUP, FIXED32 = range(6)
MAX_DEPTH = 100  # protobuf's own limit for nested messages
MAX_SIZE = 2**31 - 1  # a protobuf message cannot be larger
_FLOAT = struct.Struct("<f")


def encode(message: Message) -> bytes:
    """Return the serialized message."""
    parts: list[bytes] = []
    try:
        size = _write_message(message, parts)
    except UnicodeEncodeError as error:
        raise GraphError(f"text that UTF-8 cannot hold: {error.object!r}") from error
    if size > MAX_SIZE:
        raise GraphError(
            f"the serialized graph has {size} bytes, a protobuf message holds at most {MAX_SIZE}: "
            "feed large constants as inputs or variables instead"
        )
    return b"".join(parts)


def _varint(value: int) -> bytes:
    value &= 0xFFFFFFFFFFFFFFFF
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _scalar(kind: str, value: Any) -> bytes:
    return _FLOAT.pack(value) if kind == "float" else _varint(int(value))


def _put(parts: list[bytes], *pieces: bytes) -> int:
    parts.extend(pieces)
    return sum(map(len, pieces))


def _put_header(number: int, size: int, parts: list[bytes], place: int) -> int:
    """Fill the place left for the header of a message of `size` bytes; return the size of both."""
    parts[place] = header = _varint(number << 3 | BYTES) + _varint(size)
    return len(header) + size


def _put_message(number: int, message: Message, parts: list[bytes]) -> int:
    place = len(parts)
    parts.append(b"")
    return _put_header(number, _write_message(message, parts), parts, place)


def _put_entry(number: int, key: str, value: Message, parts: list[bytes]) -> int:
    place = len(parts)
    parts.append(b"")
    data = key.encode("utf-8")
    size = _put(parts, b"\x0a", _varint(len(data)), data) + _put_message(2, value, parts)
    return _put_header(number, size, parts, place)


def _put_value(item: Field, value: Any, parts: list[bytes]) -> int:
    if item.message is not None:
        return _put_message(item.number, value, parts)
    if item.kind in ("string", "bytes"):
        data = value.encode("utf-8") if isinstance(value, str) else value
        return _put(parts, _varint(item.number << 3 | BYTES) + _varint(len(data)), data)
    tag = item.number << 3 | (FIXED32 if item.kind == "float" else VARINT)
    return _put(parts, _varint(tag) + _scalar(item.kind, value))


def _write_message(message: Message, parts: list[bytes]) -> int:
    size = 0
    held = vars(message)
    for item in message.fields:
        value = held.get(item.name)
        if value is None or (not value and not item.explicit):
            continue
        if item.label == "map":
            for key in sorted(value, key=str.encode):
                size += _put_entry(item.number, key, value[key], parts)
        elif item.label != "repeated":
            size += _put_value(item, value, parts)
        elif item.message is None and item.kind not in ("string", "bytes"):
            data = b"".join([_scalar(item.kind, element) for element in value])
            size += _put(parts, _varint(item.number << 3 | BYTES) + _varint(len(data)), data)
        else:
            for element in value:
                size += _put_value(item, element, parts)
    return size + _put(parts, message.unknown) if message.unknown else size
