"""Selection and clipping, against numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    BOOL,
    FLOAT32,
    FLOATS64,
    INTEGERS,
    assert_same,
    broadcastable,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    shapes,
    values,
)


@pytest.mark.parametrize("dtype", [*FLOATS64, *INTEGERS], ids=str)
@few
@given(dims=broadcastable(3), seed=seeds)
def test_select_v2_broadcasts_three_operands(dtype: Any, dims: Any, seed: int) -> None:
    condition, a, b = (
        values(seed, dims[0], BOOL),
        values(seed, dims[1], dtype),
        values(seed + 1, dims[2], dtype),
    )
    [y] = run_op("SelectV2", [condition, a, b])
    assert_same(y, np.where(condition, a, b), dtype)


@few
@given(shape=shapes(1), seed=seeds)
def test_select_takes_rows_or_elements(shape: Any, seed: int) -> None:
    a, b = values(seed, shape, FLOAT32), values(seed + 1, shape, FLOAT32)
    rows, elements = values(seed, shape[:1], BOOL), values(seed, shape, BOOL)
    by_row = rows.reshape(shape[:1] + (1,) * (len(shape) - 1))
    assert_same(run_op("Select", [rows, a, b])[0], np.where(by_row, a, b), FLOAT32)
    assert_same(run_op("Select", [elements, a, b])[0], np.where(elements, a, b), FLOAT32)


@pytest.mark.parametrize("dtype", [*FLOATS64, *INTEGERS], ids=str)
@pytest.mark.parametrize("op", ["ClipByValue", "ClipByValueV2"])
@few
@given(shape=shapes(), seed=seeds, whole=st.booleans())
def test_clipping_by_numbers_and_by_tensors(op: str, dtype: Any, shape: Any, seed: int, whole: bool) -> None:
    x = values(seed, shape, dtype, 0, 100)
    low, high = values(seed, shape if whole else (), dtype, 10, 30), values(seed, (), dtype, 40, 60)
    [y] = run_op(op, [x, low, high])
    assert_same(y, np.minimum(np.maximum(x, low), high), dtype)
