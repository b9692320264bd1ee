"""What sessions refuse, and what the refusal says."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from networks import layer, rows
from session_runs import FAILED, LIMIT, UNSUPPORTED, close, unknown_operator

import pyascend_ge as ge

MODES = {
    "run": lambda handle, stream, x: handle.run(x),
    "run_async": lambda handle, stream, x: handle.run_async(x).result(LIMIT),
    "run_on_stream": lambda handle, stream, x: handle.run_on_stream(stream, [ge.array(x)]),
}
CODES = {"run": UNSUPPORTED, "run_async": UNSUPPORTED, "run_on_stream": FAILED}


@pytest.mark.parametrize("first", MODES)
@pytest.mark.parametrize("second", MODES)
def test_the_three_ways_of_running_exclude_each_other(
    v2: ge.GeSession, stream: ge.Stream, first: str, second: str
) -> None:
    handle, x = v2.add_graph(layer()[0]), rows()
    MODES[first](handle, stream, x)
    if first == second:
        MODES[second](handle, stream, x)
    else:
        with pytest.raises(ge.GeError) as caught:
            MODES[second](handle, stream, x)
        assert caught.value.code == CODES[second]
        assert "E10062" in str(caught.value)
    stream.synchronize()


def test_a_second_run_graph_at_the_same_time_is_refused_or_waits_its_turn(v2: ge.GeSession) -> None:
    """GE refuses a RunGraph while another runs anywhere in the process; whichever way, nothing is wrong."""
    graph, function = layer()
    x, results, errors = rows(), [], []

    def work(number: int) -> None:
        handle = v2.add_graph(graph, graph_id=number)
        for _ in range(20):
            try:
                results.append(handle.run(x))
            except ge.GeError as error:  # noqa: PERF203
                errors.append(error.code)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert len(results) + len(errors) == 80
    assert set(errors) <= {FAILED}
    for outputs in results:
        close(outputs, function(x))


def test_a_second_run_graph_of_the_same_graph_is_refused_too(v2: ge.GeSession) -> None:
    graph = ge.Graph("products")
    x = y = graph.input("x", shape=(256, 256), dtype="float32")
    for _ in range(200):
        y = y @ x
    graph.output(y)
    handle, value = v2.add_graph(graph), np.eye(256, dtype=np.float32)
    handle.run(value)  # from now on the way for repeated runs is taken
    outcomes: list[str] = []

    def work() -> None:
        while outcomes.count("ran") < 4:
            try:
                close(handle.run(value), [value])
                outcomes.append("ran")
            except ge.GeError as error:  # noqa: PERF203
                refused = error.code == FAILED and ("is running" in str(error) or "is active" in str(error))
                outcomes.append("refused" if refused else str(error))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert set(outcomes) == {"ran", "refused"}


BAD_INPUTS = {
    "too few": (lambda: (), r"has one input \(x\) and was given 0"),
    "too many": (lambda: (rows(), rows()), "was given 2"),
    "no array": (lambda: ("three",), "input 0 'x' is of type str, which numpy makes no array of"),
    "ragged": (lambda: ([[1.0], [1.0, 2.0]],), "input 0 'x' is of type list"),
    "wrong dtype": (lambda: (rows().astype("float64"),), "is float64; it must be float32"),
    "wrong shape": (lambda: (rows(5),), r"has the shape \(5, 8\); it must be \(4, 8\)"),
    "wrong rank": (lambda: (rows()[0],), r"has the shape \(8,\)"),
    "foreign byte order": (lambda: (rows().astype(">f4"),), "is >f4, in foreign byte order"),
    "objects": (lambda: (np.array([object()] * 4),), "Python objects"),
}


@pytest.mark.parametrize("case", BAD_INPUTS)
def test_bad_inputs_are_named(session: ge.GeSession, case: str) -> None:
    make, message = BAD_INPUTS[case]
    handle = session.add_graph(layer()[0])
    for run in (handle.run, handle.run_async):
        with pytest.raises(ge.GraphError, match=message):
            run(*make())


def test_an_operator_that_is_not_emulated_is_named_with_its_node(v2: ge.GeSession) -> None:
    graph = ge.Graph("unknown")
    graph.output(unknown_operator(graph, graph.input("x", (4,))))
    with pytest.raises(ge.AscendError, match="NoSuchOperator") as caught:
        v2.add_graph(graph).compile()
    assert "odd" in str(caught.value)


def test_something_that_is_no_graph_is_refused(v2: ge.GeSession) -> None:
    with pytest.raises(TypeError, match=r"pyascend_ge\.Graph"):
        v2.add_graph(b"not a graph")


def test_an_unusable_session_says_why_at_once(runtime: ge.Runtime) -> None:
    with pytest.raises(ge.GeError) as caught:
        ge.GeSession({"ge.exec.disableReuseMemory": "7"})
    assert "E10001" in str(caught.value)
