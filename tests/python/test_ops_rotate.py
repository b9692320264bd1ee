"""Rotated images against numpy: quarter turns exactly, other angles by turning complex numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    FLOAT32,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    values,
)

import pyascend_ge as ge

BYTE = np.dtype(np.uint8)
TYPES = [FLOAT32, BYTE]
SIDES = st.tuples(st.integers(1, 7), st.integers(1, 7), st.integers(1, 3))


def turned(x: np.ndarray, attrs: dict[str, Any], layout: str) -> np.ndarray:
    """The operator's result with channels last, whatever layout it works in."""
    fed = np.ascontiguousarray(x.transpose(2, 0, 1)) if layout == "CHW" else x
    [y] = run_op("Rotate", [fed], attrs | {"data_format": layout})
    return y.transpose(1, 2, 0) if layout == "CHW" else y


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("layout", ["HWC", "CHW"])
@pytest.mark.parametrize("how", ["nearest", "bilinear"])
@few
@given(sides=SIDES, quarters=st.integers(-5, 5), seed=seeds)
def test_quarter_turns(dtype: Any, layout: str, how: str, sides: Any, quarters: int, seed: int) -> None:
    x = values(seed, sides, dtype)
    y = turned(x, {"angle": 90.0 * quarters, "expand": True, "interpolation": how}, layout)
    assert_same(y, np.rot90(x, quarters), dtype)


def sources(shape: tuple[int, int], whole: tuple[int, int], angle: float, center: complex) -> np.ndarray:
    """Where in an image of this shape each pixel of the result was: column + row j, from the first pixel.

    Rows grow downwards, so turning back by a counter-clockwise angle multiplies with its positive power.
    """
    rows, columns = np.mgrid[: whole[0], : whole[1]]
    middle = complex(whole[1] - 1, whole[0] - 1) / 2
    from_middle = (columns + 1j * rows - middle - center) * np.exp(1j * np.deg2rad(angle)) + center
    return from_middle + complex(shape[1] - 1, shape[0] - 1) / 2


def padded(x: np.ndarray, padding: float, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    inside = (rows >= 0) & (rows < x.shape[0]) & (columns >= 0) & (columns < x.shape[1])
    clipped = x[np.clip(rows, 0, x.shape[0] - 1), np.clip(columns, 0, x.shape[1] - 1)].astype(np.float64)
    return np.where(inside[..., None], clipped, padding)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("layout", ["HWC", "CHW"])
@pytest.mark.parametrize("how", ["nearest", "bilinear"])
@few
@given(
    sides=SIDES,
    angle=st.floats(-400, 400, width=32),
    center=st.none() | st.tuples(st.integers(-2, 7), st.integers(-2, 7)),
    padding=st.sampled_from([0.0, 7.0]),
    seed=seeds,
)
def test_any_angle(
    dtype: Any, layout: str, how: str, sides: Any, angle: float, center: Any, padding: float, seed: int
) -> None:
    x = values(seed, sides, dtype)
    h, w, _ = sides
    about = 0j if center is None else complex(center[0] - w / 2, center[1] - h / 2)
    attrs = {"angle": angle, "interpolation": how, "padding_value": padding}
    y = turned(x, attrs | ({} if center is None else {"center": list(center)}), layout)
    assert y.shape == x.shape
    at = sources((h, w), (h, w), angle, about)
    if how == "nearest":
        expected = padded(x, padding, *(np.rint(part).astype(int) for part in (at.imag, at.real)))
        # A pixel that lies in the middle of two may come from either.
        sure = np.all([np.abs(part % 1 - 0.5) > 1e-6 for part in (at.imag, at.real)], 0)
        assert_same(y[sure], expected[sure], dtype)
        return
    top, left = np.floor(at.imag).astype(int), np.floor(at.real).astype(int)
    down, across = (at.imag - top)[..., None], (at.real - left)[..., None]
    upper = padded(x, padding, top, left) * (1 - across) + padded(x, padding, top, left + 1) * across
    lower = padded(x, padding, top + 1, left) * (1 - across) + padded(x, padding, top + 1, left + 1) * across
    expected = upper * (1 - down) + lower * down
    if dtype == BYTE:
        assert y.dtype == BYTE
        assert np.all(np.abs(y - expected) <= 0.5 + 1e-6)  # rounded to the nearest
    else:
        assert_close(y, expected, dtype, atol=1e-5)


@pytest.mark.parametrize(
    ("sides", "angle", "whole"),
    [
        ((100, 100), 45.0, (142, 142)),
        ((3, 4), 180.0, (3, 4)),
        ((3, 4), 30.0, (5, 6)),
        ((10, 1), 90.0, (1, 10)),
    ],
)
def test_room_for_the_whole_image(sides: Any, angle: float, whole: Any) -> None:
    # 45 degrees: from floor(50 - 70.7) to ceil(50 + 70.7). 30 degrees: 3 cos + 4 sin is 4.6, from
    # floor(1.5 - 2.3) to ceil(1.5 + 2.3); 4 cos + 3 sin is 4.96, from floor(2 - 2.48) to ceil(2 + 2.48).
    x = values(1, (*sides, 2), FLOAT32)
    [y] = run_op("Rotate", [x], {"angle": angle, "expand": True, "padding_value": 5.0})
    assert y.shape == (*whole, 2)
    at = sources(sides, whole, angle, 0j)
    expected = padded(x, 5.0, *(np.rint(part).astype(int) for part in (at.imag, at.real)))
    sure = np.all([np.abs(part % 1 - 0.5) > 1e-6 for part in (at.imag, at.real)], 0)
    assert_same(y[sure], expected[sure], FLOAT32)


def test_counter_clockwise_by_hand() -> None:
    x = np.array([[1, 2], [3, 4]], np.uint8)[..., None]
    assert run_op("Rotate", [x], {"angle": 90.0})[0][..., 0].tolist() == [[2, 4], [1, 3]]


X = np.ones((3, 4, 2), np.float32)


@pytest.mark.parametrize(
    ("x", "attrs", "message"),
    [
        (X[0], {"angle": 1.0}, r"x has shape \[4,2\]; it must be \[h,w,c\]"),
        (X[0], {"angle": 1.0, "data_format": "CHW"}, r"must be \[c,h,w\]"),
        (X, {"angle": 1.0, "data_format": "NHWC"}, 'data_format is "NHWC"; it must be HWC or CHW'),
        (
            X,
            {"angle": 1.0, "interpolation": "bicubic"},
            "interpolation is .bicubic.; it must be nearest or bilinear",
        ),
        (X, {"angle": 1.0, "padding_mode": "edge"}, "padding_mode is .edge.; it must be constant"),
        (X, {"angle": 1.0, "center": [1]}, "center has 1 values; it must have two"),
        (X, {"angle": 1.0, "center": [1, 1], "expand": True}, "left out with expand"),
        (X, {"angle": float("inf")}, "angle is required and must be a number"),
    ],
)
def test_refusals(x: np.ndarray, attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.GeError, match=message):
        run_op("Rotate", [x], attrs)
