"""Reading protobuf's text form (``.pbtxt``, GE's ``ge_proto_*.txt`` dumps)."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn, TypeVar

from pyascend_ge._suggest import did_you_mean
from pyascend_ge.errors import GraphError
from pyascend_ge.graph.message import Field, Message, entry_type
from pyascend_ge.graph.text import ENUMS, OPAQUE
from pyascend_ge.graph.wire import MAX_DEPTH

__all__ = ["loads"]

M = TypeVar("M", bound=Message)
_RANGES = {
    "int32": (-(2**31), 2**31),
    "enum": (-(2**31), 2**31),
    "uint32": (0, 2**32),
    "int64": (-(2**63), 2**63),
    "uint64": (0, 2**64),
}
_TOKEN = re.compile(
    r"""(?P<space>(?:\s|\#[^\n]*)+)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>(?:\d|\.\d)[0-9A-Za-z.]*(?:(?<=[eE])[+-]\d+[fF]?)?)
    |(?P<mark>[-{}<>\[\]:,;])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(
    rb"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL
)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_LETTERS |= {b"\\": b"\\", b"'": b"'", b'"': b'"', b"?": b"?"}


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def loads(text: str, message_type: type[M]) -> M:
    """Parse the text form of a message.

    Raises
    ------
    GraphError
        With the line and column, for a syntax error, an unknown field or a value of the wrong type.
    """
    reader = _Reader(text)
    message = message_type()
    reader.fields(message, "", 0)
    return message


class _Reader:
    def __init__(self, text: str) -> None:
        self.source = text
        self.tokens = self._scan()
        self.token = next(self.tokens)

    def _scan(self) -> Iterator[_Token]:
        at = 0
        while at < len(self.source):
            found = _TOKEN.match(self.source, at)
            if found is None:
                self.fail(f"{self.source[at]!r} begins nothing", at)
            if found.lastgroup != "space":
                yield _Token(str(found.lastgroup), found.group(), at)
            at = found.end()
        while True:
            yield _Token("end", "", at)

    def fail(self, text: str, at: int | None = None) -> NoReturn:
        place = self.token.at if at is None else at
        line = self.source.count("\n", 0, place) + 1
        column = place - self.source.rfind("\n", 0, place)
        raise GraphError(f"malformed protobuf text, line {line}, column {column}: {text}")

    def take(self) -> _Token:
        token, self.token = self.token, next(self.tokens)
        return token

    def skip(self, *marks: str) -> bool:
        if self.token.kind == "mark" and self.token.text in marks:
            self.take()
            return True
        return False

    def fields(self, message: Message, closing: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            self.fail(f"messages nest deeper than {MAX_DEPTH}")
        known = {item.name: item for item in message.fields}
        while not (closing and self.skip(closing)):
            if self.token.kind == "end" and not closing:
                return
            if self.token.kind != "name":
                found = f"'{self.token.text}'" if self.token.text else "the end of the text"
                wanted = f"a field name or '{closing}'" if closing else "a field name"
                self.fail(f"{found} where {wanted} is expected")
            item = known.get(self.token.text)
            if item is None:
                name = self.token.text
                self.fail(f"{type(message).__name__} has no field {name}{did_you_mean(name, known)}")
            self.take()
            if item.name == OPAQUE and self.token.text in ("{", "<"):
                self.skip_block()
                continue
            colon = self.skip(":")
            if not colon and item.message is None:
                self.fail(f"':' is expected behind {item.name}")
            if self.skip("["):
                if item.label in ("single", "oneof"):
                    self.fail(f"{item.name} is not a list")
                while not self.skip("]"):
                    self.value(message, item, depth)
                    if not self.skip(",") and self.token.text != "]":
                        self.fail("',' or ']' is expected")
            else:
                self.value(message, item, depth)
            self.skip(",", ";")

    def skip_block(self) -> None:
        """Pass over the fields of a message that is not declared."""
        level = 0
        while True:
            token = self.take()
            if token.kind == "end":
                self.fail("the text ends inside a message")
            level += (token.text in ("{", "<")) - (token.text in ("}", ">"))
            if not level:
                return

    def value(self, message: Message, item: Field, depth: int) -> None:
        if item.message is None:
            value: Any = self.scalar(item)
        else:
            closing = {"{": "}", "<": ">"}.get(self.token.text, "")
            if not self.skip("{", "<"):
                self.fail(f"'{{' is expected behind {item.name}")
            if item.label == "map":
                self.entry(message, item, closing, depth)
                return
            present = getattr(message, item.name) if item.label != "repeated" else None
            value = item.message_type()() if present is None else present
            self.fields(value, closing, depth + 1)
        if item.label == "repeated":
            getattr(message, item.name).append(value)
            return
        if item.label == "oneof":
            for other in message.fields:
                if other.label == "oneof":
                    setattr(message, other.name, None)
        setattr(message, item.name, value)

    def entry(self, message: Message, item: Field, closing: str, depth: int) -> None:
        entry: Any = entry_type(item.message_type())()
        self.fields(entry, closing, depth + 1)
        getattr(message, item.name)[entry.key] = item.message_type()() if entry.value is None else entry.value

    def scalar(self, item: Field) -> Any:
        if item.kind in ("string", "bytes"):
            data = self.quoted(item.name)
            if item.kind == "bytes":
                return data
            try:
                return data.decode("utf-8")
            except UnicodeDecodeError:
                self.fail(f"{item.name} is text that is not UTF-8")
        negative = self.skip("-")
        token = self.take()
        value = self.number(item, token)
        named = item.kind == "bool" or (item.kind == "enum" and token.kind == "name")
        if value is None or (negative and named):
            shown = "-" * negative + (token.text or "the end of the text")
            self.fail(f"{shown} is no {item.kind} for {item.name}", token.at)
        if negative:
            value = -value
        low, high = _RANGES.get(item.kind, (-math.inf, math.inf))
        if item.kind != "float" and not low <= value < high:
            self.fail(f"{value} does not fit {item.kind} {item.name}", token.at)
        return value

    def number(self, item: Field, token: _Token) -> Any:
        text = token.text
        if item.kind == "bool":
            return {"true": True, "True": True, "t": True, "1": True, "false": False, "False": False}.get(
                text, {"f": False, "0": False}.get(text)
            )
        if item.kind == "enum" and token.kind == "name":
            numbers = {name: number for number, name in ENUMS[item.name].items()}
            return numbers.get(text)
        if item.kind == "float":
            return _parse_float(text)
        if token.kind != "number" or not re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}|[0-9]{1,25}", text):
            return None
        octal = len(text) > 1 and text[0] == "0" and text[1] not in "xX"
        try:
            return int(text, 8) if octal else int(text, 0)
        except ValueError:
            return None

    def quoted(self, name: str) -> bytes:
        if self.token.kind != "text":
            self.fail(f"a quoted text is expected for {name}")
        parts = []
        while self.token.kind == "text":
            at = self.token.at
            try:
                raw = self.take().text[1:-1].encode("utf-8")
                parts.append(_ESCAPE.sub(_unescape, raw))
            except (ValueError, OverflowError) as error:
                self.fail(f"{name}: {error}", at)
        return b"".join(parts)


def _parse_float(text: str) -> float | None:
    try:
        value = float(text if text.lower() in ("inf", "nan", "infinity") else text.rstrip("fF"))
    except ValueError:
        return None
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.inf


def _unescape(found: re.Match[bytes]) -> bytes:
    octal, hexadecimal, short, long, letter = found.groups()
    if octal:
        return bytes((int(octal, 8) & 0xFF,))
    if hexadecimal:
        return bytes((int(hexadecimal, 16),))
    if short or long:
        return chr(int(short or long, 16)).encode("utf-8")
    if letter not in _LETTERS:
        raise ValueError(f"the escape \\{letter.decode('utf-8', 'replace')} is not known")
    return _LETTERS[letter]
