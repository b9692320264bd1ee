"""Small ONNX models, and a run of what became of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import pyascend_ge as ge

FLOAT = TensorProto.FLOAT


def value(name: str, dims: list[Any] | None, kind: int = FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, dims)


def model(
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    tensors: dict[str, np.ndarray] | None = None,
    opset: int = 18,
    **more: Any,
) -> onnx.ModelProto:
    held = [numpy_helper.from_array(array, name) for name, array in (tensors or {}).items()]
    graph = helper.make_graph(nodes, "net", inputs, outputs, held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], **more)


def dense(dims: tuple[Any, Any] = ("n", 4)) -> onnx.ModelProto:
    weights = np.arange(12, dtype=np.float32).reshape(4, 3)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"], name="mm"), helper.make_node("Relu", ["h"], ["y"])]
    return model(nodes, [value("x", list(dims))], [value("y", None)], {"w": weights})


def run(graph: ge.Graph, *inputs: np.ndarray) -> list[np.ndarray]:
    with ge.Runtime(device=0), ge.GeSession() as session:
        found: list[np.ndarray] = session.add_graph(graph).run(*inputs)
        return found
