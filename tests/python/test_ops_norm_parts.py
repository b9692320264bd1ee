"""Normalisation in steps: instance norms from sums, and statistics gathered from devices, against numpy."""

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
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    values,
)

import pyascend_ge as ge

HALVES = [FLOAT32, FLOAT16]
SLACK = {FLOAT32: 2e-6, FLOAT16: 2e-3, BFLOAT16: 2e-2}


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("each", [True, False])
@few
@given(n=st.integers(1, 3), c=st.integers(1, 5), pixels=st.integers(1, 6), seed=seeds)
def test_instance_norm_in_steps(
    dtype: Any, layout: str, running: bool, each: bool, n: int, c: int, pixels: int, seed: int
) -> None:
    last = layout == "NHWC"
    spatial = (2, 3) if not last else (1, 2)
    x = values(seed, (n, 3, pixels, c) if last else (n, c, 3, pixels), dtype)
    gamma, beta = (values(seed + k, (n, c) if each else (c,), FLOAT32) for k in (1, 2))
    mean, variance = (values(seed + k, (n, c), FLOAT32, 0.5, 2) for k in (3, 4))
    a = x.astype(np.float64)
    total, squares = a.sum(spatial, keepdims=True), np.square(a).sum(spatial, keepdims=True)
    mine = run_op("INTrainingReduceV2", [x], input_format=layout)
    assert_close(mine[0], total, FLOAT32, atol=1e-5)
    assert_close(mine[1], squares, FLOAT32)
    statistics = [mean, variance] if running else [None, None]
    attrs = {"momentum": 0.25, "epsilon": 0.5}
    y, out_mean, out_variance = run_op(
        "INTrainingUpdateV2", [x, *mine, gamma, beta, *statistics], attrs, input_format=layout
    )

    def spread(p: np.ndarray) -> np.ndarray:
        p = np.broadcast_to(p, (n, c)).astype(np.float64)
        return p[:, None, None, :] if last else p[:, :, None, None]

    m, v = a.mean(spatial, keepdims=True), a.var(spatial, keepdims=True)
    expected = (a - m) / np.sqrt(v + 0.5) * spread(gamma) + spread(beta)
    assert_close(y, expected, dtype, rtol=4, atol=20 * SLACK[dtype])
    if running:
        count = 3 * pixels
        m = 0.25 * m + 0.75 * spread(mean)
        v = 0.25 * v * count / (count - 1) + 0.75 * spread(variance)
    assert_close(out_mean, m, FLOAT32, rtol=4, atol=1e-5)
    assert_close(out_variance, v, FLOAT32, rtol=4, atol=1e-5)


def test_instance_norm_without_parameters() -> None:
    x = values(1, (2, 3, 5), FLOAT32)
    y, mean, variance = run_op(
        "INTrainingUpdateV2",
        [x, *run_op("INTrainingReduceV2", [x]), None, None, None, None],
        {"epsilon": 0.5},
    )
    a = x.astype(np.float64)
    m, v = a.mean(2, keepdims=True), a.var(2, keepdims=True)
    assert_close(y, (a - m) / np.sqrt(v + 0.5), FLOAT32, atol=1e-6)
    assert_close(mean, m, FLOAT32, atol=1e-6)
    assert_close(variance, v, FLOAT32, atol=1e-6)


