"""Convolutions and biases against a plain numpy convolution: layouts, groups, strides, pads, dilations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    FLOAT16,
    FLOAT32,
    FLOATS,
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


def convolve(
    x: np.ndarray,
    filters: np.ndarray,
    strides: tuple[int, int],
    pads: tuple[int, int, int, int],
    dilations: tuple[int, int],
    groups: int,
) -> np.ndarray:
    """x [n, c, h, w] with filters [oc, c / groups, kh, kw], tap by tap."""
    top, bottom, left, right = pads
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    outs, depth, rows, columns = filters.shape
    high = (x.shape[2] - (rows - 1) * dilations[0] - 1) // strides[0] + 1
    wide = (x.shape[3] - (columns - 1) * dilations[1] - 1) // strides[1] + 1
    y = np.zeros((x.shape[0], outs, high, wide), x.dtype)
    for r in range(rows):
        for c in range(columns):
            below, right_of = r * dilations[0], c * dilations[1]
            part = x[
                :,
                :,
                below : below + (high - 1) * strides[0] + 1 : strides[0],
                right_of : right_of + (wide - 1) * strides[1] + 1 : strides[1],
            ]
            for g in range(groups):
                own = slice(g * outs // groups, (g + 1) * outs // groups)
                taken = part[:, g * depth : (g + 1) * depth]
                y[:, own] += np.einsum("nchw,oc->nohw", taken, filters[own, :, r, c])
    return y


def close(actual: np.ndarray, expected: np.ndarray, dtype: Any) -> None:
    """Errors are relative to the largest output; Winograd's way is allowed 5e-6 of it."""
    scale = float(np.abs(expected).max(initial=1.0))
    assert_close(actual, expected, dtype, atol=5e-6 * scale)


def four(pair: tuple[int, int], layout: str) -> list[int]:
    return [1, *pair, 1] if layout == "NHWC" else [1, 1, *pair]


def image(x: np.ndarray, layout: str) -> np.ndarray:
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1)) if layout == "NHWC" else x


def run_conv(
    op: str, x: np.ndarray, filters: Any, bias: Any, layout: str, constant: bool, **attrs: Any
) -> np.ndarray:
    """x as [n, c, h, w]; filters as this layout has them; the result as [n, c, h, w]."""
    inputs = [image(x, layout), Const(filters) if constant else filters, bias]
    attrs = {name: four(v, layout) if name in ("strides", "dilations") else v for name, v in attrs.items()}
    [y] = run_op(op, inputs, {**attrs, "data_format": layout})
    return y.transpose(0, 3, 1, 2) if layout == "NHWC" else y


def laid_out(filters: np.ndarray, layout: str) -> np.ndarray:
    """[oc, c, kh, kw] as NCHW graphs have it, or HWCN as NHWC graphs do."""
    return np.ascontiguousarray(filters.transpose(2, 3, 1, 0)) if layout == "NHWC" else filters


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("groups", [1, 3])
@few
@given(st.data(), seeds)
def test_conv2d_of_any_geometry(
    layout: str, groups: int, dtype: np.dtype, data: st.DataObject, seed: int
) -> None:
    def pick(*choices: int) -> int:
        return data.draw(st.sampled_from(choices))

    kh, kw = pick(1, 2, 3, 5), pick(1, 2, 3, 5)
    strides, dilations = (pick(1, 2, 3), pick(1, 2, 3)), (pick(1, 2), pick(1, 2))
    pads = (pick(0, 1, 2), pick(0, 1, 3), pick(0, 1, 2), pick(0, 1, 3))
    high = (kh - 1) * dilations[0] + 1 + pick(0, 1, 6, 13)
    wide = (kw - 1) * dilations[1] + 1 + pick(0, 2, 11, 30)
    depth, outs = pick(1, 2, 5, 16, 20), pick(1, 3, 8, 17, 50)
    x = values(seed, (pick(1, 2), depth * groups, high, wide), dtype)
    filters, bias = (
        values(seed + 1, (outs * groups, depth, kh, kw), dtype),
        values(seed + 2, (outs * groups,), dtype),
    )
    biased = data.draw(st.booleans())
    y = run_conv(
        "Conv2D",
        x,
        laid_out(filters, layout),
        # The prototype's bias has no bfloat16.
        (bias.astype(np.float32) if dtype not in (FLOAT16, FLOAT32) else bias) if biased else None,
        layout,
        data.draw(st.booleans()),
        strides=strides,
        pads=list(pads),
        dilations=dilations,
        groups=groups,
    )
    expected = convolve(x.astype(np.float64), filters.astype(np.float64), strides, pads, dilations, groups)
    if biased:
        expected = expected + bias.astype(np.float64)[:, None, None]
    close(y, expected, dtype)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("channels", [(16, 16), (24, 40), (70, 33)], ids=str)
