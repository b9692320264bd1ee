"""Which backend a process gets, and what a call does when its function is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from toolkits import broken_toolkit, output_of, run_python, toolkit_8_1, toolkit_9_2

NOTHING_LOADED = """
mapped = open("/proc/self/maps").read()
assert "libmock_cann" not in mapped and "libascendcl" not in mapped
import sys
assert "numpy" not in sys.modules
"""


def test_importing_and_reading_constants_loads_no_library() -> None:
    output_of(
        "assert lib.ACL_MEM_MALLOC_HUGE_FIRST == 0; lib.aclrtMalloc; repr(lib.aclInit)" + NOTHING_LOADED
    )


def test_strings_and_structures_are_there_without_a_library() -> None:
    code = 'print(ffi.string(lib.ACL_DYNAMIC_TENSOR_NAME).decode(), ffi.sizeof("aclmdlIODims"))'
    assert output_of(code + NOTHING_LOADED) == "ascend_mbatch_shape_data 1160"


def test_the_first_call_loads_and_says_once_that_the_emulator_answers() -> None:
    code = """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    lib.aclrtGetDevice(ffi.NULL)
    lib.aclrtGetDevice(ffi.NULL)
    print(ge.backend().name, ge.backend().why)
[warning] = caught
assert warning.category is ge.BackendWarning and warning.filename == "<string>", warning
print(warning.message)
"""
    backend, message = output_of(code).splitlines()
    assert backend == "mock no CANN can be used"
    assert "no CANN toolkit was found" in message
    assert "PYASCEND_BACKEND=mock" in message


def test_asking_for_the_emulator_is_silent() -> None:
    done = run_python("print(ge.backend().name)", PYASCEND_BACKEND="mock")
    assert (done.stdout, done.stderr) == ("mock\n", "")


def test_a_toolkit_in_the_environment_is_used_without_a_warning(tmp_path: Path) -> None:
    root = toolkit_8_1(tmp_path)
    code = "print(*ge.backend()); print(lib.aclrtResetDevice(0))"
    done = run_python(code, ASCEND_HOME_PATH=str(root))
    assert done.stdout.splitlines() == [f"cann 8.1.RC1 {root} found by ASCEND_HOME_PATH", "81"]
    assert done.stderr == ""


def test_a_function_is_found_in_whichever_library_owns_it(tmp_path: Path) -> None:
    old, new = toolkit_8_1(tmp_path / "old"), toolkit_9_2(tmp_path / "new")
    code = "print(lib.aclrtResetDevice(0), lib.aclmdlUnload(1))"
    assert output_of(code, ASCEND_HOME_PATH=str(old)) == "81 82"
    assert output_of(code, ASCEND_HOME_PATH=str(new)) == "92 94"


def test_a_missing_function_names_the_versions_that_have_it(tmp_path: Path) -> None:
    code = """
try:
    lib.aclrtMemPoolDestroy(ffi.NULL)
except ge.NotAvailableError as error:
    print(error.function); print(error)
print(loader.has("aclrtMemPoolDestroy"), loader.has("aclrtResetDevice"))
"""
    function, message, known = output_of(code, ASCEND_HOME_PATH=str(toolkit_8_1(tmp_path))).splitlines()
    assert function == "aclrtMemPoolDestroy"
    assert message == "aclrtMemPoolDestroy is not in CANN 8.1.RC1 (present in 9.2)"
    assert known == "False True"


def test_a_missing_engine_library_is_named_by_what_needs_it(tmp_path: Path) -> None:
    code = """
try:
    lib.pge_v2_finalize()
except ge.NotAvailableError as error:
    print(error)
