"""ONNX's If, Loop and Scan as GE subgraphs, against ONNX Runtime."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import parser

import pyascend_ge as ge

X = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture(scope="module")
def session() -> Iterator[ge.GeSession]:
    """A session for all models here."""
    with ge.Runtime(device=0), ge.GeSession() as opened:
        yield opened


def model(text: str, opset: int = 18) -> onnx.ModelProto:
    """Return a model written in ONNX's text form."""
    return parser.parse_model(f'<ir_version: 9, opset_import: ["" : {opset}]>\n{text}')


def same(session: ge.GeSession, text: str, *inputs: Any, opset: int = 18) -> ge.Graph:
    """Run a model here and by ONNX Runtime; the results are equal in contents, shape and type."""
    proto = model(text, opset)
    arrays = [np.asarray(value) for value in inputs]
    names = [item.name for item in proto.graph.input]
    runtime = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    expected = runtime.run(None, dict(zip(names, arrays, strict=True)))
    graph = ge.Graph.from_onnx(proto)
    found = session.add_graph(graph).run(*arrays)
    assert len(found) == len(expected)
    for got, wanted in zip(found, expected, strict=True):
        assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype)
        np.testing.assert_allclose(got, wanted, rtol=1e-6)
    return graph


IF = """
net (bool%s c, float[n, 3] x) => (float[a, 3] y, float[b] z)
{
    w = Constant <value = float[1, 3] {1.0, 2.0, 3.0}> ()
    y, z = If (c) <
        then_branch = then_graph () => (float[a, 3] p, float[b] q)
            { p = Add (x, w)  axes = Constant <value_ints = [0]> ()  q = ReduceSum <keepdims = 0> (p, axes) },
        else_branch = else_graph () => (float[a, 3] r, float[b] s)
            { r = Concat <axis = 0> (x, x)  s = Constant <value = float[2] {7.0, 8.0}> () }
    >
}
"""


@pytest.mark.parametrize("dims", ["", "[1]"], ids=["scalar", "one element"])
@pytest.mark.parametrize("condition", [True, False])
def test_if_takes_what_its_branches_capture(session: ge.GeSession, dims: str, condition: bool) -> None:
    same(session, IF % dims, np.array([condition] if dims else condition), X)


def test_if_becomes_the_operator_of_that_name() -> None:
    graph = ge.Graph.from_onnx(model(IF % ""))
    [node] = [node for node in graph.nodes if node.type == "If"]
    assert [item.name for item in node.inputs if item is not None][1:] == ["x"]
    then, other = (graph.subgraphs[name] for name in node.definition.subgraph_name)
    assert [tensor.node.definition.attr["_parent_node_index"].i for tensor in then.inputs] == [1]
    assert [tensor.node.definition.attr["_parent_node_index"].i for tensor in other.inputs] == [1]


LOOP = """
net (%s float[2, 3] x) => (float[2, 3] total, float[k, 2, 3] all, int64[k] counts)
{
    one = Constant <value = float {1.0}> ()
    total, all, counts = Loop (%s, x) <
        body = step (int64 i, bool go, float[2, 3] t)
            => (bool more, float[2, 3] next, float[2, 3] seen, int64 n)
        {
            next = Add (t, one)
            seen = Mul (next, x)
            n = Identity (i)
            sum = ReduceSum <keepdims = 0> (next)
            limit = Constant <value = float {40.0}> ()
            more = Less (sum, limit)
        }
    >
}
"""


@pytest.mark.parametrize("trips", [0, 1, 5])
@pytest.mark.parametrize("dims", ["", "[1]"], ids=["scalar", "one element"])
def test_loop_as_often_as_an_input_says(session: ge.GeSession, trips: int, dims: str) -> None:
    same(session, LOOP % (f"int64{dims} m,", "m,"), np.array([trips] if dims else trips), X)


@pytest.mark.parametrize("begins", [True, False])
def test_loop_while_a_condition_holds(session: ge.GeSession, begins: bool) -> None:
    same(session, LOOP % ("bool c,", ", c"), np.array(begins), X)


@pytest.mark.parametrize("trips", [2, 100])
def test_loop_with_a_limit_and_a_condition(session: ge.GeSession, trips: int) -> None:
    same(session, LOOP % ("int64 m, bool c,", "m, c"), np.array(trips), np.array(True), X)


def test_loop_of_a_constant_length_is_static(session: ge.GeSession) -> None:
    text = LOOP.replace("{\n    one", "{\n    m = Constant <value = int64 {4}> ()\n    one", 1) % ("", "m,")
    added = session.add_graph(same(session, text, X))
    added.compile()
    assert added.summary.is_static


