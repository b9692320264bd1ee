"""The graphs that several benchmarks run."""

from __future__ import annotations

from collections.abc import Sequence

import pyascend_ge as ge

ADD = ("Add",)
CHAIN = ("Add", "Mul", "Sub", "Maximum") * 25
"""A hundred operators, each waiting for the one before."""
ONNX_NAMES = {"Maximum": "Max"}


def chain(operators: Sequence[str]) -> ge.Graph:
    """Chain binary operators on four floats: the first takes left and right, each next one right again."""
    graph = ge.Graph("chain")
    last, right = (graph.input(name, shape=(4,), dtype="float32") for name in ("left", "right"))
    for operator in operators:
        last = graph.op(operator, last, right)
    graph.output(last)
    return graph
