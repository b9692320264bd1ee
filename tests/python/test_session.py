"""Sessions: RunGraph, and graphs that come and go; every test on both generations where both have it."""

from __future__ import annotations

import gc
from collections.abc import Callable

import ml_dtypes
import numpy as np
import pytest
from networks import BIAS, WEIGHTS, add, layer, rows
from session_runs import close, dynamic, placed

import pyascend_ge as ge

# ---- RunGraph


@dynamic
@placed
def test_run_returns_what_numpy_says(
    session: ge.GeSession, dynamic: bool, place: Callable[[np.ndarray], object]
) -> None:
    graph, function = layer(dynamic)
    handle = session.add_graph(graph)
    # the older session compiles for the shapes of the first run
    for count in (4, 4, 1, 7) if dynamic and isinstance(session, ge.GeSession) else (4, 4):
        x = rows(count)
        close(handle.run(place(x)), function(x))


def test_run_takes_lists_of_the_graphs_type(session: ge.GeSession) -> None:
    handle = session.add_graph(add()[0])
    [total] = handle.run([1, 2, 3, 4], [10, 20, 30, 40])
    assert (total.dtype, total.tolist()) == (np.float32, [11.0, 22.0, 33.0, 44.0])


@pytest.mark.parametrize("dtype", ["float16", "int32", "int64", "float64", "bfloat16"])
def test_dtypes_come_back_as_they_are(session: ge.GeSession, dtype: str) -> None:
    graph, function = add(dtype=dtype)
    values = np.array([1, 2, 3, 4]).astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    close(session.add_graph(graph).run(values, values), function(values, values))


def test_host_outputs_outlive_session_and_runtime() -> None:
    x = rows()
    with ge.Runtime(), ge.GeSession() as session:
        graph, function = layer()
        outputs = session.add_graph(graph).run(x)
        views = [output[1:] for output in outputs]
    del outputs
    gc.collect()
    for view, expected in zip(views, function(x), strict=True):
        np.testing.assert_allclose(view, expected[1:], rtol=1e-5, atol=1e-5)
        view[:] = 1  # it is ours to write to


def test_host_outputs_are_not_copied(session: ge.GeSession) -> None:
    [output] = session.add_graph(add()[0]).run(np.zeros(4, "float32"), np.zeros(4, "float32"))
    assert output.base is not None
    assert output.flags.writeable


# ---- graphs in sessions


def test_the_steps_can_be_taken_one_by_one(v2: ge.GeSession, stream: ge.Stream) -> None:
    graph, function = layer()
    handle = v2.add_graph(graph, graph_id=7, options={})
    assert handle.graph_id == 7
    assert handle.needs_rebuild
    with pytest.raises(ge.GeError, match="compile"):
        _ = handle.summary
    assert not handle.compile().needs_rebuild
    summary = handle.summary
    assert summary.is_static
    assert summary.const_memory_size >= WEIGHTS.nbytes + BIAS.nbytes
    assert [output.shape for output in summary.outputs] == [(4, 3), (4, 8)]
    assert [output.dtype for output in summary.outputs] == ["float32", "float32"]
    handle.load(stream)
    outputs = handle.run_on_stream(stream, [ge.array(x := rows())])
    stream.synchronize()
    close([output.numpy() for output in outputs], function(x))
    handle.remove()
    handle.remove()
    with pytest.raises(ge.HandleError, match="removed"):
        handle.run(x)


def test_a_graph_leaves_its_session_at_the_end_of_a_block(session: ge.GeSession) -> None:
    graph, function = layer()
    with session.add_graph(graph, graph_id=9) as handle:
        close(handle.run(x := rows()), function(x))
    handle.close()
    with pytest.raises(ge.HandleError, match="removed"):
        handle.run(x)
    assert session.add_graph(graph, graph_id=9).graph_id == 9  # the number is free again


def test_the_summary_of_a_dynamic_graph_says_what_it_can(v2: ge.GeSession) -> None:
    summary = v2.add_graph(layer(dynamic=True)[0]).compile().summary
    assert not summary.is_static
    assert summary.const_memory_size is None
    assert summary.outputs is None


def test_memory_of_the_caller_is_used(v2: ge.GeSession, stream: ge.Stream) -> None:
    graph, function = layer()
    handle = v2.add_graph(graph).compile()
    summary = handle.summary
    const = ge.empty(summary.const_memory_size, "uint8")
    feature = ge.empty(summary.feature_memory_size, "uint8")
    handle.set_const_memory(const)
    handle.update_feature_memory(feature)
    outputs = [ge.empty((4, 3)), ge.empty((4, 8))]
    handle.run_on_stream(stream, [ge.array(x := rows())], outputs)
    stream.synchronize()
    close([output.numpy() for output in outputs], function(x))
    assert const.numpy().any()
    handle.remove()


