"""Attention of separate products and softmax with dropout against numpy in double."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    FLOAT16,
    assert_close,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    values,
)

import pyascend_ge as ge

SLACK = 1e-3


def softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    p = np.exp(x - x.max(axis, keepdims=True))
    return np.asarray(p / p.sum(axis, keepdims=True))


def turned(x: np.ndarray, turn: bool) -> np.ndarray:
    return np.ascontiguousarray(x.swapaxes(-1, -2)) if turn else x


FLAGS = ("query_transpose", "key_transpose", "bmm_score_transpose_a", "bmm_score_transpose_b")


@pytest.mark.parametrize("dropped", [False, True])
@few
@given(
    seed=seeds,
    front=st.sampled_from([(2, 3), (1, 1), (4,)]),
    flags=st.tuples(*[st.booleans()] * 4),
    mask=st.sampled_from(["whole", "keys", "one"]),
)
def test_attention_score(dropped: bool, seed: int, front: Any, flags: tuple[bool, ...], mask: str) -> None:
    turn_q, turn_k, turn_p, turn_v = flags
    q, k = values(seed, (*front, 5, 8), FLOAT16, -1, 1), values(seed + 1, (*front, 8, 7), FLOAT16, -1, 1)
    v = values(seed + 2, (*front, 5 if turn_p else 7, 6), FLOAT16, -1, 1)
    shape = {"whole": (*front, 5, 7), "keys": (front[0], *[1] * len(front), 7), "one": (1,)}[mask]
    padding = values(seed + 3, shape, FLOAT16, -3, 3)
    scale, drop = np.float16([0.375]), values(seed + 4, (*front, 5, 7), np.int8, 0, 1)
    p = softmax(np.float64(q) @ np.float64(k) * 0.375 + np.float64(padding))
    kept = np.where(drop != 0, p / 0.75, 0) if dropped else p
    inputs = [
        turned(q, turn_q),
        turned(k, turn_k),
        turned(v, turn_v),
        padding,
        scale,
        drop if dropped else None,
    ]
    attrs = {"keep_prob": 0.75, **dict(zip(FLAGS, flags, strict=True))}
    y, got = run_op("AttentionScore", inputs, attrs)
    assert_close(got, p, FLOAT16, atol=SLACK)
    assert_close(y, (kept.swapaxes(-1, -2) if turn_p else kept) @ np.float64(v), FLOAT16, atol=SLACK)


@few
@given(seed=seeds, masks=st.tuples(st.booleans(), st.booleans()), dropped=st.booleans())
def test_swin_attention_score(seed: int, masks: tuple[bool, bool], dropped: bool) -> None:
    q, v = values(seed, (4, 3, 5, 8), FLOAT16, -1, 1), values(seed + 2, (4, 3, 5, 8), FLOAT16, -1, 1)
    k = values(seed + 1, (4, 3, 5, 8), FLOAT16, -1, 1)
    bias, windows = values(seed + 3, (1, 3, 5, 5), FLOAT16, -3, 3), values(seed + 4, (4, 1, 5, 5), FLOAT16)
    drop = values(seed + 5, (4, 3, 5, 5), np.int8, 0, 1)
    scores = np.float64(q) @ np.float64(k).swapaxes(-1, -2) * 0.5
    for used, mask in zip(masks, (bias, windows), strict=True):
        scores = scores + (np.float64(mask) if used else 0)
    p = softmax(scores)
    added = [mask if used else None for used, mask in zip(masks, (bias, windows), strict=True)]
    inputs = [q, k, v, *added, np.float16([0.5]), drop if dropped else None]
    y, got = run_op("SwinAttentionScore", inputs, {"keep_prob": 0.5, "key_transpose": True})
    assert_close(got, p, FLOAT16, atol=SLACK)
    kept = np.where(drop != 0, p / 0.5, 0) if dropped else p
    assert_close(y, kept @ np.float64(v), FLOAT16, atol=2 * SLACK)


def test_attention_score_of_any_length() -> None:
    graph = ge.Graph("open")
    q, k, v = (
        graph.input(name, shape=(2, size, -1) if name == "k" else (2, -1, size), dtype="float16")
        for name, size in (("q", 4), ("k", 4), ("v", 3))
    )
    none = graph.const(np.zeros(1, np.float16))
    one = graph.const(np.ones(1, np.float16))
    graph.output(graph.op("AttentionScore", q, k, v, none, one)[0])
    with ge.GeSession() as session:
        handle = session.add_graph(graph)
        for queries, keys in ((3, 5), (1, 2), (3, 5)):
            fed = [
                values(i, shape, FLOAT16, -1, 1)
                for i, shape in enumerate([(2, queries, 4), (2, 4, keys), (2, keys, 3)])
            ]
            p = softmax(np.float64(fed[0]) @ np.float64(fed[1]))
            assert_close(np.array(handle.run(*fed)[0]), p @ np.float64(fed[2]), FLOAT16, atol=SLACK)


@few
@given(seed=seeds, axis=st.sampled_from([None, -1, 0, 1, 2]), keep=st.sampled_from([0.25, 0.5, 1.0]))
def test_softmax_with_dropout(seed: int, axis: int | None, keep: float) -> None:
    x, mask = values(seed, (3, 4, 5), FLOAT16), values(seed + 1, (3, 4, 5), np.uint8, 0, 1)
    attrs: dict[str, Any] = {"keep_prob": keep} | ({} if axis is None else {"axes": [axis]})
    y1, y2 = run_op("SoftmaxV2WithDropOutDoMaskV3D", [x, mask], attrs)
    p = softmax(np.float64(x), -1 if axis is None else axis)
    assert_close(y1, p, FLOAT16)
    assert_close(y2, np.where(mask != 0, p / keep, 0), FLOAT16)


def h(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float16)


FINE = [h(2, 3, 4), h(2, 4, 5), h(2, 5, 6), h(1), h(1)]


@pytest.mark.parametrize(
    ("inputs", "attrs", "message"),
    [
        ([h(2, 3, 4), h(2, 3, 4), *FINE[2:]], {}, "query .* key .* do not multiply"),
        (FINE, {"key_transpose": True}, "with these flags of transposition do not multiply"),
        ([h(1, 3, 4), *FINE[1:]], {}, r"query \[1,3,4\], key \[2,4,5\] .* do not multiply"),
        ([*FINE[:3], h(2, 3, 4), h(1)], {}, r"padding_mask is DT_FLOAT16 \[2,3,4\]; .* scores \[2,3,5\]"),
        ([*FINE[:4], h(2)], {}, r"scale is DT_FLOAT16 \[2\]; it must be one"),
        ([*FINE, np.ones(5, np.int8)], {}, r"drop_mask is DT_INT8 \[5\]; it must be DT_INT8 with 30"),
        (FINE, {"softmax_axes": [1]}, "softmax_axes has 1 axes, the first 1; only the last"),
        (FINE, {"keep_prob": 0.0}, "keep_prob is 0; it must be in"),
    ],
)
def test_attention_that_does_not_fit_is_refused(
    inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op("AttentionScore", inputs, attrs)


@pytest.mark.parametrize(
    ("mask", "attrs", "message"),
    [
        (np.ones(5, np.uint8), {"keep_prob": 0.5}, r"mask is DT_UINT8 \[5\]; it must be DT_UINT8 with 6"),
        (np.ones(6, np.uint8), {"keep_prob": 1.5}, "keep_prob is 1.5"),
        (np.ones(6, np.uint8), {"keep_prob": 0.5, "axes": [0, 1]}, "axes has 2 axes; only one"),
        (np.ones(6, np.uint8), {"keep_prob": 0.5, "axes": [2]}, "attribute axes 2 is outside"),
    ],
)
def test_softmax_with_dropout_that_is_refused(mask: np.ndarray, attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op("SoftmaxV2WithDropOutDoMaskV3D", [h(2, 3), mask], attrs)
