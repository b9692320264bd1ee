"""Softmax and its logarithm, against numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from ops_harness import (
    FLOAT16,
    FLOAT32,
    FLOATS64,
    assert_close,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    shape_and_axis,
    values,
)


def softmax(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    exponentials = np.exp(x - x.max(axis=axes, keepdims=True))
    return exponentials / exponentials.sum(axis=axes, keepdims=True)


@pytest.mark.parametrize("dtype", FLOATS64, ids=str)
@few
@given(where=shape_and_axis(), seed=seeds)
def test_softmax_and_its_logarithm(dtype: Any, where: Any, seed: int) -> None:
    shape, axis = where
    x = values(seed, shape, dtype, -8, 8)
    expected = softmax(x.astype(np.float64), (axis,))
    assert_close(run_op("SoftmaxV2", [x], {"axes": [axis]})[0], expected, dtype, rtol=4)
    assert_close(run_op("LogSoftmaxV2", [x], {"axes": [axis]})[0], np.log(expected), dtype, rtol=4, atol=1e-6)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
@pytest.mark.parametrize(("shape", "axis"), [((3, 5000), 1), ((2, 300, 70), 1), ((600, 3), 0)])
def test_softmax_of_long_rows_and_many_columns(dtype: Any, shape: tuple[int, ...], axis: int) -> None:
    x = values(9, shape, dtype, -5, 5)
    expected = softmax(x.astype(np.float64), (axis,))
    assert_close(run_op("SoftmaxV2", [x], {"axes": [axis]})[0], expected, dtype, rtol=4)


def test_softmax_over_neighbouring_axes_and_to_float() -> None:
    x = values(2, (3, 4, 5), FLOAT16, -5, 5)
    expected = softmax(x.astype(np.float64), (1, 2))
    [y] = run_op("SoftmaxV2", [x], {"axes": [-1, 1], "half_to_float": True})
    assert_close(y, expected, FLOAT32, rtol=4)


@pytest.mark.parametrize("dtype", FLOATS64, ids=str)
@pytest.mark.parametrize(
    ("shape", "axes"),
    [((3, 4, 5), (0, 2)), ((2, 3, 4, 5), (-3, -1)), ((3, 1, 2, 4, 1, 5), (0, 3, 5))],
    ids=str,
)
def test_softmax_over_axes_apart(dtype: Any, shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    x = values(3, shape, dtype, -8, 8)
    expected = softmax(x.astype(np.float64), axes)
    assert_close(run_op("SoftmaxV2", [x], {"axes": list(axes)})[0], expected, dtype, rtol=4)
    assert_close(
        run_op("LogSoftmaxV2", [x], {"axes": list(axes)})[0], np.log(expected), dtype, rtol=4, atol=1e-6
    )


def test_softmax_over_axes_apart_and_to_float() -> None:
    x = values(4, (40, 30, 50), FLOAT16, -5, 5)
    expected = softmax(x.astype(np.float64), (0, 2))
    [y] = run_op("SoftmaxV2", [x], {"axes": [2, 0], "half_to_float": True})
    assert_close(y, expected, FLOAT32, rtol=8)


def test_softmax_of_large_numbers_does_not_overflow() -> None:
    x = np.array([[1e30, 1e30, -1e30], [-200, -100, 0]], np.float32)
    assert_close(run_op("SoftmaxV2", [x])[0], softmax(x.astype(np.float64), (-1,)), FLOAT32, rtol=8)
