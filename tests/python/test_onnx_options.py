"""Options of the ONNX parser: what they choose, and that a misused one is refused."""

from __future__ import annotations

import pytest
from onnx import helper
from onnx_makers import dense, model, value

import pyascend_ge as ge


def test_options_choose_outputs_inputs_and_the_name() -> None:
    nodes = [
        helper.make_node("Add", ["a", "b"], ["s"], name="sum"),
        helper.make_node("Relu", ["s"], ["r"], name="relu"),
        helper.make_node("Tanh", ["s"], ["t"], name="tanh"),
    ]
    source = model(nodes, [value("a", [2]), value("b", [2])], [value("r", [2])])
    options = {"ge.outputNodeName": "tanh:0;sum:0", "input_data_names": "b;a", "output": "chosen"}
    graph = ge.Graph.from_onnx(source, options)
    assert graph.name == "chosen"
    assert [tensor.node.name for tensor in graph.inputs] == ["b", "a"]
    assert [tensor.node.name for tensor in graph.outputs] == ["tanh", "sum"]
    assert "relu" not in graph


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"nonsense": "1"}, "nonsense"),
        ({"input_shape": "x:1,a"}, "name:1,3,-1"),
        ({"input_shape": "z:1,2"}, "no input of that name"),
        ({"input_shape": "x:1,4,"}, "name:1,3,-1"),
        ({"input_shape": "x:-2,4"}, "name:1,3,-1"),
        ({"input_shape": "x:99999999999999999999,4"}, "name:1,3,-1"),
        ({"input_shape": "x:1,4;x:2,4"}, "two shapes to one input"),
        ({"input_shape": "x:1,2,4"}, "3 dims in option input_shape and 2 in the model"),
        ({"input_shape": "x:1,5"}, r"mm \(MatMul, opset 18\)"),
        ({"input_data_names": "z"}, "no further input"),
        ({"input_data_names": "x;x"}, "no further input"),
        ({"ge.outputNodeName": "mm:4"}, "mm"),
        ({"ge.outputNodeName": "mm:99999999999999999999"}, "mm"),
        ({"out_nodes": ":0"}, "no node, input or initializer gives it"),
        ({"out_nodes": ";"}, "node:0;other:1"),
        ({"out_nodes": "mm:0", "ge.outputNodeName": "y"}, "another value"),
        ({"is_output_adjust_hw_layout": "true"}, "hardware"),
        ({"is_input_adjust_hw_layout": "false,maybe"}, "true and false"),
        ({"ge.INPUT_NODES_SET_FP16": "x"}, "not emulated"),
        ({"log": "loud"}, "one of debug, info"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, str], said: str) -> None:
    with pytest.raises(ge.GraphError, match=said):
        ge.Graph.from_onnx(dense(), options)


def test_options_that_say_what_is_so_anyway_are_accepted() -> None:
    options = {
        "input_shape": "x:[-1,4]",
        "out_nodes": "mm:0",
        "is_input_adjust_hw_layout": "false",
        "log": "error",
    }
    graph = ge.Graph.from_onnx(dense(), options)
    assert [tensor.node.name for tensor in graph.outputs] == ["mm"]
