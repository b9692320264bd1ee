"""Lifetimes of every object: closed twice, used after close, dropped, alive at exit, parents gone first."""

from __future__ import annotations

import gc
import pickle
import weakref
from collections.abc import Callable

import pytest
from children import run_child

import pyascend_ge as ge

MAKERS: dict[str, Callable[[], object]] = {
    "Stream": ge.Stream,
    "Event": ge.Event,
    "Context": ge.Context,
    "DeviceArray": lambda: ge.array([1.0]),
}
USES: dict[str, Callable[[object], object]] = {
    "Stream": lambda made: made.synchronize(),  # type: ignore[attr-defined]
    "Event": lambda made: made.query(),  # type: ignore[attr-defined]
    "Context": lambda made: made.use(),  # type: ignore[attr-defined]
    "DeviceArray": lambda made: made.numpy(),  # type: ignore[attr-defined]
}


@pytest.fixture(params=sorted(MAKERS))
def kind(request: pytest.FixtureRequest, runtime: ge.Runtime) -> str:
    """The name of a class of objects."""
    return str(request.param)


def test_closing_twice_is_harmless(kind: str) -> None:
    made = MAKERS[kind]()
    for _ in range(3):
        made.close()  # type: ignore[attr-defined]
    assert made.closed  # type: ignore[attr-defined]


def test_use_after_close_raises(kind: str) -> None:
    made = MAKERS[kind]()
    USES[kind](made)
    made.close()  # type: ignore[attr-defined]
    with pytest.raises(ge.HandleError, match=f"this {kind} is closed"):
        USES[kind](made)
    with pytest.raises(ge.HandleError, match="cannot be entered"):
        made.__enter__()  # type: ignore[attr-defined]


def test_leaving_the_block_closes(kind: str) -> None:
    with MAKERS[kind]() as made:  # type: ignore[attr-defined]
        assert not made.closed
    assert made.closed


def test_a_dropped_object_is_released(kind: str) -> None:
    made = [MAKERS[kind]()]
    gone = weakref.ref(made[0])
    if kind == "DeviceArray":  # an array is a value: dropping it is how it is freed
        made.clear()
    else:
        with pytest.warns(ResourceWarning, match=f"unclosed <{kind}"):
            made.clear()
    assert gone() is None


def test_an_object_cannot_be_pickled(kind: str) -> None:
    with MAKERS[kind]() as made, pytest.raises(TypeError, match="pickled"):  # type: ignore[attr-defined]
        pickle.dumps(made)


def test_a_closed_object_still_says_what_it_is(kind: str) -> None:
    made = MAKERS[kind]()
    assert kind in repr(made)
    made.close()  # type: ignore[attr-defined]
    assert repr(made).startswith(f"<closed {kind}")


def test_an_object_outlives_its_runtime_as_a_closed_one(kind: str) -> None:
    del kind
    for name, make in MAKERS.items():
        with ge.Runtime():
            made = make()
        assert not made.closed, "the fixture's runtime is still open"  # type: ignore[attr-defined]
        made.close()  # type: ignore[attr-defined]
        assert name in repr(made)


def test_dropping_the_runtime_first_keeps_it_alive_for_its_objects() -> None:
    for make in MAKERS.values():
        runtime = ge.Runtime()
        made = make()
        alive = weakref.ref(runtime)
        del runtime
        gc.collect()
        assert alive() is not None
        USES[type(made).__name__](made)
        alive().close()  # type: ignore[union-attr]
        assert made.closed  # type: ignore[attr-defined]


def test_a_dropped_runtime_is_closed_with_a_warning() -> None:
    runtime = [ge.Runtime()]
    with pytest.warns(ResourceWarning, match="unclosed <Runtime"):
        runtime.clear()
    with pytest.raises(ge.NotInitializedError):
        ge.Stream()


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_an_object_alive_at_exit_is_left_alone(name: str) -> None:
    make = {"DeviceArray": "ge.array([1.0])"}.get(name, f"ge.{name}()")
    done = run_child(f"runtime = ge.Runtime()\nmade = {make}\nprint(made.closed)\n", "-W", "error")
    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr


def test_exit_with_work_under_way_ends() -> None:
    code = """
runtime = ge.Runtime()
stream = ge.Stream()
for _ in range(1000):
    stream.call(int)
print('leaving')
"""
    done = run_child(code)
    assert (done.returncode, done.stdout.strip()) == (0, "leaving"), done.stderr


