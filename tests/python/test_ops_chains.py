"""Chains of elementwise operators: fused, they give what the operators give one by one, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    FLOATS,
    Const,
    assert_same,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    values,
)

import pyascend_ge as ge


def clipped(x: np.ndarray, low: Any, high: Any) -> np.ndarray:
    raised = np.where(x < low, low, x)
    return np.where(raised > high, high, raised)


F32 = np.float32
BINARY: dict[str, Callable[..., Any]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "RealDiv": np.divide,
    "Maximum": np.maximum,
    "Minimum": np.minimum,
    "SquaredDifference": lambda a, b: (a - b) * (a - b),
}
UNARY: dict[str, tuple[Callable[..., Any], dict[str, float]]] = {
    "Abs": (np.abs, {}),
    "Neg": (np.negative, {}),
    "Square": (np.square, {}),
    "Reciprocal": (lambda x: F32(1) / x, {}),
    "Relu": (lambda x: np.where(x < 0, F32(0), x), {}),
    "Relu6": (lambda x: clipped(x, F32(0), F32(6)), {}),
    "LeakyRelu": (lambda x: np.where(x < 0, x * F32(0.3), x), {"negative_slope": 0.3}),
    "HardSwish": (lambda x: x * clipped(x + F32(3), F32(0), F32(6)) * F32(1 / 6), {}),
    "HardSigmoid": (
        lambda x: clipped(x * F32(0.2) + F32(0.5), F32(0), F32(1)),
        {"alpha": 0.2, "beta": 0.5},
    ),
    "Power": (lambda x: x * F32(1.7) + F32(0.1), {"power": 1.0, "scale": 1.7, "shift": 0.1}),
    "Floor": (np.floor, {}),  # no chain goes through it
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from([*BINARY, *UNARY, "ClipByValue"]),
        st.sampled_from(["number", "number", "input", "earlier"]),
        st.booleans(),  # the operands of a binary operator are exchanged
        st.sampled_from([False, False, False, True]),  # the result is an output of the graph
    ),
    min_size=1,
    max_size=14,
)
SIZES = st.sampled_from([1, 15, 256, 300, 2049, 5000])


def numbers(seed: int, count: int, dtype: np.dtype) -> np.ndarray:
    """Normal numbers; where there is room, what is special in the type comes first."""
    found = values(seed, (count,), dtype)
    limits = ml_dtypes.finfo(dtype)
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, *([1.0] * 5)], dtype)
    special[5:] = [limits.max, limits.min, limits.tiny, -limits.tiny, limits.smallest_subnormal]
    if count > 2 * len(special):
        found[: len(special)] = np.random.default_rng(seed).permutation(special)
        found[-len(special) :] = special
    return found


def bits(x: np.ndarray) -> np.ndarray:
    """The bytes of every element, all NaN alike."""
    plain: np.ndarray = np.where(np.isnan(x), np.array(np.nan, x.dtype), x)
    return plain.view(np.uint16 if x.dtype.itemsize == 2 else np.uint32)


class Chain:
    """A graph that grows with its expected values."""

    def __init__(self, seed: int, count: int, dtype: np.dtype) -> None:
        self.seed, self.count, self.dtype = seed, count, dtype
        self.graph = ge.Graph("chain")
        self.fed: list[np.ndarray] = []
        self.made: list[tuple[Any, np.ndarray]] = [self.input()]
        self.outputs: list[np.ndarray] = []

    def input(self) -> tuple[Any, np.ndarray]:
        array = numbers(self.seed + len(self.fed), self.count, self.dtype)
        self.fed.append(array)
        return self.graph.input(f"x{len(self.fed)}", shape=array.shape, dtype=self.dtype), array

    def number(self, value: float) -> tuple[Any, Const]:
        rounded = np.array(value, self.dtype)
        return self.graph.const(rounded), Const(rounded)

    def operands(self, name: str, kind: str, exchanged: bool) -> list[tuple[Any, Any]]:
        random = np.random.default_rng(self.seed + len(self.made))
        running = self.made[-1]
        if name in UNARY:
            return [running]
        if name == "ClipByValue":
            return [running, self.number(-random.random()), self.number(random.random() * 3)]
        earlier = self.made[random.integers(len(self.made))]
        other = {
            "input": self.input,
            "number": lambda: self.number(random.normal()),
            "earlier": lambda: earlier,
        }
        both = [running, other[kind]()]
        return both[::-1] if exchanged else both

    def step(self, name: str, kind: str, exchanged: bool, escapes: bool) -> None:
        operands = self.operands(name, kind, exchanged)
        function, attrs = UNARY.get(name) or (BINARY.get(name, clipped), {})
        arrays = [x.value if isinstance(x, Const) else x for _, x in operands]
        with np.errstate(all="ignore"):
            expected = np.asarray(function(*(array.astype(np.float32) for array in arrays))).astype(
                self.dtype
            )
        [alone] = run_op(name, [x for _, x in operands], attrs)
        assert_same(alone, expected, self.dtype)
        symbol = self.graph.op(name, *(symbol for symbol, _ in operands), **attrs)
        self.made.append((symbol, alone))
        if escapes:
            self.output()

    def output(self) -> None:
        symbol, alone = self.made[-1]
        self.graph.output(symbol)
        self.outputs.append(alone)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@given(seed=seeds, count=SIZES, steps=STEPS)
@few
def test_a_fused_chain_rounds_like_its_operators_one_by_one(
    dtype: np.dtype, seed: int, count: int, steps: list[tuple[str, str, bool, bool]]
) -> None:
    chain = Chain(seed, count, dtype)
    for step in steps:
        chain.step(*step)
    if not steps[-1][3]:
        chain.output()
    with ge.GeSession() as session:
        results = session.add_graph(chain.graph).run(*chain.fed)
    assert len(results) == len(chain.outputs)
    for result, alone in zip(results, chain.outputs, strict=True):
        np.testing.assert_array_equal(bits(np.array(result)), bits(alone))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("name", [*BINARY, *UNARY, "ClipByValue"])
def test_every_operator_in_the_middle_of_a_chain(name: str, dtype: np.dtype) -> None:
    forms = [(kind, exchanged) for kind in ("number", "input") for exchanged in (False, True)]
    for kind, exchanged in forms if name in BINARY else forms[:1]:
        chain = Chain(7, 300, dtype)
        chain.step("Mul", "number", False, False)
        chain.step(name, kind, exchanged, False)
        chain.step("Add", "number", False, True)
        with ge.GeSession() as session:
            [result] = session.add_graph(chain.graph).run(*chain.fed)
        np.testing.assert_array_equal(bits(np.array(result)), bits(chain.outputs[0]))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_a_chain_of_more_steps_and_operands_than_one_kernel_takes(dtype: np.dtype) -> None:
    chain = Chain(11, 700, dtype)
    for i in range(45):
        chain.step("Add" if i % 2 else "Maximum", "input" if i % 3 else "number", False, i == 44)
    with ge.GeSession() as session:
        [result] = session.add_graph(chain.graph).run(*chain.fed)
    np.testing.assert_array_equal(bits(np.array(result)), bits(chain.outputs[0]))


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_large_chains_are_split_over_threads(dtype: np.dtype) -> None:
    chain = Chain(13, 200_003, dtype)
    x = chain.fed[0].astype(np.float32)
    symbol = chain.made[0][0]
    with np.errstate(all="ignore"):
        expected = (x * F32(1.5)).astype(dtype).astype(np.float32)
        expected = (expected - F32(0.25)).astype(dtype)
    for name, value in (("Mul", 1.5), ("Sub", 0.25)):
        symbol = chain.graph.op(name, symbol, chain.graph.const(np.array(value, dtype)))
    chain.graph.output(symbol)
    with ge.GeSession() as session:
        [result] = session.add_graph(chain.graph).run(*chain.fed)
    assert_same(np.array(result), expected, dtype)