@pytest.mark.parametrize("size", [(14, 14), (17, 30)], ids=str)
def test_winograds_way_is_the_same_convolution(
    dtype: np.dtype, layout: str, channels: tuple[int, int], size: tuple[int, int]
) -> None:
    """Constant 3x3 filters with stride 1 and many channels."""
    x = values(3, (2, channels[0], *size), dtype)
    filters = values(4, (channels[1], channels[0], 3, 3), dtype)
    attrs = {"strides": (1, 1), "pads": [1, 1, 1, 1]}
    y = run_conv("Conv2D", x, laid_out(filters, layout), None, layout, True, **attrs)
    expected = convolve(x.astype(np.float64), filters.astype(np.float64), (1, 1), (1, 1, 1, 1), (1, 1), 1)
    close(y, expected, dtype)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
@pytest.mark.parametrize("channels", [(3, 224, 7, 2), (128, 7, 3, 1), (160, 7, 1, 1)], ids=str)
def test_shapes_of_real_networks(layout: str, dtype: np.dtype, channels: tuple[int, int, int, int]) -> None:
    """A first layer and two last ones, which take other ways than the shapes between them."""
    depth, size, window, stride = channels
    pad = window // 2
    x, filters = values(5, (1, depth, size, size), dtype), values(6, (64, depth, window, window), dtype)
    attrs = {"strides": (stride, stride), "pads": [pad] * 4}
    y = run_conv("Conv2D", x, laid_out(filters, layout), None, layout, True, **attrs)
    expected = convolve(
        x.astype(np.float64), filters.astype(np.float64), (stride, stride), (pad,) * 4, (1, 1), 1
    )
    close(y, expected, dtype)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@few
