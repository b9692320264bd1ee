"""Blocks, windows and crops of images moved or summed, against numpy."""

from __future__ import annotations

import itertools
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

MOVED = [FLOAT32, BFLOAT16, FLOAT64, np.dtype("int8"), np.dtype("int64")]


@pytest.mark.parametrize("dtype", MOVED, ids=str)
@few
@given(st.data(), seeds)
def test_space_to_batch_and_back(dtype: Any, data: st.DataObject, seed: int) -> None:
    axes = data.draw(st.integers(1, 3))
    block = [data.draw(st.integers(1, 3)) for _ in range(axes)]
    samples = [data.draw(st.integers(1, 3)) for _ in range(axes)]
    edges = []
    for size, count in zip(block, samples, strict=True):
        before = data.draw(st.integers(0, min(2, size * count - 1)))
        edges.append((before, data.draw(st.integers(0, min(2, size * count - 1 - before)))))
    space = [size * count - sum(edge) for size, count, edge in zip(block, samples, edges, strict=True)]
    rest = data.draw(st.sampled_from([(), (3,)]))
    x = values(seed, (2, *space, *rest), dtype)
    padded = np.pad(x, [(0, 0), *edges, *((0, 0) for _ in rest)])
    parts = [part for pair in zip(samples, block, strict=True) for part in pair]
    split = padded.reshape(2, *parts, *rest)
    places = [2 + 2 * i for i in range(axes)]
    order = [*places, 0, *(1 + 2 * i for i in range(axes)), *range(1 + 2 * axes, split.ndim)]
    expected = split.transpose(order).reshape(-1, *samples, *rest)
    shape, pads = Const(np.array(block, np.int32)), Const(np.array(edges, np.int64))
    [y] = run_op("SpaceToBatchND", [x, shape, pads])
    assert_same(y, expected, dtype)
    [back] = run_op("BatchToSpaceND", [expected, shape, pads])
    assert_same(back, x, dtype)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, np.dtype("uint8"), np.dtype("int64")], ids=str)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_shuffle_channel(dtype: Any, layout: str) -> None:
    x = values(1, (2, 12, 3, 5), dtype)
    expected = x.reshape(2, 3, 4, 3, 5).transpose(0, 2, 1, 3, 4).reshape(x.shape)
    fed = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if layout == "NHWC" else x
    [y] = run_op("ShuffleChannel", [fed], {"group": 3}, input_format=layout)
    assert_same(np.moveaxis(y, -1, 1) if layout == "NHWC" else y, expected, dtype)


def windows(
    x: np.ndarray, size: list[int], strides: list[int], rates: list[int], pads: list[int]
) -> np.ndarray:
    """[n, c, rows of the window, columns of it, rows, columns] of x [n, c, h, w]."""
    padded = np.pad(x, [(0, 0), (0, 0), (pads[0], pads[1]), (pads[2], pads[3])])
    out = [(padded.shape[2 + i] - (size[i] - 1) * rates[i] - 1) // strides[i] + 1 for i in range(2)]
    y = np.zeros((*x.shape[:2], *size, *out), x.dtype)
    for i, j in itertools.product(range(size[0]), range(size[1])):
        rows = slice(i * rates[0], i * rates[0] + (out[0] - 1) * strides[0] + 1, strides[0])
        columns = slice(j * rates[1], j * rates[1] + (out[1] - 1) * strides[1] + 1, strides[1])
        y[:, :, i, j] = padded[:, :, rows, columns]
    return y


def pairs(data: st.DataObject, low: int, high: int) -> list[int]:
    return [data.draw(st.integers(low, high)) for _ in "hw"]


@pytest.mark.parametrize("dtype", MOVED, ids=str)
@few
@given(st.data(), seeds)
def test_im2col(dtype: Any, data: st.DataObject, seed: int) -> None:
    size, strides, rates = pairs(data, 1, 3), pairs(data, 1, 2), pairs(data, 1, 2)
    pads = pairs(data, 0, 2) + pairs(data, 0, 2)
    x = values(seed, (2, 3, 6, 7), dtype)
    attrs = {"ksizes": size, "strides": strides, "dilations": rates, "pads": pads}
    expected = windows(x, size, strides, rates, pads)
    [y] = run_op("Im2col", [x], attrs)
    assert_same(y, expected.reshape(2, 3 * size[0] * size[1], -1), dtype)


@pytest.mark.parametrize("dtype", MOVED, ids=str)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@few
@given(st.data(), seeds)
def test_extract_image_patches(dtype: Any, layout: str, padding: str, data: st.DataObject, seed: int) -> None:
    size, strides, rates = pairs(data, 1, 3), pairs(data, 1, 3), pairs(data, 1, 2)
    x = values(seed, (2, 3, 6, 7), dtype)
    pads = [0] * 4
    if padding == "SAME":
        for i, length in enumerate((6, 7)):
            count = -(-length // strides[i])
            total = max((count - 1) * strides[i] + (size[i] - 1) * rates[i] + 1 - length, 0)
            pads[2 * i : 2 * i + 2] = total // 2, total - total // 2
    expected = windows(x, size, strides, rates, pads).transpose(0, 2, 3, 1, 4, 5)
    expected = expected.reshape(2, -1, *expected.shape[4:])
    four = (lambda p: [1, *p, 1]) if layout == "NHWC" else (lambda p: [1, 1, *p])
    fed = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if layout == "NHWC" else x
    attrs = {"ksizes": four(size), "strides": four(strides), "rates": four(rates), "padding": padding}
    [y] = run_op("ExtractImagePatches", [fed], attrs, input_format=layout)
    assert_same(np.moveaxis(y, -1, 1) if layout == "NHWC" else y, expected, dtype)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, BFLOAT16], ids=str)
