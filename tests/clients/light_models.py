"""The ``light_*`` networks of the onnx package: as shipped, and with random weights.

The shipped ones fill every weight with one constant, so their outputs are nearly uniform and prove little.
With random weights, scaled by the number of inputs of each, activations stay alive through the whole network.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper
from ort_models import Model

Array = npt.NDArray[Any]
FOLDER = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
NAMES = tuple(sorted(path.stem.removeprefix("light_") for path in FOLDER.glob("light_*.onnx")))


def _feeds(proto: onnx.ModelProto, fill: Callable[[tuple[int, ...]], Array]) -> dict[str, Array]:
    """Make the inputs that are no weights."""
    weights = {tensor.name for tensor in proto.graph.initializer}
    return {
        value.name: fill(tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim))
        for value in proto.graph.input
        if value.name not in weights
    }


def _ramp(shape: tuple[int, ...]) -> Array:
    """Make the input that the shipped outputs belong to."""
    count = int(np.prod(shape))
    return (np.arange(count).reshape(shape) / count).astype(np.float32)


def shipped(name: str) -> Model:
    """Load a network as it is."""
    proto = onnx.load(FOLDER / f"light_{name}.onnx")
    proto.graph.name = f"{name}_shipped"  # the client names its files after the graph
    return Model(f"{name}-shipped", proto, _feeds(proto, _ramp))


def shipped_output(name: str) -> Array:
    """Load the output that comes with a network."""
    tensor = onnx.TensorProto.FromString((FOLDER / f"light_{name}_output_0.pb").read_bytes())
    return numpy_helper.to_array(tensor)


def _role(graph: onnx.GraphProto, name: str) -> tuple[str, int]:
    """Which operator's which input a weight is; what only reshapes it is looked through."""
    for node in graph.node:
        for index, given in enumerate(node.input):
            if given == name:
                through = node.op_type in ("Unsqueeze", "Reshape")
                return _role(graph, node.output[0]) if through else (node.op_type, index)
    return "", 0


def _draw(rng: np.random.Generator, shape: tuple[int, ...], role: tuple[str, int], transposed: bool) -> Array:
    """Draw a weight by what it is for."""
    noise = rng.standard_normal(shape)
    match role:
        case ("Conv", 1):
            noise *= np.sqrt(2 / np.prod(shape[1:]))
        case ("Gemm", 1):
            noise *= np.sqrt(2 / shape[1 if transposed else 0])
        case ("BatchNormalization", 1) | ("Mul", _):
            noise = 1 + 0.1 * noise
        case ("BatchNormalization", 4):
            noise = 1 + 0.2 * np.abs(noise)
        case _:
            noise *= 0.1
    return noise.astype(np.float32)


def randomised(name: str, seed: int) -> Model:
    """Load a network with seeded random weights in place of its constants.

    What goes into the last softmax is a second output: softmax hides differences.
    """
    proto = onnx.load(FOLDER / f"light_{name}.onnx")
    graph, rng = proto.graph, np.random.default_rng(seed)
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    fills = [node for node in graph.node if node.op_type == "ConstantOfShape"]
    shapes = {node.output[0]: tuple(int(dim) for dim in tensors.pop(node.input[0])) for node in fills}
    shapes |= {key: value.shape for key, value in tensors.items() if value.dtype == np.float32}
    transposed = {
        node.input[1]: any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
        for node in graph.node
        if node.op_type == "Gemm"
    }
    feeds = _feeds(proto, lambda shape: rng.standard_normal(shape).astype(np.float32))
    for key, shape in shapes.items():
        tensors[key] = _draw(rng, shape, _role(graph, key), transposed.get(key, False))
    inputs = [value for value in graph.input if value.name in feeds]
    nodes = [node for node in graph.node if node.op_type != "ConstantOfShape"]
    del graph.input[:], graph.node[:], graph.initializer[:]
    graph.input.extend(inputs)
    graph.node.extend(nodes)
    graph.initializer.extend(numpy_helper.from_array(value, key) for key, value in tensors.items())
    if nodes[-1].op_type == "Softmax":
        graph.output.append(
            onnx.helper.make_tensor_value_info(nodes[-1].input[0], onnx.TensorProto.FLOAT, None)
        )
    proto.ir_version = 4  # from here on weights need not be inputs
    graph.name = f"{name}_random"
    return Model(f"{name}-random", proto, feeds)


def count_padding(model: Model) -> Model:
    """Return the network whose average pooling counts padding as pixels."""
    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    for node in proto.graph.node:
        if node.op_type == "AveragePool":
            node.attribute.append(onnx.helper.make_attribute("count_include_pad", 1))
    return Model(model.name, proto, model.feeds)
