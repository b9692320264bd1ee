"""Casts between all pairs of types, against exact arithmetic."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from ops_harness import (
    BFLOAT16,
    BOOL,
    FLOAT16,
    FLOATS64,
    INTEGERS,
    assert_same,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    values,
    wrapped,
)


def saturated(number: float, dtype: np.dtype[Any]) -> int:
    """A float as CANN's vector unit makes it an integer: truncated, kept in range, 0 for NaN."""
    limits = np.iinfo(dtype)
    if math.isnan(number):
        return 0
    if number >= float(limits.max):
        return limits.max
    return limits.min if number <= float(limits.min) else int(number)


@pytest.mark.parametrize("source", [*FLOATS64, *INTEGERS, BOOL], ids=str)
@pytest.mark.parametrize("target", [*FLOATS64, *INTEGERS, BOOL], ids=str)
def test_casts_between_all_types(source: Any, target: Any) -> None:
    x = values(7, (3, 41), source)
    flat = x.reshape(-1)
    if source in FLOATS64:
        flat[:12] = [0, -0.0, 0.5, -0.5, 1.5, -1.999, 200.7, -200.7, 1e4, np.nan, np.inf, -np.inf]
    elif source != BOOL:
        flat[:4] = [0, 1, np.iinfo(source).min, np.iinfo(source).max]
    [y] = run_op("Cast", [x], {"dst_type": ge_dtype(target)})
    if target == BOOL:
        expected: Any = x.astype(np.float64) != 0
    elif target in INTEGERS and source in FLOATS64:
        expected = np.array([saturated(float(n), target) for n in flat], target).reshape(x.shape)
    elif target in INTEGERS:
        expected = wrapped([int(n) for n in flat], target).reshape(x.shape)
    else:
        expected = rounded_once(x, target)
    assert_same(y, expected, target)


def ge_dtype(dtype: np.dtype[Any]) -> int:
    """ge::DataType's number."""
    floats = {"float32": 0, "float16": 1, "float64": 11, "bool": 12, "bfloat16": 27}
    signed = {"int8": 2, "int16": 6, "int32": 3, "int64": 9}
    unsigned = {"uint8": 4, "uint16": 7, "uint32": 8, "uint64": 10}
    return (floats | signed | unsigned)[dtype.name]


def rounded_once(x: np.ndarray, target: np.dtype[Any]) -> np.ndarray:
    """Numbers in `target`, rounded to nearest even from their exact value."""
    if target != BFLOAT16:
        with np.errstate(over="ignore"):
            return x.astype(np.longdouble if x.dtype != BFLOAT16 else np.float32).astype(target)
    exact = x.astype(np.float32 if x.dtype == BFLOAT16 else np.longdouble).astype(np.longdouble)
    mantissa, exponent = np.frexp(exact)
    with np.errstate(invalid="ignore"):
        kept = np.ldexp(np.rint(np.ldexp(mantissa, 8)), exponent - 8)
    return kept.astype(np.float32).astype(target)


def test_a_cast_to_float16_rounds_doubles_once() -> None:
    # In float this number rounds to a tie, which would then round to even: 1 instead of the next number.
    x = np.array([1 + 2.0**-11 + 2.0**-40, 1 + 2.0**-11, 1 + 3 * 2.0**-11], np.float64)
    [y] = run_op("Cast", [x], {"dst_type": 1})
    assert_same(y, np.array([1 + 2.0**-10, 1, 1 + 2.0**-9]), FLOAT16)
