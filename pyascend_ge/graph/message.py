"""Messages: classes that declare the fields of a protobuf message, for the wire and the text form.

What a message was read with but does not declare is kept in ``unknown`` and written back behind the declared
fields.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, cast

__all__ = ["Field", "Message", "entry_type", "field"]

_KINDS = {"int32", "int64", "uint32", "uint64", "bool", "enum", "float", "string", "bytes"}
_DEFAULTS: dict[str, Any] = {"float": 0.0, "bool": False, "string": "", "bytes": b""}
M = TypeVar("M", bound="Message")


class Field:
    """A declared field: its number, what it holds, how often; `explicit`: zero and empty are written."""

    __slots__ = ("explicit", "kind", "label", "message", "name", "number")

    def __init__(self, number: int, kind: str | Callable[[], type[Message]], label: str) -> None:
        self.number, self.label, self.name = number, label, ""
        self.kind = kind if isinstance(kind, str) else "message"
        self.message = None if isinstance(kind, str) else kind
        self.explicit = label in ("oneof", "always") or (label == "single" and self.message is not None)
        if self.kind not in _KINDS and self.message is None:
            raise TypeError(f"field {number}: unknown kind {kind!r}")

    def initial(self) -> Any:
        """Return the value of an absent field."""
        if self.label == "repeated":
            return []
        if self.label == "map":
            return {}
        return None if self.label == "oneof" or self.message else _DEFAULTS.get(self.kind, 0)

    def message_type(self) -> type[Message]:
        """Return the class of a message field (looked up late: messages contain each other)."""
        assert self.message is not None
        return self.message()


def field(number: int, kind: str | Callable[[], type[Message]], label: str = "single") -> Any:
    """Declare a field of a :class:`Message`; `label` is single, repeated, map, oneof or always."""
    return Field(number, kind, label)


class Message:
    """Base of the messages: keyword constructor, equality, :meth:`encode` and :meth:`decode`."""

    fields: ClassVar[tuple[Field, ...]] = ()
    by_number: ClassVar[dict[int, Field]] = {}
    containers: ClassVar[tuple[tuple[str, Callable[[], Any]], ...]] = ()
    unknown: bytes = b""

    def __init_subclass__(cls) -> None:
        declared = []
        for name, value in list(vars(cls).items()):
            if isinstance(value, Field):
                value.name = name
                declared.append(value)
                if value.label in ("repeated", "map"):
                    delattr(cls, name)
                else:
                    setattr(cls, name, value.initial())
        cls.fields = tuple(sorted(declared, key=lambda item: item.number))
        makers: dict[str, Callable[[], Any]] = {"repeated": list, "map": dict}
        cls.containers = tuple((item.name, makers[item.label]) for item in cls.fields if item.label in makers)
        cls.by_number = {item.number: item for item in cls.fields}

    def __init__(self, **values: Any) -> None:
        held = vars(self)
        for name, make in self.containers:
            held[name] = make()
        if values:
            held.update(values)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.encode() == other.encode()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ((item, getattr(self, item.name)) for item in self.fields)
        inside = ", ".join(f"{item.name}={value!r}" for item, value in shown if value != item.initial())
        return f"{type(self).__name__}({inside})"

    def copy(self: M) -> M:
        """Return a message with lists and maps of its own, which holds the same members."""
        held = vars(self)
        made = type(self)(**held)
        vars(made).update({name: held[name].copy() for name, _ in self.containers})
        return made

    def encode(self) -> bytes:
        """Return the serialized message."""
        from pyascend_ge.graph import wire

        return wire.encode(self)

    @classmethod
    def decode(cls: type[M], data: bytes | bytearray | memoryview) -> M:
        """Parse a serialized message; anything malformed is a GraphError."""
        from pyascend_ge.graph import wire_reader

        message = cls()
        wire_reader.read_into(message, memoryview(data).cast("B"))
        return message


def entry_type(message: type[Message]) -> type[Message]:
    """Return the message class of a map entry from text to `message`."""
    return _entry_type(cast("Any", message))


@functools.cache
def _entry_type(message: type[Message]) -> type[Message]:
    class Entry(Message):
        key: str = field(1, "string", "always")
        value: Any = field(2, lambda: message)

    return Entry
