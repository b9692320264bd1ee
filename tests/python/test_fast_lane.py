"""The hot calls as C functions over handles."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest
from toolkits import build_library, output_of

import pyascend_ge as ge
from pyascend_ge._native import fast

# What a failed call is left to answers here with the status, instead of raising.
HANDLES = """
class Handle(fast.StreamBase, fast.EventBase):
    def __init__(self, kind):
        self._open(kind, 64, 64)

    def _refuse(self):
        raise ge.HandleError("closed")

    def _explain(self, status, work):
        return status

    def _record_failed(self, stream, status):
        return status

    def _query_failed(self, status):
        return status

stream, event, array = (Handle(kind) for kind in (fast.PGE_STREAM, fast.PGE_EVENT, fast.PGE_ARRAY))
"""
CALLS = [
    ("stream.synchronize()", "aclrtSynchronizeStream"),
    ("event.record(stream)", "aclrtRecordEvent"),
    ("event.query()", "aclrtQueryEventStatus"),
    ("fast.copy_async(array, array, 4, stream)", "aclrtMemcpyAsync"),
]


@pytest.fixture(scope="module")
def handles() -> dict[str, Any]:
    """Return handles that stand for nothing."""
    names: dict[str, Any] = {"fast": fast, "ge": ge}
    exec(HANDLES, names)
    return names


@pytest.mark.parametrize(("call", "function"), CALLS)
def test_a_failure_is_left_to_the_object(tmp_path: Path, call: str, function: str) -> None:
    build_library(tmp_path / "lib64" / "libascendcl.so", {function: 107017})
    code = f"{HANDLES}\nprint({call})"
    assert output_of(code, ASCEND_HOME_PATH=str(tmp_path)) == "107017"


@pytest.mark.parametrize(("call", "function"), CALLS)
def test_a_function_that_cann_lacks_raises(tmp_path: Path, call: str, function: str) -> None:
    build_library(tmp_path / "lib64" / "libascendcl.so", {"aclInit": 0})
    code = f"""{HANDLES}
try:
    {call}
except ge.NotAvailableError as error:
    print(error.function)
"""
    assert output_of(code, ASCEND_HOME_PATH=str(tmp_path)) == function


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("event.record(event)", "stream is a Handle; it must be a Stream"),
        ("event.record(64)", "stream is a int; it must be a Stream"),
        ("fast.EventBase.record(1, stream)", "doesn't apply to a 'int' object"),
        ("fast.copy_async(array, array, 4)", "copy_async takes target, source, size and stream"),
        ("fast.copy_async(array, event, 4, stream)", "source is a Handle; it must be a DeviceArray"),
        ("fast.stream_note(stream, 1)", "stream_note takes a stream and a tuple"),
        ("stream.synchronize(1, 2)", "synchronize takes one argument at most, timeout"),
        ("stream.synchronize(limit=1)", "synchronize takes one argument at most, timeout"),
    ],
)
def test_wrong_arguments_are_named(handles: dict[str, Any], call: str, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        eval(call, handles)


def test_a_size_that_is_no_size_is_refused(handles: dict[str, Any]) -> None:
    with pytest.raises(OverflowError):
        eval("fast.copy_async(array, array, -1, stream)", handles)


@pytest.mark.parametrize(
    "call", ["stream.synchronize()", "stream.query()", "event.record(stream)", "stream._h", "stream._p"]
)
def test_a_closed_handle_is_refused(call: str) -> None:
    names: dict[str, Any] = {"fast": fast, "ge": ge}
    exec(HANDLES, names)
    stream = names["stream"]
    assert stream._shut() == 64
    assert stream._shut() is None
    assert stream.closed
    with pytest.raises(ge.HandleError):
        eval(call, names)


def test_handles_that_refer_to_themselves_are_collected(handles: dict[str, Any]) -> None:
    class Kept(handles["Handle"]):  # type: ignore[misc]
        """A handle that can be watched."""

    stream = Kept(fast.PGE_STREAM)
    fast.stream_note(stream, (None, stream))
    gone = weakref.ref(stream)
    del stream
    gc.collect()
    assert gone() is None


def test_every_hot_call_names_what_it_wraps() -> None:
    functions = (fast.StreamBase.synchronize, fast.EventBase.record, fast.EventBase.query, fast.copy_async)
    for function, (_call, name) in zip(functions, CALLS, strict=True):
        assert f"``{name}``" in (function.__doc__ or "")
