"""Which of the onnx package's node tests are run, and what is known to fail.

The list is made from the cases themselves, not from their names: a case is run when

- every operator in it, nested graphs included, is of ONNX's default domain,
- it is none that draws random numbers (tests/python/test_onnx_random.py does) or trains,
- nothing in it is a string, sequence, optional or map.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
from onnx.backend.test.loader import load_node_model_tests

EXPECTED_FAILURES = Path(__file__).with_name("expected_failures.txt")

_RANDOM = ("Bernoulli", "Multinomial", "RandomNormal", "RandomUniform")
_OTHER_TYPES = ("Sequence", "Optional", "String", "Map", "RegexFullMatch", "TfIdfVectorizer", "ImageDecoder")
_TRAINING_INPUT = 2  # of Dropout


def operator(case: Any) -> str:
    """Return the operator a case is about: expanded functions count for the operator they expand."""
    node = case.model.graph.node
    name = case.name
    if "_expanded" in name and node:
        prefix = next((item for item in _prefixes(node)), "")
        if prefix:
            return prefix
    return str(node[0].op_type) if node else ""


def _prefixes(nodes: Any) -> Iterator[str]:
    for node in nodes:
        for text in (*node.output, *node.input):
            head, mark, _ = text.partition("_expanded_function_")
            if mark:
                yield head.partition("_test_")[0]


def _nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _nodes(attribute.g)
            for inner in attribute.graphs:
                yield from _nodes(inner)


def _is_plain(value: onnx.ValueInfoProto) -> bool:
    kind = value.type.WhichOneof("value")
    return kind in (None, "tensor_type") and value.type.tensor_type.elem_type != onnx.TensorProto.STRING


def _makes_strings(node: onnx.NodeProto) -> bool:
    attributes = {item.name: item for item in node.attribute}
    if node.op_type == "Cast" and attributes["to"].i == onnx.TensorProto.STRING:
        return True
    return node.op_type == "Constant" and bool({"value_string", "value_strings"} & set(attributes))


def _trains(case: Any, node: onnx.NodeProto) -> bool:
    attributes = {item.name: item for item in node.attribute}
    if node.op_type == "BatchNormalization":
        return "training_mode" in attributes and attributes["training_mode"].i != 0
    if node.op_type != "Dropout" or len(node.input) <= _TRAINING_INPUT or not node.input[_TRAINING_INPUT]:
        return False
    place = [item.name for item in case.model.graph.input].index(node.input[_TRAINING_INPUT])
    return bool(case.data_sets[0][0][place])


def wanted(case: Any) -> bool:
    """Say whether a case is of the list."""
    graph = case.model.graph
    nodes = list(_nodes(graph))
    return (
        all(node.domain in ("", "ai.onnx") for node in nodes)
        and all(_is_plain(value) for value in (*graph.input, *graph.output))
        and not any(
            node.op_type.startswith(_RANDOM) or _makes_strings(node) or _trains(case, node) for node in nodes
        )
        and not any(word in node.op_type for node in nodes for word in _OTHER_TYPES)
        and not any(op.domain not in ("", "ai.onnx") for op in case.model.opset_import)
    )


@functools.cache
def cases() -> dict[str, Any]:
    """Return the cases by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # numpy's, about the infinities that the cases make
        return {case.name: case for case in load_node_model_tests() if wanted(case)}


@functools.cache
def expected_failures() -> dict[str, str]:
    """Return the reasons by the names of the cases that are known to fail."""
    lines = EXPECTED_FAILURES.read_text().splitlines() if EXPECTED_FAILURES.exists() else []
    pairs = (line.split(None, 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)
