"""Pooling against numpy, one window at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    FLOAT16,
    FLOAT32,
    FLOAT64,
    Const,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401
    run_op,
    seeds,
    values,
)

import pyascend_ge as ge

MAX_TYPES = [
    FLOAT32,
    FLOAT16,
    FLOAT64,
    *(np.dtype(f"int{bits}") for bits in (8, 16, 32, 64)),
    np.dtype("uint8"),
]
AVG_TYPES = [FLOAT32, FLOAT16, FLOAT64]


@dataclass(frozen=True)
class Windows:
    """Size, stride and number of windows along one axis, and the padding before and after it."""

    size: int
    stride: int
    count: int
    before: int = 0
    after: int = 0

    def of(self, at: int, length: int) -> tuple[int, int, int]:
        """Begin and end within the axis, and the elements it has including padding."""
        start = at * self.stride - self.before
        end = start + self.size
        return max(start, 0), min(end, length), min(end, length + self.after) - start


def pool(x: np.ndarray, rows: Windows, columns: Windows, kind: str, exclusive: bool = True) -> np.ndarray:
    """x [n, c, h, w]."""
    y = np.empty((*x.shape[:2], rows.count, columns.count), x.dtype if kind == "max" else np.float64)
    for i in range(rows.count):
        y0, y1, high = rows.of(i, x.shape[2])
        for j in range(columns.count):
            x0, x1, wide = columns.of(j, x.shape[3])
            window = x[:, :, y0:y1, x0:x1]
            if kind == "max":
                y[:, :, i, j] = window.max((2, 3))
            else:
                counted = (y1 - y0) * (x1 - x0) if exclusive else high * wide
                y[:, :, i, j] = window.astype(np.float64).sum((2, 3)) / counted
    return y


def run_pool(
    op: str, x: np.ndarray, layout: str, attrs: dict[str, Any], **pairs: tuple[int, int]
) -> np.ndarray:
    """x and the result as [n, c, h, w]."""
    fours = {name: [1, *pair, 1] if layout == "NHWC" else [1, 1, *pair] for name, pair in pairs.items()}
    fed = np.ascontiguousarray(x.transpose(0, 2, 3, 1)) if layout == "NHWC" else x
    [y] = run_op(op, [fed], {**attrs, **fours, "data_format": layout})
    return y.transpose(0, 3, 1, 2) if layout == "NHWC" else y


def check(actual: np.ndarray, expected: np.ndarray, dtype: np.dtype, kind: str) -> None:
    if kind == "max":
        assert_same(actual, expected, dtype)
    else:
        # Sums cancel: what is left has the error of their terms.
        assert_close(actual, expected, dtype, rtol=4.0, atol={FLOAT32: 2e-6, FLOAT64: 4e-15}.get(dtype, 0.0))


def same(length: int, size: int, stride: int) -> Windows:
    """As many windows as strides begin in the axis, what they need spread on both sides."""
    count = -(-length // stride)
    needed = max((count - 1) * stride + size - length, 0)
    return Windows(size, stride, count, needed // 2, needed - needed // 2)


def valid(length: int, size: int, stride: int) -> Windows:
    return Windows(size, stride, (length - size) // stride + 1)


CASES = [("max", dtype) for dtype in MAX_TYPES] + [("avg", dtype) for dtype in AVG_TYPES]


@pytest.mark.parametrize(("kind", "dtype"), CASES, ids=str)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("newer", [False, True], ids=["padding", "padding_mode"])
@few
@given(st.data(), seeds)
def test_named_paddings(
    kind: str, dtype: np.dtype, layout: str, padding: str, newer: bool, data: st.DataObject, seed: int
) -> None:
    small = st.integers(1, 4)
    size, stride = (data.draw(small), data.draw(small)), (data.draw(small), data.draw(small))
    x = values(seed, (2, data.draw(st.sampled_from([1, 3, 17])), data.draw(st.integers(4, 12)), 33), dtype)
    windows = [
        (same if padding == "SAME" else valid)(*along)
        for along in zip(x.shape[2:], size, stride, strict=True)
    ]
    op = {"max": ("MaxPool", "MaxPoolV3"), "avg": ("AvgPool", "AvgPoolV2")}[kind][newer]
    y = run_pool(op, x, layout, {"padding_mode" if newer else "padding": padding}, ksize=size, strides=stride)
    check(y, pool(x, windows[0], windows[1], kind), dtype, kind)


def calculated(length: int, size: int, stride: int, before: int, after: int, ceil: bool) -> Windows:
    """With ceil_mode one more window, if it begins before the padding behind the axis."""
    exact = (length + before + after - size) / stride
    count = (math.ceil(exact) if ceil else math.floor(exact)) + 1
    if ceil and (count - 1) * stride >= length + before:
        count -= 1
    return Windows(size, stride, count, before, after)


@pytest.mark.parametrize(("kind", "dtype"), CASES, ids=str)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("ceil", [False, True], ids=["floor", "ceil"])
@few
@given(st.data(), seeds)
def test_given_pads(
    kind: str, dtype: np.dtype, layout: str, ceil: bool, data: st.DataObject, seed: int
) -> None:
    size = (data.draw(st.integers(2, 4)), data.draw(st.integers(2, 4)))
    stride = (data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3)))
    pads = [data.draw(st.integers(0, edge // 2)) for edge in (size[0], size[0], size[1], size[1])]
    x = values(seed, (1, 5, 11, 14), dtype)
    rows = calculated(11, size[0], stride[0], pads[0], pads[1], ceil)
    columns = calculated(14, size[1], stride[1], pads[2], pads[3], ceil)
    exclusive = kind == "max" or data.draw(st.booleans())
    attrs: dict[str, Any] = {"padding_mode": "CALCULATED", "pads": pads, "ceil_mode": ceil}
    if kind == "avg":
        attrs["exclusive"] = exclusive
    y = run_pool("MaxPoolV3" if kind == "max" else "AvgPoolV2", x, layout, attrs, ksize=size, strides=stride)
    check(y, pool(x, rows, columns, kind, exclusive), dtype, kind)


def test_divisor_override_divides_every_window() -> None:
    x = values(1, (1, 2, 4, 4), FLOAT32)
    y = run_pool(
        "AvgPoolV2", x, "NCHW", {"padding_mode": "VALID", "divisor_override": 3}, ksize=(2, 2), strides=(2, 2)
    )
    sums = x.astype(np.float64).reshape(1, 2, 2, 2, 2, 2).sum((3, 5))
    assert_close(y, sums / 3, FLOAT32, rtol=4.0, atol=1e-6)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("kind", ["max", "avg"])
def test_global_pooling_ignores_the_window(layout: str, kind: str) -> None:
    x = values(2, (2, 19, 7, 9), FLOAT32)
    op = "MaxPoolV3" if kind == "max" else "AvgPoolV2"
    y = run_pool(op, x, layout, {"global_pooling": True}, ksize=(2, 2), strides=(1, 1))
    wide = x.astype(np.float64)
    expected = wide.max((2, 3), keepdims=True) if kind == "max" else wide.mean((2, 3), keepdims=True)
    check(y, expected, FLOAT32, kind)


@pytest.mark.parametrize("dtype", AVG_TYPES, ids=str)
@pytest.mark.parametrize(
    "shape", [(2, 3, 50), (2, 3, 7, 9), (1, 4, 2, 3, 5), (1, 2, 1), (1, 3, 16), (2, 2, 129)], ids=str
)
def test_global_average_pool(dtype: np.dtype, shape: tuple[int, ...]) -> None:
    x = values(3, shape, dtype)
    [y] = run_op("GlobalAveragePool", [x])
    axes = tuple(range(2, len(shape)))
    check(y, x.astype(np.float64).mean(axes, keepdims=True), dtype, "avg")


def test_max_pool_v2_takes_its_window_from_inputs() -> None:
    x = values(4, (1, 2, 6, 6), FLOAT16)
    sizes = Const(np.array([1, 1, 3, 2], np.int32)), Const(np.array([1, 1, 1, 2], np.int32))
    [y] = run_op("MaxPoolV2", [x, *sizes], {"padding": "VALID", "data_format": "NCHW"})
    assert_same(y, pool(x, valid(6, 3, 1), valid(6, 2, 2), "max"), FLOAT16)


def test_a_nan_is_the_maximum_of_its_windows() -> None:
    x = values(5, (1, 1, 8, 40), FLOAT32)
    x[0, 0, 3, 21] = np.nan
    y = run_pool("MaxPool", x, "NCHW", {"padding": "VALID"}, ksize=(2, 2), strides=(2, 2))
    assert_same(y, pool(x, valid(8, 2, 2), valid(40, 2, 2), "max"), FLOAT32)


IMAGE = np.ones((1, 2, 4, 4), np.float32)
PLAIN = {"ksize": [1, 1, 2, 2], "strides": [1, 1, 2, 2], "data_format": "NCHW"}


@pytest.mark.parametrize(
    ("op", "x", "attrs", "message"),
    [
        ("MaxPool", IMAGE, {"padding": "same"}, "padding is .same.; it must be SAME or VALID"),
        ("MaxPoolV3", IMAGE, {"padding_mode": "X"}, "padding_mode is .X."),
        ("MaxPoolV3", IMAGE, {"pads": [2, 0, 0, 0]}, "pads for height are 2 and 0"),
        ("MaxPoolV3", IMAGE, {"pads": [0, 0]}, "pads has 2 values; it must have 4"),
        ("AvgPoolV2", IMAGE, {"ksize": [1, 2, 2, 2]}, "batch and channel values must be 1"),
        ("AvgPoolV2", IMAGE, {"ksize": [1, 1, 5, 2]}, "window of 5 does not fit x's 4"),
        ("AvgPoolV2", IMAGE[0], {}, "has rank 3; it must be 4"),
    ],
    ids=["padding", "mode", "pads", "count", "batch", "window", "rank"],
)
def test_what_cannot_be_pooled_is_refused(
    op: str, x: np.ndarray, attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, [x], {**PLAIN, **attrs})
