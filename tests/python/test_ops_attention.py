"""Fused attention against softmax(Q K^T) V written out in numpy's double."""

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
    values,
)

import pyascend_ge as ge

ATOL = {FLOAT32: 2e-6, FLOAT16: 1e-3, BFLOAT16: 8e-3}
ORDER = {"BSH": (0, 2, 1, 3), "SBH": (2, 0, 1, 3), "BSND": (0, 2, 1, 3), "BNSD": (0, 1, 2, 3)}


def laid_out(x: np.ndarray, layout: str) -> np.ndarray:
    """[batch, heads, length, size] in another layout."""
    y = np.ascontiguousarray(x.transpose(ORDER[layout]))
    return y.reshape(*y.shape[:2], -1) if len(layout) == 3 else y


class Attention:
    """Random operands and the results they must give."""

    def __init__(self, seed: int, dtype: Any, heads: int, kv_heads: int, queries: int, keys: int) -> None:
        self.q = values(seed, (2, heads, queries, 8), dtype, -1, 1)
        self.k, self.v = (values(seed + i, (2, kv_heads, keys, 8), dtype, -1, 1) for i in (1, 2))
        self.bias = values(seed + 3, (2, heads, queries, keys), dtype, -1, 1)
        self.queries, self.keys, self.groups = queries, keys, heads // kv_heads

    def band(self, before: int, after: int, shift: int = 0) -> np.ndarray:
        """Keys that a query does not see by position."""
        distance = np.arange(self.keys) - np.arange(self.queries)[:, None] - shift
        return np.asarray((distance < -before) | (distance > after))

    def result(
        self, scale: float, hidden: Any = False, bias: Any = 0.0, late: Any = 0.0
    ) -> tuple[np.ndarray, ...]:
        k, v = (np.repeat(x.astype(np.float64), self.groups, axis=1) for x in (self.k, self.v))
        scores = (self.q.astype(np.float64) @ k.swapaxes(-1, -2) + bias) * scale + late
        scores = np.where(hidden, -np.inf, scores)
        most = scores.max(-1, keepdims=True)
        with np.errstate(invalid="ignore"):
            p = np.where(most == -np.inf, 0, np.exp(scores - most))
        total = p.sum(-1, keepdims=True)
        return p @ v / np.where(total == 0, 1, total), most, total


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("layout", ORDER)
@few
@given(
    seed=seeds, groups=st.sampled_from([1, 2]), biased=st.booleans(), sparse=st.sampled_from([0, 1, 2, 3, 4])
)
def test_flash_attention_score(
    dtype: Any, layout: str, seed: int, groups: int, biased: bool, sparse: int
) -> None:
    a = Attention(seed, dtype, 4, 4 // groups, 5, 7)
    given_mask = np.random.default_rng(seed).random((2, 1, 5, 7)) < 0.3
    given_mask[..., 0] = False
    hidden = {
        0: given_mask | a.band(3, 2), 1: given_mask, 2: a.band(99, 0), 3: a.band(99, 0, 2), 4: a.band(3, 2, 2)
    }[sparse]  # fmt: skip
    y, most, total = a.result(0.3, hidden, a.bias.astype(np.float64) if biased else 0.0)
    mask = given_mask if sparse < 2 else np.ones((2048, 2048), bool)
    inputs = [*(laid_out(x, layout) for x in (a.q, a.k, a.v)), a.bias if biased else None, None, None, mask]
    attrs = {"head_num": 4, "input_layout": layout, "scale_value": 0.3, "sparse_mode": sparse}
    got_most, got_sum, _, got = run_op(
        "FlashAttentionScore", inputs, attrs | {"pre_tockens": 3, "next_tockens": 2}
    )
    assert_close(got, laid_out(y, layout), dtype, rtol=2, atol=ATOL[dtype])
    visible = np.broadcast_to(total > 0, total.shape)
    assert_close(got_most[..., :1][visible], most[visible], FLOAT32, rtol=8, atol=1e-6)
    assert_close(got_sum, np.broadcast_to(total, got_sum.shape), FLOAT32, rtol=8, atol=1e-6)


@pytest.mark.parametrize("dtype", [FLOAT16, BFLOAT16], ids=str)
@pytest.mark.parametrize("op", ["PromptFlashAttention", "FusedInferAttentionScore"])
@pytest.mark.parametrize("layout", ["BSH", "BSND", "BNSD"])
@few
@given(seed=seeds, lengths=st.booleans(), biased=st.booleans())
def test_attention_at_inference(
    op: str, dtype: Any, layout: str, seed: int, lengths: bool, biased: bool
) -> None:
    a = Attention(seed, dtype, 4, 2, 6, 6)
    mask = np.random.default_rng(seed).random((6, 6)) < 0.2
    short, keys = np.array([4, 6]), np.array([5, 3])
    hidden = np.broadcast_to(mask | a.band(99, 1), (2, 4, 6, 6))
    if lengths:
        hidden = hidden | (np.arange(6) >= keys.reshape(2, 1, 1, 1))
        hidden = hidden | (np.arange(6)[:, None] >= short.reshape(2, 1, 1, 1))
    y, most, total = a.result(0.5, hidden, late=a.bias.astype(np.float64) if biased else 0.0)
    q, k, v = (laid_out(x, layout) for x in (a.q, a.k, a.v))
    fused = op == "FusedInferAttentionScore"
    inputs = [q, [k] if fused else k, [v] if fused else v, a.bias if biased else None, mask.astype(np.uint8)]
    inputs += [short, keys] if lengths else []
    attrs = {"num_heads": 4, "num_key_value_heads": 2, "input_layout": layout, "next_tokens": 1}
    attrs |= {"scale": 0.5, "softmax_lse_flag": True} if fused else {"scale_value": 0.5}
    got, *rest = run_op(op, inputs, attrs)
    assert_close(got, laid_out(y, layout), dtype, rtol=2, atol=ATOL[dtype])
    if fused:
        with np.errstate(divide="ignore", invalid="ignore"):
            log_sum = np.where(total == 0, np.inf, most + np.log(total))
        assert_close(rest[0], log_sum, FLOAT32, rtol=8, atol=2e-6)


@pytest.mark.parametrize("dtype", [FLOAT16, BFLOAT16], ids=str)
@pytest.mark.parametrize("masked", [False, True])
def test_attention_of_one_new_query(dtype: Any, masked: bool) -> None:
    a = Attention(3, dtype, 4, 2, 1, 9)
    lengths = np.array([9, 4])
    mask = np.random.default_rng(1).random((2, 9)) < 0.3
    hidden = np.broadcast_to(np.arange(9) >= lengths.reshape(2, 1, 1, 1), (2, 1, 1, 9))
    hidden = hidden | mask.reshape(2, 1, 1, 9) if masked else hidden
    y, _, _ = a.result(0.25, hidden)
    q, k, v = (laid_out(x, "BSH") for x in (a.q, a.k, a.v))
    inputs = [q, [k], [v], None, mask.reshape(2, 1, 1, 9) if masked else None, lengths]
    attrs = {"num_heads": 4, "num_key_value_heads": 2, "scale_value": 0.25}
    assert_close(
        run_op("IncreFlashAttention", inputs, attrs)[0], laid_out(y, "BSH"), dtype, rtol=2, atol=ATOL[dtype]
    )


def test_attention_without_keys_is_zero() -> None:
    q, k = np.ones((1, 2, 8), np.float32), np.ones((1, 0, 8), np.float32)
    attrs = {"head_num": 2, "input_layout": "BSH"}
    assert_same(run_op("FlashAttentionScore", [q, k, k], attrs)[3], np.zeros((1, 2, 8)), FLOAT32)


Q = np.ones((1, 2, 8), np.float32)
MASK = np.zeros((3, 3), bool)


@pytest.mark.parametrize(
    ("more", "attrs", "message"),
    [
        ([], {"input_layout": "TND"}, "layout 'TND'"),
        ([], {"head_num": 3}, "with 3 heads"),
        ([], {"head_num": 0}, "head_num is 0; it must be positive"),
        ([None, np.zeros(8, np.uint8)], {}, "drop_mask is connected; that is not emulated"),
        ([None, None, None, MASK], {}, r"atten_mask is DT_BOOL \[3,3\].*\[1,2,2,2\]"),
        ([], {"sparse_mode": 5}, "sparse_mode is 5; 0 to 4"),
        ([], {"sparse_mode": 1}, "sparse_mode is 1, which needs input atten_mask"),
        ([], {"keep_prob": 0.5}, "keep_prob is 0.5"),
    ],
)
def test_what_is_not_emulated_is_named(more: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op("FlashAttentionScore", [Q, Q, Q, *more], {"head_num": 2, "input_layout": "BSH"} | attrs)
