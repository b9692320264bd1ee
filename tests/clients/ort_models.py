"""Small ONNX models for the onnxruntime-cann tests, with inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

Array = npt.NDArray[Any]
FLOAT = onnx.TensorProto.FLOAT
_OPSET, _IR = 13, 9  # what ONNX Runtime 1.24 and CANN's parser both read


class Model(NamedTuple):
    """A model by name, with one set of inputs."""

    name: str
    proto: onnx.ModelProto
    feeds: dict[str, Array]

    def write(self, folder: Path) -> None:
        """Put the model and its inputs where the client looks for them."""
        onnx.save(self.proto, folder / f"{self.name}.onnx")
        np.savez(folder / f"{self.name}.npz", **self.feeds)


def make(
    name: str,
    nodes: Sequence[onnx.NodeProto],
    feeds: dict[str, Array],
    outputs: Sequence[str] = ("y",),
    weights: dict[str, Array] | None = None,
    shapes: dict[str, list[int | str]] | None = None,
) -> Model:
    """Build a model; the graph's name is the model's, because the client names its files after it."""
    inputs = [
        helper.make_tensor_value_info(
            key, helper.np_dtype_to_tensor_dtype(value.dtype), (shapes or {}).get(key, list(value.shape))
        )
        for key, value in feeds.items()
    ]
    graph = helper.make_graph(
        list(nodes),
        name.replace("-", "_").replace(".", "_"),
        inputs,
        [onnx.ValueInfoProto(name=output) for output in outputs],
        [numpy_helper.from_array(value, key) for key, value in (weights or {}).items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    inferred = onnx.shape_inference.infer_shapes(proto)
    onnx.checker.check_model(inferred)
    return Model(name, inferred, feeds)


def _random(seed: int) -> Callable[..., Array]:
    rng = np.random.default_rng(seed)
    return lambda *shape: rng.standard_normal(shape).astype(np.float32)


def node(kind: str, inputs: str, output: str = "y", **attributes: Any) -> onnx.NodeProto:
    """Make a node with one output from the names of its inputs."""
    return helper.make_node(kind, inputs.split(), [output], **attributes)


def operators() -> Iterator[Model]:
    """Make models of one operator each, of those that the client runs one by one."""
    some = _random(1)
    a, b, image = some(2, 3), some(2, 3), some(2, 4, 9, 8)
    for kind in ("Add", "Sub", "Mul", "Div"):
        yield make(f"{kind}-two", [node(kind, "a b")], {"a": a, "b": b})
        yield make(f"{kind}-broadcast", [node(kind, "a b")], {"a": a, "b": b[0]})
    for kind in (
        "Abs",
        "Ceil",
        "Cos",
        "Erf",
        "Floor",
        "Identity",
        "Neg",
        "Reciprocal",
        "Relu",
        "Round",
        "Sin",
    ):
        yield make(kind, [node(kind, "a")], {"a": a})
    for kind in ("Log", "Sqrt"):
        yield make(kind, [node(kind, "a")], {"a": np.abs(a)})
    yield make("Add-int32", [node("Add", "a b")], {"a": np.int32([[1, -2]]), "b": np.int32([[3, 4]])})
    yield make("Add-float16", [node("Add", "a b")], {"a": a.astype(np.float16), "b": b.astype(np.float16)})
    yield make("MatMul", [node("MatMul", "a b")], {"a": some(5, 7), "b": some(7, 3)})
    yield make("Flatten", [node("Flatten", "a")], {"a": image})
    yield make("Reshape", [node("Reshape", "a s")], {"a": a}, weights={"s": np.int64([3, 2])})
    yield make("Cast", [node("Cast", "a", "h", to=10), node("Cast", "h", to=1)], {"a": a})
    yield make("GlobalAveragePool", [node("GlobalAveragePool", "a")], {"a": image})
    yield make("AveragePool", [node("AveragePool", "a", kernel_shape=[3, 2], strides=[2, 1])], {"a": image})
    four = {key: np.abs(some(4)) + 0.1 for key in ("s", "b", "m", "v")}
    yield make("BatchNormalization", [node("BatchNormalization", "a s b m v")], {"a": image}, weights=four)
    # The client hands ONNX's order of pads to an operator that has another one: only equal pads are right.
    window = {"pads": [1, 1, 1, 1], "strides": [2, 1], "dilations": [1, 2]}
    yield make("Conv", [node("Conv", "a w", **window)], {"a": image}, weights={"w": some(6, 4, 3, 3)})
    yield make(
        "Conv-bias", [node("Conv", "a w b")], {"a": image}, weights={"w": some(6, 4, 3, 3), "b": some(6)}
    )
    yield make("Conv-groups", [node("Conv", "a w", group=2)], {"a": image}, weights={"w": some(6, 2, 3, 3)})
    yield make(
        "Conv-depthwise", [node("Conv", "a w", group=4)], {"a": image}, weights={"w": some(4, 1, 3, 3)}
    )


def networks() -> Iterator[Model]:
    """Make models of several operators, for both modes."""
    some = _random(2)
    yield make("chain", [node("Mul", "a b", "p"), node("Add", "p a", "q"), node("Relu", "q")],
               {"a": some(64, 33), "b": some(64, 33)})  # fmt: skip
    yield make("two-outputs", [node("Add", "a b", "s"), node("Sub", "a b", "d")],
               {"a": some(3, 4), "b": some(3, 4)}, ["s", "d"])  # fmt: skip
    yield make("convolutions", [
        node("Conv", "a w0 b0", "p", pads=[1, 1, 1, 1]), node("Relu", "p", "q"),
        node("Conv", "q w1", "r", strides=[2, 2]), node("Add", "r s", "t"), node("GlobalAveragePool", "t"),
    ], {"a": some(1, 3, 16, 16)}, weights={
        "w0": some(8, 3, 3, 3), "b0": some(8), "w1": some(8, 8, 2, 2), "s": some(8, 1, 1),
    })  # fmt: skip
    yield make("symbolic", [node("MatMul", "a w", "p"), node("Relu", "p")], {"a": some(5, 7)},
               weights={"w": some(7, 3)}, shapes={"a": ["batch", 7]})  # fmt: skip


def for_graphs() -> Iterator[Model]:
    """Make models that the client runs in graph mode only."""
    some = _random(3)
    yield make("mlp", [
        node("Gemm", "a w0 b0", "p", transB=1), node("Sigmoid", "p", "q"),
        node("Gemm", "q w1 b1", "r"), node("Softmax", "r", axis=1),
    ], {"a": some(4, 20)}, weights={
        "w0": some(16, 20), "b0": some(16), "w1": some(16, 10), "b1": some(10),
    })  # fmt: skip
    yield make("attention", [
        node("Transpose", "k", "kt", perm=[0, 2, 1]), node("MatMul", "q kt", "s"), node("Mul", "s c", "t"),
        node("Softmax", "t", "p", axis=-1), node("MatMul", "p v"),
    ], {key: some(2, 6, 8) for key in "qkv"}, weights={"c": np.float32([8**-0.5])})  # fmt: skip
    yield make("shapes", [
        node("Concat", "a b", "c", axis=1), node("Transpose", "c", "t", perm=[1, 0]),
        node("Reshape", "t s"),
    ], {"a": some(2, 3), "b": some(2, 1)}, weights={"s": np.int64([2, -1])})  # fmt: skip
    yield make("Conv-uneven-pads", [node("Conv", "a w", pads=[1, 0, 2, 1])], {"a": some(2, 4, 9, 8)},
               weights={"w": some(6, 4, 3, 3)})  # fmt: skip
    yield make("pooling", [
        node("MaxPool", "a", "p", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        node("AveragePool", "p", "q", kernel_shape=[2, 2]), node("ReduceMean", "q", axes=[2, 3], keepdims=0),
    ], {"a": some(1, 3, 12, 12)})  # fmt: skip
