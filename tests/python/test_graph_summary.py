"""What is known of a graph before it runs: shapes from inference, and the summary against hand counts."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from pyascend_ge.errors import GraphError
from pyascend_ge.graph import Graph
from pyascend_ge.graph.flops import flops


def perceptron(batch: int = -1) -> Graph:
    """Return relu(x @ w + b), 64 to 10."""
    graph = Graph("perceptron")
    x = graph.input("x", (batch, 64))
    w, b = graph.const(np.ones((64, 10), np.float32), name="w"), np.zeros(10, np.float32)
    graph.output(graph.op("Relu", graph.op("MatMulV2", x, w, name="product") + b, name="y"))
    return graph


def test_shapes_follow_from_the_inputs() -> None:
    graph = perceptron()
    assert graph.outputs[0].shape is None
    assert graph.infer_shapes() is graph
    assert graph.outputs[0].shape == (-1, 10)
    assert graph.outputs[0].dtype == "float32"
    assert perceptron(3).infer_shapes().outputs[0].shape == (3, 10)


def test_shapes_that_were_found_are_in_the_file() -> None:
    again = Graph.from_bytes(perceptron(3).infer_shapes().to_bytes())
    assert again.node("product").outputs[0].shape == (3, 10)


def test_a_scalar_is_known_as_one() -> None:
    graph = Graph("sum")
    graph.output(graph.op("ReduceSum", graph.input("x", (4, 5)), [0, 1]))
    assert graph.infer_shapes().outputs[0].shape == ()


def test_a_node_that_does_not_fit_is_named() -> None:
    graph = Graph("wrong")
    x = graph.input("x", (2, 3))
    graph.output(graph.op("MatMulV2", x, x, name="bad"))
    with pytest.raises(GraphError, match=r"graph 'wrong': .*Node 'bad'"):
        graph.infer_shapes()


def test_an_operator_that_is_not_emulated_is_named() -> None:
    graph = Graph("foreign")
    graph.output(graph.op("HcomAllReduce", graph.input("x", (4,)), reduction="sum", group="g", name="all"))
    with pytest.raises(GraphError, match=r"Node 'all': operator type 'HcomAllReduce' is not emulated"):
        graph.infer_shapes()
    assert graph.summary().unknown == ("all",)
    assert "shapes are not known of all" in str(graph.summary())


def test_large_constants_and_shape_arithmetic_are_seen_through() -> None:
    graph = Graph("reshaped")
    x = graph.input("x", (2, 3, 4))
    rows = graph.op("GatherV2", graph.op("Shape", x), [0], [0])
    rest = np.array([-1], np.int32)
    graph.output(graph.op("Reshape", x, graph.op("ConcatV2", [rows, rest], graph.const(0))))
    graph.op("Relu", np.ones((100, 100), np.float32), name="large")
    graph.infer_shapes()
    assert graph.outputs[0].shape == (2, 12)
    assert graph.node("large").outputs[0].shape == (100, 100)
    assert graph.node("large").inputs[0].node.value.sum() == 10000  # the weights themselves stay


def test_the_summary_counts_as_one_does_by_hand() -> None:
    summary = perceptron(3).summary()
    rows = {row.operator: row for row in summary.rows}
    assert [row.operator for row in summary.rows] == ["MatMulV2", "Add", "Relu", "Data"]
    assert rows["MatMulV2"].flops == 2 * 3 * 64 * 10
    assert (rows["MatMulV2"].parameters, rows["MatMulV2"].weight_bytes) == (640, 2560)
    assert (rows["Add"].flops, rows["Add"].parameters) == (30, 10)
    assert rows["Relu"].output_bytes == 3 * 10 * 4
    assert summary.total.flops == 3840 + 30 + 30
    assert summary.total.nodes == 4
    assert summary.unknown == ()
    assert str(summary).splitlines()[3].split() == [
        "MatMulV2",
        "1",
        "640",
        "3.84",
        "k",
        "2.56",
        "kB",
        "120",
        "B",
    ]
    assert [cell.text for cell in ET.fromstring(summary._repr_html_()).iter("caption")] == ["perceptron"]


def test_an_unknown_batch_counts_as_one() -> None:
    assert perceptron().summary().total.flops == perceptron(1).summary().total.flops


def test_weights_that_two_nodes_share_count_once() -> None:
    graph = Graph("shared")
    x, w = graph.input("x", (2, 8)), graph.const(np.ones((8, 8), np.float32), name="w")
    graph.output(graph.op("MatMulV2", graph.op("MatMulV2", x, w), w))
    assert graph.summary().total.parameters == 64


@pytest.mark.parametrize(
    ("operator", "inputs", "outputs", "attributes", "expected"),
    [
        # 16 to 32 channels, 3 x 3, on 8 x 8 pixels: a product and a sum a weight, and the bias
        ("Conv2D", [(1, 16, 8, 8), (32, 16, 3, 3), (32,)], [(1, 32, 8, 8)], {"data_format": "NCHW"},
         64 * 32 * (2 * 16 * 9 + 1)),
        ("Conv2D", [(1, 8, 8, 16), (3, 3, 16, 32)], [(1, 8, 8, 32)], {"data_format": "NHWC"},
         64 * 32 * 2 * 16 * 9),
        # depthwise: each output channel sees one input channel
        ("Conv2D", [(1, 16, 8, 8), (16, 1, 3, 3)], [(1, 16, 8, 8)], {"data_format": "NCHW"}, 64 * 16 * 2 * 9),
        ("BatchMatMulV2", [(4, 5, 6), (4, 6, 7)], [(4, 5, 7)], {}, 2 * 4 * 5 * 6 * 7),
        ("MatMulV2", [(6, 5), (6, 7)], [(5, 7)], {"transpose_x1": True}, 2 * 5 * 6 * 7),
        ("MaxPoolV3", [(1, 4, 8, 8)], [(1, 4, 4, 4)], {"ksize": [1, 1, 2, 2]}, 64 * 4),
        ("ReduceSum", [(4, 5), (1,)], [(4,)], {}, 20),
        ("Add", [(4, 5), (5,)], [(4, 5)], {}, 20),
        ("Reshape", [(4, 5), (1,)], [(20,)], {}, 0),
        ("Add", [None, (5,)], [None], {}, None),
    ],
)  # fmt: skip
def test_operations(
    operator: str,
    inputs: list[tuple[int, ...]],
    outputs: list[tuple[int, ...]],
    attributes: dict,
    expected: int,
) -> None:
    assert flops(operator, inputs, outputs, attributes) == expected
