"""Casts between all pairs of types, against exact arithmetic."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from ops_harness import (
    BFLOAT16,
    BOOL,
    FLOAT16,
    FLOAT32,
    FLOATS64,
    INTEGERS,
    Const,
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


E5M2, E4M3 = np.dtype(ml_dtypes.float8_e5m2), np.dtype(ml_dtypes.float8_e4m3fn)
FLOAT8 = {E5M2: 35, E4M3: 36}
EDGES = [0, -0.0, 1e6, -1e6, 448, 464, 464.1, 57344, 61439, 61440, 2.0**-9, 2.0**-10, 2.0**-16, 1e-9]


def eighths(x: np.ndarray, target: np.dtype[Any]) -> np.ndarray:
    """Numbers in an 8-bit float by ml_dtypes, which never saturates; infinities saturate as numbers do."""
    limit = float(ml_dtypes.finfo(target).max)
    return np.asarray(np.where(np.isnan(x), x, np.clip(x, -limit, limit))).astype(target)


@pytest.mark.parametrize("target", FLOAT8, ids=str)
@pytest.mark.parametrize("source", FLOATS64, ids=str)
def test_casts_to_8_bit_floats(source: Any, target: Any) -> None:
    x = values(9, (5, 401), source, -30, 30)
    with np.errstate(over="ignore"):
        x[0, : len(EDGES) + 3] = np.array([*EDGES, np.nan, np.inf, -np.inf], source)
    x[1] *= np.array(2.0**-12, source)
    [y] = run_op("Cast", [x], {"dst_type": FLOAT8[target]})
    assert_same(y.astype(np.float32), eighths(x.astype(np.float64), target).astype(np.float32), FLOAT32)
    assert y.dtype == target


@pytest.mark.parametrize("source", FLOAT8, ids=str)
def test_casts_from_8_bit_floats(source: Any) -> None:
    x = np.arange(256, dtype=np.uint8).view(source)
    for target in FLOATS64:
        assert_same(run_op("Cast", [x], {"dst_type": ge_dtype(target)})[0], x.astype(np.float32), target)


def test_casts_of_powers_of_two() -> None:
    e8m0 = np.dtype(ml_dtypes.float8_e8m0fnu)
    x = np.arange(256, dtype=np.uint8).view(e8m0)
    assert_same(run_op("Cast", [x], {"dst_type": 0})[0], x.astype(np.float32), FLOAT32)
    numbers = np.array([1, 1.49, 1.5, 3, 2.0**-127, 3e38, np.nan, -1], np.float32)
    [y] = run_op("Cast", [numbers], {"dst_type": 37})
    assert y.view(np.uint8).tolist() == [127, 127, 128, 129, 0, 254, 255, 255]


PACKED = {"int4": (29, -8, 8), "uint1": (30, 0, 2), "int2": (31, -2, 2), "uint2": (32, 0, 4)}


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("source", [FLOAT16, np.dtype("int8"), np.dtype("int64")], ids=str)
def test_casts_through_packed_integers(packed: str, source: Any) -> None:
    number, low, high = PACKED[packed]
    x = values(3, (3, 1367), source, -20, 20)
    [y] = run_op("Cast", [x], {"dst_type": number}, then=("Cast", {"dst_type": 2}))
    if source.kind == "f":
        expected = np.clip(np.trunc(x.astype(np.float64)), low, high - 1)
    else:
        expected = (x.astype(np.int64) - low) % (high - low) + low
    assert_same(y, expected, "int8")


@pytest.mark.parametrize("name", ["int4", "int2", "uint2", "float4_e2m1fn"])
@pytest.mark.parametrize("count", [0, 1, 7, 1001])
def test_packed_arrays_cross_the_border(name: str, count: int) -> None:
    dtype = np.dtype(getattr(ml_dtypes, name))
    x = np.random.default_rng(1).integers(-2, 2, count).astype(FLOAT32).astype(dtype).reshape(1, count)
    number = {"int4": 29, "int2": 31, "uint2": 32, "float4_e2m1fn": 40}[name]
    for given in (x, Const(x)):
        assert_same(run_op("Cast", [given], {"dst_type": 0})[0], x, FLOAT32)
    [back] = run_op("Cast", [x.astype(FLOAT32)], {"dst_type": number})
    assert back.dtype == dtype
    assert_same(back.astype(FLOAT32), x, FLOAT32)


def test_casts_through_4_bit_floats() -> None:
    x = np.concatenate([values(4, (99,), FLOAT32, -8, 8), [0.25, 0.75, 2.5, 5, 5.1, np.inf, -np.inf, np.nan]])
    x = x.astype(np.float32)
    [y] = run_op("Cast", [x], {"dst_type": 40}, then=("Cast", {"dst_type": 0}))
    limited = np.where(np.isnan(x), 0, np.clip(x, -6, 6))
    assert_same(y, limited.astype(ml_dtypes.float4_e2m1fn), FLOAT32)


def test_a_cast_to_float16_rounds_doubles_once() -> None:
    # In float this number rounds to a tie, which would then round to even: 1 instead of the next number.
    x = np.array([1 + 2.0**-11 + 2.0**-40, 1 + 2.0**-11, 1 + 3 * 2.0**-11], np.float64)
    [y] = run_op("Cast", [x], {"dst_type": 1})
    assert_same(y, np.array([1 + 2.0**-10, 1, 1 + 2.0**-9]), FLOAT16)
