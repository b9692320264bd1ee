"""Models whose dims and attributes are huge: refused at once, whatever was to be made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from onnx_makers import model, run, value

import pyascend_ge as ge

HUGE = [1 << 25, 1 << 40, (1 << 61) + 1, (1 << 63) - 1]


def refused(source: onnx.ModelProto) -> str:
    with pytest.raises(ge.GraphError) as caught:
        ge.Graph.from_onnx(source)
    return str(caught.value)


@pytest.mark.parametrize("length", HUGE)
def test_recurrences_of_any_length(length: int) -> None:
    node = helper.make_node(
        "LinearAttention",
        ["q", "k", "v"],
        ["y"],
        q_num_heads=1,
        kv_num_heads=1,
        update_rule="linear",
        name="n",
    )
    ends = [value(name, [1, length, 1]) for name in "qkv"]
    assert "n (LinearAttention" in refused(model([node], ends, [value("y", None)], opset=27))


@pytest.mark.parametrize("batches", HUGE)
def test_scans_over_any_number_of_batches(batches: int) -> None:
    body = helper.make_graph(
        [helper.make_node("Add", ["s", "e"], ["t"]), helper.make_node("Identity", ["t"], ["o"])],
        "body",
        [value("s", [1]), value("e", [1])],
        [value("t", [1]), value("o", [1])],
    )
    node = helper.make_node("Scan", ["", "first", "x"], ["last", "y"], body=body, num_scan_inputs=1, name="n")
    ends = [value("first", [batches, 1]), value("x", [batches, 1, 1])]
    assert "n (Scan" in refused(model([node], ends, [value("y", None)], opset=8))


@pytest.mark.parametrize("size", HUGE)
@pytest.mark.parametrize("name", ["kernel_shape", "strides", "dilations", "pads"])
def test_windows_of_any_size(name: str, size: int) -> None:
    attributes: dict[str, Any] = {"kernel_shape": [2, 2], "dilations": [2, 2]}
    attributes[name] = [1, size, 1, size] if name == "pads" else [size, size]
    node = helper.make_node("AveragePool", ["x"], ["y"], name="n", **attributes)
    source = model([node], [value("x", [1, 1, 5, 5])], [value("y", None)], opset=19)
    if name != "strides" or size > (1 << 31):
        assert "n (AveragePool" in refused(source)
    else:
        assert ge.Graph.from_onnx(source).outputs[0].shape == (1, 1, 1, 1)


@pytest.mark.parametrize("planes", HUGE)
def test_pools_that_say_where_of_any_number_of_planes(planes: int) -> None:
    node = helper.make_node("MaxPool", ["x"], ["y", "i"], kernel_shape=[1, 1], name="n")
    ends = [value("y", None), value("i", None, TensorProto.INT64)]
    assert "n (MaxPool" in refused(model([node], [value("x", [planes, 2, 1, 1])], ends))


@pytest.mark.parametrize("size", HUGE)
def test_blocks_of_any_number_of_elements(size: int) -> None:
    node = helper.make_node("DequantizeLinear", ["x", "s"], ["y"], axis=1, block_size=2, name="n")
    ends = [value("x", [1, size], TensorProto.INT8), value("s", [1, (size + 1) // 2])]
    assert "n (DequantizeLinear" in refused(model([node], ends, [value("y", None)], opset=21))


@pytest.mark.parametrize(("before", "after"), [(0, 0), (1, 1), (3, 0), (0, 3), (2, 5)])
@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("ceil", [0, 1])
def test_dilated_windows_count_what_they_cover(before: int, after: int, padding: int, ceil: int) -> None:
    node = helper.make_node(
        "AveragePool", ["x"], ["y"], kernel_shape=[4], dilations=[3], strides=[2], pads=[before, after],
        count_include_pad=padding, ceil_mode=ceil,
    )  # fmt: skip
    source = model([node], [value("x", [1, 1, 17])], [value("y", None)], opset=19)
    x = np.random.default_rng(5).normal(size=(1, 1, 17)).astype(np.float32)
    [expected] = ReferenceEvaluator(source).run(None, {"x": x})
    np.testing.assert_allclose(run(ge.Graph.from_onnx(source), x)[0], expected, rtol=1e-5, atol=1e-6)
