"""Caffe's scales and normalisation, gaps between elements: against numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    shape_and_axis,
    shapes,
    values,
)

import pyascend_ge as ge

FLOATS = [FLOAT32, FLOAT16, BFLOAT16]
HALVES = [FLOAT32, FLOAT16]


def wide(*arrays: np.ndarray) -> list[np.ndarray]:
    return [array.astype(np.float64) for array in arrays]


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("from_blob", [True, False])
@few
@given(where=shape_and_axis(), data=st.data(), seed=seeds)
def test_scale_and_bias(dtype: Any, from_blob: bool, where: Any, data: Any, seed: int) -> None:
    shape, axis = where
    first = axis % len(shape)
    count = data.draw(st.integers(0, len(shape) - first))
    blob = shape[first : first + count]
    whole = count == len(shape) - first and data.draw(st.booleans())
    x, scale, bias = (values(seed + i, dims, dtype) for i, dims in enumerate((shape, blob, blob)))
    spread = (*blob, *(1 for _ in shape[first + count :]))
    a, s, b = wide(x, scale.reshape(spread), bias.reshape(spread))
    # The number of axes counts for blobs alone.
    attrs = {"axis": axis, "num_axes": (-1 if whole else count) if from_blob else 7}
    scaled = attrs | {"scale_from_blob": from_blob}
    slack = float(np.abs(a * s).max() + np.abs(b).max()) * 2e-7
    assert_close(run_op("Scale", [x, scale, None], scaled)[0], a * s, dtype)
    assert_close(run_op("Scale", [x, scale, bias], scaled)[0], a * s + b, dtype, atol=slack)
    assert_close(
        run_op("Bias", [x, bias], attrs | {"bias_from_blob": from_blob})[0], a + b, dtype, atol=slack
    )


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@pytest.mark.parametrize("across", [True, False])
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@few
@given(shape=shapes(4, 4, 5), seed=seeds)
def test_normalize(dtype: Any, across: bool, shared: bool, layout: str, shape: Any, seed: int) -> None:
    x = values(seed, shape, dtype)
    channel = layout.index("C")
    factor = values(seed + 1, (1,) if shared else (shape[channel],), dtype)
    a, f = wide(x, factor)
    axes = (1, 2, 3) if across else (channel,)
    f = f.reshape([-1 if axis == channel else 1 for axis in range(4)])
    attrs = {"across_spatial": across, "channel_shared": shared, "eps": 0.01}
    [y] = run_op("Normalize", [x, factor], attrs, input_format=layout)
    norm = np.sqrt(np.square(a).sum(axes, keepdims=True) + np.float64(np.float32(0.01)))
    assert_close(y, a / norm * f, dtype)


@pytest.mark.parametrize("dtype", [*HALVES, np.dtype(np.int8)], ids=str)
@few
@given(shape=shapes(1, 5, 4), data=st.data(), seed=seeds)
def test_dilation(dtype: Any, shape: tuple[int, ...], data: Any, seed: int) -> None:
    x = values(seed, shape, dtype)
    dilations = [data.draw(st.integers(1, 3)) for _ in shape]
    expected = np.full([(n - 1) * d + 1 for n, d in zip(shape, dilations, strict=True)], 3, dtype)
    expected[tuple(slice(None, None, d) for d in dilations)] = x
    attrs: dict[str, Any] = {"dilations": dilations, "padding_value": 3.0}
    assert_same(run_op("Dilation", [x], attrs)[0], expected, dtype)
    assert_same(run_op("Dilation", [x], attrs | {"pads": [0] * 4})[0], expected, dtype)


X = np.ones((2, 3, 4, 4), np.float32)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        (
            "Scale",
            [X, np.ones(4, np.float32), None],
            {},
            r"scale has shape \[4\].*1 dims of x .* from axis 1",
        ),
        ("Scale", [X, np.ones((3, 4), np.float32), None], {}, r"scale has shape \[3,4\].*1 dims"),
        (
            "Scale",
            [X, np.ones(3, np.float32), np.ones(1, np.float32)],
            {},
            r"bias has shape \[1\].*scale's, \[3\]",
        ),
        ("Scale", [X, np.ones(3, np.float16), None], {}, "must be equal"),
        ("Bias", [X, np.ones(3, np.float32)], {"num_axes": 4}, r"num_axes is 4.*\[0, 3\]"),
        ("Bias", [X, np.ones(3, np.float32)], {"axis": 4}, r"axis 4 is outside \[-4, 4\)"),
        ("Bias", [X, np.ones((4, 4, 4), np.float32)], {"axis": 2, "bias_from_blob": False}, "3 dims of x"),
        ("Normalize", [X, np.ones(3, np.float32)], {}, r"x2 has shape \[3\].*1 elements, as channel_shared"),
        ("Normalize", [X[0], np.ones(1, np.float32)], {}, "x1 is .*must have a batch"),
        ("Dilation", [X], {"dilations": [1, 1]}, "dilations has 2 values; it must have 4"),
        ("Dilation", [X], {"dilations": [1, 0, 1, 1]}, "dilations holds 0"),
        ("Dilation", [X], {"dilations": [1, 1, 1, 2**62]}, "overflows"),
        ("Dilation", [X], {"dilations": [1] * 4, "pads": [0, 0, 1, 1]}, "pads holds 1; only zeros"),
    ],
)
def test_refusals(op: str, inputs: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.GeError, match=message):
        run_op(op, inputs, attrs)
