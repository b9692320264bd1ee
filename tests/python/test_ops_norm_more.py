"""Normalisation by sample, by parts, over rows, channels and axes, against numpy in double."""

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
    Const,
    assert_close,
    few,
    operator_session,  # noqa: F401
    run_op,
    seeds,
    values,
)

import pyascend_ge as ge

TYPES = [FLOAT32, FLOAT16, BFLOAT16]
SLACK = {FLOAT32: 4e-6, FLOAT16: 2e-3, BFLOAT16: 2e-2}
LAYOUTS = st.sampled_from(["NCHW", "NHWC"])


def spread(parameter: np.ndarray, rank: int, axis: int) -> np.ndarray:
    """One number per channel as a tensor that broadcasts."""
    return parameter.astype(np.float64).reshape([-1 if d == axis else 1 for d in range(rank)])


def grouped(x: np.ndarray, groups: int, axis: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x in double as [n, c, ...], and mean and variance per sample and group, both [n, groups]."""
    wide = np.moveaxis(x.astype(np.float64), axis, 1)
    rows = wide.reshape(x.shape[0], groups, -1)
    return wide, rows.mean(-1), rows.var(-1)


def group_norm(x: np.ndarray, gamma: Any, beta: Any, groups: int, axis: int, epsilon: float) -> np.ndarray:
    wide, mean, variance = grouped(x, groups, axis)
    rows = (wide.reshape(*mean.shape, -1) - mean[..., None]) / np.sqrt(variance + epsilon)[..., None]
    y = np.moveaxis(rows.reshape(wide.shape), 1, axis)
    return y * spread(gamma, x.ndim, axis) + spread(beta, x.ndim, axis)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@few
@given(LAYOUTS, st.integers(1, 3), st.sampled_from([1, 4, 6, 70]), seeds)
def test_instance_norm(dtype: Any, layout: str, batch: int, channels: int, seed: int) -> None:
    axis = 1 if layout == "NCHW" else 3
    shape = (batch, channels, 5, 7) if layout == "NCHW" else (batch, 5, 7, channels)
    x = values(seed, shape, dtype)
    gamma, beta = values(seed + 1, (channels,), dtype), values(seed + 2, (channels,), dtype)
    attrs = {"epsilon": 1e-3, "data_format": layout}
    y, mean, variance = run_op("InstanceNorm", [x, gamma, beta], attrs)
    expected = group_norm(x, gamma, beta, channels, axis, 1e-3)
    assert_close(y, expected, dtype, rtol=8, atol=4 * SLACK[dtype])
    _, wanted_mean, wanted_variance = grouped(x, channels, axis)
    keep = (batch, channels, 1, 1) if layout == "NCHW" else (batch, 1, 1, channels)
    assert_close(mean, wanted_mean.reshape(keep), dtype, rtol=4, atol=1e-5)
    assert_close(variance, wanted_variance.reshape(keep), dtype, rtol=4, atol=1e-5)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("op", ["GroupNorm", "GroupNormV2", "GroupNormSilu"])
@few
@given(LAYOUTS, st.sampled_from([1, 2, 6]), seeds)
def test_group_norm(dtype: Any, op: str, layout: str, groups: int, seed: int) -> None:
    layout = "NCHW" if op == "GroupNormSilu" else layout
    axis = 1 if layout == "NCHW" else 3
    x = values(seed, (2, 6, 4, 9) if layout == "NCHW" else (2, 4, 9, 6), dtype)
    gamma, beta = values(seed + 1, (6,), dtype), values(seed + 2, (6,), dtype)
    attrs = {"num_groups": groups, "eps": 1e-3}
    if op != "GroupNormSilu":
        attrs["data_format"] = layout
    y, mean, other = run_op(op, [x, gamma, beta], attrs)
    expected = group_norm(x, gamma, beta, groups, axis, 1e-3)
    if op == "GroupNormSilu":
        expected = expected / (1 + np.exp(-expected))
    assert_close(y, expected, dtype, rtol=8, atol=4 * SLACK[dtype])
    _, wanted_mean, variance = grouped(x, groups, axis)
    assert_close(mean, wanted_mean, dtype, rtol=4, atol=1e-5)
    assert_close(other, variance if op == "GroupNorm" else 1 / np.sqrt(variance + 1e-3), dtype, rtol=8)


def test_group_norm_silu_does_without_parameters_and_silu() -> None:
    x = values(3, (2, 4, 5), FLOAT32)
    y, *_ = run_op("GroupNormSilu", [x, None, None], {"num_groups": 2, "activate_silu": False})
    assert_close(y, group_norm(x, np.ones(4), np.zeros(4), 2, 1, 1e-5), FLOAT32, rtol=8, atol=4e-6)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
@pytest.mark.parametrize("running", [False, True], ids=["batch", "running"])
def test_instance_norm_v2(dtype: Any, running: bool) -> None:
    x = values(5, (3, 4, 6, 6), dtype)
    gamma, beta = values(6, (1, 4, 1, 1), FLOAT32), values(7, (1, 4, 1, 1), FLOAT32)
    mean, variance = values(8, (3, 4, 1, 1), FLOAT32), values(9, (3, 4, 1, 1), FLOAT32, 0.5, 2)
    inputs = [x, gamma, beta, *([mean, variance] if running else [None, None])]
    y, out_mean, out_variance = run_op("InstanceNormV2", inputs, {"momentum": 0.25, "epsilon": 1e-3})
    assert_close(y, group_norm(x, gamma, beta, 4, 1, 1e-3), dtype, rtol=8, atol=4 * SLACK[dtype])
    _, m, v = (part.reshape(-1) for part in grouped(x, 4, 1))
    m, v = m.reshape(3, 4, 1, 1), v.reshape(3, 4, 1, 1)
    if running:
        m, v = m * 0.25 + mean * 0.75, v * 36 / 35 * 0.25 + variance * 0.75
    assert_close(out_mean, m, FLOAT32, rtol=4, atol=1e-6)
    assert_close(out_variance, v, FLOAT32, rtol=4, atol=1e-6)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
@pytest.mark.parametrize("op", ["INInferV2", "InstanceNormV2"])
def test_instance_norm_with_given_statistics(op: str, dtype: Any) -> None:
    x = values(5, (3, 4, 6, 6), dtype)
    mean, variance = values(8, (3, 4, 1, 1), FLOAT32), values(9, (3, 4, 1, 1), FLOAT32, 0.5, 2)
    attrs = {"epsilon": 1e-3} | ({} if op == "INInferV2" else {"is_training": False})
    y, out_mean, out_variance = run_op(op, [x, None, None, mean, variance], attrs)
    expected = (x.astype(np.float64) - mean) / np.sqrt(variance.astype(np.float64) + 1e-3)
    assert_close(y, expected, dtype, rtol=4, atol=SLACK[dtype])
    assert_close(out_mean, mean, FLOAT32)
    assert_close(out_variance, variance, FLOAT32)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@few
@given(LAYOUTS, seeds)
def test_batch_norm_in_parts(dtype: Any, layout: str, seed: int) -> None:
    axis, others = (1, (0, 2, 3)) if layout == "NCHW" else (3, (0, 1, 2))
    x = values(seed, (3, 5, 4, 6) if layout == "NCHW" else (3, 4, 6, 5), dtype)
    wide = x.astype(np.float64)
    gamma, beta, mean, variance = (values(seed + k, (5,), FLOAT32, 0.5, 2) for k in range(4))
    sums, squares = run_op("BNTrainingReduce", [x], input_format=layout)
    assert_close(sums.reshape(-1), wide.sum(others), FLOAT32, rtol=4, atol=1e-4)
    assert_close(squares.reshape(-1), (wide**2).sum(others), FLOAT32, rtol=4, atol=1e-4)
    m, v = wide.mean(others), wide.var(others)
    normal = (wide - spread(m, 4, axis)) / np.sqrt(spread(v, 4, axis) + 1e-3)
    expected = normal * spread(gamma, 4, axis) + spread(beta, 4, axis)
    flat = [x, sums.reshape(-1), squares.reshape(-1), gamma, beta]
    attrs = {"epsilon": 1e-3}
    for op in ("BNTrainingUpdateV2", "BNTrainingUpdateV3"):
        y, batch_mean, batch_variance, *_ = run_op(op, flat, attrs, input_format=layout)
        assert_close(y, expected, dtype, rtol=8, atol=8 * SLACK[dtype])
        assert_close(batch_mean, m, FLOAT32, rtol=4, atol=1e-5)
        assert_close(batch_variance, v, FLOAT32, rtol=8, atol=1e-5)
    y, new_mean, new_variance, batch_mean, _ = run_op(
        "BNTrainingUpdate", [*flat, mean, variance], attrs | {"factor": 0.25}, input_format=layout
    )
    count = x.size // 5
    assert_close(y, expected, dtype, rtol=8, atol=8 * SLACK[dtype])
    assert_close(batch_mean, m, FLOAT32, rtol=4, atol=1e-5)
    assert_close(new_mean, m * 0.25 + mean * 0.75, FLOAT32, rtol=4, atol=1e-5)
    assert_close(new_variance, v * count / (count - 1) * 0.25 + variance * 0.75, FLOAT32, rtol=8, atol=1e-5)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("training", [False, True])
def test_batch_norm_v3(dtype: Any, training: bool) -> None:
    x = values(1, (4, 3, 5), dtype)
    wide = x.astype(np.float64)
    gamma, beta = values(2, (3,), dtype), values(3, (3,), dtype)
    mean, variance = values(4, (3,), FLOAT32), values(5, (3,), FLOAT32, 0.5, 2)
    outputs = run_op(
        "BatchNormV3",
        [x, gamma, beta, mean, variance],
        {"epsilon": 1e-3, "momentum": 0.2, "is_training": training},
    )
    m, v = (wide.mean((0, 2)), wide.var((0, 2))) if training else (mean, variance)
    y = (wide - spread(m, 3, 1)) / np.sqrt(spread(v, 3, 1) + 1e-3) * spread(gamma, 3, 1) + spread(beta, 3, 1)
    share = 0.2 if training else 0.0
    assert_close(outputs[0], y, dtype, rtol=8, atol=8 * SLACK[dtype])
    assert_close(outputs[1], m * share + mean * (1 - share), FLOAT32, rtol=4, atol=1e-6)
    assert_close(outputs[2], v * 20 / 19 * share + variance * (1 - share), FLOAT32, rtol=4, atol=1e-6)
    assert_close(outputs[3], m, FLOAT32, rtol=4, atol=1e-6)
    assert_close(outputs[4], 1 / np.sqrt(v + 1e-3), FLOAT32, rtol=8)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@few
@given(st.integers(1, 3), st.booleans(), st.booleans(), seeds)
def test_layer_norm_v4(dtype: Any, count: int, scaled: bool, shifted: bool, seed: int) -> None:
    x = values(seed, (3, 4, 5), dtype)
    normal = x.shape[3 - count :]
    gamma = values(seed + 1, normal, dtype) if scaled else None
    beta = values(seed + 2, normal, dtype) if shifted else None
    y, mean, rstd = run_op(
        "LayerNormV4", [x, Const(np.array(normal, np.int32)), gamma, beta], {"epsilon": 1e-3}
    )
    wide, axes = x.astype(np.float64), tuple(range(3 - count, 3))
    m, v = wide.mean(axes, keepdims=True), wide.var(axes, keepdims=True)
    expected = (wide - m) / np.sqrt(v + 1e-3)
    expected = expected * (1 if gamma is None else gamma.astype(np.float64))
    expected = expected + (0 if beta is None else beta.astype(np.float64))
    assert_close(y, expected, dtype, rtol=8, atol=4 * SLACK[dtype])
    assert_close(mean, m, FLOAT32, rtol=4, atol=1e-6)
    assert_close(rstd, 1 / np.sqrt(v + 1e-3), FLOAT32, rtol=8)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@few
@given(LAYOUTS, st.integers(0, 4), st.sampled_from([1, 3, 9]), seeds)
def test_lrn(dtype: Any, layout: str, radius: int, channels: int, seed: int) -> None:
    axis = 1 if layout == "NCHW" else 3
    x = values(seed, (2, channels, 5, 6) if layout == "NCHW" else (2, 5, 6, channels), dtype)
    wide = np.moveaxis(x.astype(np.float64), axis, 0)
    sums = np.stack([(wide[max(c - radius, 0) : c + radius + 1] ** 2).sum(0) for c in range(channels)])
    expected = np.moveaxis(wide / (1.5 + 0.3 * sums) ** 0.75, 0, axis)
    attrs = {"depth_radius": radius, "bias": 1.5, "alpha": 0.3, "beta": 0.75}
    [y] = run_op("LRN", [x], attrs, input_format=layout)
    assert_close(y, expected, dtype, rtol=8)


def norm(x: np.ndarray, p: float, axes: tuple[int, ...], keep: bool) -> np.ndarray:
    a = np.abs(x.astype(np.float64))
    if np.isinf(p):
        return (a.max if p > 0 else a.min)(axes, keepdims=keep)
    if p == 0:
        return (a != 0).sum(axes, keepdims=keep).astype(np.float64)
    return (a**p).sum(axes, keepdims=keep) ** (1 / p)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("p", [0, 1, 2, 3, np.inf, -np.inf], ids=str)
@few
@given(st.sampled_from([(), (0,), (1,), (-1,), (0, 2), (1, 2)]), st.booleans(), seeds)
def test_lp_norms(dtype: Any, p: float, axes: tuple[int, ...], keep: bool, seed: int) -> None:
    x = values(seed, (3, 4, 5), dtype)
    expected = norm(x, p, axes or (0, 1, 2), keep)
    attrs = {"axes": list(axes), "keepdim": keep}
    whole = 2**31 - 1 if p == np.inf else -(2**31) if p == -np.inf else int(p)
    [y] = run_op("LpNorm", [x], attrs | {"p": whole})
    assert_close(y, expected, dtype, rtol=4)
    [y] = run_op("LpNormV2", [x], attrs | {"p": float(p)})
    assert_close(y, expected, dtype, rtol=4)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_global_lp_pool(dtype: Any) -> None:
    x = values(3, (2, 3, 4, 5), dtype)
    for p in (1.0, 2.0, 3.0):
        [y] = run_op("GlobalLpPool", [x], {"p": p})
        assert_close(y, norm(x, p, (2, 3), True), dtype, rtol=4)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("axis", [[], [1], [-1], [0, 2]], ids=str)
def test_l2_normalize(dtype: Any, axis: list[int]) -> None:
    x = values(3, (2, 3, 4), dtype)
    x[0, 0] = 0
    squares = (x.astype(np.float64) ** 2).sum(tuple(axis) or (0, 1, 2), keepdims=True)
    [y] = run_op("L2Normalize", [x], {"axis": axis, "eps": 1e-3})
    assert_close(y, x.astype(np.float64) / np.sqrt(np.maximum(squares, np.float32(1e-3))), dtype, rtol=4)


@pytest.mark.parametrize("op", ["InstanceNorm", "GroupNorm"])
def test_nothing_normalises_to_nothing(op: str) -> None:
    x, one = np.zeros((0, 4, 3, 3), np.float32), np.ones(4, np.float32)
    attrs = {"data_format": "NCHW"} | ({"num_groups": 2} if op == "GroupNorm" else {})
    assert run_op(op, [x, one, one], attrs)[0].shape == x.shape


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        (
            "GroupNorm",
            [np.zeros((1, 4, 3), np.float32), *[np.ones(4, np.float32)] * 2],
            {"num_groups": 3, "data_format": "NCHW"},
            "num_groups is 3; it must divide x's 4",
        ),
        (
            "InstanceNorm",
            [np.zeros((1, 4, 3), np.float32), *[np.ones(3, np.float32)] * 2],
            {"data_format": "NCHW"},
            r"input gamma has shape \[3\]",
        ),
        (
            "LayerNormV4",
            [np.zeros((2, 3), np.float32), Const(np.array([2], np.int32)), None, None],
            {},
            "normalized_shape has 1 values",
        ),
        (
            "LRN",
            [np.zeros((1, 4, 3, 3), np.float32)],
            {"norm_region": "WITHIN_CHANNEL"},
            "only ACROSS_CHANNELS",
        ),
        (
            "INInferV2",
            [np.zeros((1, 4, 3, 3), np.float32), None, None, None, None],
            {},
            "mean and variance are needed",
        ),
        ("LpNormV2", [np.zeros((2, 3), np.float32)], {"axes": [2]}, "2"),
        ("BatchNormV3", [np.zeros((2, 3), np.float32), *[np.ones(2, np.float32)] * 4], {}, "one per channel"),
    ],
    ids=["groups", "gamma", "shape", "region", "statistics", "axes", "channels"],
)
def test_what_cannot_be_normalised_is_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
