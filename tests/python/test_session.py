"""Sessions: every way of running x session version x placement x owner of outputs x static and dynamic."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, wait

import ml_dtypes
import numpy as np
import pytest
from networks import BIAS, WEIGHTS, add, layer, rows

import pyascend_ge as ge

LIMIT = 60.0
UNSUPPORTED, FAILED = 1343225956, 4294967295
Hold = Callable[[ge.Stream], threading.Event]


@pytest.fixture(params=[ge.GeSession, ge.Session], ids=["v2", "v1"])
def session(request: pytest.FixtureRequest, runtime: ge.Runtime) -> Iterator[ge.GeSession]:
    """A session of either generation."""
    with request.param() as opened:
        yield opened


@pytest.fixture
def v2(runtime: ge.Runtime) -> Iterator[ge.GeSession]:
    """A session of the present generation."""
    with ge.GeSession() as opened:
        yield opened


dynamic = pytest.mark.parametrize("dynamic", [False, True], ids=["static", "dynamic"])
placed = pytest.mark.parametrize("place", [lambda x: x, ge.array], ids=["host", "device"])


def close(actual: list[np.ndarray], expected: list[np.ndarray]) -> None:
    """Same number of outputs, same shapes and dtypes, same values but for rounding."""
    assert len(actual) == len(expected)
    for mine, theirs in zip(actual, expected, strict=True):
        assert (mine.shape, mine.dtype) == (theirs.shape, theirs.dtype)
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5)


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


# ---- RunGraphAsync


@dynamic
@placed
def test_a_future_brings_what_numpy_says(
    session: ge.GeSession, dynamic: bool, place: Callable[[np.ndarray], object]
) -> None:
    graph, function = layer(dynamic)
    handle = session.add_graph(graph)
    future = handle.run_async(place(x := rows()))
    assert isinstance(future, Future)
    close(future.result(LIMIT), function(x))


def test_dimensions_stay_open_when_the_graph_was_compiled_first(v2: ge.GeSession) -> None:
    graph, function = layer(dynamic=True)
    handle = v2.add_graph(graph).compile()
    for count in (3, 1, 6):
        close(handle.run_async(x := rows(count)).result(LIMIT), function(x))


def test_a_run_can_be_awaited(session: ge.GeSession) -> None:
    graph, function = layer()
    handle = session.add_graph(graph)
    inputs = [rows() for _ in range(8)]

    async def together() -> list[list[np.ndarray]]:
        return await asyncio.gather(*map(handle.run_async, inputs))

    for x, outputs in zip(inputs, asyncio.run(together()), strict=True):
        close(outputs, function(x))


def test_asynchronous_outputs_have_their_true_dtype(session: ge.GeSession) -> None:
    graph, function = add(dtype="int32")
    values = np.arange(4, dtype="int32")
    close(session.add_graph(graph).run_async(values, values).result(LIMIT), function(values, values))


def test_callbacks_of_a_future_run_without_a_lock_held(session: ge.GeSession) -> None:
    graph, function = layer()
    handle = session.add_graph(graph)
    x, second = rows(), []
    finished = threading.Event()

    def again(_done: Future) -> None:
        second.append(handle.run_async(x))  # from inside GE's callback
        finished.set()

    first = handle.run_async(x)
    first.add_done_callback(again)
    assert finished.wait(LIMIT)
    close(second[0].result(LIMIT), function(x))


def test_ten_thousand_pending_runs_all_end_right(session: ge.GeSession) -> None:
    handle = session.add_graph(add()[0])
    one = np.ones(4, "float32")
    inputs = [np.full(4, number, "float32") for number in range(10_000)]
    futures = [handle.run_async(x, one) for x in inputs]
    done, pending = wait(futures, LIMIT)
    assert not pending
    assert len(done) == 10_000
    for number, future in enumerate(futures):
        assert future.result()[0].tolist() == [number + 1.0] * 4


def test_a_cancelled_run_ends_cancelled(v2: ge.GeSession) -> None:
    handle = v2.add_graph(add()[0])
    one = np.ones(4, "float32")
    futures = [handle.run_async(one, one) for _ in range(50)]
    cancelled = [future for future in futures if future.cancel()]
    wait(futures, LIMIT)
    for future in futures:
        if future in cancelled:
            with pytest.raises(CancelledError):
                future.result(LIMIT)
        else:
            assert future.result(LIMIT)[0].tolist() == [2.0] * 4


def test_futures_of_a_closed_session_never_stay_pending(runtime: ge.Runtime) -> None:
    session = ge.GeSession()
    handle = session.add_graph(add()[0])
    one = np.ones(4, "float32")
    futures = [handle.run_async(one, one) for _ in range(500)]
    session.close()
    assert not wait(futures, LIMIT).not_done
    for future in futures:
        error = future.exception(0)
        assert error is None or "dropped" in str(error)


def test_inputs_of_a_pending_run_are_kept_alive(v2: ge.GeSession) -> None:
    handle = v2.add_graph(add()[0])
    futures = [handle.run_async(np.full(4, n, "float32"), np.full(4, n, "float32")) for n in range(100)]
    gc.collect()
    assert [future.result(LIMIT)[0][0] for future in futures] == [2.0 * n for n in range(100)]


def test_a_failed_compile_fails_the_future(v2: ge.GeSession) -> None:
    graph = ge.Graph("unknown")
    x = graph.input("x", (4,))
    graph.output(_unknown(graph, x))
    future = v2.add_graph(graph).run_async(np.zeros(4, "float32"))
    with pytest.raises(ge.AscendError, match="NoSuchOperator") as caught:
        future.result(LIMIT)
    assert "test_session.py" in str(caught.value)  # where it was enqueued


# ---- RunGraphWithStreamAsync


@dynamic
def test_outputs_of_the_caller_are_filled_on_the_stream(
    session: ge.GeSession, stream: ge.Stream, hold: Hold, dynamic: bool
) -> None:
    graph, function = layer(dynamic)
    handle = session.add_graph(graph)
    x = rows()
    dx, outputs = ge.array(x), [ge.array(np.zeros(y.shape, y.dtype)) for y in function(x)]
    handle.compile().load(stream)
    gate = hold(stream)
    assert handle.run_on_stream(stream, [dx], outputs) == outputs
    assert not outputs[1].numpy().any()
    gate.set()
    stream.synchronize()
    close([output.numpy() for output in outputs], function(x))


@dynamic
def test_outputs_that_are_left_out_come_from_ge(
    session: ge.GeSession, stream: ge.Stream, dynamic: bool
) -> None:
    graph, function = layer(dynamic)
    handle = session.add_graph(graph)
    for _ in range(3):
        outputs = handle.run_on_stream(stream, [ge.array(x := rows())])
        stream.synchronize()
        close([output.numpy() for output in outputs], function(x))


class Pool:
    """An external allocator over arrays, which counts."""

    def __init__(self) -> None:
        self.live: set[int] = set()
        self.asked = 0
        self.full = False

    def allocate(self, size: int) -> ge.DeviceArray:
        if self.full:
            raise MemoryError("the pool is empty")
        array = ge.empty(size, "uint8")
        self.live.add(array.data_ptr)
        self.asked += 1
        return array

    def free(self, address: int) -> None:
        self.live.remove(address)


@dynamic
def test_outputs_that_are_left_out_come_from_the_external_allocator(
    session: ge.GeSession, stream: ge.Stream, dynamic: bool
) -> None:
    pool = Pool()
    session.register_external_allocator(stream, pool)
    graph, function = layer(dynamic)
    handle = session.add_graph(graph)
    outputs = handle.run_on_stream(stream, [ge.array(x := rows())])
    stream.synchronize()
    assert pool.asked
    assert {output.data_ptr for output in outputs} <= pool.live
    close([output.numpy() for output in outputs], function(x))
    for output in outputs:
        output.close()
    handle.remove()
    assert not pool.live
    session.unregister_external_allocator(stream)


def test_what_an_allocator_raises_is_the_cause_of_the_failure(v2: ge.GeSession, stream: ge.Stream) -> None:
    pool = Pool()
    pool.full = True
    v2.register_external_allocator(stream, pool)
    with pytest.raises(ge.GeError) as caught:
        v2.add_graph(layer()[0]).run_on_stream(stream, [ge.array(rows())])
    assert isinstance(caught.value.__cause__, MemoryError)


def test_something_that_cannot_allocate_is_refused(session: ge.GeSession, stream: ge.Stream) -> None:
    with pytest.raises(TypeError, match=r"allocator is a list without allocate\(\)"):
        session.register_external_allocator(stream, [])  # type: ignore[arg-type]


def test_an_allocator_lives_as_long_as_its_blocks(v2: ge.GeSession, stream: ge.Stream) -> None:
    pool = Pool()
    v2.register_external_allocator(stream, pool)
    outputs = v2.add_graph(layer()[0]).run_on_stream(stream, [ge.array(rows())])
    stream.synchronize()
    v2.unregister_external_allocator(stream)
    assert pool.live
    for output in outputs:
        output.close()
    v2.remove_graph(0)
    assert not pool.live


def test_a_bound_call_runs_many_times(session: ge.GeSession, stream: ge.Stream) -> None:
    graph, function = layer()
    x = rows()
    dx, outputs = ge.array(np.zeros_like(x)), [ge.empty((4, 3)), ge.empty((4, 8))]
    bound = session.add_graph(graph).bind([dx], outputs)
    for _ in range(5):
        dx.copy_from(x := rows(), stream)
        bound(stream)
        stream.synchronize()
        close([output.numpy() for output in outputs], function(x))
    dx.close()
    del dx
    gc.collect()
    with pytest.raises(ge.HandleError):
        bound(stream)


def test_host_inputs_are_copied_at_the_call(session: ge.GeSession, stream: ge.Stream) -> None:
    graph, function = add()
    handle = session.add_graph(graph, options={"ge.exec.hostInputIndexes": "1"})
    a, b = np.arange(4, dtype="float32"), np.ones(4, "float32")
    handle.compile().load(stream)
    output = ge.empty(4)
    handle.run_on_stream(stream, [ge.array(a), b], [output])
    expected = function(a, b.copy())
    b[:] = 100
    stream.synchronize()
    close([output.numpy()], expected)


def test_frozen_inputs_are_named_when_loading(v2: ge.GeSession, stream: ge.Stream) -> None:
    graph, function = add()
    handle = v2.add_graph(graph)
    a, b = np.arange(4, dtype="float32"), np.ones(4, "float32")
    da, db, output = ge.array(a), ge.array(b), ge.empty(4)
    handle.load(stream, {"ge.exec.frozenInputIndexes": "1"})
    handle.run_on_stream(stream, [da, db], [output])
    stream.synchronize()
    close([output.numpy()], function(a, b))


def test_arrays_of_a_launch_live_until_the_stream_is_done(
    v2: ge.GeSession, stream: ge.Stream, hold: Hold
) -> None:
    graph, function = layer()
    handle = v2.add_graph(graph).load(stream)
    x, outputs = rows(), [ge.empty((4, 3)), ge.empty((4, 8))]
    gate = hold(stream)
    handle.run_on_stream(stream, [ge.array(x)], outputs)  # nobody else holds the input
    gc.collect()
    spoil = ge.array(np.full(1000, np.nan, "float32"))
    gate.set()
    stream.synchronize()
    close([output.numpy() for output in outputs], function(x))
    spoil.close()


def test_runs_on_a_stream_need_a_stream(v2: ge.GeSession) -> None:
    handle = v2.add_graph(add()[0])
    with pytest.raises(TypeError, match="Stream"):
        handle.run_on_stream(None, [ge.empty(4), ge.empty(4)])  # type: ignore[arg-type]


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


# ---- what is refused

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
    graph.output(_unknown(graph, graph.input("x", (4,))))
    with pytest.raises(ge.AscendError, match="NoSuchOperator") as caught:
        v2.add_graph(graph).compile()
    assert "odd" in str(caught.value)


def _unknown(graph: ge.Graph, x: object) -> object:
    return graph.custom_op("NoSuchOperator", inputs={"x": x}, name="odd")


def test_something_that_is_no_graph_is_refused(v2: ge.GeSession) -> None:
    with pytest.raises(TypeError, match=r"pyascend_ge\.Graph"):
        v2.add_graph(b"not a graph")


def test_an_unusable_session_says_why_at_once(runtime: ge.Runtime) -> None:
    with pytest.raises(ge.GeError) as caught:
        ge.GeSession({"ge.exec.disableReuseMemory": "7"})
    assert "E10001" in str(caught.value)


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
