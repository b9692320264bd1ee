"""Qr, Svd and Lu: factors multiply to what they are of, orthogonal where they must be; signs are free."""

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
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    shapes,
    values,
)

import pyascend_ge as ge

REAL = [FLOAT32, FLOAT64]
SLACK = {FLOAT16: 2e-2, FLOAT32: 4e-6, FLOAT64: 2e-14}
SIDES = st.tuples(st.integers(0, 6), st.integers(0, 6))


def near(actual: np.ndarray, expected: Any, dtype: Any, scale: float = 1.0) -> None:
    wanted = np.broadcast_to(expected, actual.shape)
    np.testing.assert_allclose(actual, wanted, rtol=0, atol=SLACK[dtype] * max(scale, 1.0))


def orthonormal(q: np.ndarray, dtype: Any) -> None:
    """Columns of length one that are orthogonal."""
    a = q.astype(np.float64)
    near(a.swapaxes(-1, -2) @ a, np.eye(a.shape[-1]), dtype)


def matrices(seed: int, batch: tuple[int, ...], sides: tuple[int, int], dtype: Any, rank: int) -> np.ndarray:
    """Matrices of at most this rank."""
    a, b = (values(seed + k, (*batch, n, rank), FLOAT64, -1, 1) for k, n in enumerate(sides))
    return (a @ b.swapaxes(-1, -2)).astype(dtype)


@pytest.mark.parametrize("dtype", [FLOAT16, *REAL], ids=str)
@pytest.mark.parametrize("full", [True, False])
@few
@given(batch=shapes(0, 2, 3), sides=SIDES, rank=st.integers(1, 6), seed=seeds)
def test_qr(dtype: Any, full: bool, batch: tuple[int, ...], sides: Any, rank: int, seed: int) -> None:
    m, n = sides
    x = matrices(seed, batch, sides, dtype, rank)
    q, r = run_op("Qr", [x], {"full_matrices": full})
    k = m if full else min(m, n)
    assert (q.dtype, q.shape, r.dtype, r.shape) == (dtype, (*batch, m, k), dtype, (*batch, k, n))
    orthonormal(q, dtype)
    assert np.array_equal(r, np.triu(r))
    near(q.astype(np.float64) @ r.astype(np.float64), x.astype(np.float64), dtype, 4.0)
    # A diagonal is determined but for its signs where the matrix has full rank.
    if dtype == FLOAT64 and rank >= max(sides) and min(sides) > 0:
        diagonal = np.abs(np.diagonal(r, axis1=-2, axis2=-1))
        expected = np.abs(np.diagonal(np.linalg.qr(x)[1], axis1=-2, axis2=-1))
        near(diagonal, expected, dtype, 100.0)


@pytest.mark.parametrize("dtype", REAL, ids=str)
@pytest.mark.parametrize("full", [True, False])
@few
@given(batch=shapes(0, 2, 3), sides=SIDES, rank=st.integers(1, 6), seed=seeds)
def test_svd(dtype: Any, full: bool, batch: tuple[int, ...], sides: Any, rank: int, seed: int) -> None:
    m, n = sides
    x = matrices(seed, batch, sides, dtype, rank)
    k = min(m, n)
    expected = np.linalg.svd(x.astype(np.float64), compute_uv=False) if k else np.zeros((*batch, 0))
    sigma, u, v = run_op("Svd", [x], {"full_matrices": full})
    assert (sigma.dtype, sigma.shape) == (dtype, (*batch, k))
    assert (u.dtype, u.shape) == (dtype, (*batch, m, m if full else k))
    assert (v.dtype, v.shape) == (dtype, (*batch, n, n if full else k))
    near(sigma, expected, dtype, 10.0)
    orthonormal(u, dtype)
    orthonormal(v, dtype)
    a, s, b = (part.astype(np.float64) for part in (u[..., :k], sigma, v[..., :k]))
    near((a * s[..., None, :]) @ b.swapaxes(-1, -2), x.astype(np.float64), dtype, 10.0)
    alone = run_op("Svd", [x], {"compute_uv": False})
    near(alone[0], expected, dtype, 10.0)
    assert [part.shape for part in alone[1:]] == [(0,), (0,)]


def test_singular_values_of_larger_matrices() -> None:
    x = values(1, (40, 60), FLOAT64)
    sigma, u, v = run_op("Svd", [x], {"full_matrices": True})
    np.testing.assert_allclose(sigma, np.linalg.svd(x, compute_uv=False), rtol=1e-12)
    orthonormal(u, FLOAT64)
    orthonormal(v, FLOAT64)
    np.testing.assert_allclose((u * sigma) @ v[:, :40].T, x, atol=1e-12)


@pytest.mark.parametrize("dtype", REAL, ids=str)
@pytest.mark.parametrize("index", [np.int32, np.int64])
@few
@given(batch=shapes(0, 2, 3), n=st.integers(0, 6), seed=seeds)
def test_lu(dtype: Any, index: Any, batch: tuple[int, ...], n: int, seed: int) -> None:
    x = (values(seed, (*batch, n, n), FLOAT64, -1, 1) + 2 * n * np.eye(n)[::-1]).astype(dtype)
    code = {np.int32: 3, np.int64: 9}[index]
    lu, p = run_op("Lu", [x], {"output_idx_type": code})
    assert (lu.dtype, lu.shape, p.dtype, p.shape) == (dtype, x.shape, np.dtype(index), x.shape[:-1])
    assert np.array_equal(np.sort(p, -1), np.broadcast_to(np.arange(n), p.shape))
    lower, upper = np.tril(lu.astype(np.float64), -1), np.triu(lu.astype(np.float64))
    assert np.abs(lower).max(initial=0) <= 1  # the largest pivot of each column was taken
    product = (lower + np.eye(n)) @ upper
    near(product, np.take_along_axis(x, p[..., None].astype(np.int64), -2), dtype, 4.0 * n)


def test_lu_by_hand() -> None:
    x = np.array([[1, 2], [4, 2]], np.float32)
    lu, p = run_op("Lu", [x], {"output_idx_type": 3})
    assert_close(lu, [[4, 2], [0.25, 1.5]], FLOAT32)
    assert p.tolist() == [1, 0]


SQUARE = np.ones((2, 2), np.float32)


@pytest.mark.parametrize(
    ("op", "x", "attrs", "message"),
    [
        ("Qr", SQUARE[0], {}, r"input 0 has shape \[2\]; it must have at least two dims"),
        ("Svd", SQUARE[0], {}, r"x has shape \[2\]; it must have at least two dims"),
        ("Lu", np.ones((2, 3), np.float32), {"output_idx_type": 3}, r"shape \[2,3\].*equal"),
        ("Lu", SQUARE, {"output_idx_type": 0}, "output_idx_type is 0"),
        (
            "Lu",
            np.stack([np.eye(2, dtype=np.float32), SQUARE]),
            {"output_idx_type": 3},
            "matrix 1 .* singular",
        ),
    ],
)
def test_refusals(op: str, x: np.ndarray, attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.GeError, match=message):
        run_op(op, [x], attrs)
