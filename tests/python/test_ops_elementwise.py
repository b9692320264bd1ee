"""Functions of one operand: mathematics, activations and predicates, against numpy in double."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from ops_harness import (
    BOOL,
    FLOAT32,
    FLOATS,
    FLOATS64,
    INTEGERS,
    SIGNED,
    UNSIGNED,
    assert_close,
    assert_same,
    erf,
    erfc,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    shapes,
    values,
    wrapped,
)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0.0, -x))


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0.0, x)


def gelu(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (x + 0.044715 * x**3)))


def selu(x: np.ndarray) -> np.ndarray:
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543773 * np.expm1(np.minimum(x, 0)))


# type, reference, lower and upper bound of the inputs (None: normal numbers), dtypes, absolute tolerance
MATHEMATICS: list[tuple[str, Callable[..., Any], float | None, float | None, Any, float]] = [
    ("Abs", np.abs, None, None, FLOATS64, 0),
    ("Neg", np.negative, None, None, FLOATS64, 0),
    ("Sign", np.sign, None, None, FLOATS64, 0),
    ("Exp", np.exp, -10, 10, FLOATS64, 0),
    ("Expm1", np.expm1, -3, 3, FLOATS64, 0),
    ("Log", np.log, 0.01, 1e4, FLOATS64, 1e-7),
    ("Log1p", np.log1p, -0.9, 10, FLOATS64, 1e-7),
    ("Sqrt", np.sqrt, 0, 1e4, FLOATS64, 0),
    ("Rsqrt", lambda x: 1 / np.sqrt(x), 1e-3, 1e4, FLOATS64, 0),
    ("Square", np.square, -100, 100, FLOATS64, 0),
    ("Reciprocal", np.reciprocal, 0.01, 100, FLOATS64, 0),
    ("Inv", np.reciprocal, 0.01, 100, FLOATS, 0),
    ("Floor", np.floor, -50, 50, FLOATS64, 0),
    ("Ceil", np.ceil, -50, 50, FLOATS64, 0),
    ("Rint", np.rint, -50, 50, FLOATS64, 0),
    ("Round", np.rint, -50, 50, FLOATS64, 0),
    ("Trunc", np.trunc, -50, 50, FLOATS, 0),
    ("Sin", np.sin, -8000, 8000, FLOATS64, 1e-7),
    ("Cos", np.cos, -8000, 8000, FLOATS64, 1e-7),
    ("Tan", np.tan, -1.4, 1.4, FLOATS64, 1e-7),
    ("Sinh", np.sinh, -5, 5, FLOATS64, 0),
    ("Cosh", np.cosh, -5, 5, FLOATS64, 0),
    ("Asin", np.arcsin, -1, 1, FLOATS64, 0),
    ("Acos", np.arccos, -0.99, 0.99, FLOATS64, 0),
    ("Atan", np.arctan, -50, 50, FLOATS64, 0),
    ("Asinh", np.arcsinh, -50, 50, FLOATS64, 0),
    ("Acosh", np.arccosh, 1.01, 50, FLOATS64, 0),
    ("Atanh", np.arctanh, -0.99, 0.99, FLOATS64, 0),
    ("Erf", erf, -5, 5, FLOATS64, 0),
    ("Erfc", erfc, -5, 5, FLOATS64, 0),
    ("Relu", lambda x: np.maximum(x, 0), None, None, FLOATS64, 0),
    ("Relu6", lambda x: np.clip(x, 0, 6), -10, 10, FLOATS64, 0),
    ("Sigmoid", sigmoid, -60, 60, FLOATS64, 0),
    ("LogSigmoid", lambda x: -softplus(-x), -60, 60, FLOATS, 0),
    ("Tanh", np.tanh, -10, 10, FLOATS64, 0),
    ("Softplus", softplus, -60, 60, FLOATS64, 0),
    ("Softsign", lambda x: x / (1 + np.abs(x)), -60, 60, FLOATS64, 0),
    ("Selu", selu, -10, 10, FLOATS64, 0),
    ("Gelu", gelu, -6, 6, FLOATS, 1e-6),
    ("FastGelu", lambda x: x * sigmoid(1.702 * x), -10, 10, FLOATS, 0),
    ("HardSwish", lambda x: x * np.clip(x + 3, 0, 6) / 6, -5, 5, FLOATS, 0),
    ("Mish", lambda x: x * np.tanh(softplus(x)), -20, 60, FLOATS, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("op", "reference", "low", "high", "dtype", "atol"),
    [
        pytest.param(op, reference, low, high, dtype, atol, id=f"{op}-{dtype}")
        for op, reference, low, high, dtypes, atol in MATHEMATICS
        for dtype in dtypes
    ],
)
@few
@given(shape=shapes(largest=9), seed=seeds)
def test_functions_agree_with_numpy(
    op: str, reference: Any, low: Any, high: Any, dtype: Any, atol: float, shape: Any, seed: int
) -> None:
    x = values(seed, shape, dtype, low, high)
    [y] = run_op(op, [x])
    assert_close(y, reference(x.astype(np.float64)), dtype, atol=atol, rtol=2)


PARAMETRIZED: list[tuple[str, dict[str, Any], Callable[[np.ndarray], Any]]] = [
    ("LeakyRelu", {"negative_slope": 0.125}, lambda x: np.where(x < 0, 0.125 * x, x)),
    ("LeakyRelu", {}, lambda x: np.where(x < 0, 0.0, x)),
    ("Elu", {"alpha": 0.5}, lambda x: np.where(x < 0, 0.5 * np.expm1(np.minimum(x, 0)), x)),
    ("Elu", {"alpha": 2.0, "scale": 1.5, "input_scale": 0.25},
     lambda x: np.where(x < 0, 3.0 * np.expm1(np.minimum(0.25 * x, 0)), 1.5 * x)),
    ("Swish", {"scale": 1.0}, lambda x: x * sigmoid(x)),
    ("Swish", {"scale": 2.5}, lambda x: x * sigmoid(2.5 * x)),
    ("HardSigmoid", {"alpha": 0.25, "beta": 0.5}, lambda x: np.clip(0.25 * x + 0.5, 0, 1)),
    ("HardShrink", {"lambd": 1.0}, lambda x: np.where(np.abs(x) <= 1, 0, x)),
    ("SoftShrink", {"lambd": 1.0}, lambda x: np.sign(x) * np.maximum(np.abs(x) - 1, 0)),
    ("Exp", {"base": 2.0, "scale": 0.5, "shift": 1.0}, lambda x: 2.0 ** (0.5 * x + 1)),
    ("Log", {"base": 10.0, "scale": 0.25, "shift": 8.0}, lambda x: np.log10(0.25 * x + 8)),
    ("Round", {"decimals": 1}, lambda x: np.rint(x * 10) / 10),
    ("Round", {"decimals": -1}, lambda x: np.rint(x / 10) * 10),
    ("Power", {"power": 3.0, "scale": 0.5, "shift": 4.0}, lambda x: (0.5 * x + 4) ** 3),
    ("Power", {"power": 2.0}, lambda x: x * x),
]  # fmt: skip


@pytest.mark.parametrize(
    ("op", "attrs", "reference"), PARAMETRIZED, ids=[f"{op}-{len(a)}" for op, a, _ in PARAMETRIZED]
)
@few
@given(shape=shapes(1), seed=seeds)
def test_attributes_parametrize_functions(op: str, attrs: Any, reference: Any, shape: Any, seed: int) -> None:
    x = values(seed, shape, FLOAT32, -8, 8)
    [y] = run_op(op, [x], attrs)
    assert_close(y, reference(x.astype(np.float64)), FLOAT32, rtol=4, atol=1e-6)


@pytest.mark.parametrize("dtype", FLOATS64, ids=str)
def test_limits_and_nan_pass_through_functions(dtype: Any) -> None:
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0], dtype)
    inf, nan = np.inf, np.nan
    for op, expected in [
        ("Exp", [nan, inf, 0, 1, 1]),
        ("Log", [nan, inf, nan, -inf, -inf]),
        ("Sqrt", [nan, inf, nan, 0, -0.0]),
        ("Tanh", [nan, 1, -1, 0, -0.0]),
        ("Sigmoid", [nan, 1, 0, 0.5, 0.5]),
        ("Erf", [nan, 1, -1, 0, -0.0]),
        ("Relu", [nan, inf, 0, 0, 0]),
        ("Abs", [nan, inf, inf, 0, 0]),
        ("Reciprocal", [nan, 0, -0.0, inf, -inf]),
        ("Softplus", [nan, inf, 0, np.log(2), np.log(2)]),
    ]:
        [y] = run_op(op, [x])
        assert_close(y, np.array(expected), dtype)


@pytest.mark.parametrize("dtype", FLOATS64, ids=str)
@pytest.mark.parametrize("op", ["Tanh", "Erf", "Sin", "Expm1", "Log1p", "Sqrt", "Softsign", "Floor", "Rint"])
def test_zero_keeps_its_sign(op: str, dtype: Any) -> None:
    [y] = run_op(op, [np.array([-0.0, 0.0], dtype)])
    assert_same(y, [0, 0], dtype)
    assert np.signbit(y).tolist() == [True, False]


def test_waves_of_numbers_beyond_the_fast_reduction() -> None:
    x = np.array([8192.5, -1e5, 3e8, -1e30, 0.5], np.float32)
    for op, reference in [("Sin", np.sin), ("Cos", np.cos)]:
        assert_close(run_op(op, [x])[0], reference(x.astype(np.float64)), FLOAT32)
        assert np.isnan(run_op(op, [np.array([np.inf, -np.inf, np.nan], np.float32)])[0]).all()


@pytest.mark.parametrize("op", ["Exp", "Log", "Tanh", "Sigmoid", "Erf"])
def test_subnormal_numbers_are_not_flushed(op: str) -> None:
    tiny = np.array([2.0**-149, 2.0**-140, -(2.0**-130), 1e-38], np.float32)
    reference = {"Exp": np.exp, "Log": np.log, "Tanh": np.tanh, "Sigmoid": sigmoid, "Erf": erf}[op]
    x = np.abs(tiny) if op == "Log" else tiny
    [y] = run_op(op, [x])
    wanted = reference(x.astype(np.float64)).astype(np.float32)
    assert np.all(np.abs(y - wanted) <= 2 * np.spacing(np.abs(wanted)))


def test_exp_reaches_its_subnormal_and_largest_results() -> None:
    x = np.array([-103.9, -95.0, -87.5, 88.7, 88.8, -104.5], np.float32)
    [y] = run_op("Exp", [x])
    with np.errstate(over="ignore"):
        wanted = np.exp(x.astype(np.float64)).astype(np.float32)
    assert np.array_equal(np.isinf(y), np.isinf(wanted))
    finite = ~np.isinf(wanted)
    assert np.all(np.abs(y[finite] - wanted[finite]) <= 2 * np.spacing(wanted[finite]))


@pytest.mark.parametrize(
    ("op", "dtype", "reference"),
    [
        pytest.param(op, dtype, reference, id=f"{op}-{dtype}")
        for op, dtypes, reference in [
            ("Abs", SIGNED, abs),
            ("Neg", (SIGNED[0], SIGNED[2], SIGNED[3]), lambda n: -n),
            ("Sign", SIGNED[2:], lambda n: (n > 0) - (n < 0)),
            ("Square", SIGNED[2:], lambda n: n * n),
            ("Relu", (*SIGNED, *UNSIGNED[:2]), lambda n: max(n, 0)),
            ("Relu6", INTEGERS, lambda n: min(max(n, 0), 6)),
            ("Invert", INTEGERS, lambda n: ~n),
        ]
        for dtype in dtypes
    ],
)
@few
@given(shape=shapes(), seed=seeds)
def test_functions_of_integers_wrap(op: str, dtype: Any, reference: Any, shape: Any, seed: int) -> None:
    x = values(seed, shape, dtype)
    if x.size > 1:
        x.reshape(-1)[:2] = np.iinfo(dtype).min, np.iinfo(dtype).max
    [y] = run_op(op, [x])
    numbers = np.array([reference(int(n)) for n in x.reshape(-1)], dtype=object).reshape(x.shape)
    assert_same(y, wrapped(numbers, dtype), dtype)


@pytest.mark.parametrize("dtype", FLOATS64, ids=str)
def test_predicates_of_floats(dtype: Any) -> None:
    x = np.array([[0, 1, -1, np.nan], [np.inf, -np.inf, 1e-7, -0.0]], dtype)
    assert_same(run_op("IsNan", [x])[0], np.isnan(x.astype(np.float64)), BOOL)
    assert_same(run_op("IsInf", [x])[0], np.isinf(x.astype(np.float64)), BOOL)
    assert_same(run_op("IsFinite", [x])[0], np.isfinite(x.astype(np.float64)), BOOL)


def test_logical_not_turns_bools_round() -> None:
    x = values(1, (3, 5), BOOL)
    assert_same(run_op("LogicalNot", [x])[0], ~x, BOOL)
