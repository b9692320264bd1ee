"""Protobuf's text form against Google's own reader and writer."""

from __future__ import annotations

import math
from typing import Any

import pytest
from ge_ir_messages import CLASSES
from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st

from pyascend_ge.errors import GraphError
from pyascend_ge.graph import Graph, ir, text, text_reader


def sample() -> Graph:
    """Return a graph with attributes of many types."""
    graph = Graph('mixed "quotes" and \\ and é')
    x = graph.input("x", (-1, 4), "bfloat16")
    graph.const([1.5, -2.25], name="c")
    graph.custom_op(
        "Mine",
        inputs={"x": x},
        outputs=["y", "z"],
        attrs={
            "i": -3,
            "f": 0.1,
            "b": False,
            "s": "a\n\t\"'\\",
            "li": [7],
            "lf": [1e-30, 3.0],
            "ll": [[1], [2, 3]],
        },
    )
    graph.output(graph.op("Cast", x, dst_type="float16"))
    return graph


def test_protobuf_reads_the_text_we_write() -> None:
    graph = sample()
    theirs = text_format.Parse(graph.to_text(), CLASSES["ModelDef"]())
    assert theirs == CLASSES["ModelDef"].FromString(graph.to_bytes())


@pytest.mark.parametrize(
    "style",
    [
        {},
        {"as_one_line": True},
        {"pointy_brackets": True},
        {"as_utf8": True},
        {"use_short_repeated_primitives": True},
    ],
    ids=str,
)
def test_we_read_the_text_protobuf_writes(style: dict[str, Any]) -> None:
    graph = sample()
    theirs = CLASSES["ModelDef"].FromString(graph.to_bytes())
    written = text_format.MessageToString(theirs, **style)
    assert Graph.from_text(written).to_bytes() == graph.to_bytes()


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=30),
    st.lists(st.floats(width=32), max_size=4),
    st.lists(st.integers(-(2**63), 2**63 - 1)),
)
def test_values_survive_text_exactly(data: bytes, floats: list[float], ints: list[int]) -> None:
    values = ir.ListValue(bt=[data], f=floats, i=ints, val_type=ir.LIST_BYTES)
    message = ir.AttrDef(list=values)
    back = text_reader.loads(text.dumps(message), ir.AttrDef)
    assert back.list is not None
    assert back.list.bt == [data]
    assert back.list.i == ints
    for old, new in zip(floats, back.list.f, strict=True):
        assert (math.isnan(old) and math.isnan(new)) or (
            old == new and math.copysign(1, old) == math.copysign(1, new)
        )


def test_groups_of_attributes_in_a_dump_are_passed_over() -> None:
    source = (
        'graph { name: "g" op { name: "a" type: "NoOp" attr_groups { attr_group_def { x: "}" y < > } } } }'
    )
    assert [node.name for node in Graph.from_text(source).nodes] == ["a"]
    with pytest.raises(GraphError, match="ends inside a message"):
        Graph.from_text("graph { attr_groups { a { }")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('name: "a', "line 1, column 7"),
        ("graph {\n  op {\n    nam: 3", "line 3, column 5: OpDef has no field nam; did you mean name"),
        ("version: -1", "-1 does not fit uint32 version"),
        ("version: x", "x is no uint32"),
        ("version: 3.5", "3.5 is no uint32"),
        ("graph { op { id: 99999999999999999999 } }", "does not fit int64"),
        ("graph { op { has_out_attr: 2 } }", "2 is no bool"),
        ("graph { op { has_out_attr: -true } }", "-true is no bool"),
        ("graph { op { input_desc { dtype: DT_FLOT } } }", "DT_FLOT is no enum"),
        ("graph [ { } ", "',' or ']' is expected"),
        ("name 3", "':' is expected"),
        ("name: 3", "a quoted text is expected"),
        (r'name: "\q"', "escape"),
        (r'name: "\377"', "not UTF-8"),
        ("graph {", "the end of the text"),
        ("graph { ] }", "']' where a field name or '}'"),
        ("name: ['a']", "name is not a list"),
        ("graph " + "{ op { attr { value { g " * 60, "nest deeper"),
    ],
)
def test_malformed_text_is_refused_with_the_place(source: str, message: str) -> None:
    with pytest.raises(GraphError) as caught:
        text_reader.loads(source, ir.ModelDef)
    assert message in str(caught.value)


def test_all_spellings_of_the_grammar_are_read() -> None:
    source = """
    # a comment
    name: "a" 'b'; version: 0x10, graph: < op { attr: { key: "f" value { f: -1.5f } } output_i: [1, -02]
      attr { key: "n" value { f: nan } } attr { key: "o" value { list { f: [inf, -inf] val_type: 3 } } } } >
    """
    model = text_reader.loads(source, ir.ModelDef)
    assert (model.name, model.version) == ("ab", 16)
    op = model.graph[0].op[0]
    assert op.output_i == [1, -2]
    assert op.attr["f"].f == -1.5
    assert math.isnan(op.attr["n"].f or 0)
    assert op.attr["o"].list is not None
    assert op.attr["o"].list.f == [math.inf, -math.inf]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_text_loads_or_is_refused(data: st.DataObject) -> None:
    source = sample().to_text()
    at = data.draw(st.integers(0, len(source)))
    marks = st.sampled_from(["{", "}", '"', "[", "-", "0x", "\\", "<", ">", ":"])
    junk = data.draw(st.one_of(st.text(max_size=3), marks))
    source = source[:at] + junk + source[at + data.draw(st.integers(0, 4)) :]
    try:
        graph = Graph.from_text(source)
    except GraphError:
        return
    assert Graph.from_bytes(graph.to_bytes()).to_bytes() == graph.to_bytes()
