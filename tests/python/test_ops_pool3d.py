"""Pooling of volumes and lines, with indices, and adaptive pooling, against numpy one window at a time."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401
    run_op,
    seeds,
    values,
)

import pyascend_ge as ge


class Axis:
    """Windows along one axis: size, stride, dilation and padding; how many there are."""

    def __init__(self, length: int, size: int, stride: int, dilation: int, pads: tuple[int, int], ceil: bool):
        self.length, self.size, self.stride, self.dilation, self.pads = length, size, stride, dilation, pads
        free = (length + sum(pads) - (size - 1) * dilation - 1) / stride
        self.count = (math.ceil(free) if ceil else math.floor(free)) + 1
        if ceil and (self.count - 1) * stride >= length + pads[0]:
            self.count -= 1

    def window(self, at: int) -> tuple[list[int], int]:
        """The elements of window `at` that exist, and how many it has in the padded axis."""
        places = [at * self.stride - self.pads[0] + k * self.dilation for k in range(self.size)]
        return [p for p in places if 0 <= p < self.length], sum(
            p < self.length + self.pads[1] for p in places
        )


def pool(x: np.ndarray, axes: list[Axis], kind: str, exclusive: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Pool the last axes of x; the second result is where the maximum is, counted over these axes."""
    lead = x.shape[: x.ndim - len(axes)]
    counts = [axis.count for axis in axes]
    y = np.zeros((*lead, *counts), x.dtype if kind == "max" else np.float64)
    where = np.zeros(y.shape, np.int64)
    numbers = np.arange(math.prod(a.length for a in axes)).reshape([a.length for a in axes])
    for at in itertools.product(*map(range, counts)):
        found = [axis.window(i) for axis, i in zip(axes, at, strict=True)]
        picked = np.ix_(*(places for places, _ in found))
        window = x[(..., *picked)].reshape(*lead, -1)
        if window.shape[-1] == 0:
            continue
        if kind == "max":
            y[(..., *at)] = window.max(-1)
            where[(..., *at)] = numbers[picked].reshape(-1)[window.argmax(-1)]
        else:
            counted = window.shape[-1] if exclusive else math.prod(n for _, n in found)
            y[(..., *at)] = window.astype(np.float64).sum(-1) / counted
    return y, where


@st.composite
def axes_of(
    draw: st.DrawFn, lengths: tuple[int, ...], dilated: bool = True, symmetric: bool = False
) -> tuple[list[Axis], bool]:
    """Windows that fit axes of these lengths, and whether their number is rounded up."""
    ceil = draw(st.booleans())
    found = []
    for length in lengths:
        size = draw(st.integers(1, 3))
        dilation = draw(st.integers(1, 2)) if dilated else 1
        reach = (size - 1) * dilation
        before = draw(st.integers(0, reach))
        after = before if symmetric else draw(st.integers(0, reach))
        found.append(Axis(length, size, draw(st.integers(1, 3)), dilation, (before, after), ceil))
    return found, ceil


