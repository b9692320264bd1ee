"""Pooling of regions and of spatial pyramids, against numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    FLOAT16,
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

HALVES = [FLOAT32, FLOAT16]


def away_from_zero(number: float) -> int:
    """C's round()."""
    return int(math.copysign(math.floor(abs(number) + 0.5), number))


def largest_of_region(x: np.ndarray, roi: np.ndarray, bins: tuple[int, int], scales: Any) -> np.ndarray:
    """Fast R-CNN's pooling of one region, in float32 as Caffe computes."""
    f = np.float32
    image, y = x[int(roi[0])], np.zeros((x.shape[1], *bins), x.dtype)
    spans = []
    for axis, count in enumerate(bins):
        start, end = (away_from_zero(float(f(roi[2 - axis + k]) * f(scales[axis]))) for k in (0, 2))
        size = f(max(end - start + 1, 1)) / f(count)
        limit = image.shape[1 + axis]
        edges = [(math.floor(f(i) * size) + start, math.ceil(f(i + 1) * size) + start) for i in range(count)]
        spans.append([(min(max(a, 0), limit), min(max(b, 0), limit)) for a, b in edges])
    for i, (top, bottom) in enumerate(spans[0]):
        for k, (left, right) in enumerate(spans[1]):
            if bottom > top and right > left:
                y[:, i, k] = image[:, top:bottom, left:right].max((1, 2))
    return y


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@few
@given(bins=st.tuples(st.integers(1, 4), st.integers(1, 4)), seed=seeds)
def test_largest_values_of_regions(dtype: Any, bins: tuple[int, int], seed: int) -> None:
    x = values(seed, (2, 3, 8, 9), dtype)
    corners = values(seed + 1, (6, 4), FLOAT32, -4, 24).astype(dtype)  # some outside, some backwards
    rois = np.concatenate([values(seed + 2, (6, 1), np.int32, 0, 1).astype(dtype), corners], 1)
    attrs = {"pooled_h": bins[0], "pooled_w": bins[1], "spatial_scale_h": 0.5, "spatial_scale_w": 0.4}
    [y] = run_op("ROIPooling", [x, rois, None], attrs)
    assert_same(y, np.stack([largest_of_region(x, roi, bins, (0.5, 0.4)) for roi in rois]), dtype)


def test_a_region_of_one_pixel_and_one_of_no_image() -> None:
    x = np.arange(32, dtype=np.float32).reshape(2, 1, 4, 4)
    rois = np.array([[1, 2, 1, 2, 1], [2, 0, 0, 3, 3], [-1, 0, 0, 3, 3]], np.float32)
    attrs = {"pooled_h": 2, "pooled_w": 2, "spatial_scale_h": 1.0, "spatial_scale_w": 1.0}
    [y] = run_op("ROIPooling", [x, rois, None], attrs)
    np.testing.assert_array_equal(y, [np.full((1, 2, 2), 22.0), np.zeros((1, 2, 2)), np.zeros((1, 2, 2))])


def test_images_without_pixels() -> None:
    rois = np.array([[0, 2, 1, 2, 1]], np.float32)
    attrs = {"pooled_h": 2, "pooled_w": 2, "spatial_scale_h": 1.0, "spatial_scale_w": 1.0}
    [y] = run_op("ROIPooling", [np.zeros((1, 3, 0, 4), np.float32), rois, None], attrs)
    np.testing.assert_array_equal(y, np.zeros((1, 3, 2, 2)))
    empty = np.zeros((2, 0, 4, 4), np.float32)
    assert run_op("SPP", [empty], {"pyramid_height": 2})[0].shape == (2, 0)
    assert run_op("Normalize", [empty, np.ones(1, np.float32)])[0].shape == empty.shape
    assert run_op("Scale", [empty, np.ones(0, np.float32), None])[0].shape == empty.shape


