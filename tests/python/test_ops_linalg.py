"""Determinants, inverses, factors and triangular systems against numpy's, computed in double."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    FLOAT16,
    FLOAT32,
    FLOAT64,
    assert_close,
    few,
    operator_session,  # noqa: F401
    run_op,
    seeds,
    shapes,
    values,
)

import pyascend_ge as ge

REAL = (FLOAT32, FLOAT64)


def matrices(seed: int, batch: tuple[int, ...], n: int, dtype: np.dtype) -> np.ndarray:
    """Well-conditioned matrices."""
    return (values(seed, (*batch, n, n), FLOAT64, -1, 1) + 2 * n * np.eye(n)[::-1]).astype(dtype)


@pytest.mark.parametrize("dtype", REAL, ids=str)
@few
@given(shapes(0, 2, 3), st.integers(0, 6), seeds)
def test_determinants(dtype: np.dtype, batch: tuple[int, ...], n: int, seed: int) -> None:
    x = matrices(seed, batch, n, dtype)
    wide = x.astype(np.float64)
    [y] = run_op("MatrixDeterminant", [x])
    assert_close(y, np.linalg.det(wide), dtype, rtol=10)
    sign, log = run_op("LogMatrixDeterminant", [x])
    expected = np.linalg.slogdet(wide)
    assert_close(sign, expected[0], dtype)
    assert_close(log, expected[1], dtype, rtol=10, atol=1e-12)


def test_a_singular_matrix_has_determinant_zero() -> None:
    x = np.array([[1, 2], [2, 4]], np.float32)
    assert run_op("MatrixDeterminant", [x])[0] == 0
    sign, log = run_op("LogMatrixDeterminant", [x])
    assert sign == 0
    assert log == -np.inf


@pytest.mark.parametrize("dtype", REAL, ids=str)
@few
@given(shapes(0, 2, 3), st.integers(1, 6), st.booleans(), seeds)
def test_inverse(dtype: np.dtype, batch: tuple[int, ...], n: int, adjoint: bool, seed: int) -> None:
    x = matrices(seed, batch, n, dtype)
    [y] = run_op("MatrixInverse", [x], {"adjoint": adjoint})
    expected = np.linalg.inv(x.astype(np.float64))
    assert_close(y, np.swapaxes(expected, -1, -2) if adjoint else expected, dtype, rtol=10, atol=1e-9)


@pytest.mark.parametrize("dtype", [*REAL, FLOAT16], ids=str)
@few
@given(shapes(0, 2, 3), st.integers(1, 6), seeds)
def test_cholesky(dtype: np.dtype, batch: tuple[int, ...], n: int, seed: int) -> None:
    half = values(seed, (*batch, n, n), FLOAT64, -1, 1)
    x = (half @ np.swapaxes(half, -1, -2) + n * np.eye(n)).astype(dtype)
    [y] = run_op("Cholesky", [x])
    assert_close(y, np.linalg.cholesky(x.astype(np.float64)), dtype, rtol=10, atol=1e-6)


@pytest.mark.parametrize("dtype", REAL, ids=str)
@few
@given(shapes(0, 2, 3), st.integers(1, 6), st.integers(1, 4), st.booleans(), st.booleans(), seeds)
def test_triangular_solve(
    dtype: np.dtype, batch: tuple[int, ...], n: int, m: int, lower: bool, adjoint: bool, seed: int
) -> None:
    x = (values(seed, (*batch, n, n), FLOAT64, -1, 1) + 3 * np.eye(n)).astype(dtype)
    b = values(seed + 1, (*batch, n, m), dtype, -1, 1)
    [y] = run_op("MatrixTriangularSolve", [x, b], {"lower": lower, "adjoint": adjoint})
    triangle = np.tril(x.astype(np.float64)) if lower else np.triu(x.astype(np.float64))
    system = np.swapaxes(triangle, -1, -2) if adjoint else triangle
    assert_close(y, np.linalg.solve(system, b.astype(np.float64)), dtype, rtol=100, atol=1e-9)


F = np.float32


@pytest.mark.parametrize(
    ("op", "inputs", "message"),
    [
        ("MatrixDeterminant", [np.ones((2, 3), F)], "last two dims must be equal"),
        ("MatrixInverse", [np.ones((2, 2), F)], "singular"),
        ("Cholesky", [-np.eye(2, dtype=F)], "not positive definite: its minor of order 1"),
        ("MatrixTriangularSolve", [np.eye(2, dtype=F), np.ones((3, 1), F)], "must agree in all dims"),
        ("MatrixTriangularSolve", [np.zeros((2, 2), F), np.ones((2, 1), F)], r"zero at \[0, 0\]"),
    ],
)
def test_matrices_that_cannot_be_solved_are_refused(op: str, inputs: list[Any], message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs)
