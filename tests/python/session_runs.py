"""What the tests of sessions share."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

import pyascend_ge as ge

LIMIT = 60.0  # seconds until a wait has failed
UNSUPPORTED, FAILED = 1343225956, 4294967295
Hold = Callable[[ge.Stream], threading.Event]

dynamic = pytest.mark.parametrize("dynamic", [False, True], ids=["static", "dynamic"])
placed = pytest.mark.parametrize("place", [lambda x: x, ge.array], ids=["host", "device"])


def close(actual: list[np.ndarray], expected: list[np.ndarray]) -> None:
    """Same number of outputs, same shapes and dtypes, same values but for rounding."""
    assert len(actual) == len(expected)
    for mine, theirs in zip(actual, expected, strict=True):
        assert (mine.shape, mine.dtype) == (theirs.shape, theirs.dtype)
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5)


def unknown_operator(graph: ge.Graph, x: object) -> object:
    """Add a node, named odd, of a type that nobody has."""
    return graph.custom_op("NoSuchOperator", inputs={"x": x}, name="odd")
