"""Normalisations against numpy in double."""

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
    FLOATS,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    shapes,
    values,
)

EPSILON = 1e-3
SLACK = {FLOAT32: 2e-5, FLOAT16: 4e-3, BFLOAT16: 3e-2}


def layer_norm(x: np.ndarray, axes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mean, variance = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + EPSILON), mean, variance


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@few
@given(shape=shapes(1, 4, 9), seed=seeds, data=st.data())
def test_layer_norm_of_the_trailing_axes(dtype: Any, shape: Any, seed: int, data: st.DataObject) -> None:
    rank = len(shape)
    begin = data.draw(st.integers(0, rank - 1))
    params = data.draw(st.integers(begin, rank - 1))
    x = values(seed, shape, dtype, -2, 2)
    gamma, beta = (
        values(seed + 1, shape[params:], dtype, 0.5, 1.5),
        values(seed + 2, shape[params:], dtype, -1, 1),
    )
    normal, mean, variance = layer_norm(x.astype(np.float64), tuple(range(begin, rank)))
    expected = normal * gamma.astype(np.float64) + beta.astype(np.float64)
    attrs = {"begin_norm_axis": begin - rank, "begin_params_axis": params, "epsilon": EPSILON}
    for op, spread in [("LayerNorm", variance), ("LayerNormV3", 1 / np.sqrt(variance + EPSILON))]:
        y, got_mean, got_spread = run_op(op, [x, gamma, beta], attrs)
        assert_close(y, expected, dtype, rtol=4, atol=SLACK[dtype])
        assert_close(got_mean, mean, dtype, atol=SLACK[dtype] / 4)
        assert_close(got_spread, spread, dtype, rtol=4)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_layer_norm_of_long_rows(dtype: Any) -> None:
    x = values(1, (4, 3000), dtype, -2, 2)
    gamma, beta = values(2, (3000,), dtype, 0.5, 1.5), values(3, (3000,), dtype, -1, 1)
    normal, _, _ = layer_norm(x.astype(np.float64), (1,))
    attrs = {"begin_norm_axis": 1, "begin_params_axis": 1, "epsilon": EPSILON}
    [y] = run_op("LayerNorm", [x, gamma, beta], attrs, 1)
    expected = normal * gamma.astype(np.float64) + beta.astype(np.float64)
    assert_close(y, expected, dtype, rtol=4, atol=SLACK[dtype])


def test_layer_norm_survives_a_large_mean() -> None:
    x = values(4, (3, 64), FLOAT32, 0, 1) + np.float32(1000)
    normal, _, _ = layer_norm(x.astype(np.float64), (1,))
    ones, zeros = np.ones(64, np.float32), np.zeros(64, np.float32)
    attrs = {"begin_norm_axis": 1, "begin_params_axis": 1, "epsilon": EPSILON}
    assert_close(run_op("LayerNorm", [x, ones, zeros], attrs, 1)[0], normal, FLOAT32, atol=1e-3)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@few
@given(shape=shapes(1, 3, 9), seed=seeds)
def test_rms_norm_divides_by_the_root_mean_square(dtype: Any, shape: Any, seed: int) -> None:
    x, gamma = values(seed, shape, dtype, -2, 2), values(seed + 1, shape[-1:], dtype, 0.5, 1.5)
    wide = x.astype(np.float64)
    rstd = 1 / np.sqrt((wide**2).mean(axis=-1, keepdims=True) + EPSILON)
    y, got = run_op("RmsNorm", [x, gamma], {"epsilon": EPSILON})
    assert_close(y, wide * rstd * gamma.astype(np.float64), dtype, rtol=4)
    assert_close(got, rstd, FLOAT32, rtol=4)


@st.composite
def images(draw: st.DrawFn) -> tuple[tuple[int, ...], str]:
    """The shape and layout of a batch."""
    layout = draw(st.sampled_from(["NCHW", "NHWC"]))
    return draw(shapes(4, 4, 6)), layout


def per_channel(shape: tuple[int, ...], layout: str) -> tuple[int, tuple[int, ...], list[int]]:
    """Channels, the axes that are not theirs, and the shape of a broadcast parameter."""
    axis = 1 if layout == "NCHW" else 3
    dims = [1] * 4
    dims[axis] = shape[axis]
    return shape[axis], tuple(d for d in range(4) if d != axis), dims


