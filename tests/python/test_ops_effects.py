"""Operators that pass things on, order others, or run for what they do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ops_harness import FLOAT32, INTEGERS, operator_session, run_op  # noqa: F401 - a fixture

import pyascend_ge as ge

SHOWN = ["float32", "float16", "float64", *map(str, INTEGERS)]


@pytest.fixture
def session() -> Any:
    with ge.GeSession() as opened:
        yield opened


def asserting(dtype: str = "float32", **attrs: Any) -> ge.Graph:
    """Nobody reads what the Assert makes, which is nothing."""
    graph = ge.Graph("asserting")
    condition = graph.input("condition", (), "bool")
    x = graph.input("x", (2, 3), dtype)
    graph.op("Assert", condition, [x, x], name="check", **attrs)
    graph.output(graph.op("Identity", x))
    return graph


def test_a_true_assertion_changes_nothing(session: ge.GeSession) -> None:
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(session.add_graph(asserting()).run(np.bool_(True), x)[0], x)


@pytest.mark.parametrize("dtype", [*SHOWN, "bool"])
def test_a_false_assertion_ends_the_run_and_shows_its_data(session: ge.GeSession, dtype: str) -> None:
    handle = session.add_graph(asserting(dtype))
    x = np.array([[1, 0, 1], [1, 1, 1]]).astype(dtype)
    message = r"'check' of type 'Assert' failed: assertion failed: \[\[1 0 1\]...\] \[\[1 0 1\]...\]"
    with pytest.raises(ge.AscendError, match=message):
        handle.run(np.bool_(False), x)
    np.testing.assert_array_equal(handle.run(np.bool_(True), x)[0], x)


@pytest.mark.parametrize(
    ("summarize", "text"),
    [(1, r"\[\[1\]...\]"), (4, r"\[\[1 2.5 3\]\[4\]...\]"), (6, r"\[\[1 2.5 3\]\[4 5 6\]\]"), (-1, "5 6")],
)
def test_an_assertion_shows_as_much_as_it_is_told(session: ge.GeSession, summarize: int, text: str) -> None:
    handle = session.add_graph(asserting(summarize=summarize))
    x = np.float32([[1, 2.5, 3], [4, 5, 6]])
    with pytest.raises(ge.AscendError, match=text):
        handle.run(np.bool_(False), x)


def test_an_assertion_of_constants_fails_when_it_runs(session: ge.GeSession) -> None:
    graph = ge.Graph("constant")
    x = graph.input("x", (2,))
    graph.op("Assert", np.bool_(False), [np.int32(7)])
    graph.output(graph.op("Relu", x))
    handle = session.add_graph(graph)
    handle.compile()
    with pytest.raises(ge.AscendError, match=r"assertion failed: \[7\]"):
        handle.run(np.zeros(2, np.float32))


def test_an_assertion_in_a_branch_whose_result_is_known(session: ge.GeSession) -> None:
    branches = []
    for name, expected in (("then", True), ("else", False)):
        branch = ge.Graph(name)
        x = branch.input("x", (), "bool")
        branch.op("Assert", x, [np.int32([3, 4])])
        branch.output(branch.op("Identity", branch.const(np.float32(expected))))
        branches.append(branch)
    graph = ge.Graph("branches")
    condition, x = graph.input("condition", (), "bool"), graph.input("x", (), "bool")
    graph.op("If", condition, [x], then_branch=branches[0], else_branch=branches[1])
    graph.output(graph.op("Identity", x))
    handle = session.add_graph(graph)
    assert handle.run(np.bool_(True), np.bool_(True))[0]
    with pytest.raises(ge.AscendError, match=r"assertion failed: \[3 4\]"):
        handle.run(np.bool_(True), np.bool_(False))


def test_an_assertion_comes_before_what_it_controls(session: ge.GeSession) -> None:
    """A variable keeps its value when the assertion before the assignment fails."""
    first = ge.Graph("first")
    first.output(first.assign(first.variable("state", (2,)), np.float32([1, 2])))
    session.add_graph(first).run()
    graph = ge.Graph("guarded")
    condition = graph.input("condition", (), "bool")
    state = graph.variable("state", (2,))
    check = graph.op("Assert", condition, [state])
    gate = graph.op("NoOp", control=[check])
    trigger = graph.op("ControlTrigger", control=[gate])
    later = graph.op("Add", state, np.float32(1), control=[trigger])
    graph.output(graph.assign(state, later))
    handle = session.add_graph(graph)
    with pytest.raises(ge.AscendError, match=r"assertion failed: \[1 2\]"):
        handle.run(np.bool_(False))
    np.testing.assert_array_equal(handle.run(np.bool_(True))[0], [2, 3])


def test_a_condition_of_several_elements_is_refused() -> None:
    with pytest.raises(ge.AscendError, match=r"input_condition has shape \[2\]; it must hold one bool"):
        run_op("Assert", [np.array([True, True]), [np.float32(1)]], n_outputs=0)


# ---- printing ----


def printing(dtype: str, *, read: bool, **attrs: Any) -> ge.Graph:
    graph = ge.Graph("printing")
    x = graph.input("x", (2, 2), dtype)
    y = graph.op("PrintV3", x, [x, x], **attrs)
    graph.output(y if read else graph.op("Identity", x))
    return graph


@pytest.mark.parametrize("read", [True, False])
@pytest.mark.parametrize("dtype", SHOWN)
def test_printing_hands_on_and_writes_a_line(
    session: ge.GeSession, capfd: pytest.CaptureFixture[str], dtype: str, read: bool
) -> None:
    x = np.array([[1, 2], [3, 4]]).astype(dtype)
    handle = session.add_graph(printing(dtype, read=read, message="x is "))
    np.testing.assert_array_equal(handle.run(x)[0], x)
    assert capfd.readouterr().err.splitlines() == ["x is [[1 2][3]...][[1 2][3]...]"]


def test_printing_a_few_times(session: ge.GeSession, capfd: pytest.CaptureFixture[str]) -> None:
    handle = session.add_graph(printing("float32", read=True, first_n=2, summarize=-1))
    for i in range(4):
        handle.run(np.full((2, 2), i, np.float32))
    assert capfd.readouterr().err.splitlines() == [f"[[{i} {i}][{i} {i}]]" * 2 for i in (0, 1)]


def test_the_least_and_the_greatest_numbers_are_printed_whole(capfd: pytest.CaptureFixture[str]) -> None:
    for dtype in (np.uint64, np.int64):
        x = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max], dtype)
        run_op("PrintV3", [x, [x]])
        assert capfd.readouterr().err == f"[{x[0]} {x[1]}]\n"


def test_printing_no_elements(capfd: pytest.CaptureFixture[str]) -> None:
    [y] = run_op("PrintV3", [np.float32(1), [np.zeros((0, 3), np.float32)]], {"message": "none"})
    assert y == 1
    assert capfd.readouterr().err == "none[]\n"


# ---- passing on ----


@pytest.mark.parametrize("dtype", [FLOAT32, *INTEGERS], ids=str)
def test_a_placeholder_with_a_default_passes_it_on(dtype: Any) -> None:
    x = np.arange(6).reshape(2, 3).astype(dtype)
    [y] = run_op("PlaceholderWithDefault", [x], {"shape": [2, 3]})
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, x)
