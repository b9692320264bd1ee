"""What the operator tests share: one operator as one graph, inputs by dtype, comparison with numpy.

A module that uses it imports the fixture too::

    from ops_harness import operator_session, run_op  # noqa: F401

References are computed by numpy in double (integers: in Python numbers), then rounded once to the result's
type, which is the rule for 16-bit floats.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

import pyascend_ge as ge

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
FLOAT16, FLOAT32, FLOAT64 = (np.dtype(name) for name in ("float16", "float32", "float64"))
FLOATS = (FLOAT32, FLOAT16, BFLOAT16)
FLOATS64 = (*FLOATS, FLOAT64)
SIGNED = tuple(np.dtype(f"int{bits}") for bits in (8, 16, 32, 64))
UNSIGNED = tuple(np.dtype(f"uint{bits}") for bits in (8, 16, 32, 64))
INTEGERS = SIGNED + UNSIGNED
BOOL = np.dtype(bool)

RTOL = {FLOAT64: 1e-14, FLOAT32: 1e-6, FLOAT16: 1.1e-3, BFLOAT16: 8.5e-3}
"""Relative tolerance by dtype: a last place of the 16-bit types, eight of float32, 45 of float64."""
ATOL = {FLOAT64: 1e-290, FLOAT32: 1e-37, FLOAT16: 6e-8, BFLOAT16: 1e-37}

few = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
"""Every example compiles a graph, and the parametrisation multiplies them."""

seeds = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Const:
    """An input whose contents are known while compiling: axes, sizes, counts."""

    value: Any


class _Open:
    session: ge.GeSession | None = None


@pytest.fixture(scope="module", autouse=True)
def operator_session() -> Iterator[None]:
    """A runtime and a session for all operators of a test module."""
    with ExitStack() as stack:
        stack.enter_context(ge.Runtime(device=0))
        _Open.session = stack.enter_context(ge.GeSession())
        yield
        _Open.session = None


def run_op(
    op_type: str,
    inputs: Sequence[Any],
    attrs: Mapping[str, Any] | None = None,
    n_outputs: int | None = None,
    input_format: str | None = None,
    then: tuple[str, Mapping[str, Any]] | None = None,
) -> list[np.ndarray]:
    """Run one operator and return its outputs.

    Parameters
    ----------
    op_type : str
        GE's operator type.
    inputs : sequence
        By position: arrays are inputs of the graph, :class:`Const` becomes a constant, None leaves an
        optional input out, a list is a dynamic input.
    attrs : mapping, optional
        Attributes by GE's names.
    n_outputs : int, optional
        How many of the outputs, from the first, the graph returns; all by default.
    input_format : str, optional
        GE's format of the graph's inputs of more than one dim.
    then : tuple, optional
        Another operator and its attributes, which gets the outputs: for results that numpy cannot hold.
    """
    assert _Open.session is not None, "import the fixture operator_session into the test module"
    graph = ge.Graph("operator")
    fed: list[np.ndarray] = []

    def source(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, list):
            return [source(member) for member in value]
        if isinstance(value, Const):
            return graph.const(np.asarray(value.value))
        array = np.asarray(value)
        fed.append(array)
        layout = input_format if array.ndim > 1 else None
        return graph.input(f"x{len(fed)}", shape=array.shape, dtype=array.dtype, format=layout)

    result = graph.op(op_type, *(source(value) for value in inputs), **(attrs or {}))
    outputs = tuple(result) if isinstance(result, tuple) else (result,)
    if then is not None:
        outputs = tuple(graph.op(then[0], output, **then[1]) for output in outputs[:n_outputs])
    for output in outputs[:n_outputs]:
        graph.output(output)
    handle = _Open.session.add_graph(graph)
    try:
        return [np.array(output) for output in handle.run(*fed)]
    finally:
        handle.remove()


def values(
    seed: int, shape: Sequence[int], dtype: Any, low: float | None = None, high: float | None = None
) -> np.ndarray:
    """Random numbers: floats in [low, high) or normal ones, integers in [low, high] or of the whole type."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype == BOOL:
        return rng.integers(0, 2, tuple(shape)).astype(BOOL)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        lowest = limits.min if low is None else int(low)
        highest = limits.max if high is None else int(high)
        return rng.integers(lowest, highest, tuple(shape), dtype=dtype, endpoint=True)
    if low is None or high is None:
        return (rng.normal(0.0, 2.0, tuple(shape))).astype(dtype)
    return rng.uniform(low, high, tuple(shape)).astype(dtype)


