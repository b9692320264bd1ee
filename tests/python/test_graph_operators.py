"""The operator table."""

from __future__ import annotations

import pytest

from pyascend_ge.errors import GraphError
from pyascend_ge.graph import operators


def test_the_table_has_the_prototypes_of_cann() -> None:
    assert len(operators.names()) == 580
    conv = operators.lookup("Conv2D")
    assert [(item.name, item.kind) for item in conv.inputs] == [
        *(("x", "required"), ("filter", "required"), ("bias", "optional"), ("offset_w", "optional"))
    ]
    assert [item.name for item in conv.inputs[0].dtypes] == ["float16", "float32", "int8", "bfloat16"]
    assert conv.attribute("dilations") == operators.Attribute("dilations", "ListInt", False, [1, 1, 1, 1])
    assert conv.attribute("strides") == operators.Attribute("strides", "ListInt", True, None)
    assert operators.lookup("ConcatD").inputs[0].kind == "dynamic"
    assert operators.lookup("If").subgraphs == ("then_branch", "else_branch")
    assert operators.lookup("Pow").outputs[0].dtypes == ()


@pytest.mark.parametrize("name", operators.names())
def test_every_prototype_parses_and_describes_itself(name: str) -> None:
    operator = operators.lookup(name)
    assert operator.type == name
    assert operators.describe(name).startswith(f"{name}(")
    for attribute in operator.attributes:
        assert attribute.type_text
        assert attribute.required == (attribute.default is None) or attribute.type == "Tensor"
    anchors = [item.name for item in operator.inputs] + [item.name for item in operator.attributes]
    assert len(set(anchors)) == len(anchors)
    assert not {"name", "control", "outputs"} & set(anchors)  # what graph.op() takes itself


def test_description_shows_signature_types_and_defaults() -> None:
    text = operators.describe("ArgMaxV2")
    assert text.splitlines()[0] == "ArgMaxV2(x, dimension, *, dtype='int64') -> y"
    assert "dimension  int32, int64" in text
    assert "dtype  dtype, default 'int64'" in text
    assert operators.describe("SplitD").startswith("SplitD(x, *, split_dim, num_split) -> [y...]")


def test_search_finds_by_part_of_the_name() -> None:
    assert {"MaxPool", "AvgPool", "MaxPoolV3"} <= set(operators.search("pool"))


@pytest.mark.parametrize("name", ["", "@ALL", "Relu\n", "#", "Add\tx1"])
def test_odd_names_are_no_operators(name: str) -> None:
    assert operators.find(name) is None
    with pytest.raises(GraphError, match="no operator type"):
        operators.lookup(name)
