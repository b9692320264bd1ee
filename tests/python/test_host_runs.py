"""Runs over numpy arrays: the second and later ones, which C makes from what it remembers of the first."""

from __future__ import annotations

import resource
import threading
from pathlib import Path

import numpy as np
import pytest
from children import child_output
from networks import add, layer, rows
from pytest_mock import MockerFixture

import pyascend_ge as ge
from pyascend_ge._native import fast

LIMIT = 60.0


def four(*values: float) -> np.ndarray:
    """Four floats of one's own."""
    return np.array(values, "float32")


def test_every_run_reads_its_own_arrays_and_writes_to_new_memory(session: ge.GeSession) -> None:
    handle = session.add_graph(add()[0])
    results = [handle.run(four(i, 2, 3, 4), four(10, 20, 30, i))[0] for i in range(50)]
    for i, result in enumerate(results):
        assert result.tolist() == [i + 10.0, 22.0, 33.0, i + 4.0]
        assert result.flags.writeable
        assert result.flags.behaved
        assert result.flags.c_contiguous
        assert not result.flags.owndata
        result[:] = -1  # nobody else's


@pytest.mark.parametrize(
    "other",
    [
        np.arange(8, dtype="float32")[::2],
        np.arange(4, dtype="float32")[::-1],
        np.arange(4, dtype="float32").view(np.recarray),
        np.ma.array(np.arange(4, dtype="float32")),
        [0, 2, 4, 6],
    ],
    ids=["strided", "reversed", "subclass", "masked", "list"],
)
def test_arrays_of_another_make_are_read_as_numpy_reads_them(session: ge.GeSession, other: object) -> None:
    handle = session.add_graph(add()[0])
    one = np.ones(4, "float32")
    for given in (one, other, one, other, other):
        [result] = handle.run(given, one)
        assert result.tolist() == (np.asarray(given, "float32") + 1).tolist()


def test_arrays_that_do_not_fit_are_refused_after_ones_that_did(session: ge.GeSession) -> None:
    handle = session.add_graph(add()[0])
    one = np.ones(4, "float32")
    for _ in range(3):
        handle.run(one, one)
    with pytest.raises(ge.GraphError, match="has 2 inputs"):
        handle.run(one)
    with pytest.raises(ge.GraphError, match=r"input 1.*is float64; it must be float32"):
        handle.run(one, np.ones(4))
    with pytest.raises(ge.GraphError, match=r"has the shape \(2, 2\)"):
        handle.run(one, one.reshape(2, 2))
    assert handle.run(one, one)[0].tolist() == [2.0] * 4


def test_shapes_may_change_from_run_to_run(runtime: ge.Runtime) -> None:
    graph, function = layer(True)
    with ge.GeSession() as session:
        handle = session.add_graph(graph)
        for count in (4, 4, 1, 1, 7, 4, 4):
            x = rows(count)
            for mine, theirs in zip(handle.run(x), function(x), strict=True):
                assert mine.shape == theirs.shape
                np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5)


def test_scalars_stay_scalars(session: ge.GeSession) -> None:
    graph = ge.Graph("scalars")
    x = graph.input("x", shape=(), dtype="int32")
    graph.output(graph.op("Add", x, x))
    handle = session.add_graph(graph)
    for value in (3, 4, 5):
        [result] = handle.run(np.array(value, "int32"))
        assert (result.shape, result.dtype, int(result)) == ((), np.int32, 2 * value)


def test_more_inputs_than_the_few_that_need_no_memory(session: ge.GeSession) -> None:
    graph = ge.Graph("many")
    given = [graph.input(f"x{i}", shape=(2,), dtype="float32") for i in range(12)]
    for left, right in zip(given, [*given[1:], given[0]], strict=True):
        graph.output(graph.op("Sub", left, right))
    handle = session.add_graph(graph)
    arrays = [np.array([i, i * i], "float32") for i in range(12)]
    for _ in range(3):
        results = handle.run(*arrays)
        for i, result in enumerate(results):
            assert result.tolist() == (arrays[i] - arrays[(i + 1) % 12]).tolist()


