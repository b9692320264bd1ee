"""Switch and Merge, TensorFlow 1's conditionals: only the branch that is taken runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pyascend_ge as ge

TYPES = [
    *("float16", "float32", "float64", "bool"),
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
]


@pytest.fixture
def session() -> Any:
    with ge.Runtime(device=0), ge.GeSession() as opened:
        yield opened


def both(session: ge.GeSession, graph: ge.Graph, *feeds: Any) -> list[list[np.ndarray]]:
    """Run with the predicate, the first input, false and true."""
    handle = session.add_graph(graph)
    return [[np.array(y) for y in handle.run(np.bool_(pred), *feeds)] for pred in (False, True)]


@pytest.mark.parametrize("dtype", TYPES)
def test_a_switch_and_a_merge_in_every_type(session: ge.GeSession, dtype: str) -> None:
    graph = ge.Graph("conditional")
    pred, x = graph.input("pred", (), "bool"), graph.input("x", (2, 3), dtype)
    no, yes = graph.op("Switch", x, pred)
    turned = graph.op("ReverseV2", yes, np.int32([1]))
    graph.output(*graph.op("Merge", [no, turned]))
    data = np.arange(6).reshape(2, 3).astype(dtype)
    for (y, index), expected, place in zip(
        both(session, graph, data), (data, data[:, ::-1]), (0, 1), strict=True
    ):
        assert y.dtype == data.dtype
        np.testing.assert_array_equal(y, expected)
        assert index.dtype == np.int32
        assert index == place


def test_branches_of_different_shapes(session: ge.GeSession) -> None:
    graph = ge.Graph("shapes")
    pred, x = graph.input("pred", (), "bool"), graph.input("x", (2, 3))
    no, yes = graph.op("Switch", x, pred)
    y, _ = graph.op(
        "Merge", [graph.op("ConcatD", [no, no], concat_dim=0), graph.op("ReduceSumD", yes, axes=[1])]
    )
    graph.output(graph.op("Neg", y))
    data = np.arange(6, dtype=np.float32).reshape(2, 3)
    (no_y,), (yes_y,) = both(session, graph, data)
    np.testing.assert_array_equal(no_y, -np.concatenate([data, data]))
    np.testing.assert_array_equal(yes_y, -data.sum(axis=1))


def test_constants_of_a_branch_are_held_by_their_control_edges(session: ge.GeSession) -> None:
    """As tf.cond(pred, lambda: 1., lambda: 2.) is written: nothing of the branches reads the Switch."""
    graph = ge.Graph("constants")
    pred = graph.input("pred", (), "bool")
    no, yes = graph.op("Switch", pred, pred)
    pivots = [graph.op("Identity", side) for side in (yes, no)]
    values = [
        graph.op("Fill", np.int64([2]), np.float32(value), control=[pivot])
        for value, pivot in zip((1, 2), pivots, strict=True)
    ]
    graph.output(*graph.op("Merge", values))
    (no_y, no_index), (yes_y, yes_index) = both(session, graph)
    np.testing.assert_array_equal(no_y, [2, 2])
    np.testing.assert_array_equal(yes_y, [1, 1])
    assert (no_index, yes_index) == (1, 0)


def test_what_a_branch_does_is_done_when_it_is_taken(session: ge.GeSession) -> None:
    first = ge.Graph("first")
    first.output(first.assign(first.variable("count", (2,)), np.float32([1, 2])))
    session.add_graph(first).run()
    graph = ge.Graph("effects")
    pred, x = graph.input("pred", (), "bool"), graph.input("x", (2,))
    no, yes = graph.op("Switch", x, pred)
    graph.assign(graph.variable("count", (2,)), graph.op("Relu", yes))
    graph.op("Assert", np.bool_(False), [no], name="never")
    graph.output(graph.op("Identity", x))
    handle = session.add_graph(graph)
    read = ge.Graph("read")
    read.output(read.op("Identity", read.variable("count", (2,))))
    count = session.add_graph(read)
    with pytest.raises(ge.AscendError, match=r"'never' of type 'Assert' failed: assertion failed: \[7 8\]"):
        handle.run(np.bool_(False), np.float32([7, 8]))
    np.testing.assert_array_equal(count.run()[0], [1, 2])
    handle.run(np.bool_(True), np.float32([7, 8]))
    np.testing.assert_array_equal(count.run()[0], [7, 8])


def test_an_effect_that_only_a_control_edge_holds(session: ge.GeSession) -> None:
    graph = ge.Graph("controlled")
    pred, x = graph.input("pred", (), "bool"), graph.input("x", (2,))
    no, _ = graph.op("Switch", x, pred)
    gate = graph.op("NoOp", control=[graph.op("Identity", no)])
    graph.op("Assert", np.bool_(False), [np.int32(3)], control=[gate])
    graph.output(graph.op("Relu", x))
    handle = session.add_graph(graph)
    np.testing.assert_array_equal(handle.run(np.bool_(True), np.float32([-1, 4]))[0], [0, 4])
    with pytest.raises(ge.AscendError, match=r"assertion failed: \[3\]"):
        handle.run(np.bool_(False), np.float32([-1, 4]))


def test_conditionals_within_and_after_each_other(session: ge.GeSession) -> None:
    """y = (-x if q else x + 10) if p else x * 2, then y + 1 if q else y - 1."""
    graph = ge.Graph("nested")
    p, q, x = graph.input("p", (), "bool"), graph.input("q", (), "bool"), graph.input("x", (3,))
    p_no, p_yes = graph.op("Switch", x, p)
    _, q_here = graph.op("Switch", q, p)
    q_no, q_yes = graph.op("Switch", p_yes, q_here)
    inner, _ = graph.op("Merge", [graph.op("Add", q_no, np.float32(10)), graph.op("Neg", q_yes)])
    y, _ = graph.op("Merge", [graph.op("Mul", p_no, np.float32(2)), inner])
    less, more = graph.op("Switch", y, q)
    z, _ = graph.op("Merge", [graph.op("Add", more, np.float32(1)), graph.op("Sub", less, np.float32(1))])
    graph.output(y, z)
    handle = session.add_graph(graph)
    data = np.float32([1, -2, 3])
    for p_value in (False, True):
        for q_value in (False, True):
            expected = (-data if q_value else data + 10) if p_value else data * 2
            got_y, got_z = handle.run(np.bool_(p_value), np.bool_(q_value), data)
            np.testing.assert_array_equal(got_y, expected)
            np.testing.assert_array_equal(got_z, expected + 1 if q_value else expected - 1)


def test_a_switch_gives_the_value_that_a_variable_had(session: ge.GeSession) -> None:
    first = ge.Graph("first")
    first.output(first.assign(first.variable("state", (2,)), np.float32([1, 2])))
    session.add_graph(first).run()
    graph = ge.Graph("before")
    pred = graph.input("pred", (), "bool")
    state = graph.variable("state", (2,))
    no, yes = graph.op("Switch", state, pred)
    after = graph.assign(state, graph.op("Fill", np.int64([2]), np.float32(9), control=[no]))
    y, _ = graph.op("Merge", [no, graph.op("Neg", yes)])
    graph.output(graph.op("Add", y, np.float32(0), control=[after]))
    no_y = session.add_graph(graph).run(np.bool_(False))[0]
    np.testing.assert_array_equal(no_y, [1, 2])


def test_unknown_dims(session: ge.GeSession) -> None:
    graph = ge.Graph("dynamic")
    pred, x = graph.input("pred", (), "bool"), graph.input("x", (-1, 2))
    no, yes = graph.op("Switch", x, pred)
    y, _ = graph.op("Merge", [graph.op("Neg", no), graph.op("Relu", yes)])
    graph.output(y)
    for n in (1, 4):
        data = np.arange(2 * n, dtype=np.float32).reshape(n, 2)
        (no_y,), (yes_y,) = both(session, graph, data)
        np.testing.assert_array_equal(no_y, -data)
        np.testing.assert_array_equal(yes_y, data)


def test_in_a_model_file() -> None:
    graph = ge.Graph("file")
    pred, x = graph.input("pred", (), "bool"), graph.input("x", (2,))
    no, yes = graph.op("Switch", x, pred)
    graph.output(graph.op("Merge", [no, graph.op("Neg", yes)])[0])
    with ge.Runtime(device=0), ge.Model.load(ge.build_model(graph)) as model:
        for value, expected in ((False, [1, 2]), (True, [-1, -2])):
            np.testing.assert_array_equal(model.run(np.bool_(value), np.float32([1, 2]))[0], expected)


def test_in_the_body_of_a_loop(session: ge.GeSession) -> None:
    """Doubles in the rounds 0 and 1, then adds one."""
    body = ge.Graph("body")
    i, x = body.input("i", (), "int32"), body.input("x", (2,))
    no, yes = body.op("Switch", x, body.op("Less", i, np.int32(2)))
    body.output(body.op("Merge", [body.op("Add", no, np.float32(1)), body.op("Add", yes, yes)])[0])
    graph = ge.Graph("loop")
    start = graph.input("start", (), "int32")
    graph.output(*graph.op("For", start, 5, 1, [graph.input("x", (2,))], body=body))
    [y] = session.add_graph(graph).run(np.int32(0), np.float32([1, 3]))
    np.testing.assert_array_equal(y, [7, 15])


def test_an_output_of_a_branch_that_is_not_taken_is_named(session: ge.GeSession) -> None:
    graph = ge.Graph("lost")
    pred, x = graph.input("pred", (), "bool"), graph.input("x", (2,))
    no, _ = graph.op("Switch", x, pred)
    graph.output(graph.op("Relu", no), x)
    handle = session.add_graph(graph)
    np.testing.assert_array_equal(handle.run(np.bool_(False), np.float32([1, 2]))[0], [1, 2])
    with pytest.raises(ge.AscendError, match=r"Output 0 .* is on a branch that was not taken"):
        handle.run(np.bool_(True), np.float32([1, 2]))


def test_what_is_wrong_is_said(session: ge.GeSession) -> None:
    graph = ge.Graph("several")
    x = graph.input("x", (2,))
    graph.output(*graph.op("Switch", x, graph.input("pred", (2,), "bool")))
    with pytest.raises(ge.AscendError, match=r"input pred is DT_BOOL \[2\]; it must hold one bool"):
        session.add_graph(graph).compile()
    graph = ge.Graph("mixed")
    graph.output(*graph.op("Merge", [graph.input("x", (2,)), graph.input("y", (2,), "int32")]))
    with pytest.raises(ge.AscendError, match="dtype"):
        session.add_graph(graph).compile()