def mean_of_region(x: np.ndarray, roi: np.ndarray, dim: int, group: int, scale: float) -> np.ndarray:
    """R-FCN's pooling of one region, in float32 as its layer computes."""
    f = np.float32
    image, y = x[int(roi[0])].astype(np.float64), np.zeros((dim, group, group))
    spans = []
    for axis in (0, 1):
        start = f(away_from_zero(float(roi[2 - axis]))) * f(scale)
        end = f(away_from_zero(float(roi[4 - axis])) + 1) * f(scale)
        size = max(end - start, f(0.1)) / f(group)
        limit = image.shape[1 + axis]
        edges = [(math.floor(f(i) * size + start), math.ceil(f(i + 1) * size + start)) for i in range(group)]
        spans.append([(min(max(a, 0), limit), min(max(b, 0), limit)) for a, b in edges])
    for c, i, k in np.ndindex(dim, group, group):
        (top, bottom), (left, right) = spans[0][i], spans[1][k]
        if bottom > top and right > left:
            y[c, i, k] = image[(c * group + i) * group + k, top:bottom, left:right].mean()
    return y


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@few
@given(dim=st.integers(1, 3), group=st.integers(1, 3), seed=seeds)
def test_means_of_position_sensitive_regions(dtype: Any, dim: int, group: int, seed: int) -> None:
    x = values(seed, (2, dim * group * group, 7, 8), dtype)
    corners = values(seed + 1, (6, 4), FLOAT32, -4, 24).astype(dtype)
    rois = np.concatenate([values(seed + 2, (6, 1), np.int32, 0, 1).astype(dtype), corners], 1)
    attrs = {"output_dim": dim, "group_size": group, "spatial_scale": 0.5}
    [y] = run_op("PSROIPooling", [x, rois], attrs)
    assert_close(y, np.stack([mean_of_region(x, roi, dim, group, 0.5) for roi in rois]), dtype, atol=1e-6)


def pyramid_level(x: np.ndarray, bins: int, mean: bool) -> np.ndarray:
    """Caffe's pooling layer with the kernel, stride and padding of its SPP layer."""
    n, c, h, w = x.shape
    spans = []
    for length in (h, w):
        kernel = math.ceil(length / bins)
        pad = (kernel * bins - length + 1) // 2
        begins = [i * kernel - pad for i in range(bins)]
        ends = [min(begin + kernel, length + pad) for begin in begins]
        spans.append([(a, b, max(a, 0), min(b, length)) for a, b in zip(begins, ends, strict=True)])
    y = np.empty((n, c, bins, bins))
    for i, (a, b, top, bottom) in enumerate(spans[0]):
        for k, (p, q, left, right) in enumerate(spans[1]):
            window = x[:, :, top:bottom, left:right].astype(np.float64)
            y[:, :, i, k] = window.sum((2, 3)) / ((b - a) * (q - p)) if mean else window.max((2, 3))
    return y.reshape(n, -1)


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@pytest.mark.parametrize("method", [0, 1])
@pytest.mark.parametrize("plane", [(8, 8), (6, 7), (13, 4), (11, 23)], ids=str)
@few
@given(seed=seeds)
def test_spatial_pyramids(dtype: Any, method: int, plane: tuple[int, int], seed: int) -> None:
    x = values(seed, (2, 3, *plane), dtype)
    [y] = run_op("SPP", [x], {"pyramid_height": 3, "pool_method": method})
    expected = np.concatenate([pyramid_level(x, bins, method == 1) for bins in (1, 2, 4)], 1)
    assert_close(y, expected, dtype, atol=1e-6)
    [y] = run_op("SPP", [x], {"pyramid_height": 1, "pool_method": method})
    assert_close(y, pyramid_level(x, 1, method == 1).reshape(2, 3, 1, 1), dtype, atol=1e-6)


X = np.ones((2, 3, 4, 4), np.float32)
ROIS = np.ones((1, 5), np.float32)
POOLED = {"pooled_h": 2, "pooled_w": 2, "spatial_scale_h": 1.0, "spatial_scale_w": 1.0}


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        (
            "Scale",
            [X, np.ones(4, np.float32), None],
            {},
            r"scale has shape \[4\].*1 dims of x .* from axis 1",
        ),
        ("ROIPooling", [X, ROIS[:, :4], None], POOLED, r"rois \[1,4\] must be .*\[count,5\]"),
        ("ROIPooling", [X, ROIS, np.ones(1, np.int32)], POOLED, "roi_actual_num is not emulated"),
        ("ROIPooling", [X, ROIS, None], POOLED | {"pooled_h": 0}, r"pooled_h is 0.*\[1, "),
        (
            "ROIPooling",
            [X, ROIS, None],
            POOLED | {"spatial_scale_w": -1.0},
            "spatial_scale_w is -1.*positive",
        ),
        (
            "PSROIPooling",
            [X, ROIS],
            {"output_dim": 2, "group_size": 2, "spatial_scale": 1.0},
            "x has 3 channels; output_dim 2 and group_size 2 need 8",
        ),
        ("SPP", [X], {"pyramid_height": 5}, "4 by 4 are too small for 8 bins"),
        ("SPP", [X], {"pyramid_height": 2, "pool_method": 2}, "pool_method 2"),
        ("SPP", [X], {"pyramid_height": 0}, "pyramid_height 0"),
    ],
)
def test_refusals(op: str, inputs: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.GeError, match=message):
        run_op(op, inputs, attrs)