def test_memory_that_is_too_small_is_refused(v2: ge.GeSession) -> None:
    handle = v2.add_graph(layer()[0]).compile()
    with pytest.raises(ge.GeError) as caught:
        handle.set_const_memory(ge.empty(1, "uint8"))
    assert caught.value.code == 1343225857


def test_ids_are_given_and_kept_apart(session: ge.GeSession) -> None:
    first, second = session.add_graph(add()[0]), session.add_graph(layer()[0])
    assert first.graph_id != second.graph_id
    assert session.graphs == {first.graph_id: "add", second.graph_id: "layer"}
    with pytest.raises(ge.GraphError, match="in use"):
        session.add_graph(add()[0], graph_id=first.graph_id)
    session.remove_graph(first.graph_id)
    again = session.add_graph(layer()[0], graph_id=first.graph_id)
    close(again.run(x := rows()), layer()[1](x))
    with pytest.raises(ge.GraphError, match="no graph 99"):
        session.remove_graph(99)


@pytest.mark.parametrize("graph_id", [-1, 2**32, "a", True])
def test_a_bad_id_is_refused(v2: ge.GeSession, graph_id: object) -> None:
    with pytest.raises(ge.GraphError, match="graph_id is"):
        v2.add_graph(add()[0], graph_id=graph_id)  # type: ignore[arg-type]


def test_a_clone_works_like_the_graph(session: ge.GeSession) -> None:
    graph, function = layer()
    close(session.add_graph(graph, clone=True).run(x := rows()), function(x))


def test_a_graph_handle_that_is_dropped_leaves_the_graph(v2: ge.GeSession) -> None:
    v2.add_graph(add()[0], graph_id=3)
    gc.collect()
    assert v2.graphs == {3: "add"}
    v2.remove_graph(3)
    assert v2.graphs == {}


def test_variables_live_in_the_session(v2: ge.GeSession) -> None:
    start = ge.Graph("start")
    start.output(start.assign(start.variable("v", (2,)), np.array([1, 2], "float32")))
    v2.add_graph(start).run()
    read = ge.Graph("read")
    read.output(read.variable("v", (2,)) + np.array([10, 10], "float32"))
    assert v2.add_graph(read).run()[0].tolist() == [11.0, 12.0]


# ---- lifetimes


def test_handles_of_a_closed_session_say_so(session: ge.GeSession) -> None:
    handle = session.add_graph(add()[0])
    session.close()
    session.close()
    one = np.ones(4, "float32")
    for use in (handle.compile, lambda: handle.run(one, one), lambda: handle.run_async(one, one)):
        with pytest.raises(ge.HandleError, match=f"this {type(session).__name__} is closed"):
            use()
    handle.remove()
    assert "closed" in repr(session)
    assert "in closed" in repr(handle)


def test_handles_of_a_removed_graph_say_so(session: ge.GeSession) -> None:
    handle = session.add_graph(add()[0])
    handle.remove()
    handle.remove()
    with pytest.raises(ge.HandleError, match=r"graph 0 .* was removed"):
        handle.compile()
    assert repr(handle).endswith("removed>")


def test_a_handle_keeps_its_session(runtime: ge.Runtime) -> None:
    handle = ge.GeSession().add_graph(add()[0])
    gc.collect()
    one = np.ones(4, "float32")
    assert handle.run(one, one)[0].tolist() == [2.0] * 4
    handle.session.close()


def test_a_dropped_session_is_closed_with_a_warning(runtime: ge.Runtime) -> None:
    sessions = [ge.GeSession()]
    sessions[0].add_graph(add()[0])
    with pytest.warns(ResourceWarning, match="unclosed <GeSession"):
        sessions.clear()


def test_device_outputs_are_released_with_their_graph(v2: ge.GeSession, stream: ge.Stream) -> None:
    handle = v2.add_graph(layer()[0])
    outputs = handle.run_on_stream(stream, [ge.array(rows())])
    stream.synchronize()
    handle.remove()
    assert all(output.closed for output in outputs)
    with pytest.raises(ge.HandleError):
        outputs[0].numpy()


def test_sessions_coexist_and_have_their_own_graphs(runtime: ge.Runtime) -> None:
    x = rows()
    with ge.GeSession() as first, ge.GeSession() as second, ge.Session() as third:
        assert len({first.session_id, second.session_id}) == 2
        for session in (first, second, third):
            graph, function = layer()
            close(session.add_graph(graph, graph_id=0).run(x), function(x))
