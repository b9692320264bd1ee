"""The models that the native tests load: graphs built in Python, compiled through ``aclgrphBuildModel``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from programs import Toolchain

from pyascend_ge.graph import Graph

SOURCES = Path(__file__).parent / "models"
LONG = "n" * 200


def _sum() -> Graph:
    """Z = x + y."""
    graph = Graph("sum")
    x, y = (graph.input(name, (4, 8)) for name in "xy")
    graph.output(graph.op("Add", x, y, name="z"))
    return graph


def _affine() -> Graph:
    """Relu(x @ w + b): 8 columns in, 3 out; it has constants. w[i, j] = i - j, b = (1, 2, 3)."""
    graph = Graph("affine")
    x = graph.input("x", (4, 8))
    w = np.subtract.outer(np.arange(8), np.arange(3)).astype(np.float32)
    product = graph.op("MatMul", x, graph.const(w), name="product")
    shifted = graph.op("Add", product, graph.const(np.array([1, 2, 3], np.float32)), name="shifted")
    graph.output(graph.op("Relu", shifted, name="y"))
    return graph


def _rows(rows: int = -1) -> Graph:
    """Y = x + x with an unknown number of rows."""
    graph = Graph("rows")
    x = graph.input("x", (rows, 4))
    graph.output(graph.op("Add", x, x, name="y"))
    return graph


def _image() -> Graph:
    """Y = -x over pictures of unknown height and width."""
    graph = Graph("image")
    x = graph.input("x", (1, 2, -1, -1), format="NCHW")
    graph.output(graph.op("Neg", x, name="y"))
    return graph


def _two() -> Graph:
    """Two inputs of unknown extent: a + b, both (m, n)."""
    graph = Graph("two")
    a, b = (graph.input(name, (-1, 3, -1)) for name in "ab")
    graph.output(graph.op("Mul", a, b, name="y"))
    return graph


def _long_names() -> Graph:
    """Names longer than AscendCL's structures take."""
    graph = Graph("long")
    x = graph.input(LONG, (2,), "int32")
    graph.output(graph.op("Neg", x, name=LONG + "_out"))
    return graph


def _scalar() -> Graph:
    """One int64: small enough for CANN's slack."""
    graph = Graph("scalar")
    graph.output(graph.op("Neg", graph.input("x", (), "int64"), name="y"))
    return graph


MODELS: dict[str, tuple[Callable[[], Graph], dict[str, str]]] = {
    "sum": (_sum, {}),
    "affine": (_affine, {}),
    "rows": (_rows, {}),
    "rows_to_16": (_rows, {"input_shape_range": "x:[1~16,4]"}),
    "batch": (_rows, {"input_shape": "x:-1,4", "ge.dynamicBatchSize": "2,8,4"}),
    "image": (
        _image,
        {"input_format": "NCHW", "input_shape": "x:1,2,-1,-1", "ge.dynamicImageSize": "4,6;8,8"},
    ),
    "dims": (_two, {"input_shape": "a:-1,3,-1;b:-1,3,-1", "ge.dynamicDims": "1,2,1,2;5,4,5,4"}),
    "long_names": (_long_names, {}),
    "scalar": (_scalar, {}),
    "other_chip": (_sum, {"ge.socVersion": "Ascend310P3"}),
}


def make(toolchain: Toolchain, folder: Path) -> Path:
    """Write every model as ``NAME.om`` into `folder`."""
    maker = toolchain.build(
        [SOURCES / "make_om.cc"], folder / "make_om", ["ge_compiler", "graph", "graph_base", "ascendcl"]
    )
    for name, (graph, options) in MODELS.items():
        air = folder / f"{name}.air"
        graph().save(air)
        done = toolchain.run(
            [str(maker), str(air), str(folder / name), *(f"{k}={v}" for k, v in options.items())]
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"
        assert (folder / f"{name}.om").stat().st_size > 0
    return folder
