"""Operators that run graphs, against the same thing written in Python and numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import pyascend_ge as ge
from pyascend_ge import Graph

X = np.array([1.5, -2.0, 4.0], np.float32)
SHAPES = pytest.mark.parametrize("shape", [(3,), (-1,)], ids=["static", "dynamic"])


@pytest.fixture(scope="module")
def session() -> Iterator[ge.GeSession]:
    """A session for all graphs here."""
    with ge.Runtime(device=0), ge.GeSession() as opened:
        yield opened


def unary(name: str, op: str, constant: Any, shape: Sequence[int] = (-1,)) -> Graph:
    """A graph of one operator with a constant."""
    graph = Graph(name)
    x = graph.input("x", shape)
    graph.output(graph.op(op, x, constant))
    return graph


def doubled(name: str = "doubled", shape: Sequence[int] = (-1,)) -> Graph:
    """A graph that gives its input twice, one after the other."""
    graph = Graph(name)
    x = graph.input("x", shape)
    graph.output(graph.op("ConcatD", [x, x], concat_dim=0))
    return graph


def choice(condition: Any, dtype: Any, shape: Sequence[int], then: Graph, other: Graph) -> Graph:
    """A graph of one If."""
    graph = Graph("choice")
    cond = graph.input("cond", np.shape(condition), dtype)
    x = graph.input("x", shape)
    graph.output(*graph.op("If", cond, [x], then_branch=then, else_branch=other))
    return graph


@SHAPES
@pytest.mark.parametrize("kind", ["If", "StatelessIf"])
def test_if_runs_the_branch_that_the_condition_names(
    session: ge.GeSession, kind: str, shape: Sequence[int]
) -> None:
    graph = Graph("g")
    cond, x = graph.input("cond", (), "bool"), graph.input("x", shape)
    plus, times = unary("plus", "Add", np.float32(1), shape), unary("times", "Mul", np.float32(10), shape)
    graph.output(*graph.op(kind, cond, [x], then_branch=plus, else_branch=times))
    added = session.add_graph(graph)
    for value, wanted in ((True, X + 1), (False, X * 10), (True, X + 1)):
        np.testing.assert_array_equal(added.run(np.array(value), X)[0], wanted)


TRUTHS = [
    *((np.array(value, dtype), bool(value)) for value in (0, 1) for dtype in "?bBhHiIlL"),
    *((np.array(value, dtype), value != 0) for value in (0.0, -0.0, 0.5, 2**-14) for dtype in "efd"),
    (np.array(-0.0, ml_dtypes.bfloat16), False),
    (np.array(3, ml_dtypes.bfloat16), True),
    (np.array([False]), True),  # not a scalar: whether there are elements is what counts
    (np.zeros((2, 3), np.float32), True),
    (np.zeros((0, 3), np.float32), False),
]


@pytest.mark.parametrize(("condition", "wanted"), TRUTHS, ids=str)
def test_truth_of_a_condition(session: ge.GeSession, condition: np.ndarray, wanted: bool) -> None:
    then, other = unary("then", "Add", np.float32(1), (3,)), unary("other", "Mul", np.float32(10), (3,))
    added = session.add_graph(choice(condition, condition.dtype, (3,), then, other))
    np.testing.assert_array_equal(added.run(condition, X)[0], X + 1 if wanted else X * 10)


@SHAPES
def test_branches_of_different_shapes(session: ge.GeSession, shape: Sequence[int]) -> None:
    graph = choice(True, "bool", shape, doubled(shape=shape), unary("same", "Add", np.float32(0), shape))
    added = session.add_graph(graph)
    added.compile()
    assert not added.summary.is_static
    np.testing.assert_array_equal(added.run(np.array(True), X)[0], np.concatenate([X, X]))
    np.testing.assert_array_equal(added.run(np.array(False), X)[0], X)


def test_a_shape_that_depends_on_a_branch_is_used_further_on(session: ge.GeSession) -> None:
    graph = choice(True, "bool", (3,), doubled(shape=(3,)), unary("same", "Add", np.float32(0), (3,)))
    [y] = graph.outputs
    graph.output(graph.op("ReduceSum", y * 2, [0]), graph.op("Shape", y))
    added = session.add_graph(graph)
    for value, length in ((True, 6), (False, 3)):
        _, total, dims = added.run(np.array(value), X)
        assert (float(total), dims.tolist()) == (X.sum() * 2 * length / 3, [length])


def test_a_constant_condition_compiles_one_branch_only(session: ge.GeSession) -> None:
    graph = Graph("g")
    x = graph.input("x", (3,))
    wrong = Graph("wrong")  # 3 elements do not fit 7
    wrong.output(wrong.op("Reshape", wrong.input("x", (3,)), [7]))
    graph.output(*graph.op("If", np.array(False), [x], then_branch=wrong, else_branch=doubled()))
    np.testing.assert_array_equal(session.add_graph(graph).run(X)[0], np.concatenate([X, X]))


@SHAPES
@pytest.mark.parametrize("kind", ["Case", "StatelessCase"])
def test_case_takes_the_last_branch_for_what_is_outside(
    session: ge.GeSession, kind: str, shape: Sequence[int]
) -> None:
    graph = Graph("g")
    index, x = graph.input("index", (), "int32"), graph.input("x", shape)
    branches = [unary(f"b{k}", "Mul", np.float32(k), shape) for k in (1, 2, 3)]
    graph.output(*graph.op(kind, index, [x], branches=branches))
    added = session.add_graph(graph)
    for value, factor in ((0, 1), (1, 2), (2, 3), (3, 3), (-1, 3), (-(2**31), 3)):
        np.testing.assert_array_equal(added.run(np.int32(value), X)[0], X * factor)


@SHAPES
@pytest.mark.parametrize("kind", ["While", "StatelessWhile"])
def test_while_runs_as_often_as_data_says(session: ge.GeSession, kind: str, shape: Sequence[int]) -> None:
    graph = collatz(kind, shape)
    added = session.add_graph(graph)
    for start in (1, 6, 27):
        steps, n = 0, start
        while n != 1:
            n, steps = (n // 2 if n % 2 == 0 else 3 * n + 1), steps + 1
        got_steps, got_n, got_x = added.run(np.int32(0), np.int32(start), X)
        assert (int(got_steps), int(got_n)) == (steps, 1)
        np.testing.assert_array_equal(got_x, X)


def collatz(kind: str, shape: Sequence[int]) -> Graph:
    """Counts the steps to 1; a value that never changes comes along, and the body holds an If."""

    def arguments(graph: Graph) -> tuple[Any, Any, Any]:
        return (
            graph.input("steps", (), "int32"),
            graph.input("n", (), "int32"),
            graph.input("x", shape),
        )

    half, grow = Graph("half"), Graph("grow")
    half.output(half.op("FloorDiv", half.input("n", (), "int32"), np.int32(2)))
    grow.output(grow.input("n", (), "int32") * 3 + 1)
    cond, body, graph = Graph("not_one"), Graph("step"), Graph("collatz")
    cond.output(cond.op("NotEqual", arguments(cond)[1], np.int32(1)))
    steps, n, x = arguments(body)
    odd = body.op("FloorMod", n, np.int32(2))
    [n] = body.op("If", odd, [n], then_branch=grow, else_branch=half)
    body.output(steps + 1, n, body.op("Identity", x))
    graph.output(*graph.op(kind, list(arguments(graph)), cond=cond, body=body))
    return graph


@SHAPES
def test_values_that_change_places_in_a_loop(session: ge.GeSession, shape: Sequence[int]) -> None:
    cond, body, graph = Graph("c"), Graph("b"), Graph("g")
    for g in (cond, body, graph):
        g.input("i", (), "int32"), g.input("x", shape), g.input("y", shape)
    cond.output(cond.op("Less", cond.inputs[0], np.int32(5)))
    i, x, y = body.inputs
    body.output(i + 1, y, x)
    graph.output(*graph.op("While", list(graph.inputs), cond=cond, body=body))
    added = session.add_graph(graph)
    for start in (0, 1, 5):
        _, got_x, got_y = added.run(np.int32(start), X, -X)
        swapped = (5 - start) % 2 == 1
        np.testing.assert_array_equal(got_x, -X if swapped else X)
        np.testing.assert_array_equal(got_y, X if swapped else -X)


@SHAPES
def test_a_loop_whose_value_grows(session: ge.GeSession, shape: Sequence[int]) -> None:
    cond, graph = Graph("short"), Graph("g")
    cond.output(cond.op("Less", cond.op("Size", cond.input("x", (-1,))), np.int32(20)))
    graph.output(*graph.op("While", [graph.input("x", shape)], cond=cond, body=doubled()))
    added = session.add_graph(graph)
    added.compile()
    assert not added.summary.is_static
    np.testing.assert_array_equal(added.run(X)[0], np.tile(X, 8))


@SHAPES
@pytest.mark.parametrize(
    ("start", "limit", "delta"), [(0, 5, 1), (7, -2, -3), (3, 3, 1), (0, 5, -1), (2**31 - 3, 2**31 - 1, 5)]
)
def test_for_counts_like_range(
    session: ge.GeSession, shape: Sequence[int], start: int, limit: int, delta: int
) -> None:
    body, graph = Graph("body"), Graph("g")
    i, x, n = body.input("i", (), "int32"), body.input("x", shape), body.input("n", (), "int32")
    body.output(x * 2 + body.op("Cast", i, dst_type=0), n + 1)
    ends = [graph.input(name, (), "int32") for name in ("start", "limit", "delta")]
    graph.output(*graph.op("For", *ends, [graph.input("x", shape), np.int32(0)], body=body))
    wanted, count = X, 0
    for k in range(start, limit, delta):
        wanted, count = wanted * 2 + np.float32(k), count + 1
    got, rounds = session.add_graph(graph).run(*map(np.int32, (start, limit, delta)), X)
    assert int(rounds) == count
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("kind", ["PartitionedCall", "StatefulPartitionedCall"])
def test_a_called_graph_with_constants_folds_into_shapes(session: ge.GeSession, kind: str) -> None:
    called, graph = Graph("called"), Graph("g")
    x = called.input("x", (3,))
    called.output(x + np.array([1, 2, 3], np.float32), called.const(np.array([3, 1], np.int64)))
    y, dims = graph.op(kind, [graph.input("x", (3,))], f=called)
    graph.output(graph.op("Reshape", y, dims))
    added = session.add_graph(graph)
    added.compile()
    assert added.summary.is_static
    np.testing.assert_array_equal(added.run(X)[0], np.add(X, np.float32([1, 2, 3])).reshape(3, 1))


def test_graphs_in_graphs_in_graphs(session: ge.GeSession) -> None:
    inner = unary("same_name", "Add", np.float32(1))
    for _ in range(5):
        outer = Graph("same_name")
        [y] = outer.op("PartitionedCall", [outer.input("x", (-1,))], f=inner)
        outer.output(y * 2)
        inner = outer
    assert len(inner.subgraphs) == 5
    wanted = X + 1
    for _ in range(5):
        wanted = wanted * 2
    np.testing.assert_array_equal(session.add_graph(inner).run(X)[0], wanted)


def test_a_branch_that_depends_on_contents(session: ge.GeSession) -> None:
    filled, counted, graph = Graph("filled"), Graph("counted"), Graph("g")
    filled.output(filled.op("Size", filled.op("Fill", filled.input("x", (-1,), "int32"), np.float32(0))))
    counted.output(counted.op("Size", counted.input("x", (-1,), "int32")))
    cond, x = graph.input("cond", (), "bool"), graph.input("x", (3,), "int32")
    graph.output(*graph.op("If", cond, [x], then_branch=filled, else_branch=counted))
    added = session.add_graph(graph)
    dims = np.array([2, 5, 7], np.int32)
    assert [int(added.run(np.array(value), dims)[0]) for value in (True, False)] == [70, 3]


def test_variables_in_a_loop(session: ge.GeSession) -> None:
    start, graph, body, cond = Graph("start"), Graph("count"), Graph("body"), Graph("cond")
    start.output(start.assign(start.variable("flow_total", (3,)), start.input("x", (3,))))
    cond.output(cond.op("Less", cond.input("i", (), "int32"), np.int32(3)))
    i, total = body.input("i", (), "int32"), body.variable("flow_total", (3,))
    write = body.assign(total, total * 2)
    body.output(body.op("Add", i, np.int32(1), control=[write]))
    [i] = graph.op("While", [graph.input("i", (), "int32")], cond=cond, body=body)
    graph.output(i, graph.op("Identity", graph.variable("flow_total", (3,)), control=[i]))
    unready = session.add_graph(graph)
    with pytest.raises(ge.AscendError, match="flow_total"):
        unready.run(np.int32(0))
    session.add_graph(start).run(X)
    np.testing.assert_array_equal(unready.run(np.int32(0))[1], X * 8)
    np.testing.assert_array_equal(unready.run(np.int32(2))[1], X * 16)


@pytest.mark.parametrize("suffix", [".air", ".pbtxt"])
def test_saved_and_loaded(session: ge.GeSession, suffix: str, tmp_path: Path) -> None:
    graph = collatz("While", (3,))
    graph.save(tmp_path / f"g{suffix}")
    loaded = Graph.load(tmp_path / f"g{suffix}")
    assert bytes(loaded) == bytes(graph)
    assert set(loaded.subgraphs) == {"not_one", "step", "grow", "half"}
    assert loaded.subgraphs["step"].inputs[0].node.definition.attr["_parent_node_index"].i == 0
    assert int(session.add_graph(loaded).run(np.int32(0), np.int32(6), X)[0]) == 8


@SHAPES
def test_as_an_offline_model(shape: Sequence[int], tmp_path: Path) -> None:
    ge.build_model(collatz("While", shape), soc_version="Ascend910B3").save(tmp_path / "g.om")
    with ge.Runtime(device=0), ge.Model.load(tmp_path / "g.om") as model:
        steps, _, x = model.run(np.int32(0), np.int32(27), X)
        assert int(steps) == 111
        np.testing.assert_array_equal(x, X)


def test_on_a_stream_with_device_memory(session: ge.GeSession) -> None:
    added = session.add_graph(collatz("While", (3,)))
    with ge.Stream() as stream:
        inputs = [ge.array(value, stream=stream) for value in (np.int32(0), np.int32(27), X)]
        outputs = [ge.empty((), "int32"), ge.empty((), "int32"), ge.empty((3,), "float32")]
        added.run_on_stream(stream, inputs, outputs)
        stream.synchronize()
        assert int(outputs[0].numpy()) == 111
        np.testing.assert_array_equal(outputs[2].numpy(), X)


def test_a_failure_names_the_node_and_its_subgraph(session: ge.GeSession) -> None:
    bad = Graph("bad_branch")
    x = bad.input("x", (3,))
    bad.output(bad.op("Reshape", x, [7], name="seven"))
    with pytest.raises(ge.AscendError, match=r"'seven' of type 'Reshape' in subgraph 'bad_branch'"):
        session.add_graph(choice(True, "bool", (3,), bad, doubled())).compile()
    odd = Graph("odd")
    odd.output(odd.custom_op("NobodyKnows", inputs={"x": odd.input("x", (3,))}, name="mystery"))
    with pytest.raises(ge.AscendError, match="'mystery' in subgraph 'odd': operator type 'NobodyKnows'"):
        session.add_graph(choice(True, "bool", (3,), odd, doubled())).compile()
    graph = Graph("g")
    counted = Graph("counted")
    counted.input("i", (), "int32")
    counted.output(counted.input("x", (3,)) + 1)
    graph.output(
        *graph.op(
            "For", 0, 3, graph.input("d", (), "int32"), [graph.input("x", (3,))], body=counted, name="f"
        )
    )
    added = session.add_graph(graph)
    with pytest.raises(ge.AscendError, match=r"'f'.*delta is 0"):
        added.run(np.int32(0), X)


def test_branches_that_differ_in_dtype_are_refused_by_the_engine_too(session: ge.GeSession) -> None:
    ints = Graph("ints")
    ints.output(ints.op("Cast", ints.input("x", (3,)), dst_type=3))
    same = Graph("same")
    same.output(same.custom_op("Neg", inputs={"x": same.input("x", (3,))}))
    with pytest.raises(ge.AscendError, match="output 0 is DT_INT32 from ints and DT_FLOAT from same"):
        session.add_graph(choice(True, "bool", (3,), ints, same)).compile()


def test_what_does_not_fit_is_refused_where_it_is_written() -> None:
    graph = Graph("g")
    cond, x = graph.input("cond", (), "bool"), graph.input("x", (3,))
    two = Graph("two")
    two.output(two.input("a", (3,)), two.input("b", (3,)))
    before = bytes(graph)
    for arguments, message in (
        ({"then_branch": doubled()}, "graph else_branch is missing"),
        ({"then_branch": doubled(), "else_branch": 3}, "else_branch takes a Graph, not 3"),
        ({"then_branch": doubled(), "else_branch": graph}, "else_branch is the graph itself"),
        ({"then_branch": doubled(), "else_branch": two}, "else_branch 'two' has 2 inputs; it gets 1"),
        ({"then_branch": doubled(), "else_branch": doubled(), "wrong": 1}, "called wrong"),
    ):
        with pytest.raises(ge.GraphError, match=message):
            graph.op("If", cond, [x], **arguments)
    with pytest.raises(ge.GraphError, match="input 0 is int32, but then_branch 'doubled' declares float32"):
        graph.op("If", cond, [np.int32([1])], then_branch=doubled(), else_branch=doubled())
    with pytest.raises(ge.GraphError, match="cond 'two' has 2 outputs; 1 are needed"):
        graph.op("While", [x, x], cond=two, body=two)
    with pytest.raises(ge.GraphError, match="branches takes a list of graphs"):
        graph.op("Case", np.int32(0), [x], branches=doubled())
    assert bytes(graph) == before