def test_constructors_that_are_not_for_use_name_the_factory() -> None:
    with pytest.raises(TypeError, match=r"pyascend_ge\.array"):
        ge.DeviceArray()
    with pytest.raises(TypeError, match=r"Model\.load"):
        ge.Model()


_GRAPH = """
graph = ge.Graph('add')
graph.output(graph.input('a', (4,)) + graph.input('b', (4,)))
one = np.ones(4, 'float32')
"""


@pytest.mark.parametrize("session", ["GeSession", "Session"])
def test_exit_with_runs_pending_ends(session: str) -> None:
    code = f"""{_GRAPH}
runtime = ge.Runtime()
session = ge.{session}()
handle = session.add_graph(graph)
futures = [handle.run_async(one, one) for _ in range(2000)]
print('leaving')
"""
    done = run_child(code)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "leaving", "")


@pytest.mark.parametrize("way", ["run_async", "run_on_stream", "copy"])
def test_memory_of_work_under_way_outlives_the_interpreter(way: str) -> None:
    code = """
runtime, session, stream = ge.Runtime(), ge.GeSession(), ge.Stream()
graph = ge.Graph("products")
x = y = graph.input("x", shape=(512, 512), dtype="float32")
for _ in range(20):
    y = y @ x
graph.output(y)
handle, big = session.add_graph(graph), np.ones((512, 512), np.float32)
if sys.argv[1] == "run_async":
    futures = [handle.run_async(big.copy()) for _ in range(100)]
elif sys.argv[1] == "run_on_stream":
    for _ in range(50):
        handle.run_on_stream(stream, [ge.array(big, stream=stream)])
else:
    arrays = [ge.array(np.ones(1 << 23, np.float32), stream=stream) for _ in range(16)]
print("last line")
"""
    done = run_child(code.replace("sys.argv[1]", repr(way)))
    assert (done.returncode, done.stdout) == (0, "last line\n"), done.stderr


def test_exit_from_another_threads_callback_ends() -> None:
    code = f"""{_GRAPH}
runtime = ge.Runtime()
session = ge.GeSession()
inside, release = threading.Event(), threading.Event()
future = session.add_graph(graph).run_async(one, one)
future.add_done_callback(lambda _: (inside.set(), release.wait(30)))
inside.wait(30)
release.set()
print('leaving')
"""
    done = run_child(code)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "leaving", "")


def test_exit_with_everything_alive_is_quiet() -> None:
    code = f"""{_GRAPH}
runtime = ge.Runtime()
stream = ge.Stream()
session = ge.GeSession()
handle = session.add_graph(graph)
outputs = handle.run_on_stream(stream, [ge.array(one), ge.array(one)])
bound = handle.bind([ge.empty(4), ge.empty(4)], [ge.empty(4)])
host = session.add_graph(graph).run(one, one)
model = ge.build_model(graph).load()
context = ge.Context()
print(host[0].tolist())
"""
    done = run_child(code)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[2.0, 2.0, 2.0, 2.0]", "")


def test_a_session_dropped_in_the_callback_of_its_own_run_does_not_hang() -> None:
    code = f"""{_GRAPH}
runtime = ge.Runtime()
gone = threading.Event()
class Signal:
    def __del__(self):
        gone.set()
def start():
    handle = ge.GeSession().add_graph(graph)
    signal = Signal()
    handle.run_async(one, one).add_done_callback(lambda _, handle=handle, signal=signal: None)
start()
assert gone.wait(30)
runtime.close()
print('closed')
"""
    done = run_child(code, "-W", "ignore::ResourceWarning")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "closed", "")


def test_closing_works_in_another_context_than_the_objects() -> None:
    with ge.Runtime(device=0):
        stream = ge.Stream()
        inside, event, array = ge.Stream(), ge.Event(), ge.array([1.0])
        other = ge.Context()
        stream.close()
        assert other.is_current
    assert all(made.closed for made in (stream, inside, event, array, other))
    with ge.Runtime(device=0):  # nothing is left over
        assert ge.array([2.0]).numpy() == [2.0]


def test_runtime_closed_before_its_session_closes_it() -> None:
    runtime = ge.Runtime()
    session = ge.GeSession()
    runtime.close()
    assert session.closed
    session.close()
