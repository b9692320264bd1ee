"""Operators of several broadcast operands: arithmetic, comparison and logic, against numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    BFLOAT16,
    BOOL,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    FLOATS,
    FLOATS64,
    INTEGERS,
    SIGNED,
    UNSIGNED,
    assert_close,
    assert_same,
    broadcastable,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    shapes,
    values,
    wrapped,
)

INT8, INT16, INT32, INT64 = SIGNED
UINT8, UINT16 = UNSIGNED[:2]
SMALL_INTEGERS = (*SIGNED, UINT8, UINT16)


FLOAT_ARITHMETIC: list[tuple[str, Any, float]] = [
    ("Add", np.add, 0),
    ("Sub", np.subtract, 0),
    ("Mul", np.multiply, 0),
    ("Div", np.divide, 0),
    ("RealDiv", np.divide, 0),
    ("DivNoNan", np.divide, 0),
    ("FloorDiv", lambda a, b: np.floor(a / b), 0),
    ("TruncateDiv", lambda a, b: np.trunc(a / b), 0),
    ("FloorMod", np.mod, 1e-5),
    ("Mod", np.fmod, 1e-5),
    ("Maximum", np.maximum, 0),
    ("Minimum", np.minimum, 0),
    ("Pow", np.power, 0),
    ("SquaredDifference", lambda a, b: (a - b) ** 2, 0),
    ("Atan2", np.arctan2, 0),
    ("Xlogy", lambda a, b: a * np.log(b), 1e-6),
    ("Xdivy", np.divide, 0),
]


@pytest.mark.parametrize("dtype", FLOATS64, ids=str)
@pytest.mark.parametrize(
    ("op", "reference", "atol"), FLOAT_ARITHMETIC, ids=[row[0] for row in FLOAT_ARITHMETIC]
)
@few
@given(dims=broadcastable(), seed=seeds)
def test_float_arithmetic_broadcasts(
    op: str, reference: Any, atol: float, dtype: Any, dims: Any, seed: int
) -> None:
    a, b = values(seed, dims[0], dtype, 0.5, 9), values(seed + 1, dims[1], dtype, 0.25, 4)
    [y] = run_op(op, [a, b])
    single = dtype in (FLOAT16, BFLOAT16)
    # Quotients are rounded before they are floored, so the reference does that in the same type.
    rounded = np.float32 if single else dtype
    wide = (np.float64, rounded)[op in ("FloorDiv", "TruncateDiv")]
    assert_close(y, reference(a.astype(wide), b.astype(wide)), dtype, rtol=2, atol=atol)


def quotient(a: int, b: int) -> int:
    return 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def remainder(a: int, b: int) -> int:
    return a - quotient(a, b) * b if b else 0


INTEGER_ARITHMETIC: list[tuple[str, Any, tuple[np.dtype[Any], ...]]] = [
    ("Add", lambda a, b: a + b, (*SIGNED, UINT8)),
    ("Sub", lambda a, b: a - b, SMALL_INTEGERS),
    ("Mul", lambda a, b: a * b, SMALL_INTEGERS),
    ("Div", quotient, SMALL_INTEGERS),
    ("RealDiv", quotient, SMALL_INTEGERS),
    ("TruncateDiv", quotient, SMALL_INTEGERS),
    ("FloorDiv", lambda a, b: a // b if b else 0, SMALL_INTEGERS),
    ("FloorMod", lambda a, b: a % b if b else 0, (INT32, INT64)),
    ("Mod", remainder, (INT8, INT32, INT64, UINT8)),
    ("Maximum", max, (INT8, INT32, INT64)),
    ("Minimum", min, (INT8, INT32, INT64)),
    ("SquaredDifference", lambda a, b: (a - b) ** 2, (INT32, INT64)),
    ("BitwiseAnd", lambda a, b: a & b, INTEGERS),
    ("BitwiseOr", lambda a, b: a | b, INTEGERS),
    ("BitwiseXor", lambda a, b: a ^ b, INTEGERS),
]


@pytest.mark.parametrize(
    ("op", "reference", "dtype"),
    [
        pytest.param(op, reference, dtype, id=f"{op}-{dtype}")
        for op, reference, dtypes in INTEGER_ARITHMETIC
        for dtype in dtypes
    ],
)
@few
@given(dims=broadcastable(), seed=seeds, near_zero=st.booleans())
def test_integer_arithmetic_wraps_and_never_traps(
    op: str, reference: Any, dtype: Any, dims: Any, seed: int, near_zero: bool
) -> None:
    low = max(np.iinfo(dtype).min, -2) if near_zero else None
    a, b = values(seed, dims[0], dtype), values(seed + 1, dims[1], dtype, low, 2 if near_zero else None)
    a.reshape(-1)[:1] = np.iinfo(dtype).min
    [y] = run_op(op, [a, b])
    numbers = np.frompyfunc(lambda x, z: reference(int(x), int(z)), 2, 1)(a.astype(object), b.astype(object))
    assert_same(y, wrapped(numbers, dtype), dtype)


@pytest.mark.parametrize("dtype", [INT8, INT16, INT32, INT64, UINT8], ids=str)
def test_integer_powers_wrap_and_truncate(dtype: Any) -> None:
    base = np.array([0, 1, 2, 3, 7, 2, 1, 5], dtype)
    exponent = np.array([0, 9, 7, 5, 2, 0, 3, 1], dtype)
    if dtype.kind == "i":
        base, exponent = (
            np.append(base, [2, -1, -1, 1]).astype(dtype),
            np.append(exponent, [-1, -3, -2, -5]).astype(dtype),
        )
    expected = [0**0, 1, 2**7, 3**5, 49, 1, 1, 5, *((0, -1, 1, 1) if dtype.kind == "i" else ())]
    [y] = run_op("Pow", [base, exponent])
    assert_same(y, wrapped(expected, dtype), dtype)


def test_a_constant_square_is_exact() -> None:
    x = values(3, (5, 7), FLOAT32)
    [y] = run_op("Pow", [x, np.float32(2)])
    assert_close(y, x.astype(np.float64) ** 2, FLOAT32)


def test_shifts_leave_nothing_of_what_is_shifted_out() -> None:
    x, by = np.array([-8, -8, 1, 3, -1], np.int32), np.array([1, 40, 31, 33, 31], np.int32)
    assert_same(run_op("LeftShift", [x, by])[0], [-16, 0, -(2**31), 0, -(2**31)], INT32)
    assert_same(run_op("RightShift", [x, by])[0], [-4, -1, 0, 0, -1], INT32)


@pytest.mark.parametrize("dtype", FLOATS64, ids=str)
def test_maximum_and_minimum_keep_nan(dtype: Any) -> None:
    a, b = np.array([np.nan, 1, np.inf, -1], dtype), np.array([1, np.nan, 2, -np.inf], dtype)
    assert_same(run_op("Maximum", [a, b])[0], [np.nan, np.nan, np.inf, -1], dtype)
    assert_same(run_op("Minimum", [a, b])[0], [np.nan, np.nan, 2, -np.inf], dtype)


def test_division_by_zero_is_infinite_or_left_out() -> None:
    a, b = np.array([1, -1, 0], np.float32), np.zeros(3, np.float32)
    assert_same(run_op("Div", [a, b])[0], [np.inf, -np.inf, np.nan], FLOAT32)
    assert_same(run_op("DivNoNan", [a, b])[0], [0, 0, 0], FLOAT32)
    assert_same(run_op("Xdivy", [np.zeros(1, np.float32), np.zeros(1, np.float32)])[0], [0], FLOAT32)


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        (FLOAT32, FLOAT16, FLOAT32),
        (FLOAT16, BFLOAT16, FLOAT32),
        (INT32, FLOAT16, FLOAT16),
        (INT8, UINT8, INT16),
        (BOOL, INT32, INT32),
        (FLOAT64, FLOAT32, FLOAT64),
    ],
    ids=str,
)
@few
@given(dims=broadcastable(), seed=seeds)
def test_mul_promotes_its_operands(first: Any, second: Any, result: Any, dims: Any, seed: int) -> None:
    a, b = values(seed, dims[0], first, 0, 9), values(seed + 1, dims[1], second, 0, 9)
    [y] = run_op("Mul", [a, b])
    assert_close(
        y, a.astype(np.float64) * b.astype(np.float64), result
    ) if result in FLOATS64 else assert_same(y, a.astype(np.int64) * b.astype(np.int64), result)


COMPARISONS: list[tuple[str, Any]] = [
    ("Equal", np.equal),
    ("NotEqual", np.not_equal),
    ("Less", np.less),
    ("LessEqual", np.less_equal),
    ("Greater", np.greater),
    ("GreaterEqual", np.greater_equal),
]


@pytest.mark.parametrize("dtype", [*FLOATS64, *SIGNED, UINT8], ids=str)
@pytest.mark.parametrize(("op", "reference"), COMPARISONS, ids=[op for op, _ in COMPARISONS])
@few
@given(dims=broadcastable(), seed=seeds)
def test_comparisons_give_bools(op: str, reference: Any, dtype: Any, dims: Any, seed: int) -> None:
    a, b = values(seed, dims[0], dtype, 0, 3), values(seed + 1, dims[1], dtype, 0, 3)
    if dtype in FLOATS64:
        a, b = np.rint(a.astype(np.float64)).astype(dtype), np.rint(b.astype(np.float64)).astype(dtype)
        a.reshape(-1)[:1] = np.nan
    [y] = run_op(op, [a, b])
    with np.errstate(invalid="ignore"):
        assert_same(y, reference(a, b), BOOL)


@few
@given(dims=broadcastable(), seed=seeds)
def test_logic_broadcasts(dims: Any, seed: int) -> None:
    a, b = values(seed, dims[0], BOOL), values(seed + 1, dims[1], BOOL)
    assert_same(run_op("LogicalAnd", [a, b])[0], a & b, BOOL)
    assert_same(run_op("LogicalOr", [a, b])[0], a | b, BOOL)
    assert_same(run_op("Add", [a, b])[0], a | b, BOOL)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_prelu_has_a_weight_per_channel(dtype: Any) -> None:
    x, weight = values(5, (2, 3, 4, 5), dtype), values(6, (3,), dtype)
    wide = x.astype(np.float64)
    [y] = run_op("PRelu", [x, weight])
    assert_close(y, np.where(wide < 0, wide * weight.astype(np.float64).reshape(3, 1, 1), wide), dtype)


@pytest.mark.parametrize("dtype", [*FLOATS64, *INTEGERS], ids=str)
@few
@given(shape=shapes(), seed=seeds, count=st.integers(1, 5))
def test_add_n_rounds_once(dtype: Any, shape: Any, seed: int, count: int) -> None:
    terms = [values(seed + k, shape, dtype) for k in range(count)]
    [y] = run_op("AddN", [terms], {"N": count})
    if dtype in FLOATS64:
        assert_close(y, sum(term.astype(np.float64) for term in terms), dtype, atol=1e-5)
    else:
        assert_same(y, wrapped(sum(term.astype(object) for term in terms), dtype), dtype)


def test_axpy_and_masked_fill() -> None:
    a, b, mask = values(1, (3, 4), FLOAT32), values(2, (4,), FLOAT32), values(3, (3, 4), BOOL)
    [y] = run_op("Axpy", [a, b], {"alpha": 0.5})
    assert_close(y, a + 0.5 * b.astype(np.float64), FLOAT32, atol=1e-7)
    [filled] = run_op("MaskedFill", [a, mask, np.float32(-1)])
    assert_same(filled, np.where(mask, np.float32(-1), a), FLOAT32)


@pytest.mark.parametrize("shape", [(70, 1000), (300, 3), (40, 50, 60)])
def test_broadcasting_of_larger_tensors(shape: tuple[int, ...]) -> None:
    x = values(1, shape, FLOAT32)
    for axis in range(len(shape)):
        dims = [1] * len(shape)
        dims[axis] = shape[axis]
        bias = values(2, dims, FLOAT32)
        assert_same(run_op("Add", [x, bias])[0], x + bias, FLOAT32)
        assert_same(run_op("Sub", [bias, x])[0], bias - x, FLOAT32)
