"""Convolutions of volumes and Deconvolution, against sums written out in numpy."""

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

TYPES = [FLOAT32, FLOAT16, BFLOAT16]
Ints = list[int]


def convolve(
    x: np.ndarray, f: np.ndarray, strides: Ints, pads: Ints, dilations: Ints, groups: int
) -> np.ndarray:
    """x [n, c, ...], f [o, c / groups, ...]; pads before and after each axis."""
    axes = range(len(strides))
    wide = np.int64 if x.dtype.kind == "i" else np.float64
    padded = np.pad(x.astype(wide), [(0, 0), (0, 0), *((pads[2 * i], pads[2 * i + 1]) for i in axes)])
    reach = [(f.shape[2 + i] - 1) * dilations[i] + 1 for i in axes]
    out = [(padded.shape[2 + i] - reach[i]) // strides[i] + 1 for i in axes]
    y = np.zeros((x.shape[0], f.shape[0], *out), wide)
    ins, outs = x.shape[1] // groups, f.shape[0] // groups
    for tap in itertools.product(*(range(n) for n in f.shape[2:])):
        places = [
            slice(tap[i] * dilations[i], tap[i] * dilations[i] + (out[i] - 1) * strides[i] + 1, strides[i])
            for i in axes
        ]
        view = padded[(slice(None), slice(None), *places)]
        for g in range(groups):
            weights = f[(slice(g * outs, (g + 1) * outs), slice(None), *tap)].astype(wide)
            y[:, g * outs : (g + 1) * outs] += np.einsum(
                "nc...,oc->no...", view[:, g * ins : (g + 1) * ins], weights
            )
    return y


def transpose(
    x: np.ndarray, f: np.ndarray, strides: Ints, pads: Ints, dilations: Ints, groups: int, extra: Ints
) -> np.ndarray:
    """x [n, c, ...], f [c, o / groups, ...]: every element of x adds its multiple of the filter to y."""
    axes = range(len(strides))
    full = [(x.shape[2 + i] - 1) * strides[i] + (f.shape[2 + i] - 1) * dilations[i] + 1 for i in axes]
    outs, ins = f.shape[1], x.shape[1] // groups
    y = np.zeros((x.shape[0], outs * groups, *(full[i] + extra[i] for i in axes)))
    for tap in itertools.product(*(range(n) for n in f.shape[2:])):
        place = tuple(
            slice(
                tap[i] * dilations[i],
                tap[i] * dilations[i] + (x.shape[2 + i] - 1) * strides[i] + 1,
                strides[i],
            )
            for i in axes
        )
        for g in range(groups):
            weights = f[(slice(g * ins, (g + 1) * ins), slice(None), *tap)].astype(np.float64)
            part = np.einsum("nc...,co->no...", x[:, g * ins : (g + 1) * ins].astype(np.float64), weights)
            y[(slice(None), slice(g * outs, (g + 1) * outs), *place)] += part
    cut = tuple(slice(pads[2 * i], y.shape[2 + i] - pads[2 * i + 1]) for i in axes)
    return y[(slice(None), slice(None), *cut)]


def laid(x: np.ndarray, layout: str) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(x, 1, -1)) if layout == "NDHWC" else x


def first(y: np.ndarray, layout: str) -> np.ndarray:
    return np.moveaxis(y, -1, 1) if layout == "NDHWC" else y


def five(layout: str, numbers: Ints) -> Ints:
    return [1, *numbers, 1] if layout == "NDHWC" else [1, 1, *numbers]


def filter_in(f: np.ndarray, layout: str) -> np.ndarray:
    """[o, c, d, h, w] as the format ND means it: DHWCN for NDHWC images."""
    return np.ascontiguousarray(f.transpose(2, 3, 4, 1, 0)) if layout == "NDHWC" else f


def check(y: np.ndarray, expected: np.ndarray, dtype: Any, depth: int) -> None:
    slack = {FLOAT32: 1e-6, FLOAT16: 1e-3, BFLOAT16: 1e-2}[dtype] * depth
    assert_close(y, expected, dtype, rtol=4, atol=slack)


