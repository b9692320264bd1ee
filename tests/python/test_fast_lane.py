"""The hot calls as plain CPython functions."""

from __future__ import annotations

from pathlib import Path

import pytest
from toolkits import build_library, output_of

from pyascend_ge._native import fast

CALLS = [
    ("stream_synchronize", "aclrtSynchronizeStream", 1),
    ("event_record", "aclrtRecordEvent", 2),
    ("event_query", "aclrtQueryEventStatus", 1),
    ("memcpy_async", "aclrtMemcpyAsync", 6),
]


@pytest.mark.parametrize(("name", "function", "count"), CALLS)
def test_the_answer_is_minus_the_status(tmp_path: Path, name: str, function: str, count: int) -> None:
    build_library(tmp_path / "lib64" / "libascendcl.so", {function: 107017})
    code = f"print(fast.{name}(*range({count})))"
    assert output_of(code, ASCEND_HOME_PATH=str(tmp_path)) == "-107017"


@pytest.mark.parametrize(("name", "function", "count"), CALLS)
def test_a_function_that_cann_lacks_raises(tmp_path: Path, name: str, function: str, count: int) -> None:
    build_library(tmp_path / "lib64" / "libascendcl.so", {"aclInit": 0})
    code = f"""
try:
    fast.{name}(*range({count}))
except ge.NotAvailableError as error:
    print(error.function)
"""
    assert output_of(code, ASCEND_HOME_PATH=str(tmp_path)) == function


@pytest.mark.parametrize(("name", "function", "count"), CALLS)
def test_arguments_are_checked(name: str, function: str, count: int) -> None:
    call = getattr(fast, name)
    with pytest.raises(TypeError):
        call(*range(count + 1))
    with pytest.raises(TypeError):
        call(*["stream"] * count)
    with pytest.raises(OverflowError):
        call(*[-1] * count)
    assert function in call.__doc__
