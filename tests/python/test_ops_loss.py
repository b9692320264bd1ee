"""Losses against their definitions in numpy's double."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    FLOAT16,
    FLOAT32,
    FLOAT64,
    FLOATS,
    FLOATS64,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    shapes,
    values,
)

import pyascend_ge as ge

REDUCTIONS = ["none", "mean", "sum"]


def reduced(loss: np.ndarray, reduction: str) -> np.ndarray:
    if reduction == "batchmean":
        return np.asarray(loss.sum() / (loss.shape[0] if loss.ndim else 1))
    return {"none": loss, "mean": np.asarray(loss.mean()), "sum": np.asarray(loss.sum())}[reduction]


def wide(*arrays: np.ndarray) -> list[np.ndarray]:
    return [array.astype(np.float64) for array in arrays]


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@few
@given(shape=shapes(0, 4), seed=seeds, sigma=st.sampled_from([0.0, 0.5, 1.0, 2.0]))
def test_losses_of_differences(dtype: Any, reduction: str, shape: Any, seed: int, sigma: float) -> None:
    x, t = values(seed, shape, dtype), values(seed + 1, shape, dtype)
    d = np.abs(np.subtract(*wide(x, t)))
    with np.errstate(divide="ignore", invalid="ignore"):
        smooth = np.where(d < sigma, 0.5 * d * d / sigma, d - 0.5 * sigma)
    attrs = {"reduction": reduction}
    for op, more, loss in [
        ("MseLoss", {}, d * d),
        ("LpLoss", {"p": 1}, d),
        ("SmoothL1LossV2", {"sigma": sigma}, smooth),
    ]:
        assert_close(run_op(op, [x, t], attrs | more)[0], reduced(np.asarray(loss), reduction), dtype)
    assert_close(run_op("SmoothL1Loss", [x, t], {"sigma": sigma})[0], smooth, dtype)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@few
@given(shape=shapes(0, 4), seed=seeds)
def test_soft_margins(dtype: Any, reduction: str, shape: Any, seed: int) -> None:
    x, t = values(seed, shape, dtype), (values(seed + 1, shape, np.int32, 0, 1) * 2 - 1).astype(dtype)
    [y] = run_op("SoftMarginLoss", [x, t], {"reduction": reduction})
    assert_close(y, reduced(np.asarray(np.logaddexp(0, -np.multiply(*wide(t, x)))), reduction), dtype)


def test_a_soft_margin_of_large_numbers_stays_finite() -> None:
    x, t = np.float32([-1e4, 1e4]), np.float32([1, 1])
    np.testing.assert_array_equal(run_op("SoftMarginLoss", [x, t], {"reduction": "none"})[0], [1e4, 0])


def test_a_long_mean_adds_every_piece() -> None:
    x, t = values(1, (7, 5000), FLOAT32), values(2, (7, 5000), FLOAT32)
    d = np.subtract(*wide(x, t))
    assert_close(run_op("MseLoss", [x, t])[0], (d * d).mean(), FLOAT32)


@pytest.mark.parametrize("dtype", FLOATS64, ids=str)
def test_l2_loss_is_half_the_sum_of_squares(dtype: Any) -> None:
    x = values(1, (3, 70), dtype)
    assert_close(run_op("L2Loss", [x])[0], (wide(x)[0] ** 2).sum() / 2, dtype)


@pytest.mark.parametrize("dtype", FLOATS64, ids=str)
@pytest.mark.parametrize("reduction", [*REDUCTIONS, "batchmean"])
def test_kl_divergence_ignores_targets_of_zero(dtype: Any, reduction: str) -> None:
    x, t = values(1, (4, 9), dtype, -3, 0), values(2, (4, 9), dtype, 0.01, 1)
    t[1, :3] = 0
    p, q = wide(t, x)
    loss = np.where(p > 0, p * (np.log(np.where(p > 0, p, 1)) - q), 0)
    y = run_op("KLDiv", [x, t], {"reduction": reduction})[0]
    assert_close(y, reduced(loss, reduction), dtype, rtol=8, atol=1e-13)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, (5,), (4, 5)], ids=str)
def test_binary_cross_entropies(dtype: Any, reduction: str, weight: Any) -> None:
    x, t = values(1, (4, 5), dtype, 0, 1), values(2, (4, 5), dtype, 0, 1)
    x[0, :2], t[0, :2] = [0, 1], [1, 0]
    w = None if weight is None else values(3, weight, dtype, 0.5, 2)
    p, y = wide(x, t)
    with np.errstate(divide="ignore"):
        loss = -(y * np.maximum(np.log(p), -100) + (1 - y) * np.maximum(np.log(1 - p), -100))
    loss = loss * (1.0 if w is None else wide(w)[0])
    got = run_op("BinaryCrossEntropy", [x, t, w], {"reduction": reduction})[0]
    assert_close(got, reduced(loss, reduction), dtype)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [(False, False), (True, False), (False, True), (True, True)], ids=str)
def test_cross_entropies_of_sigmoids(dtype: Any, reduction: str, weighted: tuple[bool, bool]) -> None:
    x, t = values(1, (4, 5), dtype, -30, 30), values(2, (4, 5), dtype, 0, 1)
    w, p = values(3, (4, 5), dtype, 0.5, 2), values(4, (5,), dtype, 0.5, 2)
    z, y = wide(x, t)
    log_p, log_not = -np.logaddexp(0, -z), -np.logaddexp(0, z)
    positive = wide(p)[0] if weighted[1] else 1.0
    loss = -(positive * y * log_p + (1 - y) * log_not) * (wide(w)[0] if weighted[0] else 1.0)
    inputs = [x, t, w if weighted[0] else None, p if weighted[1] else None]
    got = run_op("SigmoidCrossEntropyWithLogitsV2", inputs, {"reduction": reduction})[0]
    assert_close(got, reduced(loss, reduction), dtype, rtol=4, atol=1e-12)
    if weighted == (False, False):
        assert_close(run_op("SigmoidCrossEntropyWithLogits", [x, t])[0], loss, dtype, rtol=4, atol=1e-12)


def log_softmax(x: np.ndarray) -> np.ndarray:
    shifted = x - x.max(-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(-1, keepdims=True)))


@pytest.mark.parametrize("dtype", FLOATS64, ids=str)
@few
@given(rows=st.integers(0, 5), classes=st.integers(1, 9), seed=seeds, one=st.booleans())
def test_softmax_cross_entropy_of_distributions(
    dtype: Any, rows: int, classes: int, seed: int, one: bool
) -> None:
    x = values(seed, (rows, classes), dtype, -20, 20)
    t = values(seed + 1, (1 if one else rows, classes), dtype, 0, 1)
    log_p = log_softmax(wide(x)[0]) if rows else wide(x)[0]
    loss, backprop = run_op("SoftmaxCrossEntropyWithLogits", [x, t])
    assert_close(loss, -(wide(t)[0] * log_p).sum(-1), dtype, rtol=8)
    assert_close(
        backprop, np.exp(log_p) - wide(t)[0], dtype, rtol=8, atol=1e-7 if dtype != FLOAT64 else 1e-14
    )


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, FLOAT64], ids=str)
@pytest.mark.parametrize("labels", ["int32", "int64"])
def test_softmax_cross_entropy_of_classes(dtype: Any, labels: str) -> None:
    x, t = values(1, (4, 6), dtype, -5, 5), values(2, (4,), labels, 0, 5)
    log_p = log_softmax(wide(x)[0])
    loss, backprop = run_op("SparseSoftmaxCrossEntropyWithLogits", [x, t])
    assert_close(loss, -log_p[np.arange(4), t], dtype, rtol=8)
    assert_close(backprop, np.exp(log_p) - np.eye(6)[t], dtype, rtol=8, atol=1e-7)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
@few
@given(rows=st.integers(1, 6), seed=seeds)
def test_negative_log_likelihoods(reduction: str, weighted: bool, rows: int, seed: int) -> None:
    x, t = values(seed, (rows, 5), FLOAT32), values(seed + 1, (rows,), "int32", 0, 4)
    w = values(seed + 2, (5,), FLOAT32, 0.5, 2)
    t[0] = 3  # which the last run ignores
    for ignored in (-100, 3):
        each = np.where(t == ignored, 0, (wide(w)[0] if weighted else np.ones(5))[t])
        loss = -each * wide(x)[0][np.arange(rows), t]
        if reduction == "mean":
            with np.errstate(invalid="ignore"):
                expected = np.asarray(loss.sum() / each.sum())
        else:
            expected = reduced(loss, reduction)
        attrs = {"reduction": reduction, "ignore_index": ignored}
        y, total = run_op("NLLLoss", [x, t, w if weighted else None], attrs)
        assert_close(y, expected, FLOAT32)
        assert_close(total, each.sum(), FLOAT32)


@few
@given(shape=shapes(1, 4), seed=seeds, data=st.data())
def test_cosine_similarity_along_an_axis(shape: Any, seed: int, data: st.DataObject) -> None:
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x, y = values(seed, shape, FLOAT32), values(seed + 1, shape, FLOAT32)
    a, b = wide(x, y)
    norm = np.maximum(np.linalg.norm(a, axis=axis), 1e-8) * np.maximum(np.linalg.norm(b, axis=axis), 1e-8)
    got = run_op("CosineSimilarity", [x, y], {"dim": axis})[0]
    assert_close(got, (a * b).sum(axis) / norm, FLOAT32, rtol=4, atol=1e-7)


@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", "int8", "int64"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_cosine_embedding_loss(dtype: str, reduction: str) -> None:
    x, y = values(1, (6, 5), dtype, -9, 9), values(2, (6, 5), dtype, -9, 9)
    target = np.array([1, -1, 1, -1, 0, -1], dtype)
    a, b = wide(x, y)
    cosine = (a * b).sum(1) / np.sqrt(((a * a).sum(1) + 1e-12) * ((b * b).sum(1) + 1e-12))
    loss = np.select([target == 1, target == -1], [1 - cosine, np.maximum(0, cosine - 0.2)], 0)
    got = run_op("CosineEmbeddingLoss", [x, y, target], {"margin": 0.2, "reduction": reduction})[0]
    assert_close(got, reduced(loss, reduction), FLOAT32, atol=1e-7)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_dropout_keeps_what_the_mask_says(dtype: Any) -> None:
    x, keep = values(1, (3, 1401), dtype), np.array(0.75, dtype)
    flags = np.random.default_rng(2).integers(0, 2, x.size, dtype=np.uint8)
    expected = np.where(flags.reshape(x.shape), wide(x)[0] / 0.75, 0)
    bits = np.packbits(flags, bitorder="little")
    assert_close(run_op("DropOutDoMask", [x, bits, keep])[0], expected, dtype)
    if dtype in (FLOAT32, FLOAT16):
        for mask in (flags.reshape(x.shape), flags.reshape(x.shape).astype(bool)):
            assert_close(run_op("DropOutDoMaskV3", [x, mask, keep])[0], expected, dtype)
    assert_same(run_op("DropOutDoMask", [x, bits, np.array(0, dtype)])[0], np.zeros(x.shape), dtype)


def test_dropout_is_the_identity_at_inference() -> None:
    x = values(1, (3, 4), FLOAT32)
    assert_same(run_op("Dropout", [x])[0], x, FLOAT32)


X, ROW = np.ones((2, 3), np.float32), np.ones(3, np.float32)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("MseLoss", [X, ROW], {}, r"label has shape \[3\]; it must equal .* \[2,3\]"),
        ("MseLoss", [X, X.astype(np.float16)], {}, "label has dtype DT_FLOAT16"),
        ("MseLoss", [X, X], {"reduction": "max"}, "reduction is 'max'.*none, mean or sum"),
        ("LpLoss", [X, X], {"p": 3}, "p is 3; only 1"),
        ("SmoothL1Loss", [X, X], {"sigma": -1.0}, "sigma is -1"),
        (
            "BinaryCrossEntropy",
            [X, X, np.ones(2, np.float32)],
            {},
            r"weight has shape \[2\]; it must broadcast",
        ),
        ("SoftmaxCrossEntropyWithLogits", [X, ROW], {}, r"labels has shape \[3\]"),
        ("SparseSoftmaxCrossEntropyWithLogits", [X, np.ones(3, np.int32)], {}, r"labels has shape \[3\]"),
        ("NLLLoss", [X, np.array([0, 7], np.int32)], {}, r"target holds 7 in row 1.*\[0, 3\)"),
        ("NLLLoss", [X, np.ones(3, np.int32)], {}, r"target \[3\] one number a row"),
        ("CosineSimilarity", [X, X], {"dim": 2}, "dim 2 is outside"),
        ("DropOutDoMask", [X, np.ones(0, np.uint8), np.float32(1)], {}, "room for 0 flags; x has 6"),
    ],
)
def test_what_does_not_fit_is_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