def shapes(min_rank: int = 0, max_rank: int = 4, largest: int = 7) -> st.SearchStrategy[tuple[int, ...]]:
    """Shapes without empty dims."""
    return st.lists(st.integers(1, largest), min_size=min_rank, max_size=max_rank).map(tuple)


@st.composite
def broadcastable(draw: st.DrawFn, count: int = 2) -> tuple[tuple[int, ...], ...]:
    """Shapes that broadcast with each other: dims dropped in front or replaced by 1."""
    full = draw(shapes(0, 4, 6))
    found = []
    for _ in range(count):
        skip = draw(st.integers(0, len(full)))
        found.append(tuple(dim if draw(st.booleans()) else 1 for dim in full[skip:]))
    return tuple(found)


@st.composite
def shape_and_axis(draw: st.DrawFn) -> tuple[tuple[int, ...], int]:
    """A shape and one of its axes, from the front or from the end."""
    shape = draw(shapes(1, 4))
    return shape, draw(st.integers(-len(shape), len(shape) - 1))


def assert_same(actual: np.ndarray, expected: Any, dtype: Any) -> None:
    """Equal in every element (NaN equals NaN), in shape and in dtype."""
    wanted = np.asarray(expected).astype(dtype)
    assert actual.dtype == wanted.dtype
    assert actual.shape == wanted.shape
    equal = (actual == wanted) | (np.isnan(actual) & np.isnan(wanted))
    assert equal.all(), f"{actual[~equal][:4]} instead of {wanted[~equal][:4]}"


def assert_close(actual: np.ndarray, expected: Any, dtype: Any, rtol: float = 1.0, atol: float = 0.0) -> None:
    """Close by the dtype's table; `rtol` multiplies its relative tolerance, `atol` adds to its absolute one.

    `expected` has the precision it was computed in and is rounded to `dtype` here.
    """
    dtype = np.dtype(dtype)
    with np.errstate(over="ignore"):
        wanted = np.asarray(expected).astype(dtype).astype(np.float64)
    assert actual.dtype == dtype
    assert actual.shape == wanted.shape
    got = actual.astype(np.float64)
    with np.errstate(invalid="ignore"):
        near = np.abs(got - wanted) <= RTOL[dtype] * rtol * np.abs(wanted) + ATOL[dtype] + atol
    fine = near | (got == wanted) | (np.isnan(got) & np.isnan(wanted))
    assert fine.all(), f"{got[~fine][:4]} instead of {wanted[~fine][:4]}"


def wrapped(numbers: Any, dtype: Any) -> np.ndarray:
    """Python integers reduced to the range of an integer dtype, as two's complement wraps."""
    dtype = np.dtype(dtype)
    bits = 8 * dtype.itemsize

    def wrap(number: int) -> int:
        low = int(number) & ((1 << bits) - 1)
        return low - (1 << bits) if dtype.kind == "i" and low >> (bits - 1) else low

    array = np.asarray(numbers, dtype=object)
    flat = np.array([wrap(number) for number in array.reshape(-1)], dtype=dtype)
    return flat.reshape(array.shape)


def vectorized(function: Any) -> Any:
    """A function of Python floats, such as those of :mod:`math`, on arrays."""
    return np.vectorize(function, otypes=[np.float64])


erf = vectorized(math.erf)
erfc = vectorized(math.erfc)
