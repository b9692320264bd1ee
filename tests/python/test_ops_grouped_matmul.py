"""Products in groups against numpy's, one by one."""

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
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    values,
)

import pyascend_ge as ge

ATOL = {FLOAT32: 1e-5, FLOAT16: 2e-2, BFLOAT16: 1e-1}


def product(x: np.ndarray, w: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    y = x.astype(np.float64) @ w.astype(np.float64)
    return y if bias is None else y + bias.astype(np.float64)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@few
@given(seed=seeds, biased=st.booleans(), turn=st.booleans())
def test_groups_of_their_own_tensors(dtype: Any, seed: int, biased: bool, turn: bool) -> None:
    dims = [(3, 4, 5), (0, 2, 6), (7, 8, 1)]
    x = [values(seed, (m, k), dtype) for m, k, _ in dims]
    w = [values(seed + 1, (k, n), dtype) for _, k, n in dims]
    bias = [values(seed + 2, (n,), dtype) for *_, n in dims] if biased else []
    weights = [np.ascontiguousarray(v.T) for v in w] if turn else w
    attrs = {"transpose_weight": turn, "outputs": 3}
    for g, y in enumerate(run_op("GroupedMatmul", [x, weights, bias, [], [], [], []], attrs)):
        assert_close(y, product(x[g], w[g], bias[g] if biased else None), dtype, atol=ATOL[dtype])


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("counts", [False, True])
@pytest.mark.parametrize("apart", [False, True])
@few
@given(seed=seeds, biased=st.booleans(), turn=st.booleans())
def test_groups_of_rows(dtype: Any, counts: bool, apart: bool, seed: int, biased: bool, turn: bool) -> None:
    sizes = [2, 0, 4]
    x, w = values(seed, (8, 5), dtype), values(seed + 1, (3, 5, 6), dtype)
    bias = values(seed + 2, (3, 6), dtype)
    ends = np.cumsum(sizes)
    expected = np.zeros((8, 6))
    for g, end in enumerate(ends):
        rows = slice(end - sizes[g], end)
        expected[rows] = product(x[rows], w[g], bias[g] if biased else None)
    stored = np.ascontiguousarray(w.swapaxes(1, 2)) if turn else w
    weights, biases = ([*stored], [*bias]) if apart else ([stored], [bias])
    groups = np.array(sizes if counts else ends, np.int64)
    inputs = [[x], weights, biases if biased else [], [], [], [], [], groups]
    attrs = {"transpose_weight": turn, "group_type": 0, "group_list_type": int(counts), "outputs": 1}
    assert_close(run_op("GroupedMatmul", inputs, attrs)[0], expected, dtype, atol=ATOL[dtype])


A = np.ones((4, 3), np.float32)
W = np.ones((2, 3, 5), np.float32)


@pytest.mark.parametrize(
    ("x", "w", "groups", "attrs", "message"),
    [
        ([A], [A], None, {}, "group 0: x is DT_FLOAT .* they do not multiply"),
        ([A], [W], np.array([1, 9]), {"group_type": 0}, r"group 1 end at row 9; it must be in \[1, 4\]"),
        ([A], [W], np.array([1, 2, 3]), {"group_type": 0}, "do not fit 3 groups"),
        ([A], [W], None, {"group_type": 0}, "group_list left out"),
        ([A], [W], np.array([1, 2]), {"group_type": 2}, "group_type is 2; only -1 and 0"),
    ],
)
def test_what_does_not_fit_is_refused(
    x: list[Any], w: list[Any], groups: Any, attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op("GroupedMatmul", [x, w, [], [], [], [], [], groups], attrs | {"outputs": 1})
