"""Building graphs: what each call writes, seen through Google's protobuf."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from ge_ir_messages import CLASSES

import pyascend_ge as ge
from pyascend_ge.graph import Graph, Node, Tensor


def written(graph: Graph) -> Any:
    """Return the graph as Google's protobuf reads it."""
    [root] = CLASSES["ModelDef"].FromString(bytes(graph)).graph
    return root


def op_named(graph: Graph, name: str) -> Any:
    """Return the written node of that name."""
    [op] = [op for op in written(graph).op if op.name == name]
    return op


def texts(attribute: Any) -> list[str]:
    """Return a list of texts from a written attribute."""
    return [item.decode() for item in attribute.list.s]


def test_the_sketch_of_the_readme_builds() -> None:
    weights, bias = np.ones((64, 10), np.float32), np.zeros(10)
    graph = ge.Graph("mlp")
    x = graph.input("x", shape=(-1, 64), dtype="float32")
    w = graph.const(weights, name="w")
    h = graph.op("Relu", x @ w + bias)
    graph.output(h)
    root = written(graph)
    assert [op.type for op in root.op] == ["Data", "Const", "MatMulV2", "Const", "Add", "Relu", "NetOutput"]
    assert [op.id for op in root.op] == list(range(7))
    assert list(root.input) == ["x:0"]
    assert list(root.output) == ["Relu_0:0"]
    assert repr(graph) == "<Graph 'mlp': 6 nodes, 1 input, 1 output>"


def test_an_input_is_a_data_node_with_both_descriptors() -> None:
    graph = Graph()
    graph.input("a", (2, -1), "bfloat16", format="NCHW")
    x = graph.input("b", None, ml_dtypes.bfloat16)
    op = op_named(graph, "a")
    assert (op.type, list(op.input), op.attr["index"].i) == ("Data", [""], 0)
    assert op_named(graph, "b").attr["index"].i == 1
    for desc in (op.input_desc[0], op.output_desc[0]):
        assert (desc.dtype, list(desc.shape.dim), desc.layout) == (27, [2, -1], "NCHW")
        assert desc.attr["format_for_int"].i == desc.attr["origin_format_for_int"].i == 0
        assert desc.attr["origin_format"].s == b"NCHW"
        assert list(desc.attr["origin_shape"].list.i) == [2, -1]
        assert desc.attr["origin_shape"].list.val_type == 2
    assert list(op_named(graph, "b").output_desc[0].shape.dim) == [-2]
    assert (x.shape, x.dtype, x.name) == (None, "bfloat16", "b")


def test_inputs_may_be_placed_by_index() -> None:
    graph = Graph()
    b = graph.input("b", (), index=1)
    a = graph.input("a", (), index=0)
    assert graph.inputs == (a, b)
    assert list(written(graph).input) == ["a:0", "b:0"]


@pytest.mark.parametrize(
    ("value", "dtype", "proto"),
    [
        ([1.0, 2.0], None, 1),
        (3, None, 8),
        (True, None, 11),
        (1j, None, 16),
        (np.float64(2), None, 12),
        (np.arange(6, dtype=">i2").reshape(2, 3), None, 5),
        (np.array([1, 2], ml_dtypes.float8_e4m3fn), None, 35),
        ([1, 2], "uint8", 4),
        ([0.1], ml_dtypes.bfloat16, 27),
        (np.zeros((0, 4), np.float32), None, 1),
        (np.ones((4, 4), np.float32)[::2, ::2].T, None, 1),
    ],
)
def test_a_constant_holds_the_values_little_endian(value: Any, dtype: Any, proto: int) -> None:
    graph = Graph()
    tensor = graph.const(value, name="c", dtype=dtype)
    held = op_named(graph, "c").attr["value"].t
    assert held.desc.dtype == proto == op_named(graph, "c").output_desc[0].dtype
    array = np.asarray(value)
    assert tuple(held.desc.shape.dim) == array.shape == tensor.shape
    assert tensor.dtype is not None
    want = array.astype(tensor.dtype.numpy)
    assert held.data == want.astype(want.dtype.newbyteorder("<")).tobytes()
    assert tensor.node.value is not None
    np.testing.assert_array_equal(tensor.node.value, want)


