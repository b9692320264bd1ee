"""Feed-forward networks, permuted products and mixtures of experts against numpy."""

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

HALVES = (FLOAT16, BFLOAT16)
ATOL = {FLOAT32: 1e-5, FLOAT16: 2e-3, BFLOAT16: 2e-2}


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def gelu(x: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))


def silu(x: np.ndarray) -> np.ndarray:
    return x * sigmoid(x)


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


ACTIVATIONS = {
    "gelu": gelu,
    "fastgelu": lambda x: x * sigmoid(1.702 * x),
    "relu": relu,
    "silu": silu,
    "geglu": gelu,
    "swiglu": silu,
    "reglu": relu,
}


def feed_forward(x: Any, w1: Any, w2: Any, b1: Any, b2: Any, name: str) -> np.ndarray:
    x, w1, w2, b1, b2 = (np.asarray(v, np.float64) for v in (x, w1, w2, b1, b2))
    h = x @ w1 + b1
    if name.endswith("glu"):
        left, right = np.split(h, 2, -1)
        h = ACTIVATIONS[name](left) * right
    else:
        h = ACTIVATIONS[name](h)
    return np.asarray(h @ w2 + b2)


def weights(seed: int, dtype: Any, name: str, experts: int | None = None) -> tuple[np.ndarray, ...]:
    """Weights and biases from 5 to 4 features through 6, one set for each expert."""
    wide = 12 if name.endswith("glu") else 6
    front = () if experts is None else (experts,)
    dims = ((5, wide), (6, 4), (wide,), (4,))
    return tuple(values(seed + i, (*front, *shape), dtype, -1, 1) for i, shape in enumerate(dims))


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@pytest.mark.parametrize("name", ACTIVATIONS)
@few
@given(seed=seeds, shape=st.sampled_from([(1, 5), (7, 5), (2, 3, 5), (0, 5)]), biased=st.booleans())
def test_feed_forward(dtype: Any, name: str, seed: int, shape: Any, biased: bool) -> None:
    x = values(seed, shape, dtype, -1, 1)
    w1, w2, b1, b2 = weights(seed + 1, dtype, name)
    given_b = [b1, b2.astype(np.float32)] if biased else [None, None]
    [y] = run_op("FFN", [x, w1, w2, None, *given_b], {"activation": name})
    expected = feed_forward(x, w1, w2, b1 if biased else 0, b2 if biased else 0, name)
    assert_close(y, expected, dtype, atol=ATOL[dtype])


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize("name", ["silu", "geglu"])
@few
@given(seed=seeds, counts=st.lists(st.integers(0, 4), min_size=1, max_size=4), biased=st.booleans())
def test_experts_take_their_rows(
    dtype: Any, ends: bool, name: str, seed: int, counts: list[int], biased: bool
) -> None:
    x = values(seed, (sum(counts), 5), dtype, -1, 1)
    w1, w2, b1, b2 = weights(seed + 1, dtype, name, len(counts))
    last = np.cumsum(counts)
    expected = np.zeros((sum(counts), 4))
    for e, end in enumerate(last):
        rows = slice(end - counts[e], end)
        biases = (b1[e], b2[e]) if biased else (0, 0)
        expected[rows] = feed_forward(x[rows], w1[e], w2[e], *biases, name)
    tokens = np.array(last if ends else counts, np.int64)
    inputs = [x, w1, w2, tokens, *((b1, b2) if biased else (None, None))]
    [y] = run_op("FFN", inputs, {"activation": name, "tokens_index_flag": ends})
    assert_close(y, expected, dtype, atol=ATOL[dtype])


def test_feed_forward_of_any_number_of_rows() -> None:
    graph = ge.Graph("open")
    w1, w2, *_ = weights(1, FLOAT16, "gelu")
    x = graph.input("x", shape=(-1, 5), dtype="float16")
    graph.output(graph.op("FFN", x, graph.const(w1), graph.const(w2), activation="gelu"))
    with ge.GeSession() as session:
        handle = session.add_graph(graph)
        for rows in (1, 4, 3):
            given_x = values(rows, (rows, 5), FLOAT16, -1, 1)
            [y] = handle.run(given_x)
            expected = feed_forward(given_x, w1, w2, 0, 0, "gelu")
            assert_close(np.array(y), expected, FLOAT16, atol=ATOL[FLOAT16])


