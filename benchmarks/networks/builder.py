"""Writing ONNX models a layer at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, helper, numpy_helper

OPSET = 17


class Network:
    """Collects nodes and weights; every method that adds a node returns the name of its result.

    Weights are drawn so that activations neither die nor grow: He's scale for a weight of `fan_in` inputs.
    """

    def __init__(self, name: str, shape: Sequence[int], seed: int = 1, dtype: type = np.float32) -> None:
        self.name, self._dtype = name, np.dtype(dtype)
        self._random = np.random.default_rng(seed)
        self._nodes: list[Any] = []
        self._weights: list[Any] = []
        self._kind = helper.np_dtype_to_tensor_dtype(self._dtype)
        self.input = "x"
        self._given = [helper.make_tensor_value_info(self.input, self._kind, shape)]

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output."""
        result = f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [result], name=result, **attributes))
        return result

    def const(self, value: Any) -> str:
        """Add an initializer; floats in the network's element type, everything else as it is."""
        array = np.asarray(value)
        if array.dtype.kind == "f":
            array = array.astype(self._dtype)
        name = f"w{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(array, name))
        return name

    def weight(self, *shape: int, fan_in: int) -> str:
        """Add random weights."""
        return self.const(self._random.standard_normal(shape) * np.sqrt(2 / fan_in))

    def vector(self, size: int, low: float = -0.1, high: float = 0.1) -> str:
        """Add a random vector."""
        return self.const(self._random.uniform(low, high, size))

    def conv(self, x: str, given: int, made: int, kernel: int, stride: int = 1, group: int = 1) -> str:
        """Add a convolution with the padding that keeps the size at stride 1, and a batch normalization."""
        weight = self.weight(made, given // group, kernel, kernel, fan_in=given // group * kernel * kernel)
        pads = [kernel // 2] * 4
        x = self.node(
            "Conv", x, weight, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=pads, group=group
        )
        scale, bias = self.vector(made, 0.5, 1.0), self.vector(made)
        return self.node("BatchNormalization", x, scale, bias, self.vector(made), self.vector(made, 0.5, 1.5))

    def linear(self, x: str, given: int, made: int) -> str:
        """Add x @ w + b over the last axis."""
        return self.node(
            "Add", self.node("MatMul", x, self.weight(given, made, fan_in=given)), self.vector(made)
        )

    def gemm(self, x: str, given: int, made: int) -> str:
        """Add a fully connected layer on a matrix."""
        weight = self.weight(made, given, fan_in=given)
        return self.node("Gemm", x, weight, self.vector(made), transB=1)

    def model(self, result: str) -> ModelProto:
        """Return the model with one output, whose shape is left to inference."""
        outputs = [helper.make_tensor_value_info(result, self._kind, None)]
        graph = helper.make_graph(self._nodes, self.name, self._given, outputs, self._weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