def test_a_constant_is_a_copy() -> None:
    graph, values = Graph(), np.ones(3, np.float32)
    tensor = graph.const(values)
    values[:] = 5
    assert tensor.node.value is not None
    assert tensor.node.value.tolist() == [1, 1, 1]
    assert not tensor.node.value.flags.writeable


def test_index_maps_name_inputs_outputs_and_kinds() -> None:
    graph = Graph()
    x = graph.input("x", (1, 2, 3, 4), format="NCHW")
    w = graph.const(np.ones((1, 2, 1, 1), np.float32), format="NCHW")
    graph.op("Conv2D", x, w, strides=[1] * 4, pads=(0, 0, 0, 0), data_format="NCHW", name="conv")
    op = op_named(graph, "conv")
    assert list(op.input) == ["x:0", "Const_0:0", "", ""]
    assert texts(op.attr["_input_name_key"]) == ["bias", "filter", "offset_w", "x"]
    assert list(op.attr["_input_name_value"].list.i) == [2, 1, 3, 0]
    assert texts(op.attr["_output_name_key"]) == ["y"]
    assert texts(op.attr["_opt_input"]) == ["bias", "offset_w"]
    assert texts(op.attr["_ir_inputs_key"]) == ["x", "filter", "bias", "offset_w"]
    assert list(op.attr["_ir_inputs_value"].list.i) == [0, 0, 1, 1]
    assert texts(op.attr["_ir_attr_names"])[:2] == ["strides", "pads"]
    assert op.attr["_opt_input"].list.val_type == 0
    assert list(op.is_input_const) == [False, True, False, False]
    assert [desc.name for desc in op.input_desc] == ["x", "filter", "bias", "offset_w"]
    assert (op.input_desc[2].dtype, op.input_desc[2].layout) == (0, "FORMAT_RESERVED")
    assert (op.input_desc[0].layout, op.output_desc[0].layout) == ("NCHW", "NCHW")


def test_attributes_are_written_with_their_types_and_defaults() -> None:
    graph = Graph()
    x = graph.input("x", (2, 2, 2, 2))
    graph.op(
        "MaxPoolV3", x, ksize=np.array([1, 1, 2, 2]), strides=range(1, 5), ceil_mode=np.True_, name="pool"
    )
    graph.op("LeakyRelu", x, negative_slope=np.float64(0.5), name="leaky")
    graph.op("ArgMaxV2", x, 1, dtype=np.int32, name="arg")
    graph.op("Cast", x, dst_type="bfloat16", name="cast")
    graph.op("SoftmaxV2", x, axes=[], name="soft")
    pool = op_named(graph, "pool").attr
    assert list(pool["ksize"].list.i) == [1, 1, 2, 2]
    assert pool["ksize"].list.val_type == 2
    assert list(pool["strides"].list.i) == [1, 2, 3, 4]
    assert (pool["padding_mode"].s, pool["ceil_mode"].b, pool["global_pooling"].b) == (
        b"CALCULATED",
        True,
        False,
    )
    assert pool["global_pooling"].WhichOneof("value") == "b"
    assert op_named(graph, "leaky").attr["negative_slope"].f == 0.5
    assert op_named(graph, "arg").attr["dtype"].dt == 3
    assert op_named(graph, "cast").attr["dst_type"].i == 27
    assert op_named(graph, "soft").attr["axes"].list.val_type == 2
    assert graph.node("pool").attrs["strides"] == [1, 2, 3, 4]
    assert graph.node("arg").attrs["dtype"] == "int32"


def test_dynamic_inputs_are_numbered_and_counted() -> None:
    graph = Graph()
    a, b = graph.input("a", (2,)), graph.input("b", (2,))
    graph.op("ConcatV2", [a, b, a], 0, name="cat")
    op = op_named(graph, "cat")
    assert list(op.input)[:3] == ["a:0", "b:0", "a:0"]
    assert [desc.name for desc in op.input_desc] == ["x0", "x1", "x2", "concat_dim"]
    assert op.attr["__dynamic_input_x_cnt"].i == 3
    assert op.attr["N"].i == 3
    assert list(op.attr["_ir_inputs_value"].list.i) == [2, 0]
    assert op_named(graph, "cat_concat_dim").output_desc[0].dtype in (7, 8)
    total = graph.op("AddN", [a, b])
    assert total.node.attrs["N"] == 2


