"""RunGraphWithStreamAsync: session version x placement x owner of outputs x static and dynamic."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from networks import add, layer, rows
from session_runs import Hold, close, dynamic

import pyascend_ge as ge
from pyascend_ge.bound import BoundCall


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


def test_a_bound_call_refuses_closed_outputs(session: ge.GeSession, stream: ge.Stream) -> None:
    outputs = [ge.empty((4, 3)), ge.empty((4, 8))]
    bound = session.add_graph(layer()[0]).bind([ge.array(rows())], outputs)
    bound(stream)
    stream.synchronize()
    outputs[1].close()
    with pytest.raises(ge.HandleError, match="DeviceArray"):
        bound(stream)


def test_a_bound_call_that_was_never_bound_says_so(stream: ge.Stream) -> None:
    with pytest.raises(TypeError, match="was not bound"):
        BoundCall.__new__(BoundCall)(stream)


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
