"""Depthwise convolutions with the usual filters, in images whose rows end anywhere in a vector."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import FLOAT32, FLOATS, assert_close, few, operator_session, run_op, seeds, values  # noqa: F401
from test_ops_conv import convolve

SIZES = [1, 3, 7, 8, 14, 15, 16, 17, 28, 31, 33, 56, 112]


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("stride", [1, 2])
@few
@given(st.data(), seeds)
def test_rows_of_any_length(stride: int, size: int, dtype: np.dtype, data: st.DataObject, seed: int) -> None:
    pads = [data.draw(st.sampled_from([0, 1, size // 2, size - 1, size])) for _ in range(4)]
    high, wide = data.draw(st.sampled_from(SIZES)), data.draw(st.sampled_from(SIZES))
    high, wide = max(high, size - pads[0] - pads[1]), max(wide, size - pads[2] - pads[3])
    channels, multiplier = data.draw(st.sampled_from([2, 5])), data.draw(st.sampled_from([1, 1, 2]))
    x = values(seed, (2, channels, high, wide), dtype)
    filters = values(seed + 1, (channels * multiplier, 1, size, size), dtype)
    bias = values(seed + 2, (channels * multiplier,), dtype)
    attrs = {"strides": [1, 1, stride, stride], "pads": pads, "groups": channels, "data_format": "NCHW"}
    [y] = run_op("Conv2D", [x, filters, bias], attrs)
    expected = convolve(x.astype(float), filters.astype(float), (stride,) * 2, tuple(pads), (1, 1), channels)
    expected += bias.astype(float)[:, None, None]
    assert_close(y, expected, dtype, atol=5e-6 * float(np.abs(expected).max(initial=1.0)))


@pytest.mark.parametrize("stride", [1, 2])
def test_what_is_no_number_reaches_only_the_windows_that_see_it_float32(stride: int) -> None:
    x = np.ones((1, 2, 40, 33), FLOAT32)
    x[0, 0, 17, 16], x[0, 1, 39, 32], x[0, 1, 0, 0] = np.nan, np.inf, -np.inf
    attrs = {"strides": [1, 1, stride, stride], "pads": [1] * 4, "groups": 2, "data_format": "NCHW"}
    [y] = run_op("Conv2D", [x, np.ones((2, 1, 3, 3), FLOAT32)], attrs)
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    np.testing.assert_array_equal(y, windows.sum((-1, -2))[:, :, ::stride, ::stride])