def test_several_outputs_come_as_a_named_tuple() -> None:
    graph = Graph()
    x = graph.input("x", (4, 4))
    top = graph.op("TopKV2", x, k=2)
    assert top.values is top[0]
    assert top.indices.name == "TopKV2_0:1"
    assert top.indices.dtype == "int32"
    parts = graph.op("SplitD", x, split_dim=0, num_split=2)
    assert [part.index for part in parts] == [0, 1]
    assert graph.op("IdentityN", [x, x])[1].index == 1
    assert len(graph.op("Unpack", x, num=4)) == 4
    assert isinstance(graph.op("NoOp"), Node)
    assert [desc.name for desc in op_named(graph, "SplitD_0").output_desc] == ["y0", "y1"]


def test_python_operators_map_to_ge_types() -> None:
    graph = Graph()
    x = graph.input("x", (2, 2))
    made = [
        x + 1,
        1 - x,
        x * x,
        1 / x,
        x // 2,
        x**2,
        2**x,
        -x,
        abs(x),
        x @ x,
        np.ones(2) * x,
        np.ones((2, 2)) @ x,
    ]
    types = [
        "Add",
        "Sub",
        "Mul",
        "RealDiv",
        "FloorDiv",
        "Pow",
        "Pow",
        "Neg",
        "Abs",
        "MatMulV2",
        "Mul",
        "MatMulV2",
    ]
    assert [tensor.node.type for tensor in made] == types
    assert all(tensor.dtype == "float32" for tensor in made)
    left, right = made[1].node.inputs
    assert right is x
    assert isinstance(left, Tensor)
    assert (left.node.type, left.dtype) == ("Const", "float32")
    assert (graph.input("b", (3, 2, 2)) @ x).node.type == "BatchMatMulV2"
    compared = [x.equal(1), x.not_equal(x), x.less(2), x.less_equal(2), x.greater(2), x.greater_equal(2)]
    assert [tensor.node.type for tensor in compared] == [
        *("Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual")
    ]
    assert all(tensor.dtype == "bool" for tensor in compared)


def test_literals_take_the_type_of_the_tensor_beside_them() -> None:
    graph = Graph()
    half = graph.input("half", (2,), "float16")
    assert [item.dtype for item in (half + 1).node.inputs] == ["float16", "float16"]
    assert [item.dtype for item in (half + np.ones(2)).node.inputs] == ["float16", "float16"]
    assert graph.op("Maximum", half, 0.5).node.inputs[1].dtype == "float16"
    shape = graph.op("Reshape", half, [1, -1]).node.inputs[1]
    assert (shape.dtype, shape.node.value.tolist()) == ("int64", [1, -1])
    assert graph.op("Cast", half, dst_type="int8").dtype == "int8"
    assert (graph.op("Exp", half) * 2).dtype == "float16"
    flags = half.less(1)
    assert graph.op("SelectV2", flags, half, 0).node.inputs[2].dtype == "float16"
    assert graph.op("Shape", half).dtype == "int32"


def _numpy_slice(array: np.ndarray[Any, Any], node: Node) -> np.ndarray[Any, Any]:
    """Evaluate a StridedSlice by its masks, one position of the index after the other."""
    begin, end, strides = ([*item.node.value] for item in node.inputs[1:] if item is not None)
    masks, index = node.attrs, []
    for position, (first, last, step) in enumerate(zip(begin, end, strides, strict=True)):
        bit = 1 << position
        if masks["ellipsis_mask"] & bit:
            index.append(Ellipsis)
        elif masks["new_axis_mask"] & bit:
            index.append(None)
        elif masks["shrink_axis_mask"] & bit:
            index.append(first)
        else:
            start = None if masks["begin_mask"] & bit else first
            index.append(slice(start, None if masks["end_mask"] & bit else last, step))
    return array[tuple(index)]