@pytest.mark.parametrize("dtype", [*TYPES, np.dtype("int8")], ids=str)
@pytest.mark.parametrize("layout", ["NCDHW", "NDHWC"])
@few
@given(st.data(), seeds)
def test_conv3d(dtype: Any, layout: str, data: st.DataObject, seed: int) -> None:
    three = lambda low, high: [data.draw(st.integers(low, high)) for _ in range(3)]  # noqa: E731
    groups = data.draw(st.sampled_from([1, 2, 4]))
    window, strides, dilations = three(1, 3), three(1, 2), three(1, 2)
    pads = [data.draw(st.integers(0, 2)) for _ in range(6)]
    x = values(seed, (2, 4, 6, 7, 21), dtype, -3, 3)
    f = values(seed + 1, (8, 4 // groups, *window), dtype, -3, 3)
    wide = np.dtype("int32") if dtype == np.int8 else dtype
    bias = values(seed + 2, (8,), wide, -9, 9) if data.draw(st.booleans()) else None
    attrs = {
        "strides": five(layout, strides),
        "dilations": five(layout, dilations),
        "pads": pads,
        "groups": groups,
        "data_format": layout,
    }
    [y] = run_op("Conv3D", [laid(x, layout), filter_in(f, layout), bias], attrs)
    expected = convolve(x, f, strides, pads, dilations, groups)
    if bias is not None:
        expected = expected + bias.astype(expected.dtype).reshape(1, -1, 1, 1, 1)
    if dtype == np.int8:
        assert_same(first(y, layout), expected, np.int32)
    else:
        check(first(y, layout), expected, dtype, f[0].size)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("layout", ["NCDHW", "NDHWC"])
@pytest.mark.parametrize("by_attribute", [False, True])
@few
@given(st.data(), seeds)
def test_conv3d_transpose(
    dtype: Any, layout: str, by_attribute: bool, data: st.DataObject, seed: int
) -> None:
    three = lambda low, high: [data.draw(st.integers(low, high)) for _ in range(3)]  # noqa: E731
    groups = data.draw(st.sampled_from([1, 2]))
    window, strides, dilations = three(1, 3), three(1, 3), three(1, 2)
    pads = [
        data.draw(st.integers(0, (w - 1) * d // 2))
        for w, d in zip(window, dilations, strict=True)
        for _ in "ab"
    ]
    extra = [data.draw(st.integers(0, s - 1)) for s in strides]
    x = values(seed, (2, 4, 3, 4, 5), dtype, -3, 3)
    f = values(seed + 1, (4, 3, *window), dtype, -3, 3)
    expected = transpose(x, f, strides, pads, dilations, groups, extra)
    bias = values(seed + 2, (3 * groups,), dtype) if data.draw(st.booleans()) else None
    if bias is not None:
        expected = expected + bias.astype(np.float64).reshape(1, -1, 1, 1, 1)
    size = data.draw(st.booleans())
    wanted = [2, *expected.shape[2:], 3 * groups] if layout == "NDHWC" else list(expected.shape)
    wanted = wanted if size else [0] * 5
    attrs = {
        "strides": five(layout, strides),
        "dilations": five(layout, dilations),
        "pads": pads,
        "groups": groups,
        "data_format": layout,
        "output_padding": [0, *extra, 0] if layout == "NDHWC" else [0, 0, *extra],
    }
    inputs = [laid(x, layout), filter_in(f, layout), bias]
    if by_attribute:
        [y] = run_op("Conv3DTransposeD", inputs, attrs | {"input_size": wanted})
    else:
        [y] = run_op("Conv3DTranspose", [Const(np.array(wanted, np.int32)), *inputs], attrs)
    check(first(y, layout), expected, dtype, f[:, 0].size)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@few
@given(st.data(), seeds)
def test_deconvolution(dtype: Any, data: st.DataObject, seed: int) -> None:
    strides = [data.draw(st.integers(1, 3)) for _ in "hw"]
    pads = [data.draw(st.integers(0, 1)) for _ in range(4)]
    groups = data.draw(st.sampled_from([1, 2]))
    x, f = values(seed, (2, 4, 5, 6), dtype, -3, 3), values(seed + 1, (4, 3, 3, 2), dtype, -3, 3)
    bias = values(seed + 2, (3 * groups,), dtype)
    [y] = run_op("Deconvolution", [x, f, bias], {"strides": strides, "pads": pads, "groups": groups})
    expected = transpose(x, f, strides, pads, [1, 1], groups, [0, 0]) + bias.astype(np.float64).reshape(
        1, -1, 1, 1
    )
    check(y, expected, dtype, f[:, 0].size)


def test_no_batch_gives_no_output() -> None:
    attrs = {"strides": [1] * 5, "pads": [0] * 6, "data_format": "NCDHW"}
    [y] = run_op(
        "Conv3D", [np.zeros((0, 2, 3, 3, 3), np.float32), np.ones((4, 2, 2, 2, 2), np.float32)], attrs
    )
    assert y.shape == (0, 4, 2, 2, 2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strides": [1, 1, 0, 1, 1]}, "strides has 0 for depth"),
        ({"strides": [2, 1, 1, 1, 1]}, "batch and channel values .layout NCDHW. must be 1"),
        ({"pads": [0] * 4}, "pads has 4 values; it must have 6"),
        ({"groups": 2}, "groups 2"),
        ({"dilations": [1, 1, 3, 1, 1]}, "does not fit"),
        ({"offset_x": 1}, "not emulated"),
    ],
    ids=["stride", "layout", "pads", "groups", "fit", "offset"],
)
def test_what_cannot_be_convolved_is_refused(changes: dict[str, Any], message: str) -> None:
    x, f = np.zeros((1, 3, 3, 3, 3), np.float32), np.zeros((4, 3, 2, 2, 2), np.float32)
    attrs = {"strides": [1] * 5, "pads": [0] * 6, "data_format": "NCDHW"} | changes
    with pytest.raises(ge.AscendError, match=message):
        run_op("Conv3D", [x, f], attrs)
