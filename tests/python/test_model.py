"""Models: built, saved, loaded, executed; gears; what is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from children import child_output
from networks import BIAS, WEIGHTS, layer, rows

import pyascend_ge as ge

LIMIT = 60.0
Hold = Callable[[ge.Stream], threading.Event]


@pytest.fixture(scope="module")
def compiled() -> ge.CompiledModel:
    """The layer, compiled for the present chip without a runtime."""
    return ge.build_model(layer()[0])


@pytest.fixture
def model(runtime: ge.Runtime, compiled: ge.CompiledModel) -> Iterator[ge.Model]:
    """The layer, loaded."""
    with compiled.load() as loaded:
        yield loaded


def check(actual: list[np.ndarray], expected: list[np.ndarray]) -> None:
    assert len(actual) == len(expected)
    for mine, theirs in zip(actual, expected, strict=True):
        assert (mine.shape, mine.dtype) == (theirs.shape, theirs.dtype)
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5)


def function(x: np.ndarray) -> list[np.ndarray]:
    return [np.maximum(x @ WEIGHTS + BIAS, 0), x + x]


def test_building_needs_no_runtime(compiled: ge.CompiledModel) -> None:
    assert compiled.soc_version.startswith("Ascend")
    assert len(bytes(compiled)) == compiled.nbytes > 0
    assert "layer" in repr(compiled)


def test_building_beside_a_runtime_gives_a_model_too(runtime: ge.Runtime) -> None:
    with ge.build_model(layer()[0]).load() as model:
        check(model.run(x := rows()), function(x))


def test_a_saved_model_is_loaded_from_its_file(
    runtime: ge.Runtime, compiled: ge.CompiledModel, tmp_path: Path
) -> None:
    written = Path(compiled.save(tmp_path / "layer.om"))
    assert written == tmp_path / "layer.om"
    assert written.read_bytes() == bytes(compiled)
    for source in (written, str(written), written.read_bytes()):
        with ge.Model.load(source) as model:
            check(model.run(x := rows()), function(x))


def test_a_model_runs_in_another_process(compiled: ge.CompiledModel, tmp_path: Path) -> None:
    compiled.save(tmp_path / "layer.om")
    x = rows()
    np.save(tmp_path / "x.npy", x)
    code = f"""
with ge.Runtime(), ge.Model.load({str(tmp_path / "layer.om")!r}) as model:
    outputs = model.run(np.load({str(tmp_path / "x.npy")!r}))
