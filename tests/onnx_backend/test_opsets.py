"""Every version of every operator from opset 7 on has a rule, or is named here with why it has none."""

from __future__ import annotations

import onnx
import pytest
from onnx import TensorProto, defs, helper

import pyascend_ge as ge

OLDEST = 7
_TYPES = "sequences, optionals and strings are no tensors of GE's"
WITHOUT = {
    **dict.fromkeys(
        (
            *("ConcatFromSequence", "SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase"),
            *("SequenceInsert", "SequenceLength", "SequenceMap", "SplitToSequence"),
            *("Optional", "OptionalGetElement", "OptionalHasElement"),
            *("RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer"),
        ),
        _TYPES,
    ),
    "ImageDecoder": "decodes files",
}


def versions() -> list[tuple[str, int]]:
    """Return every operator of the default domain with each opset that changed it, from the oldest on."""
    found = set()
    for schema in defs.get_all_schemas_with_history():
        opset = max(schema.since_version, OLDEST)
        if schema.domain or schema.deprecated:
            continue
        current = defs.get_schema(schema.name, opset)
        if current.since_version == schema.since_version:
            found.add((schema.name, opset))
    return sorted(found)


def has_rule(name: str, opset: int) -> bool:
    """Say whether the importer knows the operator: what else is wrong with the node does not matter."""
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node(name, [], ["y"])], "g", [], [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    try:
        ge.Graph.from_onnx(model)
    except ge.GraphError as error:
        return "E16002" not in str(error)
    return True


def test_operators_without_a_rule_are_those_that_are_named() -> None:
    missing = {name for name, opset in versions() if not has_rule(name, opset)}
    assert missing == set(WITHOUT)


def test_there_are_as_many_versions_as_onnx_has() -> None:
    assert len(versions()) > 350
    assert max(opset for _, opset in versions()) <= onnx.defs.onnx_opset_version()


@pytest.mark.parametrize("name", ["Add", "Conv", "Softmax", "Loop"])
def test_an_operator_with_a_rule_is_not_called_unknown(name: str) -> None:
    assert has_rule(name, OLDEST + 6)