def parameters(seed: int, channels: int) -> list[np.ndarray]:
    """Scale, offset, mean and variance."""
    return [
        values(seed + k, (channels,), FLOAT32, low, high)
        for k, (low, high) in enumerate([(0.5, 1.5), (-1, 1), (-0.5, 0.5), (0.5, 2)])
    ]


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@few
@given(image=images(), seed=seeds)
def test_batch_norm_with_given_statistics(dtype: Any, image: Any, seed: int) -> None:
    shape, layout = image
    channels, _, dims = per_channel(shape, layout)
    x, (scale, offset, mean, variance) = values(seed, shape, dtype), parameters(seed, channels)
    s, o, m, v = (p.astype(np.float64).reshape(dims) for p in (scale, offset, mean, variance))
    expected = (x.astype(np.float64) - m) / np.sqrt(v + EPSILON) * s + o
    attrs = {"epsilon": EPSILON, "data_format": layout, "is_training": False}
    y, out_mean, out_variance = run_op("BatchNorm", [x, scale, offset, mean, variance], attrs, 3)
    assert_close(y, expected, dtype, rtol=4, atol=SLACK[dtype])
    assert_same(out_mean, mean, FLOAT32)
    assert_same(out_variance, variance, FLOAT32)
    [y] = run_op("BNInfer", [x, scale, offset, mean, variance], {"epsilon": EPSILON}, input_format=layout)
    assert_close(y, expected, dtype, rtol=4, atol=SLACK[dtype])


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@few
@given(image=images(), seed=seeds, factor=st.sampled_from([1.0, 0.25]))
def test_batch_norm_in_training(dtype: Any, image: Any, seed: int, factor: float) -> None:
    shape, layout = image
    channels, others, dims = per_channel(shape, layout)
    x, (scale, offset, mean, variance) = values(seed, shape, dtype), parameters(seed, channels)
    wide = x.astype(np.float64)
    batch_mean, batch_variance = wide.mean(axis=others), wide.var(axis=others)
    normal = (wide - batch_mean.reshape(dims)) / np.sqrt(batch_variance.reshape(dims) + EPSILON)
    expected = normal * scale.astype(np.float64).reshape(dims) + offset.astype(np.float64).reshape(dims)
    count = x.size // channels
    unbiased = batch_variance * (count / (count - 1) if count > 1 else 1)
    attrs = {"epsilon": EPSILON, "data_format": layout, "exponential_avg_factor": factor}
    running = [mean, variance] if factor != 1 else [None, None]
    y, out_mean, out_variance, saved_mean, saved_variance, _ = run_op(
        "BatchNorm", [x, scale, offset, *running], attrs
    )
    assert_close(y, expected, dtype, rtol=8, atol=SLACK[dtype])
    assert_close(saved_mean, batch_mean, FLOAT32, atol=1e-6)
    assert_close(saved_variance, batch_variance, FLOAT32, rtol=4, atol=1e-6)
    assert_close(out_mean, batch_mean * factor + mean * (1 - factor), FLOAT32, atol=1e-6)
    assert_close(out_variance, unbiased * factor + variance * (1 - factor), FLOAT32, rtol=4, atol=1e-6)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@few
@given(image=images(), seed=seeds, affine=st.booleans())
def test_bn_inference_divides_statistics_by_momentum(dtype: Any, image: Any, seed: int, affine: bool) -> None:
    shape, layout = image
    channels, _, dims = per_channel(shape, layout)
    x = values(seed, shape, dtype)
    scale, offset, mean, variance = (p.astype(dtype) for p in parameters(seed, channels))
    momentum = np.array([2], dtype)
    s, o, m, v = (p.astype(np.float64).reshape(dims) for p in (scale, offset, mean, variance))
    normal = (x.astype(np.float64) - m / 2) / np.sqrt(v / 2 + EPSILON)
    inputs = [x, mean, variance, momentum, *((scale, offset) if affine else (None, None))]
    [y] = run_op("BNInference", inputs, {"epsilon": EPSILON}, input_format=layout)
    assert_close(y, normal * s + o if affine else normal, dtype, rtol=4, atol=SLACK[dtype])


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@few
@given(image=images(), seed=seeds, affine=st.booleans())
def test_bn_inference_d_takes_statistics_as_they_are(dtype: Any, image: Any, seed: int, affine: bool) -> None:
    shape, layout = image
    channels, _, dims = per_channel(shape, layout)
    x = values(seed, shape, dtype)
    scale, b, mean, variance = (p.astype(dtype) for p in parameters(seed, channels))
    s, o, m, v = (p.astype(np.float64).reshape(dims) for p in (scale, b, mean, variance))
    normal = (x.astype(np.float64) - m) / np.sqrt(v + EPSILON)
    inputs = [x, mean, variance, *((scale, b) if affine else (None, None))]
    [y] = run_op("BNInferenceD", inputs, {"epsilon": EPSILON}, input_format=layout)
    assert_close(y, normal * s + o if affine else normal, dtype, rtol=4, atol=SLACK[dtype])