"""
    message = output_of(code, ASCEND_HOME_PATH=str(toolkit_8_1(tmp_path)))
    assert message == (
        "pge_v2_finalize needs libge_runner_v2.so, and CANN 8.1.RC1 cannot give it: not in this toolkit"
    )


def test_a_toolkit_that_cannot_be_loaded_gives_way_with_the_reason(tmp_path: Path) -> None:
    done = run_python("print(ge.backend().name)", ASCEND_HOME_PATH=str(broken_toolkit(tmp_path)))
    assert done.stdout == "mock\n"
    assert re.search(r"BackendWarning: .*libascend_hal\.so: cannot open.*NPU driver", done.stderr)


def test_asking_for_cann_never_gives_the_emulator(tmp_path: Path) -> None:
    root = broken_toolkit(tmp_path)
    done = run_python("ge.backend()", PYASCEND_BACKEND="cann", ASCEND_HOME_PATH=str(root))
    assert done.returncode == 1
    assert "BackendError: no CANN can be loaded. Tried:" in done.stderr
    assert f"ASCEND_HOME_PATH: {root}: version unknown" in done.stderr
    assert "ASCEND_TOOLKIT_HOME: not set" in done.stderr
    assert "libascend_hal.so: cannot open shared object file" in done.stderr


def test_the_emulators_tree_in_the_environment_is_not_taken_for_cann() -> None:
    code = "import os; os.environ['ASCEND_HOME_PATH'] = str(loader.bundled_mock()); print(ge.backend().name)"
    refused = run_python(code, PYASCEND_BACKEND="cann").stderr
    assert "no CANN can be loaded" in refused
    assert "a CANN was asked for, this is the emulator" in refused
    done = run_python(code)
    assert (done.stdout, done.stderr) == ("mock\n", "")


def test_a_path_chooses_the_tree(tmp_path: Path) -> None:
    root = toolkit_9_2(tmp_path)
    code = f"ge.use_backend(path={str(root)!r}); print(ge.backend())"
    assert output_of(code) == f"cann 9.2.0 at {root} (asked for by use_backend)"


def test_a_path_must_hold_what_was_asked_for(tmp_path: Path) -> None:
    code = f"ge.use_backend('mock', {str(toolkit_9_2(tmp_path))!r}); ge.backend()"
    assert "mock was asked for, this is a CANN" in run_python(code).stderr


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (
            "ge.use_backend('npu')",
            "ValueError: use_backend: name is 'npu'; it must be one of 'auto', 'cann', 'mock'",
        ),
        (
            "ge.use_backend('mock'); ge.backend(); ge.use_backend('cann')",
            "BackendError: use_backend: mock 9.2.0 at",
        ),
        ("ge.use_backend(path='/nowhere'); ge.backend()", "use_backend(path=...): /nowhere: no such folder"),
        (
            "loader.has('aclrtNothing')",
            "ValueError: has: 'aclrtNothing' is not a function of pyascend_ge.lib",
        ),
    ],
)
def test_a_wrong_choice_is_an_error_that_names_it(code: str, error: str) -> None:
    assert error in run_python(code).stderr


def test_an_unknown_name_in_the_environment_is_an_error() -> None:
    done = run_python("lib.aclrtGetDevice(ffi.NULL)", PYASCEND_BACKEND="npu")
    assert "BackendError: PYASCEND_BACKEND is 'npu'; it must be one of auto, cann, mock" in done.stderr


def test_every_attempt_is_recorded(tmp_path: Path) -> None:
    code = "ge.backend()\nfor probe in loader.probes(): print(probe)"
    lines = output_of(code, ASCEND_HOME_PATH=str(toolkit_8_1(tmp_path))).splitlines()
    assert lines[0] == f"ASCEND_HOME_PATH: {tmp_path}: 8.1.RC1"
    assert lines[1] == "ASCEND_TOOLKIT_HOME: not set"
    assert lines[-1] == f"libascendcl.so: {tmp_path}/lib64/libascendcl.so: 2 functions"


def test_a_fork_after_loading_is_refused_on_every_road() -> None:
    code = """
import os
bound = lib.aclrtGetDevice
bound(ffi.NULL)
child = os.fork()
if child == 0:
    query = fast.EventBase().query
    calls = [lambda: bound(ffi.NULL), lambda: lib.aclrtSetDevice(0), query, ge.backend]
    for call in calls:
        try:
            call()
        except ge.BackendError as error:
            assert "survive a fork" in str(error) and "spawn" in str(error)
        else:
            os._exit(1)
    os._exit(0 if loader.forked() else 2)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), loader.forked())
"""
    assert output_of(code, PYASCEND_BACKEND="mock") == "0 False"


def test_a_fork_before_loading_is_harmless() -> None:
    code = """
import os
child = os.fork()
if child == 0:
    os._exit(0 if ge.backend().name == "mock" else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert output_of(code, PYASCEND_BACKEND="mock") == "0"


def test_threads_that_race_for_the_first_call_get_one_backend(tmp_path: Path) -> None:
    code = """
import threading
start, answers = threading.Barrier(8), []
def call():
    start.wait()
    answers.append(lib.aclrtResetDevice(0))
threads = [threading.Thread(target=call) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(answers, sum("lib64" in probe.path for probe in loader.probes()))
"""
    assert output_of(code, ASCEND_HOME_PATH=str(toolkit_8_1(tmp_path))) == f"{[81] * 8} 1"
