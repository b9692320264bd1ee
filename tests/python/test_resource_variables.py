"""Variables behind handles, as TensorFlow 2 writes them: VarHandleOp, ReadVariableOp, AssignVariableOp."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pyascend_ge as ge

TYPES = ["float32", "float16", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "bool"]


@pytest.fixture
def session() -> Any:
    with ge.Runtime(device=0), ge.GeSession() as opened:
        yield opened


def handle(graph: ge.Graph, shape: Any, dtype: str = "float32", **attrs: Any) -> Any:
    return graph.op("VarHandleOp", dtype=dtype, shape=shape, **attrs)


def writer(name: str, shape: Any, dtype: str = "float32") -> ge.Graph:
    graph = ge.Graph("writer")
    x = graph.input("x", shape, dtype)
    graph.op("AssignVariableOp", handle(graph, shape, dtype, shared_name=name), x, dtype=dtype)
    graph.output(graph.op("Identity", x))
    return graph


def reader(name: str, shape: Any, dtype: str = "float32", **attrs: Any) -> ge.Graph:
    graph = ge.Graph("reader")
    graph.output(graph.op("ReadVariableOp", handle(graph, shape, dtype, shared_name=name), **attrs))
    return graph


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(), (2, 3)])
def test_a_value_stays_in_the_session(session: ge.GeSession, dtype: str, shape: Any) -> None:
    write, read = (session.add_graph(make("state", shape, dtype)) for make in (writer, reader))
    for seed in range(2):
        x = np.random.default_rng(seed).integers(0, 2, shape).astype(dtype)
        write.run(x)
        y = read.run()[0]
        assert y.dtype == x.dtype
        np.testing.assert_array_equal(y, x)


def test_a_variable_that_was_never_assigned_is_refused(session: ge.GeSession) -> None:
    with pytest.raises(ge.AscendError, match="'lost' is read but was never assigned"):
        session.add_graph(reader("lost", (2,))).run()


def test_reads_keep_the_value_of_their_moment(session: ge.GeSession) -> None:
    session.add_graph(writer("count", (2,))).run(np.float32([1, 5]))
    graph = ge.Graph("counter")
    here = handle(graph, (2,), shared_name="count")
    before = graph.op("ReadVariableOp", here)
    added = graph.op("AssignVariableOp", here, graph.op("Add", before, np.float32(1)), dtype="float32")
    there = handle(graph, (2,), shared_name="count")  # another handle of the same variable
    after = graph.op("ReadVariableOp", there, control=[added])
    graph.output(before, after)
    counter = session.add_graph(graph)
    for n in range(3):
        old, new = counter.run()
        np.testing.assert_array_equal(old, np.float32([1, 5]) + n)
        np.testing.assert_array_equal(new, np.float32([2, 6]) + n)


def test_without_a_shared_name_the_node_names_the_variable(session: ge.GeSession) -> None:
    graph = ge.Graph("named")
    here = handle(graph, (2,), name="mine")
    done = graph.op("AssignVariableOp", here, np.float32([3, 4]), dtype="float32")
    graph.output(graph.op("ReadVariableOp", here, control=[done]))
    session.add_graph(graph).run()
    plain = ge.Graph("plain")  # a Variable node of that name is the same variable
    plain.output(plain.op("Relu", plain.variable("mine", (2,))))
    np.testing.assert_array_equal(session.add_graph(plain).run()[0], [3, 4])


def test_a_value_of_another_shape_or_type_is_refused(session: ge.GeSession) -> None:
    for wrong in (np.float32([1, 2, 3]), np.int32([1, 2])):
        graph = ge.Graph("wrong")
        here = handle(graph, (2,), shared_name="pair")
        graph.op("AssignVariableOp", here, wrong, dtype="float32")
        graph.output(graph.op("ReadVariableOp", here))
        with pytest.raises(ge.AscendError, match=r"ref is DT_FLOAT .*but value is DT_"):
            session.add_graph(graph).compile()


def refused(session: ge.GeSession, graph: ge.Graph, message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        session.add_graph(graph).compile()


def test_a_handle_is_no_tensor(session: ge.GeSession) -> None:
    graph = ge.Graph("handle")
    graph.output(graph.op("Identity", handle(graph, (2,), name="h")))
    refused(session, graph, "takes the handle of node 'h'; handles are taken by ReadVariableOp and Assign")
    graph = ge.Graph("result")
    graph.output(handle(graph, (2,), name="h"))
    refused(session, graph, "takes the handle of node 'h'")


def test_what_a_handle_must_say(session: ge.GeSession) -> None:
    graph = ge.Graph("unknown")
    graph.output(graph.op("ReadVariableOp", handle(graph, (-1,))))
    refused(session, graph, "needs a known shape and dtype")
    graph = ge.Graph("contained")
    graph.output(graph.op("ReadVariableOp", handle(graph, (2,), container="box")))
    refused(session, graph, "names a container, which is not emulated")
    graph = ge.Graph("twice")
    for shape in ((2,), (3,)):
        graph.output(graph.op("ReadVariableOp", handle(graph, shape, shared_name="same")))
    refused(session, graph, "is declared with another dtype or shape elsewhere in the graph")
