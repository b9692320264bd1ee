"""The nine networks that the onnx package ships, as they are and with weights that keep activations alive."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
NAMES = sorted(path.stem.removeprefix("light_") for path in LIGHT.glob("*.onnx"))
_MATRIX = 2


@functools.cache
def shipped(name: str) -> onnx.ModelProto:
    """Return a model as shipped: its weights are constants made by ConstantOfShape."""
    return onnx.load(LIGHT / f"light_{name}.onnx")


def expected(name: str) -> np.ndarray:
    """Return the shipped output."""
    tensor = onnx.TensorProto()
    tensor.ParseFromString((LIGHT / f"light_{name}_output_0.pb").read_bytes())
    return np.asarray(numpy_helper.to_array(tensor))


def feeds(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """Return names and shapes of the true inputs."""
    held = {tensor.name for tensor in model.graph.initializer}
    return {
        value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        for value in model.graph.input
        if value.name not in held
    }


def ramp(shape: tuple[int, ...]) -> np.ndarray:
    """Return the input that the shipped outputs belong to."""
    count = int(np.prod(shape))
    return (np.arange(count).reshape(shape) / count).astype(np.float32)


def _weight(
    random: np.random.Generator, shape: tuple[int, ...], node: onnx.NodeProto, place: int
) -> np.ndarray:
    if node.op_type == "BatchNormalization":
        positive = place in (1, 4)  # scale and variance
        numbers = random.uniform(0.5, 1.5, shape) if positive else random.normal(0, 0.1, shape)
    elif len(shape) >= _MATRIX:  # keeps the variance of what passes through a rectifier
        fan_in = shape[1] if node.op_type == "Gemm" else int(np.prod(shape[1:]))
        numbers = random.normal(0, np.sqrt(2 / fan_in), shape)
    else:
        numbers = (
            random.uniform(0.5, 1.5, shape) if node.op_type == "Unsqueeze" else random.normal(0, 0.1, shape)
        )
    return numbers.astype(np.float32)


def randomized(name: str, seed: int = 0) -> onnx.ModelProto:
    """Return a model with seeded random weights instead of the constants."""
    model = onnx.ModelProto()
    model.CopyFrom(shipped(name))
    graph, random = model.graph, np.random.default_rng(seed)
    shapes = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    users = {text: (node, place) for node in graph.node for place, text in enumerate(node.input)}
    made = [node for node in graph.node if node.op_type == "ConstantOfShape"]
    for node in made:
        shape = tuple(int(dim) for dim in shapes[node.input[0]])
        user, place = users[node.output[0]]
        graph.initializer.append(numpy_helper.from_array(_weight(random, shape, user, place), node.output[0]))
        graph.node.remove(node)
    dead = {node.input[0] for node in made}
    for values in (graph.input, graph.initializer):
        kept = [item for item in values if item.name not in dead]
        del values[:]
        values.extend(kept)
    return model
