"""Mistakes are refused where they are written, with what is wrong and what is allowed, and change nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pyascend_ge as ge
from pyascend_ge.graph import Graph, Tensor

G, T = Graph, Tensor
CASES: dict[str, tuple[Callable[[Graph, Tensor], Any], str]] = {
    "unknown type": (lambda g, x: g.op("Relo", x), "no operator type 'Relo'; did you mean .*Relu"),
    "type in other case": (lambda g, x: g.op("relu", x), "did you mean Relu"),
    "type without prototype": (lambda g, x: g.op("AGLU", x), "exists in CANN 8.1, .*custom_op"),
    "type of another name": (lambda g, x: g.op("Clip", x), "use ClipByValue"),
    "type that is no text": (lambda g, x: g.op(x), "an operator type is a str"),
    "type with its own method": (lambda g, x: g.op("Const"), r"add it with graph.const\(value\)"),
    "missing input": (
        lambda g, x: g.op("Add", x, name="sum"),
        r"Add 'sum': input x2 is missing; Add\(x1, x2\) -> y",
    ),
    "too many inputs": (lambda g, x: g.op("Relu", x, x), "2 inputs given, it takes one input"),
    "dynamic input spread": (lambda g, x: g.op("AddN", x, x), "the many go in as one list"),
    "dynamic input single": (
        lambda g, x: g.op("AddN", x),
        "takes a list of tensors, got the single tensor 'x'",
    ),
    "dynamic input empty": (lambda g, x: g.op("AddN", []), "input x needs at least one tensor"),
    "dynamic input None": (lambda g, x: g.op("AddN", [x, None]), "input x1 is None"),
    "list for one tensor": (lambda g, x: g.op("Relu", [x]), "takes one tensor, not a list"),
    "text for a tensor": (lambda g, x: g.op("Relu", "x"), "takes a tensor, number or array, not 'x'"),
    "input twice": (lambda g, x: g.op("Relu", x, x=x), "input x is given twice"),
    "unknown name": (
        lambda g, x: g.op("SoftmaxV2", x, axis=1),
        "no input or attribute is called axis; did you mean axes",
    ),
    "missing attribute": (lambda g, x: g.op("ReduceSumD", x), r"attribute axes \(list of int\) is missing"),
    "tensor for attribute": (
        lambda g, x: g.op("Cast", x, dst_type=x),
        "dst_type is an attribute .*cannot take tensor 'x'",
    ),
    "int for list": (
        lambda g, x: g.op("SoftmaxV2", x, axes=1),
        "attribute axes takes list of int, but 1 is of type int",
    ),
    "float in int list": (lambda g, x: g.op("SoftmaxV2", x, axes=[1.0]), "1.0 is of type float"),
    "bool for int": (
        lambda g, x: g.op("Flatten", x, axis=True),
        "attribute axis takes int, but True is of type bool",
    ),
    "int for bool": (
        lambda g, x: g.op("ReduceSumD", x, axes=[0], keep_dims=1),
        "takes bool, but 1 is of type int",
    ),
    "int for text": (lambda g, x: g.op("BiasAdd", x, x, data_format=1), "takes str, but 1 is of type int"),
    "text for float": (
        lambda g, x: g.op("LeakyRelu", x, negative_slope="0"),
        "takes float, but '0' is of type str",
    ),
    "float too large": (
        lambda g, x: g.op("LeakyRelu", x, negative_slope=1e300),
        "1e\\+300 does not fit float32",
    ),
    "int too large": (lambda g, x: g.op("Flatten", x, axis=2**63), "does not fit 64 bits"),
    "unknown dtype": (lambda g, x: g.op("ArgMaxV2", x, 0, dtype="it32"), "did you mean .*int32"),
    "wrong N": (lambda g, x: g.op("AddN", [x, x], N=3), "attribute N is 3, but input x has 2 tensors"),
    "outputs of a fixed operator": (lambda g, x: g.op("Relu", x, outputs=2), "fixed number of outputs"),
    "outputs not positive": (lambda g, x: g.op("Unpack", x, num=2, outputs=0), "a positive int is expected"),
    "number of outputs unknown": (lambda g, x: g.op("GetNext", output_num=0), "say how many outputs y has"),
    "sub-graphs": (lambda g, x: g.op("If", x, [x]), "graph then_branch is missing"),
    "foreign tensor": (
        lambda g, x: g.op("Relu", G("b").input("z", ())),
        "tensor 'z' belongs to graph 'b', not to 'g'",
    ),
    "foreign tensor in list": (
        lambda g, x: g.op("AddN", [x, G("b").input("z", ())]),
        "input x1: tensor 'z' belongs",
    ),
    "foreign operand": (lambda g, x: x + G("b").input("z", ()), "belongs to graph 'b'"),
    "foreign control": (
        lambda g, x: g.op("Relu", x, control=[G("b").input("z", ())]),
        "is not a node of graph 'g'",
    ),
    "foreign output": (lambda g, x: g.output(G("b").input("z", ())), "belongs to graph 'b'"),
    "output no tensor": (lambda g, x: g.output(x, 3), "argument 1 is 3"),
    "output nothing": (lambda g, x: g.output(), "no tensor given"),
    "name taken": (lambda g, x: g.op("Relu", x, name="x"), "node name 'x' is taken"),
    "name taken, literal given": (lambda g, x: g.op("Add", x, 1, name="x"), "node name 'x' is taken"),
    "name of the output node": (lambda g, x: g.const(1, name="Node_Output"), "is the output node's"),
    "name empty": (lambda g, x: g.const(1, name=""), "a str that is not empty"),
    "name no text": (lambda g, x: g.input(3, ()), "a str that is not empty, not 3"),  # type: ignore[arg-type]
    "name not printable": (lambda g, x: g.const(1, name="a\nb"), "cannot be printed"),
    "graph name": (lambda g, x: G(""), "the name of the graph"),
    "input dtype": (lambda g, x: g.input("y", (), "flot16"), "input 'y': 'flot16' .*did you mean float16"),
    "input dtype undefined": (lambda g, x: g.input("y", (), "undefined"), "cannot be undefined"),
    "input shape": (lambda g, x: g.input("y", (1, 2.5)), r"shape \(1, 2.5\) is not a sequence of int"),  # type: ignore[arg-type]
    "input size": (lambda g, x: g.input("y", (1, -3)), "has the size -3; sizes are >= 0, or -1"),
    "input format": (lambda g, x: g.input("y", (), format="NCWH"), "did you mean .*NCHW"),
    "input index taken": (lambda g, x: g.input("y", (), index=0), "index 0 is taken"),
    "input index": (lambda g, x: g.input("y", (), index=-1), "index -1 is not an int >= 0"),
    "variable shape": (lambda g, x: g.variable("v", (-1,)), "not fully known"),
    "assign to a tensor": (lambda g, x: g.assign(x, 1), "is not a variable"),
    "constant of text": (lambda g, x: g.const(["a"]), "numpy type <U1"),
    "constant of objects": (lambda g, x: g.const([{}]), "numpy type object"),
    "constant ragged": (lambda g, x: g.const([[1], [1, 2]]), "is not an array"),
    "constant of a tensor": (lambda g, x: g.const(x), "already part of a graph"),
    "constant too large": (lambda g, x: g.const(300, dtype="uint8"), "300 does not fit uint8"),
    "constant negative": (lambda g, x: g.const([-1], dtype="uint8"), "does not fit uint8"),
    "constant overflows": (lambda g, x: g.const(1e39), "does not fit float32"),
    "constant complex": (lambda g, x: g.const(1j, dtype="float32"), "1j does not fit float32"),
    "constant beyond 4 bits": (lambda g, x: g.const(8, dtype="int4"), "8 does not fit int4"),
    "fraction for integers": (lambda g, x: g.input("i", (), "int32") * 0.5, "0.5 does not fit int32"),
    "operand of text": (lambda g, x: x + "a", "numpy type <U1"),
    "operand beside an unknown type": (
        lambda g, x: g.custom_op("A", inputs={"x": x}) + 1,
        "element type is not known here",
    ),
    "truth": (lambda g, x: bool(x), "has no value while the graph is built"),
    "iteration": (lambda g, x: list(x), "cannot be iterated"),
    "index of text": (lambda g, x: x["a"], "'a' is no index"),
    "index with two ellipses": (lambda g, x: x[..., ...], "at most one"),
    "index too long": (lambda g, x: x[0, 0, 0], r"3 indices for shape \(2, 2\)"),
    "index step": (lambda g, x: x[::0], "step 0"),
    "custom input": (lambda g, x: g.custom_op("A", inputs={"x": 3}), "input x is 3"),  # type: ignore[dict-item]
    "custom attribute": (
        lambda g, x: g.custom_op("A", inputs={}, attrs={"a": {}}),
        r"attribute a: \{\} is no attribute",
    ),
    "custom attribute empty": (
        lambda g, x: g.custom_op("A", inputs={}, attrs={"a": []}),
        "an empty list does not",
    ),
    "mapping for a list": (lambda g, x: g.op("SoftmaxV2", x, axes={1: 2}), "of type dict"),
    "unknown node": (lambda g, x: g.node("y"), "no node 'y'"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_refused_and_changes_nothing(case: str) -> None:
    mistake, message = CASES[case]
    graph = Graph("g")
    x = graph.input("x", (2, 2), "float32")
    if case in ("fraction for integers", "operand beside an unknown type"):
        graph.output(x)  # these build a valid node first
    else:
        before = graph.to_bytes()
    with pytest.raises(ge.GraphError, match=message):
        mistake(graph, x)
    if not graph.outputs:
        assert graph.to_bytes() == before


def test_graph_errors_are_ascend_errors_and_value_errors() -> None:
    assert issubclass(ge.GraphError, (ge.AscendError,))
    assert issubclass(ge.GraphError, ValueError)


def test_gaps_in_the_input_indexes_are_refused_when_the_graph_is_written() -> None:
    graph = Graph("g")
    graph.input("x", (), index=1)
    with pytest.raises(ge.GraphError, match=r"indexes \[1\]; they count from 0"):
        graph.to_bytes()


def test_numpy_scalars_are_ints_and_floats() -> None:
    graph = Graph("g")
    x = graph.input("x", (2, 2))
    node = graph.op("SoftmaxV2", x, axes=np.array([np.int8(1)]), half_to_float=np.bool_(True)).node
    assert node.attrs == {"axes": [1], "half_to_float": True}
