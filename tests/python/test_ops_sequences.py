"""Recurrent layers behind their input's product, and decoding of what classifiers say step by step."""

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
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    values,
)

import pyascend_ge as ge


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("order", ["zrh", "rzh"])
@few
@given(seed=seeds, full=st.booleans())
def test_a_gru_behind_its_inputs_product(after: bool, order: str, seed: int, full: bool) -> None:
    steps, batch, n = 4, 3, 5
    x = values(seed, (steps, batch, 3 * n), FLOAT32, -1, 1)
    w = values(seed + 1, (n, 3 * n), FLOAT16, -0.5, 0.5)
    bias = values(seed + 2, (3 * n,), FLOAT32, -1, 1) if full else None
    h0 = values(seed + 3, (1, batch, n), FLOAT32, -1, 1) if full else None
    lengths = np.array([4, 2, 0] if full else [4] * 3, np.int32)
    got = run_op(
        "DynamicGRUV2Hidden",
        [x, w, bias, lengths if full else None, h0],
        {"gate_order": order, "reset_after": after},
    )
    first, second = (0, 1) if order == "zrh" else (1, 0)
    b = np.zeros(3 * n) if bias is None else np.float64(bias)
    h = np.zeros((batch, n)) if h0 is None else np.float64(h0[0])
    wide = np.float64(w)
    expected = np.zeros((5, steps, batch, n))
    for t in range(steps):
        for sample in np.flatnonzero(lengths > t):
            parts, mine = np.split(np.float64(x[t, sample]), 3), np.split(h[sample] @ wide + b, 3)
            z, r = sigmoid(parts[first] + mine[first]), sigmoid(parts[second] + mine[second])
            part = mine[2] if after else (r * h[sample]) @ wide[:, 2 * n :] + b[2 * n :]
            new = np.tanh(parts[2] + (r * part if after else part))
            h[sample] = (1 - z) * new + z * h[sample]
            expected[:, t, sample] = h[sample], z, r, new, part
    y, output_h, update, reset, candidate, hidden = got
    for mine, wanted in zip((y, update, reset, candidate, hidden), expected, strict=True):
        assert_close(mine, wanted, FLOAT32, rtol=8, atol=4e-6)
    assert_same(output_h, y, FLOAT32)


X, W = np.ones((2, 3, 12), np.float32), np.ones((4, 12), np.float16)


@pytest.mark.parametrize(
    ("inputs", "attrs", "message"),
    [
        ([X[..., :6], W], {}, r"x_weight_input \[2,3,6\] and weight_hidden \[4,12\] must both have 3"),
        ([X, W[:3]], {}, r"weight_hidden is DT_FLOAT16 \[3,12\]; it must have 48 elements"),
        ([X, W, X[0, 0, :4]], {}, r"bias_hidden is DT_FLOAT \[4\]; it must have 12"),
        ([X, W, None, np.int32([1])], {}, "seq_length must be DT_INT32 with one length for each of 3"),
        ([X, W], {"gate_order": "hzr"}, 'gate_order is "hzr"'),
    ],
)
def test_products_that_do_not_fit_a_gru_are_refused(
    inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op("DynamicGRUV2Hidden", inputs, attrs)


def greedy(
    x: np.ndarray, lengths: np.ndarray, merge: bool
) -> tuple[list[list[int]], list[list[int]], list[float]]:
    """Places, classes and minus the sums of the largest logits."""
    places, classes, sums = [], [], []
    blank = x.shape[2] - 1
    for b, length in enumerate(lengths):
        best = [int(c) for c in x[:length, b].argmax(-1)]
        sums.append(-float(np.float64(x[:length, b]).max(-1, initial=-np.inf).sum()))
        kept = [c for t, c in enumerate(best) if c != blank and not (merge and t > 0 and c == best[t - 1])]
        places += [[b, i] for i in range(len(kept))]
        classes += kept
    return places, classes, sums


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64], ids=str)
@pytest.mark.parametrize("merge", [False, True])
@few
@given(seed=seeds, steps=st.integers(0, 8), batch=st.integers(1, 3), classes=st.integers(1, 4))
def test_greedy_decoding(dtype: Any, merge: bool, seed: int, steps: int, batch: int, classes: int) -> None:
    x = values(seed, (steps, batch, classes), dtype)
    lengths = values(seed + 1, (batch,), np.int32, 0, steps)
    indices, decoded, shape, score = run_op("CTCGreedyDecoder", [x, lengths], {"merge_repeated": merge})
    places, wanted, sums = greedy(x, lengths, merge)
    assert_same(indices, np.array(places, np.int64).reshape(-1, 2), np.int64)
    assert_same(decoded, np.array(wanted, np.int64), np.int64)
    longest = max((place[1] + 1 for place in places), default=0)
    assert_same(shape, np.int64([batch, longest]), np.int64)
    assert_close(score, np.array(sums)[:, None], dtype, atol=1e-6)


def test_repetitions_with_a_blank_between_stay() -> None:
    x = np.eye(3, dtype=np.float32)[[0, 0, 2, 0, 1, 1]][:, None]
    for merge, wanted in ((False, [0, 0, 0, 1, 1]), (True, [0, 0, 1])):
        outputs = run_op("CTCGreedyDecoder", [x, np.int32([6])], {"merge_repeated": merge})
        assert_same(outputs[1], np.int64(wanted), np.int64)
        assert_same(outputs[3], np.float32([[-6]]), FLOAT32)


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        (np.int32([4, 1]), r"sequence_length\[0\] is 4; it must be in \[0, 3\]"),
        (np.int32([0, -1]), r"sequence_length\[1\] is -1"),
        (np.int32([0]), r"inputs \[3,2,4\] and sequence_length DT_INT32 \[1\] must be"),
    ],
)
def test_lengths_that_do_not_fit_are_refused(lengths: np.ndarray, message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op("CTCGreedyDecoder", [np.ones((3, 2, 4), np.float32), lengths])