@pytest.mark.parametrize(
    "index",
    [
        0,
        -1,
        slice(1, 3),
        slice(None, None, -2),
        (slice(None), 1),
        (Ellipsis, slice(0, 2)),
        (None, Ellipsis, -1),
        (1, 2, 3),
        (slice(None), None, slice(3, 0, -1)),
        Ellipsis,
    ],
    ids=str,
)
def test_indexing_is_a_strided_slice(index: Any) -> None:
    array = np.arange(4 * 5 * 6).reshape(4, 5, 6)
    graph = Graph()
    node = graph.input("x", array.shape, "int32")[index].node
    np.testing.assert_array_equal(_numpy_slice(array, node), array[index])


def test_variables_are_assigned_by_name() -> None:
    graph = Graph()
    state = graph.variable("state", (2, 3), "float32")
    after = graph.assign(state, state + 1, name="update")
    graph.output(after)
    op = op_named(graph, "state")
    assert (op.type, list(op.input), list(op.output_desc[0].shape.dim)) == ("Variable", [""], [2, 3])
    assert list(op_named(graph, "update").input) == ["state:0", "Add_0:0"]
    assert after.dtype == "float32"


def test_control_edges_follow_the_inputs() -> None:
    graph = Graph()
    x = graph.input("x", (2,))
    first = graph.op("Relu", x, name="first")
    graph.op("Abs", x, name="second", control=[first, first.node])
    assert list(op_named(graph, "second").input) == ["x:0", "first:-1"]
    assert graph.node("second").control == (first.node,)


def test_custom_operators_need_no_prototype() -> None:
    graph = Graph()
    x = graph.input("x", (2,))
    a, b = graph.custom_op(
        "MyOp",
        inputs={"x": x},
        outputs=["a", "b"],
        attrs={"n": 1, "f": 0.5, "v": np.ones(2, np.int8)},
        name="mine",
    )
    assert (a.name, b.index) == ("mine:0", 1)
    op = op_named(graph, "mine")
    assert (op.attr["n"].i, op.attr["f"].f, op.attr["v"].t.data) == (1, 0.5, b"\x01\x01")
    assert texts(op.attr["_output_name_key"]) == ["a", "b"]


def test_outputs_are_the_inputs_of_the_output_node() -> None:
    graph = Graph()
    x = graph.input("x", (4,))
    values, indices = graph.op("TopKV2", x, 2)
    graph.output(indices)
    graph.output(values, indices)
    op = op_named(graph, "Node_Output")
    assert (op.type, list(op.input)) == ("NetOutput", ["TopKV2_0:1", "TopKV2_0:0", "TopKV2_0:1"])
    assert texts(op.attr["_input_name_key"]) == ["__input0", "__input1", "__input2"]
    assert op.attr["_inner_net_output"].b
    assert graph.outputs == (indices, values, indices)


def test_names_are_made_up_without_clashes() -> None:
    graph = Graph()
    x = graph.input("Relu_0", (1,))
    assert graph.op("Relu", x).name == "Relu_0_1"
    assert graph.op("Relu", x).name == "Relu_1"
    assert "Relu_1" in graph
    assert graph.node("Relu_1").type == "Relu"


def test_the_model_declares_what_ge_writes() -> None:
    model = CLASSES["ModelDef"].FromString(bytes(Graph("g")))
    assert (model.name, model.version, len(model.graph)) == ("", 0, 1)
    assert model.attr["memory_size"].i == 0
    assert "target_type" in model.attr


def test_building_and_saving_loads_neither_numpy_nor_a_library() -> None:
    code = """
import sys
import pyascend_ge as ge
g = ge.Graph("g")
x = g.input("x", (-1, 4), "bfloat16")
g.output(g.op("Relu", x + x))
assert ge.Graph.from_bytes(bytes(g)).to_text() == g.to_text()
g.to_svg(), str(g), repr(x)
assert not {"numpy", "ml_dtypes", "cffi", "pyascend_ge._native"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
