"""The stored example: it parses, it is small, and numpy computes the stated accuracy from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pyascend_ge.graph import Graph, Node

FOLDER = Path(__file__).parents[2] / "examples" / "digits"
Array = np.ndarray[Any, Any]


def _convolve(x: Array, weights: Array, attrs: dict[str, Any]) -> Array:
    """Add up nine shifted images, one per place in the filter."""
    assert attrs["data_format"] == "NCHW"
    assert attrs["strides"] == attrs["dilations"] == [1, 1, 1, 1]
    top, bottom, left, right = attrs["pads"]
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    high, wide = (x.shape[axis] - weights.shape[axis] + 1 for axis in (2, 3))
    total = np.zeros((len(x), len(weights), high, wide), np.float32)
    for row in range(weights.shape[2]):
        for column in range(weights.shape[3]):
            part = x[:, :, row : row + high, column : column + wide]
            total += np.einsum("nchw,oc->nohw", part, weights[:, :, row, column])
    return total


def _pool(x: Array, attrs: dict[str, Any]) -> Array:
    assert attrs["ksize"] == attrs["strides"] == [1, 1, 2, 2]
    assert (attrs["padding"], attrs["data_format"]) == ("VALID", "NCHW")
    return np.maximum.reduce([x[:, :, row::2, column::2] for row in (0, 1) for column in (0, 1)])


def _softmax(x: Array, attrs: dict[str, Any]) -> Array:
    assert attrs["axes"] == [-1]
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _evaluate(node: Node, x: list[Array]) -> Array:
    attrs = node.attrs
    if node.type == "Cast":
        assert attrs["dst_type"] == 0  # float32
        return x[0].astype(np.float32)
    if node.type == "FlattenV2":
        assert (attrs["axis"], attrs["end_axis"]) == (1, -1)
        return x[0].reshape(len(x[0]), -1)
    if node.type == "BiasAdd":
        assert attrs["data_format"] == "NCHW"
        return x[0] + x[1].reshape(1, -1, 1, 1)
    if node.type == "MatMulV2":
        assert not attrs["transpose_x1"]
        assert not attrs["transpose_x2"]
    simple = {
        "Mul": lambda: x[0] * x[1],
        "Add": lambda: x[0] + x[1],
        "Relu": lambda: np.maximum(x[0], 0),
        "Conv2D": lambda: _convolve(x[0], x[1], attrs),
        "MaxPool": lambda: _pool(x[0], attrs),
        "MatMulV2": lambda: x[0] @ x[1],
        "SoftmaxV2": lambda: _softmax(x[0], attrs),
    }
    return simple[node.type]()


@pytest.fixture(scope="module")
def graph() -> Graph:
    """The stored graph."""
    return Graph.load(FOLDER / "digits.air")


def test_the_stored_graph_has_the_stated_accuracy(graph: Graph) -> None:
    with np.load(FOLDER / "digits-test.npz") as test:
        images, labels, accuracy = test["images"], test["labels"], float(test["accuracy"])
    values = {"images": images}
    for node in graph.nodes:
        if node.type == "Const":
            assert node.value is not None
            values[node.name] = node.value
        elif node.type != "Data":
            values[node.name] = _evaluate(
                node, [values[item.node.name] for item in node.inputs if item is not None]
            )
    [output] = graph.outputs
    chances = values[output.name]
    assert chances.shape == (400, 10)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)
    assert (chances.argmax(axis=1) == labels).mean() == accuracy >= 0.97
    assert f"{accuracy:.2%}".replace("%", " %") in (FOLDER / "README.md").read_text("utf-8")


def test_the_stored_graph_takes_any_number_of_byte_images(graph: Graph) -> None:
    [images] = graph.inputs
    assert (images.name, images.dtype, images.shape, images.format) == (
        "images",
        "uint8",
        (-1, 1, 8, 8),
        "NCHW",
    )
    with np.load(FOLDER / "digits-test.npz") as test:
        assert (test["images"].dtype, test["images"].shape) == (np.uint8, (400, 1, 8, 8))
        assert (test["images"].min(), test["images"].max()) == (0, 16)
        assert sorted(set(test["labels"])) == list(range(10))


def test_the_stored_files_are_small_and_in_the_form_we_write(graph: Graph) -> None:
    assert (FOLDER / "digits.air").stat().st_size < 100_000
    assert (FOLDER / "digits-test.npz").stat().st_size < 100_000
    assert graph.to_bytes() == (FOLDER / "digits.air").read_bytes()