def volume(x: np.ndarray, layout: str) -> np.ndarray:
    """[n, c, d, h, w] in a layout."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1)) if layout == "NDHWC" else x


def first(y: np.ndarray, layout: str) -> np.ndarray:
    return np.moveaxis(y, -1, 1) if layout == "NDHWC" else y


def five(layout: str, numbers: list[int]) -> list[int]:
    return [1, *numbers, 1] if layout == "NDHWC" else [1, 1, *numbers]


@pytest.mark.parametrize(
    "dtype", [FLOAT32, FLOAT16, BFLOAT16, FLOAT64, np.dtype("int8"), np.dtype("int32")], ids=str
)
@pytest.mark.parametrize("layout", ["NCDHW", "NDHWC"])
@few
@given(st.data(), seeds)
def test_max_pool_3d(dtype: np.dtype, layout: str, data: st.DataObject, seed: int) -> None:
    axes, ceil = data.draw(axes_of((6, 7, 9)))
    x = values(seed, (2, 3, 6, 7, 9), dtype)
    attrs = {
        "ksize": five(layout, [a.size for a in axes]),
        "strides": five(layout, [a.stride for a in axes]),
        "dilation": five(layout, [a.dilation for a in axes]),
        "pads": [p for a in axes for p in a.pads],
        "padding": "CALCULATED",
        "ceil_mode": int(ceil),
        "data_format": layout,
    }
    [y] = run_op("MaxPool3D", [volume(x, layout)], attrs)
    assert_same(first(y, layout), pool(x, axes, "max")[0], dtype)


@pytest.mark.parametrize("op", ["AvgPool3D", "AvgPool3DD"])
@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, BFLOAT16, FLOAT64], ids=str)
@pytest.mark.parametrize("layout", ["NCDHW", "NDHWC"])
@few
@given(st.data(), seeds)
def test_avg_pool_3d(op: str, dtype: np.dtype, layout: str, data: st.DataObject, seed: int) -> None:
    axes, ceil = data.draw(axes_of((5, 6, 11), dilated=False))
    exclusive = data.draw(st.booleans())
    x = values(seed, (1, 4, 5, 6, 11), dtype)
    attrs = {
        "ksize": [a.size for a in axes],
        "strides": [a.stride for a in axes],
        "pads": [p for a in axes for p in a.pads],
        "ceil_mode": ceil,
        "count_include_pad": not exclusive,
        "data_format": layout,
    }
    [y] = run_op(op, [volume(x, layout)] + [None] * (2 if op[-2:] == "DD" else 0), attrs)
    expected = pool(x, axes, "avg", exclusive)[0]
    assert_close(
        first(y, layout), expected, dtype, rtol=4, atol={FLOAT32: 2e-6, FLOAT64: 4e-15}.get(dtype, 1e-6)
    )


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_max_pool_3d_pads_by_name(padding: str) -> None:
    x = values(4, (1, 2, 5, 6, 7), FLOAT32)
    attrs = {"ksize": [2, 3, 2], "strides": [2, 2, 2], "padding": padding, "data_format": "NCDHW"}
    [y] = run_op("MaxPool3D", [x], attrs)
    pads = [(0, 1), (0, 1), (0, 1)] if padding == "SAME" else [(0, 0)] * 3
    axes = [Axis(n, k, 2, 1, p, False) for n, k, p in zip((5, 6, 7), (2, 3, 2), pads, strict=True)]
    assert_same(y, pool(x, axes, "max")[0], FLOAT32)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
@few
@given(st.data(), seeds)
def test_avg_pool_1d(dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    [axis], ceil = data.draw(axes_of((23,), dilated=False))
    inclusive = data.draw(st.booleans())
    x = values(seed, (2, 3, 23), dtype)
    attrs = {
        "ksize": axis.size,
        "strides": axis.stride,
        "pads": list(axis.pads),
        "ceil_mode": ceil,
        "count_include_pad": inclusive,
    }
    expected = pool(x, [axis], "avg", not inclusive)[0]
    for op, more in (("AvgPool1D", []), ("AvgPool1DD", [np.ones((1,), dtype)])):
        [y] = run_op(op, [x, *more], attrs)
        assert_close(y, expected, dtype, rtol=4, atol=2e-6)


@pytest.mark.parametrize("mode", [0, 1], ids=["max", "avg"])
@few
@given(st.data(), seeds)
def test_pooling_as_caffe(mode: int, data: st.DataObject, seed: int) -> None:
    axes, ceil = data.draw(axes_of((9, 12)))
    x = values(seed, (2, 3, 9, 12), FLOAT32)
    attrs = {
        "mode": mode,
        "window": [a.size for a in axes],
        "stride": [a.stride for a in axes],
        "pad": [p for a in axes for p in a.pads],
        "dilation": [1, 1, *(a.dilation for a in axes)],
        "ceil_mode": int(not ceil),
    }
    [y] = run_op("Pooling", [x], attrs)
    assert_close(y, pool(x, axes, ["max", "avg"][mode], exclusive=False)[0], FLOAT32, rtol=4, atol=2e-6)


@pytest.mark.parametrize("op", ["MaxPoolWithArgmaxV1", "MaxPoolWithArgmaxV2"])
@pytest.mark.parametrize("wide", [False, True], ids=["int32", "int64"])
@few
@given(st.data(), seeds)
def test_indices_within_a_plane(op: str, wide: bool, data: st.DataObject, seed: int) -> None:
    axes, ceil = data.draw(axes_of((8, 9), symmetric=True))
    dtype = data.draw(st.sampled_from([FLOAT32, FLOAT16]))
    x = values(seed, (2, 3, 8, 9), dtype)
    attrs = {
        "ksize": [1, *(a.size for a in axes), 1],
        "strides": [1, *(a.stride for a in axes), 1],
        "pads": [1, *(a.pads[0] for a in axes), 1],
        "dilation": [1, *(a.dilation for a in axes), 1],
        "ceil_mode": ceil,
        "dtype": 9 if wide else 3,
    }
    y, index = run_op(op, [x], attrs)
    expected, where = pool(x, axes, "max")
    assert_same(y, expected, dtype)
    assert_same(index, where, np.int64 if wide else np.int32)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_indices_as_tensorflow_counts_them(padding: str) -> None:
    x = values(5, (2, 5, 6, 3), np.dtype("int16"))
    attrs = {"ksize": [1, 2, 3, 1], "strides": [1, 2, 2, 1], "padding": padding}
    y, index = run_op("MaxPoolWithArgmax", [x], attrs)
    axes = [Axis(5, 2, 2, 1, (0, 1) if padding == "SAME" else (0, 0), False)]
    axes += [Axis(6, 3, 2, 1, (0, 1) if padding == "SAME" else (0, 0), False)]
    expected, where = pool(np.moveaxis(x, -1, 1), axes, "max")
    assert_same(np.moveaxis(y, -1, 1), expected, np.int16)
    assert_same(np.moveaxis(index, -1, 1), where * 3 + np.arange(3).reshape(1, 3, 1, 1), np.int64)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, BFLOAT16], ids=str)
@few
@given(st.integers(1, 9), st.integers(1, 9), seeds)
def test_adaptive_pooling(dtype: np.dtype, rows: int, columns: int, seed: int) -> None:
    x = values(seed, (2, 3, 5, 7), dtype)
    average = np.empty((2, 3, rows, columns))
    largest = np.empty((2, 3, rows, columns), dtype)
    where = np.empty((2, 3, rows, columns), np.int32)
    numbers = np.arange(35).reshape(5, 7)
    for i, j in itertools.product(range(rows), range(columns)):
        r = slice(math.floor(i * 5 / rows), math.ceil((i + 1) * 5 / rows))
        c = slice(math.floor(j * 7 / columns), math.ceil((j + 1) * 7 / columns))
        window = x[:, :, r, c].reshape(2, 3, -1)
        average[:, :, i, j] = window.astype(np.float64).mean(-1)
        largest[:, :, i, j] = window.max(-1)
        where[:, :, i, j] = numbers[r, c].reshape(-1)[window.argmax(-1)]
    [y] = run_op("AdaptiveAvgPool2d", [x], {"output_size": [rows, columns]})
    assert_close(y, average, dtype, rtol=4, atol=1e-6)
    y, index = run_op("AdaptiveMaxPool2d", [x], {"output_size": [rows, columns]})
    assert_same(y, largest, dtype)
    assert_same(index, where, np.int32)


def test_an_empty_batch_pools_to_an_empty_batch() -> None:
    attrs = {"ksize": [1], "strides": [1], "padding": "VALID", "data_format": "NCDHW"}
    [y] = run_op("MaxPool3D", [np.zeros((0, 2, 3, 4, 5), np.float32)], attrs)
    assert y.shape == (0, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("op", "shape", "attrs", "message"),
    [
        (
            "MaxPool3D",
            (1, 2, 3, 4),
            {"ksize": [1], "strides": [1], "padding": "SAME"},
            "has rank 4; it must be 5",
        ),
        (
            "MaxPool3D",
            (1, 2, 3, 4, 5),
            {"ksize": [1, 2], "strides": [1], "padding": "SAME"},
            "ksize has 2 values",
        ),
        ("MaxPool3D", (1, 2, 3, 4, 5), {"ksize": [1], "strides": [1], "padding": "X"}, "padding is .X."),
        (
            "AvgPool3D",
            (1, 2, 3, 4, 5),
            {"ksize": [4], "strides": [1], "pads": [0] * 6},
            "window of 4 does not fit",
        ),
        ("AvgPool1D", (2, 3), {"ksize": 2, "strides": 1, "pads": [2, 0]}, "pads for width are 2 and 0"),
        ("Pooling", (1, 2, 3, 4), {"mode": 2}, "mode is 2"),
        ("AdaptiveAvgPool2d", (1, 2, 3, 4), {"output_size": [-1, 2]}, r"output_size is \[-1,2\]"),
        (
            "MaxPoolWithArgmax",
            (1, 2, 3, 4),
            {"ksize": [1] * 4, "strides": [1] * 4, "padding": "X"},
            "padding is",
        ),
    ],
    ids=["rank", "ksize", "padding", "window", "pads", "mode", "size", "argmax"],
)
def test_what_cannot_be_pooled_is_refused(
    op: str, shape: tuple[int, ...], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, [np.zeros(shape, np.float32)], attrs)