np.savez({str(tmp_path / "out.npz")!r}, *outputs)
"""
    assert child_output(code) == ""
    saved = np.load(tmp_path / "out.npz")
    check([saved[name] for name in saved.files], function(x))


def test_a_model_describes_itself(model: ge.Model) -> None:
    [x] = model.inputs
    assert (x.name, x.shape, x.dtype, x.nbytes) == ("x", (4, 8), "float32", 4 * 8 * 4)
    assert [(output.shape, output.dtype) for output in model.outputs] == [
        ((4, 3), "float32"),
        ((4, 8), "float32"),
    ]
    assert not model.gears
    assert f"<Model {model.model_id} " in repr(model)


def test_inputs_may_be_on_the_device(model: ge.Model) -> None:
    check(model.run(ge.array(x := rows())), function(x))


def test_runs_on_a_stream_are_queued(model: ge.Model, stream: ge.Stream, hold: Hold) -> None:
    x = rows()
    outputs = [ge.array(np.zeros((4, 3), "float32")), ge.array(np.zeros((4, 8), "float32"))]
    gate = hold(stream)
    assert model.run_on_stream(stream, [ge.array(x)], outputs) == outputs
    assert not outputs[1].numpy().any()
    gate.set()
    stream.synchronize()
    check([output.numpy() for output in outputs], function(x))


def test_outputs_are_made_when_left_out(
    runtime: ge.Runtime, compiled: ge.CompiledModel, stream: ge.Stream
) -> None:
    with compiled.load() as model:
        outputs = model.run_on_stream(stream, [ge.array(x := rows())])
        stream.synchronize()
        check([output.numpy() for output in outputs], function(x))


def test_runs_that_wait_and_runs_on_streams_can_be_mixed(runtime: ge.Runtime, stream: ge.Stream) -> None:
    """CANN itself holds a static model to the first way it is executed."""
    graph = ge.Graph("static")
    graph.output(graph.op("Relu", graph.input("x", shape=(4,), dtype="float32")))
    compiled, x = ge.build_model(graph), np.array([-1.0, 0.0, 1.0, 2.0], "float32")

    def wait(model: ge.Model) -> np.ndarray:
        return model.run(x)[0]

    def queue(model: ge.Model) -> np.ndarray:
        [y] = model.run_on_stream(stream, [ge.array(x)])
        stream.synchronize()
        return y.numpy()

    for ways in ((wait, queue, wait), (queue, wait, queue)):
        with compiled.load() as model:
            for way in ways:
                assert way(model).tolist() == [0.0, 0.0, 1.0, 2.0]


def test_a_run_that_waits_works_in_every_context(runtime: ge.Runtime, model: ge.Model) -> None:
    check(model.run(x := rows()), function(x))
    with ge.Context(0):
        check(model.run(x), function(x))
    check(model.run(x), function(x))


def test_one_model_on_two_streams_without_order_is_never_silently_right_or_wrong(
    runtime: ge.Runtime, compiled: ge.CompiledModel, hold: Hold
) -> None:
    with compiled.load() as model, ge.Stream() as first, ge.Stream() as second:
        gate = hold(first)
        x = ge.array(rows())
        model.run_on_stream(first, [x])
        model.run_on_stream(second, [x])
        with pytest.raises(ge.AclError) as caught:
            second.synchronize(LIMIT)
        assert "test_model.py" in str(caught.value)
        assert str(first.stream_id) in str(caught.value)
        gate.set()
        first.synchronize()


def test_two_streams_ordered_by_an_event_may_share_a_model(
    runtime: ge.Runtime, compiled: ge.CompiledModel
) -> None:
    x, y = rows(), rows()
    with compiled.load() as model, ge.Stream() as first, ge.Stream() as second:
        one = model.run_on_stream(first, [ge.array(x)])
        with first.record_event() as event:
            second.wait_event(event)
        two = model.run_on_stream(second, [ge.array(y)])
        first.synchronize()
        second.synchronize()
        check([output.numpy() for output in one], function(x))
        check([output.numpy() for output in two], function(y))


def test_a_dynamic_model_takes_any_length(runtime: ge.Runtime, stream: ge.Stream) -> None:
    graph, expected = layer(dynamic=True)
    with ge.build_model(graph, options={"input_shape": "x:-1,8"}).load() as model:
        assert model.inputs[0].shape == (-1, 8)
        for count in (1, 4, 9):
            x = rows(count)
            outputs = [ge.empty((count, 3)), ge.empty((count, 8))]
            model.run_on_stream(stream, [ge.array(x)], outputs)
            stream.synchronize()
            check([output.numpy() for output in outputs], expected(x))
            check(model.run(x), expected(x))
        with pytest.raises(ge.GraphError, match="give outputs of your own"):
            model.run_on_stream(stream, [ge.array(x)])


class Pool:
    """An external allocator over arrays."""

    def __init__(self) -> None:
        self.live: set[int] = set()

    def allocate(self, size: int) -> ge.DeviceArray:
        array = ge.empty(size, "uint8")
        self.live.add(array.data_ptr)
        return array

    def free(self, address: int) -> None:
        self.live.remove(address)


def test_outputs_without_bound_come_from_the_streams_allocator(runtime: ge.Runtime) -> None:
    graph, expected = layer(dynamic=True)
    pool = Pool()
    with ge.build_model(graph, options={"input_shape": "x:-1,8"}).load() as model, ge.Stream() as stream:
        stream.register_allocator(pool)
        for count in (1, 4, 9):
            outputs = model.run_on_stream(stream, [ge.array(x := rows(count))])
            assert {output.data_ptr for output in outputs} <= pool.live
            stream.synchronize()
            check([output.numpy() for output in outputs], expected(x))
        for output in outputs:
            output.close()
        del outputs
        stream.unregister_allocator()
        with pytest.raises(ge.GraphError, match="register an allocator"):
            model.run_on_stream(stream, [ge.array(x)])
    assert not pool.live


@pytest.mark.parametrize("known_while_compiling", [True, False])
def test_the_type_of_an_output_is_known_though_its_shape_is_not(
    runtime: ge.Runtime, known_while_compiling: bool
) -> None:
    def reshaping() -> ge.Graph:
        graph = ge.Graph("reshaping")
        x = graph.input("x", shape=(-1,), dtype="uint32")
        shape = np.array([3, 2])
        to = graph.const(shape) if known_while_compiling else graph.input("to", shape=(2,), dtype="int64")
        graph.output(graph.op("Reshape", graph.op("Identity", x), to))
        return graph

    x = np.arange(6, dtype=np.uint32)
    inputs = [x] if known_while_compiling else [x, np.array([3, 2])]
    with ge.build_model(reshaping()).load() as model:
        assert model.outputs[0].dtype == np.uint32
        assert model.outputs[0].shape in (None, (3, 2))
        [y] = model.run(*inputs)
        np.testing.assert_array_equal(y, x.reshape(3, 2), strict=True)
    with ge.GeSession() as session:
        [y] = session.add_graph(reshaping()).run(*inputs)
        np.testing.assert_array_equal(y, x.reshape(3, 2), strict=True)
        [y] = session.add_graph(reshaping()).run_async(*inputs).result(60)
        np.testing.assert_array_equal(y, x.reshape(3, 2), strict=True)


def test_a_model_with_gears_runs_each(runtime: ge.Runtime) -> None:
    graph, expected = layer(dynamic=True)
    options = {"input_shape": "x:-1,8", "ge.dynamicBatchSize": "1,2,4"}
    with ge.build_model(graph, options=options).load() as model:
        assert model.gears.batch == (1, 2, 4)
        assert [spec.name for spec in model.inputs] == ["x"]
        for count in (4, 1, 2):
            check(model.run(x := rows(count)), expected(x))
        model.set_batch_size(2)
        check(model.run(x := rows(2)), expected(x))
        with pytest.raises(ge.GraphError, match="none of its gears"):
            model.set_batch_size(3)


def test_inputs_that_do_not_fit_no_gear_are_named(runtime: ge.Runtime) -> None:
    graph, _expected = layer(dynamic=True)
    options = {"input_shape": "x:-1,8", "ge.dynamicBatchSize": "1,2,4"}
    with ge.build_model(graph, options=options).load() as model, pytest.raises(ge.GraphError, match="gears"):
        model.run(rows(3))


BAD = {
    "too few": (lambda: (), "was given 0"),
    "wrong dtype": (lambda: (rows().astype("int8"),), "is int8; it must be float32"),
    "wrong shape": (lambda: (rows(2),), "has the shape"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_inputs_are_named(model: ge.Model, case: str) -> None:
    make, message = BAD[case]
    with pytest.raises(ge.GraphError, match=message):
        model.run(*make())


def test_host_arrays_on_a_stream_are_refused(model: ge.Model, stream: ge.Stream) -> None:
    with pytest.raises(ge.GraphError, match="DeviceArray"):
        model.run_on_stream(stream, [rows()])


def test_a_missing_file_names_the_code(runtime: ge.Runtime, tmp_path: Path) -> None:
    with pytest.raises(ge.AclError) as caught:
        ge.Model.load(tmp_path / "missing.om")
    assert (caught.value.code, caught.value.function) == (145002, "aclmdlLoadFromFile")


def test_bytes_that_are_no_model_are_refused(runtime: ge.Runtime, compiled: ge.CompiledModel) -> None:
    for damaged in (b"x", b"\0" * 4096, bytes(compiled)[:-100]):
        with pytest.raises(ge.AclError):
            ge.Model.load(damaged)


def test_a_model_for_silicon_is_refused_by_its_path_with_what_to_do(
    runtime: ge.Runtime, tmp_path: Path
) -> None:
    path = tmp_path / "real.om"
    path.write_bytes(b"IMOD" + bytes(1000))
    with pytest.raises(ge.AclError) as caught:
        ge.Model.load(path)
    assert str(path) in str(caught.value)
    assert "real Ascend chip" in str(caught.value)
    assert "build the model again" in str(caught.value)


def test_a_model_closes_as_other_objects_do(runtime: ge.Runtime, compiled: ge.CompiledModel) -> None:
    model = compiled.load()
    model.close()
    model.close()
    with pytest.raises(ge.HandleError):
        model.run(rows())
    assert repr(model).startswith("<closed Model")
    models = [compiled.load()]
    with pytest.warns(ResourceWarning, match="unclosed <Model"):
        models.clear()


def test_saving_into_nowhere_names_the_path(compiled: ge.CompiledModel, tmp_path: Path) -> None:
    with pytest.raises(ge.AscendError, match="nowhere"):
        compiled.save(tmp_path / "nowhere" / "layer.om")


def test_the_compiled_model_of_a_session_runs_as_a_model(runtime: ge.Runtime) -> None:
    with ge.GeSession() as session:
        data = session.add_graph(layer()[0]).compile().compiled_model()
    with ge.Model.load(data) as model:
        check(model.run(x := rows()), function(x))