@few
@given(st.data(), st.booleans(), seeds)
def test_col2im(dtype: Any, data: st.DataObject, batched: bool, seed: int) -> None:
    size, strides, rates, pads = pairs(data, 1, 3), pairs(data, 1, 2), pairs(data, 1, 2), pairs(data, 0, 2)
    # Where the windows of an image of numbers come from says where their sum goes.
    numbers = np.arange(1, 43).reshape(1, 1, 6, 7)
    places = windows(numbers, size, strides, rates, [pads[0], pads[0], pads[1], pads[1]]).reshape(-1)
    taps = size[0] * size[1]
    x = values(seed, (2, 3 * taps, places.size // taps), dtype)
    expected = np.zeros((6, 43))
    for image, row in zip(expected, x.astype(np.float64).reshape(6, -1), strict=True):
        np.add.at(image, places, row)
    expected = expected[:, 1:].reshape(2, 3, 6, 7)
    attrs = {"kernel_size": size, "stride": strides, "dilation": rates, "padding": pads}
    [y] = run_op("Col2im", [x if batched else x[0], Const(np.array([6, 7], np.int32))], attrs)
    assert_close(y, expected if batched else expected[0], dtype, rtol=4, atol=2e-6)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, np.dtype("uint8")], ids=str)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("method", ["bilinear", "nearest"])
@few
@given(seeds)
def test_crop_and_resize(dtype: Any, layout: str, method: str, seed: int) -> None:
    x = values(seed, (2, 3, 6, 7), dtype, 0, 9)
    boxes = values(seed + 1, (4, 4), FLOAT32, -0.2, 1.2)
    index = np.array([0, 1, 1, 0], np.int32)
    rows, columns = 3, 4
    expected = np.full((4, 3, rows, columns), 7.5)
    for b, i, j in itertools.product(range(4), range(rows), range(columns)):
        y0, x0, y1, x1 = boxes[b].astype(np.float64)
        at = y0 * 5 + i * (y1 - y0) * 5 / (rows - 1), x0 * 6 + j * (x1 - x0) * 6 / (columns - 1)
        if not (0 <= at[0] <= 5 and 0 <= at[1] <= 6):
            continue
        image = x[index[b]].astype(np.float64)
        if method == "nearest":
            expected[b, :, i, j] = image[:, int(at[0] + 0.5), int(at[1] + 0.5)]
            continue
        (top, left), (dy, dx) = (int(at[0]), int(at[1])), (at[0] % 1, at[1] % 1)
        bottom, right = min(top + 1, 5), min(left + 1, 6)
        expected[b, :, i, j] = (1 - dy) * ((1 - dx) * image[:, top, left] + dx * image[:, top, right])
        expected[b, :, i, j] += dy * ((1 - dx) * image[:, bottom, left] + dx * image[:, bottom, right])
    fed = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if layout == "NHWC" else x
    inputs = [fed, boxes, index, Const(np.array([rows, columns], np.int32))]
    attrs = {"method": method, "extrapolation_value": 7.5}
    for op, wanted in (
        ("CropAndResize", FLOAT16 if dtype == FLOAT16 else FLOAT32),
        ("CropAndResizeV2", FLOAT32),
    ):
        [y] = run_op(op, inputs, attrs, input_format=layout)
        y = np.moveaxis(y, -1, 1) if layout == "NHWC" else y
        assert_close(y, expected, wanted, rtol=8, atol=2e-5)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, np.dtype("uint8"), np.dtype("int16")], ids=str)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@few