def test_sums_of_no_pixels() -> None:
    for total in run_op("INTrainingReduceV2", [np.ones((2, 3, 4, 0), np.float32)]):
        np.testing.assert_array_equal(total, np.zeros((2, 3, 1, 1)))


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, BFLOAT16], ids=str)
@pytest.mark.parametrize("counts", ["line", "column", "all"])
@few
@given(devices=st.integers(1, 4), channels=st.integers(1, 5), spread=st.booleans(), seed=seeds)
def test_statistics_of_devices(
    dtype: Any, counts: str, devices: int, channels: int, spread: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    count = rng.integers(2, 9, devices)
    parts = [rng.normal(1.0, 2.0, (n, channels)) for n in count]
    epsilon, momentum = 0.125, 0.25
    means = np.stack([part.mean(0) for part in parts]).astype(dtype)
    inverted = np.stack([1 / np.sqrt(part.var(0) + epsilon) for part in parts]).astype(dtype)
    shape = {"line": (devices,), "column": (devices, 1), "all": (devices, channels)}[counts]
    counted = np.broadcast_to(count.reshape(-1, *[1] * (len(shape) - 1)), shape).astype(dtype)
    running = values(seed, (channels,), dtype, 0.5, 2)
    # The rounded statistics are what the operator is given: PyTorch's formula on them.
    m, i = means.astype(np.float64), inverted.astype(np.float64)
    common = ((m * count[:, None]).sum(0) / count.sum()).astype(dtype)
    away = m - common.astype(np.float64)
    total = ((1 / i**2 - epsilon + away**2) * count[:, None]).sum(0)
    given_mean = np.broadcast_to(common, (devices, channels)) if spread else common
    attrs = {"epsilon": epsilon, "momentum": momentum}
    inputs = [means, inverted, counted, np.array(given_mean), np.array([count.sum()], dtype), running]
    mine, moved = run_op("SyncBatchNormGatherStatsWithCounts", inputs, attrs)
    assert_close(mine, 1 / np.sqrt(total / count.sum() + epsilon), dtype, rtol=2)
    unbiased = total / (count.sum() - 1)
    assert_close(moved, running.astype(np.float64) * 0.75 + 0.25 * unbiased, dtype, rtol=2)
    if dtype == FLOAT32:  # and in truth it is the spread of all elements together
        truth = np.concatenate(parts)
        np.testing.assert_allclose(mine, 1 / np.sqrt(truth.var(0) + epsilon), rtol=1e-5)
        np.testing.assert_allclose(moved, running * 0.75 + 0.25 * truth.var(0, ddof=1), rtol=1e-5)


X = np.ones((2, 3, 4, 4), np.float32)
SUMS = np.ones((2, 3, 1, 1), np.float32)
TWO, ONE = np.ones((2, 3), np.float32), np.ones(3, np.float32)


@pytest.mark.parametrize(
    ("op", "inputs", "message"),
    [
        ("INTrainingReduceV2", [ONE], r"x is \[3\]; it must have a batch"),
        (
            "INTrainingUpdateV2",
            [X, SUMS[:1], SUMS, None, None, None, None],
            r"input sum is DT_FLOAT \[1,3,1,1\]",
        ),
        ("INTrainingUpdateV2", [X, SUMS, SUMS, ONE[:2], None, None, None], r"input gamma is DT_FLOAT \[2\]"),
        ("INTrainingUpdateV2", [X, SUMS, SUMS, None, None, TWO, None], "must be given together"),
        ("INTrainingUpdateV2", [X, SUMS, SUMS, None, None, TWO, ONE], "input variance is"),
        ("SyncBatchNormGatherStatsWithCounts", [ONE, TWO, TWO, TWO, ONE, ONE], r"mean_all is \[3\]"),
        (
            "SyncBatchNormGatherStatsWithCounts",
            [TWO, ONE, TWO, TWO, ONE, ONE],
            r"invert_std_all has shape \[3\]",
        ),
        ("SyncBatchNormGatherStatsWithCounts", [TWO, TWO, ONE, TWO, ONE, ONE], r"count_all has shape \[3\]"),
        (
            "SyncBatchNormGatherStatsWithCounts",
            [TWO, TWO, TWO, TWO, TWO, ONE],
            r"count_sum has shape \[2,3\]",
        ),
        ("SyncBatchNormGatherStatsWithCounts", [TWO, TWO, TWO, TWO, ONE, ONE[:1]], "running_var has shape"),
    ],
)
def test_refusals(op: str, inputs: list[Any], message: str) -> None:
    with pytest.raises(ge.GeError, match=message):
        run_op(op, inputs)
