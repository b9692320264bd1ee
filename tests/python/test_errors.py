"""Exceptions: what they carry, what they explain, and when."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from children import child_output

import pyascend_ge as ge
from pyascend_ge import errors

FACTS = Path(__file__).parents[1] / "abi"


def test_every_code_of_ascendcl_has_its_name_a_meaning_a_cause_and_a_remedy() -> None:
    constants = json.loads((FACTS / "acl.json").read_text())["constants"]
    codes = {row["name"]: row["value"] for row in constants if row["name"].startswith("ACL_ERROR_")}
    assert len(codes) > 200
    for name, value in codes.items():
        if value:
            known = ge.explain(value)
            assert known.name in {other for other, number in codes.items() if number == value}, name
            assert all((known.meaning, known.cause, known.remedy)), name


def test_every_code_of_ge_has_its_name() -> None:
    facts = json.loads((FACTS / "ge.json").read_text())
    rows = [
        row for key in ("status_codes_internal", "status_and_number_constants") for row in facts.get(key, ())
    ]
    named = {(row["name"].removeprefix("ge::"), row["value"]) for row in rows}
    codes = [value for name, value in named if value > 1343000000]
    for code in codes:
        assert (ge.explain(code).name, code) in named, code


def test_an_unknown_code_is_still_reported() -> None:
    error = errors.make_error(123456, "aclrtFoo", ge.AclError)
    assert str(error) == "aclrtFoo failed with an unknown code (123456)"
    assert (error.code, error.name, error.function) == (123456, "", "aclrtFoo")


@pytest.mark.parametrize(
    ("code", "kind", "also"),
    [
        (100001, ge.NotInitializedError, ge.AscendError),
        (145001, ge.NotInitializedError, ge.AscendError),
        (207001, ge.OutOfMemoryError, MemoryError),
        (1343225856, ge.OutOfMemoryError, MemoryError),
        (507046, ge.WaitTimeoutError, TimeoutError),
        (107017, ge.HandleError, ge.AclError),
        (507015, ge.AclError, ge.AscendError),
    ],
)
def test_the_class_follows_the_meaning(code: int, kind: type, also: type) -> None:
    error = errors.make_error(code, "aclrtFoo", ge.AclError)
    assert type(error) is kind
    assert isinstance(error, also)
    assert error.code == code


def test_an_exception_survives_pickling() -> None:
    error = errors.make_error(507046, "aclrtSynchronizeStream", ge.AclError, "said", ["x.py:1 in f"])
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.code, copy.name) == (type(error), str(error), error.code, error.name)


def test_the_message_has_all_its_parts() -> None:
    text = str(
        errors.make_error(507015, "aclrtSynchronizeStream", ge.AclError, "EZ9999: x", ["a.py:7 in run"])
    )
    first, *rest = text.splitlines()
    assert first.startswith("aclrtSynchronizeStream failed with ACL_ERROR_RT_AICORE_EXCEPTION (507015): ")
    assert [line.split(":")[0].strip() for line in rest] == [
        "Likely cause",
        "Remedy",
        "CANN says",
        "Enqueued at a.py",
    ]


def test_canns_own_text_is_in_the_message(runtime: ge.Runtime) -> None:
    with pytest.raises(ge.AclError) as caught:
        ge.Device(4096).use()
    assert (caught.value.code, caught.value.function) == (107001, "aclrtSetDevice")
    assert "CANN says: " in str(caught.value)
    assert "4096" in str(caught.value).partition("CANN says: ")[2]


def test_canns_text_of_one_failure_is_not_shown_with_the_next(runtime: ge.Runtime) -> None:
    with pytest.raises(ge.AclError):
        ge.Device(4096).use()
    with pytest.raises(ge.AclError) as caught:
        ge.empty(runtime.device.memory_info().total + 1, "uint8")
    assert "4096" not in str(caught.value).partition("CANN says: ")[2]


@pytest.mark.emulator
def test_a_function_that_is_not_emulated_says_so(runtime: ge.Runtime) -> None:
    error = errors.acl_error(ge.lib.aclrtBinaryUnLoad(ge.ffi.NULL), "aclrtBinaryUnLoad")
    assert isinstance(error, ge.NotEmulatedError)
    assert "aclrtBinaryUnLoad" in str(error)


@pytest.mark.parametrize(
    "use",
    [
        lambda: ge.Device(0).memory_info(),
        lambda: ge.Device(0).synchronize(),
        lambda: ge.Device(0).use(),
        lambda: ge.pinned_empty(3),
        lambda: ge.array([1.0]),
        lambda: ge.from_pointer(4096, 1, "float32"),
        lambda: ge.Model.load(b"x"),
    ],
)
def test_calls_before_initialisation_raise_one_error(use: Callable[[], object]) -> None:
    with pytest.raises(ge.NotInitializedError, match="no Runtime is open"):
        use()


def test_debug_mode_says_where_every_call_was_enqueued() -> None:
    code = """
with ge.Runtime(), ge.Stream() as stream:
    gate = threading.Event()
    stream.call(gate.wait, 30)
    event = stream.record_event()
    ge.empty(4).copy_from(ge.empty(4), stream)
    try:
        stream.synchronize(timeout=0.01)
    except ge.WaitTimeoutError as error:
        print(sum('Enqueued at' in line for line in str(error).splitlines()))
    gate.set()
    stream.synchronize()
"""
    assert child_output(code, PYASCEND_DEBUG="1") == "3"
    assert child_output(code, PYASCEND_DEBUG="0") == "0"
