"""Graph.from_onnx: what of a model ends up in the graph, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx_makers import dense, model, run, value

import pyascend_ge as ge


def test_a_model_becomes_a_graph_that_computes_the_same(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    expected = np.maximum(x @ np.arange(12, dtype=np.float32).reshape(4, 3), 0)
    onnx.save(dense(), tmp_path / "m.onnx")
    for source in (dense(), dense().SerializeToString(), tmp_path / "m.onnx", str(tmp_path / "m.onnx")):
        [y] = run(ge.Graph.from_onnx(source), x)
        np.testing.assert_allclose(y, expected, rtol=1e-6)


def test_types_names_and_order_are_those_of_the_model() -> None:
    nodes = [
        helper.make_node("Add", ["b", "a"], ["s"], name="sum"),
        helper.make_node("Relu", ["s"], ["r"], name="relu"),
    ]
    inputs = [value("b", [2]), value("a", [2])]
    graph = ge.Graph.from_onnx(model(nodes, inputs, [value("r", [2]), value("s", [2])]))
    assert [tensor.node.name for tensor in graph.inputs] == ["b", "a"]
    assert [tensor.node.name for tensor in graph.outputs] == ["relu", "sum"]
    assert [graph.node(name).type for name in ("b", "sum", "relu")] == ["Data", "Add", "Relu"]
    assert graph.name == "net"


def test_dims_without_a_number_are_unknown_and_follow_through() -> None:
    graph = ge.Graph.from_onnx(dense(("n", 4)))
    assert graph.inputs[0].shape == (-1, 4)
    assert graph.outputs[0].shape == (-1, 3)
    fixed = ge.Graph.from_onnx(dense(), {"input_shape": "x:7,4"})
    assert (fixed.inputs[0].shape, fixed.outputs[0].shape) == ((7, 4), (7, 3))


def test_shape_arithmetic_of_exporters_becomes_numbers() -> None:
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 1]),
        helper.make_node("Concat", ["minus", "last"], ["dims"], axis=0),
        helper.make_node("Reshape", ["t", "dims"], ["y"]),
    ]
    tensors = {"minus": np.array([-1]), "last": np.array([6])}
    graph = ge.Graph.from_onnx(model(nodes, [value("x", ["n", 6, 8])], [value("y", None)], tensors))
    assert graph.outputs[0].shape == (-1, 6)


def test_everything_that_cannot_be_converted_is_named_at_once() -> None:
    nodes = [
        helper.make_node("NoSuch", ["x"], ["a"], name="first"),
        helper.make_node("Relu", ["a"], ["b"], name="between"),
        helper.make_node("NorThis", ["b"], ["y"], name="second"),
    ]
    with pytest.raises(ge.GraphError) as caught:
        ge.Graph.from_onnx(model(nodes, [value("x", [2])], [value("y", [2])], opset=17))
    text = str(caught.value)
    assert "E16002" in text
    for part in ("[first] of type [NoSuch, opset 17]", "[second] of type [NorThis, opset 17]"):
        assert part in text
    assert "between" not in text


def test_what_an_operator_refuses_names_the_node() -> None:
    nodes = [helper.make_node("MatMul", ["x", "x"], ["y"], name="product")]
    with pytest.raises(ge.GraphError, match=r"product \(MatMul, opset 18\)"):
        ge.Graph.from_onnx(model(nodes, [value("x", [2, 3])], [value("y", None)]))


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "given|empty"), (b"\x0a\x05ab", "cut off|left"), (b"\x08\x07", "no graph")],
)
def test_bytes_that_are_no_model_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(ge.GraphError, match=said):
        ge.Graph.from_onnx(data)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ge.GraphError, match=r"nowhere\.onnx"):
        ge.Graph.from_onnx(tmp_path / "nowhere.onnx")
    with pytest.raises(TypeError, match="ModelProto"):
        ge.Graph.from_onnx(7)


def test_values_that_nothing_gives_are_refused() -> None:
    nodes = [helper.make_node("Add", ["x", "ghost"], ["y"], name="sum")]
    with pytest.raises(ge.GraphError, match="'ghost' is no input"):
        ge.Graph.from_onnx(model(nodes, [value("x", [2])], [value("y", [2])]))
    relu = [helper.make_node("Relu", ["x"], ["y"])]
    with pytest.raises(ge.GraphError, match="nobody"):
        ge.Graph.from_onnx(model(relu, [value("x", [2])], [value("nobody", [2])]))


def test_an_input_with_an_initializer_is_a_constant() -> None:
    nodes = [helper.make_node("Mul", ["x", "scale"], ["y"])]
    source = model(
        nodes, [value("x", [2]), value("scale", [2])], [value("y", [2])], {"scale": np.float32([2, 3])}
    )
    graph = ge.Graph.from_onnx(source)
    assert [tensor.node.name for tensor in graph.inputs] == ["x"]
    np.testing.assert_array_equal(run(graph, np.float32([1, 1]))[0], [2, 3])


KINDS = [
    np.float32, np.float64, np.float16, ml_dtypes.bfloat16, np.int8, np.int16, np.int32, np.int64,
    np.uint8, np.uint16, np.uint32, np.uint64, np.bool_, np.complex64,
]  # fmt: skip


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_tensors_are_read_from_raw_bytes_and_from_typed_fields(kind: Any, raw: bool) -> None:
    array = np.array([[0, 1, 2], [3, 100, 5]]).astype(kind)
    number = helper.np_dtype_to_tensor_dtype(array.dtype)
    content = array.tobytes() if raw else list(array.astype(array.dtype).ravel())
    tensor = helper.make_tensor("c", number, array.shape, content, raw)
    nodes = [helper.make_node("Identity", ["c"], ["y"])]
    graph = helper.make_graph(nodes, "g", [], [value("y", [2, 3], number)], [tensor])
    imported = ge.Graph.from_onnx(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]))
    held = next(node for node in imported.nodes if node.type == "Const")
    found = held.attrs["value"]
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(np.asarray(found).view(np.uint8), array.view(np.uint8))


def test_functions_of_the_model_are_inlined() -> None:
    body = [
        helper.make_node("Mul", ["v", "v"], ["square"]),
        helper.make_node("Softmax", ["square"], ["out"]),
    ]
    body[1].attribute.add(name="axis", ref_attr_name="where", type=onnx.AttributeProto.INT)
    opsets = [helper.make_opsetid("", 18)]
    function = helper.make_function("mine", "Squared", ["v"], ["out"], body, opsets, ["where"])
    nodes = [
        helper.make_node("Squared", ["x"], ["a"], domain="mine", where=0, name="one"),
        helper.make_node("Squared", ["a"], ["y"], domain="mine", where=1, name="two"),
    ]
    graph = helper.make_graph(nodes, "g", [value("x", [2, 3])], [value("y", [2, 3])])
    source = helper.make_model(
        graph, functions=[function], opset_imports=[*opsets, helper.make_opsetid("mine", 1)]
    )
    x = np.random.default_rng(1).normal(size=(2, 3)).astype(np.float32)

    def softmax(v: np.ndarray, axis: int) -> np.ndarray:
        shifted = np.exp(v - v.max(axis, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis, keepdims=True))

    found = run(ge.Graph.from_onnx(source), x)[0]
    np.testing.assert_allclose(found, softmax(softmax(x * x, 0) ** 2, 1), rtol=1e-5)


def test_functions_that_call_each_other_in_a_circle_are_refused() -> None:
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("mine", 1)]
    call = helper.make_node("Again", ["v"], ["out"], domain="mine")
    function = helper.make_function("mine", "Again", ["v"], ["out"], [call], opsets)
    graph = helper.make_graph(
        [helper.make_node("Again", ["x"], ["y"], domain="mine")], "g", [value("x", [2])], [value("y", [2])]
    )
    with pytest.raises(ge.GraphError, match="nested deeper"):
        ge.Graph.from_onnx(helper.make_model(graph, functions=[function], opset_imports=opsets))


def test_opsets_newer_than_the_newest_known_are_refused() -> None:
    source = model([helper.make_node("Relu", ["x"], ["y"], name="r")], [value("x", [2])], [value("y", [2])])
    source.opset_import[0].version = 28
    assert "r" in ge.Graph.from_onnx(source)
    source.opset_import[0].version = 29
    with pytest.raises(ge.GraphError, match=r"\[r\] of type \[Relu, opset 29\].*newest opset .* is 28"):
        ge.Graph.from_onnx(source)


def test_element_types_that_an_operator_does_not_compute_are_refused() -> None:
    kind = TensorProto.COMPLEX64
    held = helper.make_tensor("pads", kind, [2], [0, 1])
    graph = helper.make_graph(
        [helper.make_node("Pad", ["x", "pads"], ["y"], name="rim")],
        "g",
        [value("x", [3])],
        [value("y", None)],
        [held],
    )
    source = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    with pytest.raises(ge.GraphError, match=r"rim .*Cast: dtype DT_COMPLEX64 is not emulated"):
        ge.Graph.from_onnx(source)


def test_sizes_of_a_recurrent_layer_that_do_not_fit_its_weights_are_refused() -> None:
    weights = {"w": np.zeros((1, 5, 3), np.float32), "r": np.zeros((1, 5, 5), np.float32)}
    node = helper.make_node("RNN", ["x", "w", "r"], ["y"], hidden_size=1 << 40, name="layer")
    with pytest.raises(ge.GraphError, match=r"layer .*hidden_size is 1099511627776"):
        ge.Graph.from_onnx(model([node], [value("x", [2, 3, 3])], [value("y", None)], weights))


def test_a_constant_or_an_input_can_be_an_output() -> None:
    source = model([], [value("x", [2])], [value("x", [2]), value("c", [2])], {"c": np.float32([5, 6])})
    x = np.float32([1, 2])
    found = run(ge.Graph.from_onnx(source), x)
    np.testing.assert_array_equal(found, [[1, 2], [5, 6]])