H = np.ones((4, 3), np.float16)
W1, W2 = np.ones((3, 6), np.float16), np.ones((6, 2), np.float16)
E1, E2 = np.ones((2, 3, 6), np.float16), np.ones((2, 6, 2), np.float16)


def tokens(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


@pytest.mark.parametrize(
    ("inputs", "attrs", "message"),
    [
        ([H, W1, W2], {"activation": "tanh"}, 'activation is "tanh"; it must be gelu, fastgelu'),
        ([H, W1, W2], {"activation": "geglu"}, r"weight2 \[6,2\] must be \[..,k\], \[k,2 \* m\]"),
        ([H, E1, E2], {}, r"weight1 \[2,3,6\] .* must be"),
        ([H, E1, E2, tokens(1, 1, 2)], {}, "one expert for each of expert_tokens"),
        ([H, E1, E2, tokens(1, 2)], {}, "3 of the 4 rows of x to experts"),
        ([H, E1, E2, tokens(3, 2)], {}, r"expert_tokens\[1\] is 2; x has 4 rows, of which 1 are left"),
        ([H, E1, E2, tokens(-1, 5)], {}, r"expert_tokens\[0\] is -1"),
        ([H, E1, E2, tokens(3, 2)], {"tokens_index_flag": True}, r"expert_tokens\[1\] is 2"),
        ([H, W1, W2, None, W1], {}, r"bias1 is DT_FLOAT16 \[3,6\]; it must hold 6 floats"),
        ([H, W1, W2], {"output_dtype": 1}, "output_dtype is 1; only -1"),
        (
            [H, W1, W2, None, None, None, np.ones(1, np.float32)],
            {},
            "input scale is connected; quantised forms are not emulated",
        ),
    ],
)
def test_what_ffn_refuses(inputs: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op("FFN", inputs, {"activation": "relu"} | attrs)


PERMS = [[0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 0, 1], [1, 2, 0], [2, 1, 0], []]


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("biased", [False, True])
@few
@given(seed=seeds, p1=st.sampled_from(PERMS), p2=st.sampled_from(PERMS), py=st.sampled_from(PERMS))
def test_a_permuted_product(
    dtype: Any, biased: bool, seed: int, p1: list[int], p2: list[int], py: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    batch, m, k, n = (int(size) for size in rng.integers(1, 6, 4))
    x1, x2 = values(seed, (batch, m, k), dtype, -1, 1), values(seed + 1, (batch, k, n), dtype, -1, 1)
    bias = values(seed + 2, (n,), dtype, -1, 1)
    y = np.float64(x1) @ np.float64(x2) + (np.float64(bias) if biased else 0)
    stored = [np.ascontiguousarray(x.transpose(np.argsort(p or [0, 1, 2]))) for x, p in ((x1, p1), (x2, p2))]
    attrs = {"perm_x1": p1, "perm_x2": p2, "perm_y": py}
    [got] = run_op("TransposeBatchMatMul", [*stored, bias if biased else None], attrs)
    assert_close(got, y.transpose(py or [0, 1, 2]), dtype, atol=ATOL[dtype])


CUBE = np.ones((2, 3, 4), np.float32)


@pytest.mark.parametrize(
    ("inputs", "attrs", "message"),
    [
        ([CUBE, CUBE], {}, r"permuted to \[2,3,4\] and \[2,3,4\], which do not multiply"),
        ([CUBE, CUBE], {"perm_x2": [0, 0, 1]}, "perm_x2 must hold 0, 1 and 2"),
        ([CUBE, CUBE], {"perm_x2": [0, 2, 1], "perm_y": [1, 0]}, "perm_y must hold 0, 1 and 2"),
        ([CUBE, CUBE], {"perm_x2": [0, 2, 1], "batch_split_factor": 2}, "batch_split_factor is 2"),
        ([CUBE, CUBE[0]], {}, r"input x2 has shape \[3,4\]; it must have three dims"),
        ([CUBE, CUBE, CUBE], {"perm_x2": [0, 2, 1]}, "input bias is DT_FLOAT .* 3 columns"),
        ([CUBE, CUBE, None, np.uint64([1])], {"perm_x2": [0, 2, 1]}, "scale is connected"),
    ],
)
def test_permuted_products_that_are_refused(inputs: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op("TransposeBatchMatMul", inputs, attrs)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@few
@given(
    seed=seeds,
    rows=st.integers(1, 9),
    k=st.integers(1, 3),
    experts=st.integers(1, 5),
    active=st.integers(0, 12),
)
def test_rows_go_to_experts_and_come_back(
    dtype: Any, seed: int, rows: int, k: int, experts: int, active: int
) -> None:
    x = values(seed, (rows, 6), dtype, -2, 2)
    row_idx = np.arange(rows * k, dtype=np.int32).reshape(k, rows).T.copy()
    expert_idx = values(seed + 1, (rows, k), np.int32, 0, experts - 1)
    order = np.argsort(expert_idx.reshape(-1), kind="stable")
    source = row_idx.reshape(-1)[order]
    places = np.empty(rows * k, np.int32)
    places[source] = np.arange(rows * k, dtype=np.int32)
    kept = min(active, rows) * k
    expanded, got_places, got_experts = run_op(
        "MoeInitRouting", [x, row_idx, expert_idx], {"active_num": active}
    )
    assert_same(expanded, x[source[:kept] % rows], dtype)
    assert_same(got_places, places, np.int32)
    assert_same(got_experts, expert_idx.reshape(-1)[order], np.int32)

    [ends] = run_op("MoeComputeExpertTokens", [got_experts], {"num_experts": experts + 1})
    counted = [(expert_idx <= e).sum() for e in range(experts + 1)]
    assert_same(ends, np.int32(counted), np.int32)

    results = values(seed + 2, (rows * k, 6), dtype, -1, 1)
    x1, x2 = values(seed + 3, (rows, 6), dtype, -1, 1), values(seed + 4, (rows, 6), dtype, -1, 1)
    bias, scales = values(seed + 5, (experts, 6), dtype, -1, 1), values(seed + 6, (rows, k), dtype, 0, 1)
    for second in (None, x2):
        inputs = [results, x1, second, bias, scales, places, expert_idx]
        expected = np.float64(x1) + (0 if second is None else np.float64(x2))
        for i in range(rows):
            for j in range(k):
                mine = np.float64(results[places[i + j * rows]]) + np.float64(bias[expert_idx[i, j]])
                expected[i] += np.float64(scales[i, j]) * mine
        [y] = run_op("MoeFinalizeRouting", inputs)
        assert_close(y, expected, dtype, atol=ATOL[dtype] / 10)


M = np.ones((2, 3), np.float32)
PAIRS = np.int32([[0, 2], [1, 3]])


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("MoeInitRouting", [M, PAIRS, PAIRS], {"active_num": -1}, "active_num is -1"),
        ("MoeInitRouting", [M, PAIRS, PAIRS[:1]], {"active_num": 1}, r"expert_idx DT_INT32 \[1,2\] must be"),
        (
            "MoeInitRouting",
            [M, PAIRS * 0, PAIRS],
            {"active_num": 1},
            r"row_idx\[2\] is 0; row_idx must hold every number of \[0, 4\) once",
        ),
        ("MoeInitRouting", [M, PAIRS * 2, PAIRS], {"active_num": 1}, r"row_idx\[\d\] is [46]; row_idx must"),
        ("MoeComputeExpertTokens", [np.int32([1, 0])], {"num_experts": 2}, "0 behind 1; they must ascend"),
        ("MoeComputeExpertTokens", [np.int32([1, 0])], {"num_experts": 0}, "num_experts is 0"),
        (
            "MoeFinalizeRouting",
            [M, M, None, M, np.ones((2, 2), np.float32), np.int32([0, 1, 1, 2]), PAIRS % 2],
            {},
            r"element 3 of expanded_row_idx is 2; it must be in \[0, 2\)",
        ),
        (
            "MoeFinalizeRouting",
            [M, M, None, M, np.ones((2, 2), np.float32), np.int32([0, 1, 1, 0]), PAIRS],
            {},
            r"element 1 of expanded_expert_idx is 2; it must be in \[0, 2\)",
        ),
        (
            "MoeFinalizeRouting",
            [M, M, None, M, np.ones((3, 2), np.float32), np.int32([0, 1, 1, 0]), PAIRS],
            {},
            r"input x1 is DT_FLOAT \[2,3\]; it must be DT_FLOAT \[3,3\]",
        ),
    ],
)
def test_routing_that_does_not_fit_is_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
