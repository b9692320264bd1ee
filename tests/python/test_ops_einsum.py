"""Einsum against numpy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    FLOAT32,
    FLOATS64,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    values,
    wrapped,
)

import pyascend_ge as ge

SIZES = {"b": 2, "h": 3, "i": 4, "j": 5, "k": 6, "m": 1, "X": 2}
EQUATIONS = [
    "ij,jk->ik", "bij,bjk->bik", "bhik,bhjk->bhij", "bih,bjh->bhij", "bhij,bjhk->bihk", "ij,kj->ki",
    "ij,ij->",
    "ij,ij->ij", "i,j->ij", "ij->ji", "ij->",
    "ii->i", "ii", "iij->j", "bij,kj", "ij,j,jk->ik", "b i j , i -> j b",
    "...ij,...jk->...ik", "i...,j->...ij", "...,...", "->", "mij,mjk->ik", "Xi,iX->X", "bijk,k->bij",
]  # fmt: skip


def operands(equation: str, seed: int, dtype: Any, dots: tuple[int, ...] = (2, 3)) -> list[np.ndarray]:
    found = []
    for number, term in enumerate(equation.partition("->")[0].replace(" ", "").split(",")):
        shape: list[int] = []
        for label in term.replace("...", "."):
            shape += dots[number % len(dots) :] if label == "." else [SIZES[label]]
        found.append(values(seed + number, shape, dtype, -4, 4))
    return found


@pytest.mark.parametrize("dtype", FLOATS64, ids=str)
@pytest.mark.parametrize("equation", EQUATIONS)
def test_sums_of_products(equation: str, dtype: Any) -> None:
    x = operands(equation, 1, dtype)
    expected = np.einsum(equation, *(a.astype(np.float64) for a in x))
    assert_close(run_op("Einsum", [x], {"equation": equation, "N": len(x)})[0], expected, dtype, atol=2e-5)


@pytest.mark.parametrize("equation", EQUATIONS)
def test_integers_wrap(equation: str) -> None:
    x = [a * np.int32(100003) for a in operands(equation, 1, "int32")]
    expected = np.einsum(equation, *(a.astype(object) for a in x))
    assert_same(
        run_op("Einsum", [x], {"equation": equation, "N": len(x)})[0], wrapped(expected, "int32"), "int32"
    )


@few
@given(seed=seeds, data=st.data())
def test_any_equation_of_two_operands(seed: int, data: st.DataObject) -> None:
    labels = st.permutations("bhij").flatmap(
        lambda order: st.integers(1, 4).map(lambda n: "".join(order[:n]))
    )
    a, b = data.draw(labels), data.draw(labels)
    used = sorted(set(a + b))
    kept = data.draw(st.permutations(used))[: data.draw(st.integers(0, len(used)))]
    equation = f"{a},{b}->{''.join(kept)}"
    x = operands(equation, seed, FLOAT32)
    expected = np.einsum(equation, *(v.astype(np.float64) for v in x))
    assert_close(run_op("Einsum", [x], {"equation": equation, "N": 2})[0], expected, FLOAT32, atol=2e-5)


A = np.ones((2, 3), np.float32)


@pytest.mark.parametrize(
    ("inputs", "equation", "message"),
    [
        ([A, A], "ij,jk->ik", r"size 3 and, in input 1 of shape \[2,3\], 2"),
        ([A], "ijk->i", r"term 0 does not fit input 0 of shape \[2,3\]"),
        ([A], "ij->ik", "a label of the result"),
        ([A], "ij->ii", "a label of the result"),
        ([A], "i1->i", "'1->i' is no label"),
        ([A], "ij,jk->ik", "more terms than the 1 inputs"),
        ([A, A], "ij->i", "1 terms for 2 inputs"),
        ([A], "ij-i", "'-i' is no result"),
    ],
)
def test_wrong_equations_are_named(inputs: list[Any], equation: str, message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op("Einsum", [inputs], {"equation": equation, "N": len(inputs)})
