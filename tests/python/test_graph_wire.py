"""The serialized form against Google's protobuf, whose classes are made from the measured facts."""

from __future__ import annotations

from typing import Any

import pytest
from ge_ir_messages import CLASSES, FACTS
from hypothesis import given, settings
from hypothesis import strategies as st

from pyascend_ge.errors import GraphError
from pyascend_ge.graph import Graph, ir, text
from pyascend_ge.graph.message import Message

_INTS = st.integers(-(2**63), 2**63 - 1)
_NAMES = st.text(st.characters(codec="utf-8"), max_size=8)
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "int64": _INTS,
    "uint32": st.integers(0, 2**32 - 1),
    "bool": st.booleans(),
    "float": st.floats(width=32, allow_nan=False),
    "string": _NAMES,
    "bytes": st.binary(max_size=12),
    "DataType": st.sampled_from([0, 1, 2, 27, 41]),
    "ListValueType": st.integers(0, 10),
}


@st.composite
def messages(draw: st.DrawFn, name: str, depth: int = 3) -> Any:
    """Draw a message of Google's class with random fields."""
    message = CLASSES[name]()
    oneof = [field for field in FACTS[name] if field[3] == "oneof"]
    fields = [field for field in FACTS[name] if field[3] != "oneof"]
    for _, field, type_, label in fields + ([draw(st.sampled_from(oneof))] if oneof else []):
        nested = type_ not in _SCALARS
        if not draw(st.booleans()) or (nested and depth == 0):
            continue
        values = messages(type_, depth - 1) if nested else _SCALARS[type_]
        if label == "map":
            for key in draw(st.lists(_NAMES, max_size=2)):
                getattr(message, field)[key].CopyFrom(draw(values))
        elif label == "repeated":
            getattr(message, field).extend(draw(st.lists(values, max_size=3)))
        elif nested:
            getattr(message, field).CopyFrom(draw(values))
        else:
            setattr(message, field, draw(values))
    return message


def ours(name: str) -> type[Message]:
    """Return our class of the same name."""
    found: type[Message] = getattr(ir, name)
    return found


def test_every_field_of_the_facts_is_declared_with_its_number() -> None:
    for name, fields in FACTS.items():
        declared = {(item.number, item.name, item.label) for item in ours(name).fields}
        assert declared == {(number, field, label) for number, field, _, label in fields}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FACTS)).flatmap(lambda name: st.tuples(st.just(name), messages(name))))
def test_what_we_read_and_write_is_what_protobuf_does(sample: tuple[str, Any]) -> None:
    name, theirs = sample
    data = theirs.SerializeToString()
    written = ours(name).decode(data).encode()
    assert CLASSES[name].FromString(written) == theirs
    assert len(written) == len(
        data
    )  # nothing is written that protobuf leaves out; only the order of maps may differ
    assert ours(name).decode(written).encode() == written


def test_maps_are_written_in_the_order_of_their_keys() -> None:
    keys = ["b", "a_long", "a", "é", "Z", ""]
    made = ir.NamedAttrs(attr={key: ir.AttrDef(i=0) for key in keys})
    assert list(ir.NamedAttrs.decode(made.encode()).attr) == sorted(keys, key=str.encode)


def test_fields_of_a_newer_version_survive() -> None:
    newer = (
        b"\xa2\x06\x03abc" + b"\xa8\x06\x07" + b"\xb3\x06\x08\x01\xb4\x06"
    )  # text 100, number 101, group 102
    data = ir.ModelDef(name="m").encode() + newer
    assert ir.ModelDef.decode(data).encode() == data
    with pytest.raises(GraphError, match="no text form"):
        text.dumps(ir.ModelDef.decode(data))


def test_numbers_may_come_packed_or_one_by_one() -> None:
    assert ir.ShapeDef.decode(b"\x0a\x02\x03\x04").dim == [3, 4]
    assert ir.ShapeDef.decode(b"\x08\x03\x08\x04").dim == [3, 4]


def test_the_last_member_of_a_oneof_wins() -> None:
    attribute = ir.AttrDef.decode(ir.AttrDef(i=3).encode() + ir.AttrDef(b=False).encode())
    assert (attribute.kind, attribute.i, attribute.b) == ("b", None, False)


def test_a_message_given_twice_is_merged() -> None:
    data = ir.TensorDescriptor(shape=ir.ShapeDef(dim=[1])).encode()
    descriptor = ir.TensorDescriptor.decode(data + data)
    assert descriptor.shape is not None
    assert descriptor.shape.dim == [1, 1]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x0a", "ends inside a number"),
        (b"\x0a\x05ab", "5 bytes where only 2 are left"),
        (b"\x10" + b"\xff" * 10 + b"\x01", "more than ten bytes"),
        (b"\x0a\x02\xff\xfe", "not UTF-8"),
        (b"\x02\x00", "field number out of range"),
        (b"\x0c", "wire type 4"),
        (b"\x0f", "wire type 7"),
        (b"\xb3\x06\xbc\x06", "groups overlap"),
        (b"\xb3\x06" * 200, "nest deeper"),
    ],
)
def test_malformed_bytes_are_refused_with_the_reason(data: bytes, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        ir.ModelDef.decode(data)


def _length(data: bytes) -> bytes:
    size, out = len(data), b""
    while size > 127:
        out, size = out + bytes([size & 127 | 128]), size >> 7
    return out + bytes([size])


def test_nesting_without_end_is_refused() -> None:
    data = b""
    for _ in range(300):  # GraphDef.attr["a"].g.attr["a"].g ...
        value = b"\x6a" + _length(data) + data
        entry = b"\x0a\x01a\x12" + _length(value) + value
        data = b"\x5a" + _length(entry) + entry
    with pytest.raises(GraphError, match="nest deeper"):
        ir.GraphDef.decode(data)


def sample_bytes() -> bytes:
    """Return a small graph with constants, several outputs, a dynamic size and a control edge."""
    graph = Graph("sample")
    x = graph.input("x", (-1, 3), "float32")
    values = graph.op("TopKV2", graph.op("Relu", x * 2 + [1, 2, 3]), 2, name="top")
    graph.output(*values, graph.op("Cast", x, dst_type="int32", control=[values[0]]))
    return graph.to_bytes()


def loaded(data: bytes) -> Graph | None:
    """Load `data`; None when it is refused. Any other exception fails the test."""
    try:
        return Graph.from_bytes(data)
    except GraphError:
        return None


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_mutated_files_load_or_are_refused(data: st.DataObject) -> None:
    sample = bytearray(sample_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(sample) - 1, 0)))
        kind = data.draw(st.sampled_from(["set", "cut", "insert", "drop"]))
        if kind == "set":
            sample[at : at + 1] = bytes([data.draw(st.integers(0, 255))])
        elif kind == "cut":
            del sample[at:]
        elif kind == "insert":
            sample[at:at] = data.draw(st.binary(min_size=1, max_size=4))
        else:
            del sample[at : at + data.draw(st.integers(1, 8))]
    graph = loaded(bytes(sample))
    if graph is None:
        return
    again = graph.to_bytes()
    assert Graph.from_bytes(again).to_bytes() == again
    assert str(graph)
    assert graph.to_svg().endswith("</svg>")
    assert graph.to_dot().endswith("}\n")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_load_or_are_refused(data: bytes) -> None:
    graph = loaded(data)
    assert graph is None or graph.name
