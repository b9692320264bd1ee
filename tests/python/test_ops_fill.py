"""Tensors made of one number and arithmetic sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from ops_harness import (
    BOOL,
    FLOAT32,
    FLOATS64,
    INTEGERS,
    SIGNED,
    Const,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    shapes,
    values,
)


@pytest.mark.parametrize("dtype", [*FLOATS64, *INTEGERS, BOOL], ids=str)
@few
@given(shape=shapes(), seed=seeds)
def test_fills_have_the_value_everywhere(dtype: Any, shape: Any, seed: int) -> None:
    value = values(seed, (), dtype)
    assert_same(run_op("Fill", [Const(np.array(shape, np.int64)), value])[0], np.full(shape, value), dtype)
    assert_same(run_op("FillD", [value], {"dims": list(shape)})[0], np.full(shape, value), dtype)


@pytest.mark.parametrize("dtype", [*FLOATS64, *INTEGERS, BOOL], ids=str)
@few
@given(shape=shapes(), seed=seeds)
def test_zeros_and_ones_like(dtype: Any, shape: Any, seed: int) -> None:
    x = values(seed, shape, dtype)
    assert_same(run_op("ZerosLike", [x])[0], np.zeros(shape), dtype)
    if dtype.name not in ("uint16", "uint32", "uint64"):
        assert_same(run_op("OnesLike", [x])[0], np.ones(shape), dtype)


def test_a_large_fill_with_a_patterned_value() -> None:
    value = np.float32(1.1)
    assert_same(run_op("Fill", [Const([1000, 999]), value])[0], np.full((1000, 999), value), FLOAT32)


@pytest.mark.parametrize("dtype", [*FLOATS64, SIGNED[2], SIGNED[3]], ids=str)
@pytest.mark.parametrize(
    ("start", "limit", "delta"), [(0, 10, 1), (3, 20, 4), (10, 0, -3), (5, 5, 1), (0, 10, -1), (2, 3, 100)]
)
def test_ranges_stop_before_the_limit(dtype: Any, start: int, limit: int, delta: int) -> None:
    numbers = [Const(np.array(number, dtype)) for number in (start, limit, delta)]
    assert_same(run_op("Range", numbers)[0], np.arange(start, limit, delta), dtype)


def test_a_closed_range_has_its_limit() -> None:
    numbers = [Const(np.float32(number)) for number in (0, 10, 5)]
    assert_same(run_op("Range", numbers, {"is_closed": True})[0], [0, 5, 10], FLOAT32)


def test_a_fractional_range_does_not_accumulate_errors() -> None:
    numbers = [Const(np.float32(number)) for number in (0, 100, 0.1)]
    expected = np.arange(1000) * np.float64(np.float32(0.1))
    assert_close(run_op("Range", numbers)[0], expected, FLOAT32)