def test_dropped_results_give_their_memory_back(session: ge.GeSession) -> None:
    graph, x = ge.Graph("large"), np.ones(1 << 20, "float32")
    graph.output(graph.op("Neg", graph.input("x", shape=x.shape, dtype="float32")))
    handle = session.add_graph(graph)
    for _ in range(3):
        handle.run(x)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(100):  # 400 MiB
        handle.run(x)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10  # KiB


def test_what_is_prepared_while_another_thread_removes_the_graph_ends_too(
    session: ge.GeSession, mocker: MockerFixture
) -> None:
    handle = session.add_graph(add()[0])
    arrays = [ge.array(np.ones(4, "float32")) for _ in range(2)]
    create = handle._api.call_create

    def created_just_before_the_end(*arguments: object) -> int:
        result = int(create(*arguments))
        remover = threading.Thread(target=handle.remove)
        remover.start()
        remover.join(LIMIT)
        return result

    mocker.patch.object(handle._api, "call_create", created_just_before_the_end)
    bound = handle.bind(arrays)
    with ge.Stream() as stream, pytest.raises(ge.HandleError, match="removed"):
        bound(stream)


def test_a_run_whose_graph_is_removed_meanwhile_still_answers(
    session: ge.GeSession, mocker: MockerFixture
) -> None:
    handle = session.add_graph(add()[0])
    one = np.ones(4, "float32")
    run = handle._api.run

    def run_and_remove(*arguments: object) -> int:
        result = int(run(*arguments))
        handle.remove()
        return result

    mocker.patch.object(handle._api, "run", run_and_remove)
    assert [result.tolist() for result in handle.run(one, one)] == [[2.0] * 4]
    with pytest.raises(ge.HandleError, match="removed"):
        handle.run(one, one)


def test_a_graph_removed_while_others_run_it_ends_cleanly(session: ge.GeSession) -> None:
    one = np.ones(4, "float32")
    for number in range(20):
        handle = session.add_graph(add()[0], graph_id=number)
        handle.run(one, one)
        wrong: list[object] = []
        started = threading.Barrier(3)

        def work(handle: ge.GraphHandle = handle, wrong: list[object] = wrong, started=started) -> None:
            started.wait(LIMIT)
            while True:
                try:
                    [result] = handle.run(one, one)
                    if result.tolist() != [2.0] * 4:
                        wrong.append(result)
                except ge.HandleError:  # noqa: PERF203
                    return
                except ge.GeError:  # two at once, or the graph is on its way out
                    continue

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        started.wait(LIMIT)
        while True:
            try:
                handle.remove()
                break
            except ge.GeError:  # it runs just now
                continue
        for thread in threads:
            thread.join(LIMIT)
        assert not any(thread.is_alive() for thread in threads)
        assert not wrong


def test_a_forked_child_may_drop_results() -> None:
    code = """
import os
import numpy as np
import pyascend_ge as ge
from networks import add

with ge.Runtime(), ge.GeSession() as session:
    handle = session.add_graph(add()[0])
    one = np.ones(4, "float32")
    results = [handle.run(one, one) for _ in range(3)]
    child = os.fork()
    if child == 0:
        results.clear()
        os._exit(0)
    print(os.waitpid(child, 0)[1], results[2][0].tolist())
"""
    assert child_output(code, PYTHONPATH=str(Path(__file__).parent)) == "0 [2.0, 2.0, 2.0, 2.0]"


def test_a_plan_is_prepared_once_and_runs_tuples_only() -> None:
    plan = fast.PlanBase()
    with pytest.raises(TypeError, match="a plan that was prepared"):
        plan.run(())
    with pytest.raises(TypeError, match="takes call, inputs, outputs and version"):
        plan._prepare(None, (), 1)  # type: ignore[call-arg, arg-type]