def test_loop_whose_carried_value_grows(session: ge.GeSession) -> None:
    text = """
    net (int64 m, float[2, 3] x) => (float[k, 3] y, float[j, p, 3] steps)
    {
        y = Loop (m, , x) <
            body = grow (int64 i, bool go, float[k, 3] t) => (bool more, float[k, 3] next)
            { next = Concat <axis = 0> (t, x)  more = Identity (go) }
        >
    }
    """
    text = text.replace(", float[j, p, 3] steps", "")
    for trips in (1, 3):
        same(session, text, np.array(trips), X)


def test_collected_values_of_a_size_that_the_model_does_not_tell(session: ge.GeSession) -> None:
    text = """
    net (int64 m, float[a, b] x) => (float[a, b] y, float[k, a, b] every)
    {
        y, every = Loop (m, , x) <
            body = step (int64 i, bool go, float[a, b] t) => (bool more, float[a, b] next, float[a, b] seen)
            { next = Add (t, t)  seen = Neg (next)  more = Identity (go) }
        >
    }
    """
    for shape in ((2, 3), (1, 5)):
        same(session, text, np.array(3), np.random.default_rng(1).normal(size=shape).astype(np.float32))


def test_a_loop_in_an_if_in_a_loop(session: ge.GeSession) -> None:
    text = """
    net (int64 m, float[3] x) => (float[3] y)
    {
        two = Constant <value = int64 {2}> ()
        y = Loop (m, , x) <
            body = outer (int64 i, bool go, float[3] t) => (bool more, float[3] next)
            {
                rest = Mod (i, two)
                odd = Cast <to = 9> (rest)
                next = If (odd) <
                    then_branch = then_graph () => (float[3] p)
                    {
                        p = Loop (i, , t) <
                            body = inner (int64 j, bool keep, float[3] u) => (bool on, float[3] v)
                            { v = Add (u, x)  on = Identity (keep) }
                        >
                    },
                    else_branch = else_graph () => (float[3] q) { q = Mul (t, x) }
                >
                more = Identity (go)
            }
        >
    }
    """
    for trips in (1, 4):
        same(session, text, np.array(trips), np.array([1.0, 0.5, 2.0], np.float32))


SCAN = """
net (float[3] s, float[%s] x) => (float[3] last, float[%s] every)
{
    last, every = Scan <num_scan_inputs = 1 %s,
        body = step (float[3] a, float[3] e) => (float[3] b, float[3] c)
        { b = Add (a, e)  c = Mul (b, e) }
    > (s, x)
}
"""


@pytest.mark.parametrize(
    ("dims", "result", "attributes"),
    [
        ("4, 3", "4, 3", ""),
        ("n, 3", "n, 3", ""),
        ("3, 4", "4, 3", ", scan_input_axes = [1]"),
        ("3, n", "3, n", ", scan_input_axes = [-1], scan_output_axes = [-1]"),
        ("4, 3", "4, 3", ", scan_input_directions = [1]"),
        ("4, 3", "3, 4", ", scan_output_axes = [1], scan_output_directions = [1]"),
        ("n, 3", "n, 3", ", scan_input_directions = [1], scan_output_directions = [1]"),
    ],
)
@pytest.mark.parametrize("opset", [9, 18])
def test_scan(session: ge.GeSession, dims: str, result: str, attributes: str, opset: int) -> None:
    shape = [4 if dim == "n" else int(dim) for dim in dims.split(", ")]
    x = np.random.default_rng(2).normal(size=shape).astype(np.float32)
    same(session, SCAN % (dims, result, attributes), np.ones(3, np.float32), x, opset=opset)


def test_what_cannot_be_converted_in_a_branch_is_named() -> None:
    text = IF.replace("p = Add (x, w)", "p = NoSuchOperator (x, w)") % ""
    with pytest.raises(ge.GraphError, match=r"then_branch/.*NoSuchOperator.*no rule converts"):
        ge.Graph.from_onnx(model(text))
    old = SCAN % ("4, 3", "4, 3", "")
    with pytest.raises(ge.GraphError, match=r"Scan, opset 8"):
        ge.Graph.from_onnx(model(old, 8))
    wrong = LOOP.replace("step (int64 i, bool go, float[2, 3] t)", "step (int64 i)") % ("int64 m,", "m,")
    with pytest.raises(ge.GraphError, match="do not fit those of its 'body'"):
        ge.Graph.from_onnx(model(wrong))
