"""Small graphs, each with the numpy function it must agree with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import pyascend_ge as ge

Function = Callable[..., list[np.ndarray]]
_RANDOM = np.random.default_rng(20240607)
WEIGHTS = _RANDOM.standard_normal((8, 3)).astype("float32")
BIAS = _RANDOM.standard_normal(3).astype("float32")


def layer(dynamic: bool = False) -> tuple[ge.Graph, Function]:
    """``relu(x @ w + b)`` and ``x + x``; x is [4, 8], or [any, 8]."""
    graph = ge.Graph("layer_dynamic" if dynamic else "layer")
    x = graph.input("x", shape=(-1 if dynamic else 4, 8), dtype="float32")
    hidden = graph.op("Relu", x @ graph.const(WEIGHTS, name="w") + BIAS)
    graph.output(hidden, x + x)
    return graph, lambda x: [np.maximum(x @ WEIGHTS + BIAS, 0), x + x]


def add(dynamic: bool = False, dtype: str = "float32", name: str = "add") -> tuple[ge.Graph, Function]:
    """``a + b`` of shape [4], or [any]."""
    graph = ge.Graph(name)
    shape = (-1 if dynamic else 4,)
    a, b = graph.input("a", shape, dtype), graph.input("b", shape, dtype)
    graph.output(a + b)
    return graph, lambda a, b: [a + b]


def rows(count: int = 4) -> np.ndarray:
    """Random input of :func:`layer`."""
    return _RANDOM.standard_normal((count, 8)).astype("float32")
