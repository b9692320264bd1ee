"""Damaged models: an error that says what is wrong, or a graph - whatever bytes arrive."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

import pyascend_ge as ge


def seed() -> bytes:
    """A model with an initializer, a function, a nested graph and unknown dims."""
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("mine", 1)]
    body = [helper.make_node("Mul", ["v", "v"], ["out"])]
    function = helper.make_function("mine", "Square", ["v"], ["out"], body, opsets)
    branch = helper.make_graph(
        [helper.make_node("Relu", ["h"], ["b"])],
        "branch",
        [],
        [helper.make_tensor_value_info("b", TensorProto.FLOAT, None)],
    )
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"], name="mm"),
        helper.make_node("Square", ["h"], ["s"], domain="mine"),
        helper.make_node("If", ["c"], ["i"], then_branch=branch, else_branch=branch),
        helper.make_node("Concat", ["s", "i"], ["y"], axis=-1),
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4]),
            helper.make_tensor_value_info("c", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.arange(12, dtype=np.float32).reshape(4, 3), "w")],
    )
    model = helper.make_model(graph, opset_imports=opsets, functions=[function])
    return bytes(model.SerializeToString())


SEED = seed()


def complaint(data: bytes) -> str:
    """Import a model and return why it was refused; "" when it was not."""
    try:
        graph = ge.Graph.from_onnx(data)
    except ge.GraphError as error:
        return str(error)
    return "" if bytes(graph) else "the graph is empty"


def imported_or_refused(data: bytes) -> None:
    said = complaint(data)
    assert not said or "CANN says" in said or "characters that cannot be printed" in said


def test_the_seed_is_a_model() -> None:
    assert not complaint(SEED)


@pytest.mark.parametrize("length", range(0, len(SEED), 7))
def test_truncated_models_are_refused(length: int) -> None:
    imported_or_refused(SEED[:length])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_mutated_models_are_imported_or_refused(data: st.DataObject) -> None:
    mutated = bytearray(SEED)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(mutated) - 1))
        match data.draw(st.sampled_from(["set", "insert", "delete", "repeat"])):
            case "set":
                mutated[place] = data.draw(st.integers(0, 255))
            case "insert":
                mutated[place:place] = data.draw(st.binary(min_size=1, max_size=12))
            case "delete":
                del mutated[place : place + data.draw(st.integers(1, 12))]
            case _:
                mutated[place:place] = mutated[place : place + data.draw(st.integers(1, 40))]
        if not mutated:
            break
    imported_or_refused(bytes(mutated))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_imported_or_refused(data: bytes) -> None:
    imported_or_refused(data)


def named(name: bytes) -> bytes:
    """Return the seed with other bytes, two of them, for the name of its node "mm"."""
    assert len(name) == 2
    return SEED.replace(b"\x02mm", b"\x02" + name)


@pytest.mark.parametrize("name", ["ß", "\u0800", "\ud7ff", "\ue000", "\U00010000", "\U0010ffff"])
def test_names_may_be_of_any_characters(name: str) -> None:
    nodes = [helper.make_node("Relu", ["x"], ["y"], name=name)]
    value = [helper.make_tensor_value_info(end, TensorProto.FLOAT, [2]) for end in "xy"]
    model = helper.make_model(helper.make_graph(nodes, "g", value[:1], value[1:]))
    model.opset_import[0].version = 18
    assert name in ge.Graph.from_onnx(model)


@pytest.mark.parametrize("name", [b"\xff\x41", b"\xc0\x80", b"\xc3A"])
def test_names_that_are_no_text_are_refused(name: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        name.decode()
    assert named(name) != SEED
    assert "is no UTF-8" in complaint(named(name))


def test_functions_that_double_at_every_level_are_refused() -> None:
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("m", 1)]
    functions = []
    for level in range(30):
        inner = f"F{level - 1}" if level else "Relu"
        nodes = [
            helper.make_node(inner, ["v"], ["t"], domain="m" if level else ""),
            helper.make_node(inner, ["t"], ["out"], domain="m" if level else ""),
        ]
        functions.append(helper.make_function("m", f"F{level}", ["v"], ["out"], nodes, opsets))
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("F29", ["x"], ["y"], domain="m")], "g", value[:1], value[1:])
    with pytest.raises(ge.GraphError, match="more than 262144 nodes"):
        ge.Graph.from_onnx(helper.make_model(graph, opset_imports=opsets, functions=functions))


def test_the_corpus_of_the_fuzzer_is_there() -> None:
    corpus = Path(__file__).parents[2] / "mock_cann" / "tests" / "fuzz" / "corpus"
    for path in corpus.iterdir():
        imported_or_refused(path.read_bytes())
    assert any(corpus.iterdir())