@given(st.data(), seeds)
def test_dilation_2d(dtype: Any, layout: str, padding: str, data: st.DataObject, seed: int) -> None:
    size, strides, rates = pairs(data, 1, 3), pairs(data, 1, 2), pairs(data, 1, 2)
    x, f = values(seed, (2, 3, 6, 7), dtype, 0, 90), values(seed + 1, (*size, 3), dtype, 0, 9)
    pads = [0] * 4
    if padding == "SAME":
        for i, length in enumerate((6, 7)):
            count = -(-length // strides[i])
            total = max((count - 1) * strides[i] + (size[i] - 1) * rates[i] + 1 - length, 0)
            pads[2 * i : 2 * i + 2] = total // 2, total - total // 2
    wide = np.pad(
        x.astype(np.float64), [(0, 0), (0, 0), tuple(pads[:2]), tuple(pads[2:])], constant_values=-np.inf
    )
    taps = windows(wide, size, strides, rates, [0] * 4)
    expected = (taps + f.astype(np.float64).transpose(2, 0, 1)[None, :, :, :, None, None]).max((2, 3))
    four = (lambda p: [1, *p, 1]) if layout == "NHWC" else (lambda p: [1, 1, *p])
    fed = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if layout == "NHWC" else x
    attrs = {"strides": four(strides), "rates": four(rates), "padding_mode": padding, "data_format": layout}
    [y] = run_op("Dilation2D", [fed, f], attrs)
    y = np.moveaxis(y, -1, 1) if layout == "NHWC" else y
    if dtype.kind == "f":
        assert_close(y, expected, dtype)
    else:
        assert_same(y, expected, dtype)


IMAGE = np.zeros((1, 2, 4, 4), np.float32)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        (
            "SpaceToBatchND",
            [IMAGE, Const(np.array([3])), Const(np.array([[0, 0]]))],
            {},
            "not a multiple of the block",
        ),
        (
            "BatchToSpaceND",
            [IMAGE, Const(np.array([2])), Const(np.array([[0, 0]]))],
            {},
            "must be a multiple of 2",
        ),
        ("ShuffleChannel", [IMAGE], {"group": 3}, "group is 3; it must divide"),
        ("Im2col", [IMAGE], {"ksizes": [5, 1]}, "window of 5 does not fit"),
        (
            "ExtractImagePatches",
            [IMAGE],
            {"ksizes": [1] * 4, "strides": [1] * 4, "rates": [1] * 4, "padding": "X"},
            "padding is .X.",
        ),
        (
            "Col2im",
            [IMAGE[0], Const(np.array([4, 4], np.int32))],
            {"kernel_size": [2, 2], "stride": [1, 1], "dilation": [1, 1], "padding": [0, 0]},
            "windows of an image of 4 x 4",
        ),
        (
            "CropAndResize",
            [IMAGE, np.zeros((2, 4), np.float32), np.zeros(1, np.int32), Const(np.array([2, 2], np.int32))],
            {},
            "one image for each box",
        ),
        (
            "Dilation2D",
            [IMAGE, np.zeros((1, 1, 3), np.float32)],
            {"strides": [1] * 4, "rates": [1] * 4, "data_format": "NCHW"},
            "x's 2 channels last",
        ),
    ],
    ids=["block", "batch", "group", "window", "padding", "fold", "index", "filter"],
)
def test_what_does_not_fit_is_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
