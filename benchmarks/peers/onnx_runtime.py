"""ONNX Runtime on the CPU, with one thread."""

from __future__ import annotations

from collections.abc import Sequence

import onnxruntime
from onnx import ModelProto, TensorProto, helper


def session(operators: Sequence[str]) -> onnxruntime.InferenceSession:
    """Make a session of the same chain as :func:`benchmarks.models.chain`, in ONNX's operators."""
    kind, shape = TensorProto.FLOAT, [4]
    given = [helper.make_tensor_value_info(name, kind, shape) for name in ("left", "right")]
    nodes, last = [], "left"
    for position, operator in enumerate(operators):
        result = f"r{position}"
        nodes.append(helper.make_node(operator, [last, "right"], [result]))
        last = result
    graph = helper.make_graph(nodes, "chain", given, [helper.make_tensor_value_info(last, kind, shape)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return session_of(model)


def session_of(model: ModelProto) -> onnxruntime.InferenceSession:
    """Make a session of a model."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
