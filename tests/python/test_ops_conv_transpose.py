"""Transposed convolutions against a numpy scatter, and against the convolution whose gradient they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    FLOAT16,
    FLOAT32,
    Const,
    assert_close,
    few,
    operator_session,  # noqa: F401
    run_op,
    seeds,
    values,
)

import pyascend_ge as ge


def scattered(
    x: np.ndarray,
    filters: np.ndarray,
    size: tuple[int, int],
    strides: tuple[int, int],
    pads: tuple[int, int, int, int],
    dilations: tuple[int, int],
    groups: int,
) -> np.ndarray:
    """Every pixel of x [n, c, h, w] adds its multiples of the filters [c, oc / groups, kh, kw] to y."""
    n, channels, high, wide = x.shape
    _, own, rows, columns = filters.shape
    room = (size[0] + pads[0] + pads[1], size[1] + pads[2] + pads[3])
    y = np.zeros((n, own * groups, *room))
    part = channels // groups
    for r in range(rows):
        for c in range(columns):
            down = slice(r * dilations[0], r * dilations[0] + (high - 1) * strides[0] + 1, strides[0])
            across = slice(c * dilations[1], c * dilations[1] + (wide - 1) * strides[1] + 1, strides[1])
            for g in range(groups):
                taken = slice(g * part, (g + 1) * part)
                y[:, g * own : (g + 1) * own, down, across] += np.einsum(
                    "nchw,co->nohw", x[:, taken], filters[taken, :, r, c]
                )
    return y[:, :, pads[0] : pads[0] + size[0], pads[2] : pads[2] + size[1]]


def close(actual: np.ndarray, expected: np.ndarray, dtype: Any) -> None:
    scale = float(np.abs(expected).max(initial=1.0))
    assert_close(actual, expected, dtype, atol=5e-6 * scale)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("groups", [1, 2])
@few
@given(st.data(), seeds)
def test_every_pixel_adds_its_filter(
    dtype: np.dtype, layout: str, groups: int, data: st.DataObject, seed: int
) -> None:
    def pick(low: int, high: int) -> int:
        return data.draw(st.integers(low, high))

    window, strides, dilations = (pick(1, 4), pick(1, 4)), (pick(1, 3), pick(1, 3)), (pick(1, 2), pick(1, 2))
    reach = [(k - 1) * d for k, d in zip(window, dilations, strict=True)]
    pads = (pick(0, reach[0]), pick(0, reach[0]), pick(0, reach[1]), pick(0, reach[1]))
    extra = (pick(0, strides[0] - 1), pick(0, strides[1] - 1))
    high, wide = pick(3, 8), pick(3, 17)
    size = (
        (high - 1) * strides[0] + reach[0] + 1 - pads[0] - pads[1] + extra[0],
        (wide - 1) * strides[1] + reach[1] + 1 - pads[2] - pads[3] + extra[1],
    )
    if min(size) < 1:
        return
    depth, outs = data.draw(st.sampled_from([1, 3, 17])), data.draw(st.sampled_from([1, 8, 9]))
    x = values(seed, (2, depth * groups, high, wide), dtype)
    filters = values(seed + 1, (depth * groups, outs, *window), dtype)
    bias = values(seed + 2, (outs * groups,), dtype)
    expected = scattered(
        x.astype(np.float64), filters.astype(np.float64), size, strides, pads, dilations, groups
    ) + bias.astype(np.float64).reshape(-1, 1, 1)
    last = layout == "NHWC"

    def four(first: int, pair: tuple[int, int], channels: int) -> list[int]:
        return [first, *pair, channels] if last else [first, channels, *pair]

    attrs = {
        "strides": four(1, strides, 1),
        "dilations": four(1, dilations, 1),
        "pads": list(pads),
        "groups": groups,
        "data_format": layout,
    }
    fed = np.ascontiguousarray(x.transpose(0, 2, 3, 1)) if last else x
    own = np.ascontiguousarray(filters.transpose(2, 3, 1, 0)) if last else filters
    weights = Const(own) if data.draw(st.booleans()) else own
    told = {**attrs, "input_size": four(2, size, outs * groups)}
    guessed = {**attrs, "input_size": [0, 0, 0, 0], "output_padding": four(0, extra, 0)}
    for given_attrs in (told, guessed):
        [y] = run_op("Conv2DTransposeD", [fed, weights, bias], given_attrs)
        close(y.transpose(0, 3, 1, 2) if last else y, expected, dtype)


def test_the_gradient_of_a_convolution() -> None:
    """<conv(x), y> = <x, transposed(y)> for any x and y."""
    attrs = {"strides": [1, 1, 2, 2], "pads": [1, 0, 1, 1], "data_format": "NCHW"}
    x, filters = values(1, (1, 5, 9, 8), FLOAT32), values(2, (7, 5, 3, 3), FLOAT32)
    [forward] = run_op("Conv2D", [x, filters], attrs)
    y = values(3, forward.shape, FLOAT32)
    size = Const(np.array(x.shape, np.int32))
    [backward] = run_op("Conv2DBackpropInput", [size, filters, y], attrs)
    assert backward.shape == x.shape
    left, right = np.vdot(forward.astype(np.float64), y), np.vdot(x.astype(np.float64), backward)
    np.testing.assert_allclose(left, right, rtol=1e-5)


F = np.float32
X, W = np.ones((1, 2, 4, 4), F), np.ones((2, 3, 3, 3), F)
PLAIN = {
    "strides": [1, 1, 2, 2],
    "pads": [1, 1, 1, 1],
    "data_format": "NCHW",
    "input_size": [0, 0, 0, 0],
}


@pytest.mark.parametrize(
    ("inputs", "attrs", "message"),
    [
        ([X, W], {"input_size": [1, 3, 20, 20]}, "x would have 10, not 4"),
        ([X, W], {"input_size": [1, 4, 7, 7]}, "x and filter give 1 and 3"),
        ([X, W[:1]], {}, "its output channels must be x's 2"),
        ([X, W], {"pads": [3, 0, 0, 0]}, r"pads for height are 3 and 0; they must be in \[0, 2\]"),
    ],
    ids=["size", "channels", "filter", "pads"],
)
def test_what_cannot_be_is_refused(inputs: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op("Conv2DTransposeD", inputs, {**PLAIN, **attrs})