@given(seeds, st.sampled_from([1, 2]), st.sampled_from([0, 1]))
def test_int8_sums_in_int32(layout: str, seed: int, groups: int, pad: int) -> None:
    x, filters = values(seed, (2, 4, 7, 6), "int8"), values(seed + 1, (6, 4 // groups, 3, 2), "int8")
    bias = values(seed + 2, (6,), "int32", -1000, 1000)
    attrs = {"strides": (2, 1), "pads": [pad] * 4, "groups": groups}
    y = run_conv("Conv2D", x, laid_out(filters, layout), bias, layout, False, **attrs)
    expected = convolve(x.astype(np.int64), filters.astype(np.int64), (2, 1), (pad,) * 4, (1, 1), groups)
    assert_same(y, expected + bias[:, None, None], "int32")


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@few
@given(st.data(), seeds)
def test_depthwise_filters_each_channel(layout: str, data: st.DataObject, seed: int) -> None:
    def pick(*choices: int) -> int:
        return data.draw(st.sampled_from(choices))

    channels, multiplier = pick(2, 3, 16, 33), pick(1, 1, 2)
    strides, dilations = (pick(1, 2), pick(1, 2)), (pick(1, 2), pick(1, 2))
    pads = (pick(0, 1), pick(0, 2), pick(0, 1), pick(0, 2))
    x = values(seed, (2, channels, 9 + pick(0, 5), 9 + pick(0, 30)), FLOAT16)
    # What others call [oc, 1, kh, kw]: the multiplier's outputs of one channel follow each other.
    filters = values(seed + 1, (channels * multiplier, 1, 3, pick(1, 3)), FLOAT16)
    split = filters.reshape(channels, multiplier, *filters.shape[2:])
    own = split.transpose(2, 3, 0, 1) if layout == "NHWC" else split.transpose(1, 0, 2, 3)
    y = run_conv(
        "DepthwiseConv2D",
        x,
        np.ascontiguousarray(own),
        None,
        layout,
        data.draw(st.booleans()),
        strides=strides,
        pads=list(pads),
        dilations=dilations,
    )
    expected = convolve(x.astype(np.float64), filters.astype(np.float64), strides, pads, dilations, channels)
    close(y, expected, FLOAT16)


@pytest.mark.parametrize("dtype", [*FLOATS, np.dtype("int32"), np.dtype("uint8")], ids=str)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 5), (2, 3, 4, 5)], ids=str)
def test_bias_add_along_channels(dtype: np.dtype, layout: str, shape: tuple[int, ...]) -> None:
    axis = len(shape) - 1 if layout == "NHWC" else 1
    low, high = (None, None) if dtype.kind not in "iu" else (0, 100)
    x, bias = values(8, shape, dtype, low, high), values(9, (shape[axis],), dtype, low, high)
    [y] = run_op("BiasAdd", [x, bias], {"data_format": layout})
    along = [1] * len(shape)
    along[axis] = -1
    if low is None:
        assert_close(y, x.astype(np.float64) + bias.astype(np.float64).reshape(along), dtype)
    else:
        assert_same(y, x.astype(np.int64) + bias.astype(np.int64).reshape(along), dtype)


def test_a_tensors_own_format_wins_over_the_default() -> None:
    x, filters = values(10, (1, 5, 6, 7), FLOAT32), values(11, (4, 5, 3, 3), FLOAT32)
    [y] = run_op("Conv2D", [x, filters], {"strides": [1, 1, 1, 1], "pads": [0, 0, 0, 0]}, input_format="NCHW")
    close(
        y,
        convolve(x.astype(np.float64), filters.astype(np.float64), (1, 1), (0, 0, 0, 0), (1, 1), 1),
        FLOAT32,
    )


F = np.float32
X, W = np.ones((1, 3, 4, 4), F), np.ones((2, 3, 3, 3), F)
PLAIN = {"strides": [1, 1, 1, 1], "pads": [0, 0, 0, 0], "data_format": "NCHW"}


@pytest.mark.parametrize(
    ("inputs", "attrs", "message"),
    [
        ([X, np.ones((2, 3, 5, 3), F)], {}, "filter of 5 with dilation 1 does not fit x's 4"),
        ([X, np.ones((2, 2, 3, 3), F)], {}, "x .1,3,4,4. has 3 channels, filter .2,2,3,3. takes 2"),
        ([X, W], {"groups": 2}, "with groups 2"),
        ([X[0], W], {}, "must have rank 4"),
        ([X, W], {"strides": [1, 2, 1, 1]}, "batch and channel values"),
        ([X, W], {"strides": [1, 1, 0, 1]}, "strides has 0 and 1"),
        ([X, W], {"strides": [1, 1]}, "strides has 2 values; it must have 4"),
        ([X, W], {"pads": [-1, 0, 0, 0]}, "pads for height are -1 and 0"),
        ([X, W], {"data_format": "NCDHW"}, "data_format is .NCDHW."),
        ([X, W, np.ones(3, F)], {}, "bias has shape .3."),
    ],
    ids=["window", "channels", "groups", "rank", "batch", "zero", "count", "pads", "format", "bias"],
)
def test_what_cannot_be_convolved_is_refused(inputs: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op("Conv2D", inputs, {**PLAIN, **attrs})
