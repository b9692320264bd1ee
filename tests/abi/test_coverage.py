"""Every function of AscendCL is either implemented or listed as unsupported, and the report says so."""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from acl_assertions import load_facts

ROOT = Path(__file__).parents[2]
FACTS = load_facts()
KINDS = {
    "STATUS": "int",
    "POINTER": "void_p",
    "VALUE": "size_t",
    "UNDEFINED": "int",
    "REAL": "float",
    "VOID": "int",
}
ANSWERS = {"STATUS": 207000, "POINTER": None, "VALUE": 0, "UNDEFINED": -1}


def load(name: str, path: Path) -> ModuleType:
    """Import a script that is not part of a package."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def coverage() -> ModuleType:
    return load("coverage_report", ROOT / "tools" / "coverage.py")


def kind_of(result: str) -> str:
    """Say which answer a function of this result type gives when it is not emulated."""
    typedefs = {row["name"]: row["type"] for row in FACTS["typedefs"]}
    if result == "aclError":
        return "STATUS"
    if result.endswith("*") or typedefs.get(result, "").endswith("*"):
        return "POINTER"
    undefined = {row["name"] for row in FACTS["enums"] if -1 in row["values"].values()}
    return "UNDEFINED" if result in undefined else {"void": "VOID", "float": "REAL"}.get(result, "VALUE")


def test_the_table_of_owning_libraries_is_the_facts() -> None:
    owners = load("build_ffi", ROOT / "build_ffi.py").read_owners()
    expected = {
        row["name"]: [library for library in (row["lib_9_2"], row["lib_8_1"]) if library]
        for row in FACTS["functions"]
    }
    assert owners == expected


def test_each_function_is_implemented_or_listed_and_never_both(coverage: ModuleType) -> None:
    implemented, listed = coverage.implemented(), set(coverage.unsupported())
    public = {row["name"] for row in FACTS["functions"]} | {name for name, _ in FACTS["undeclared_exports"]}
    assert sorted(implemented & listed) == []
    assert sorted(public - implemented - listed) == []
    assert sorted((implemented | listed) - public) == []


def test_each_listed_function_is_in_its_librarys_list_with_the_right_answer(coverage: ModuleType) -> None:
    expected = {
        row["name"]: (row["lib_9_2"] or row["lib_8_1"], kind_of(row["ret"])) for row in FACTS["functions"]
    }
    expected |= {name: (library, "STATUS") for name, library in FACTS["undeclared_exports"]}
    wrong = {name: found for name, found in coverage.unsupported().items() if found != expected[name]}
    assert wrong == {}


def test_every_listed_function_answers_unsupported_and_names_itself(
    coverage: ModuleType, mock_lib64: Path
) -> None:
    child = """
import ctypes, json, sys
folder, listed, kinds = json.load(sys.stdin)
engine = ctypes.CDLL(folder + "/libmock_cann.so", ctypes.RTLD_GLOBAL)
engine.mc_report_take.restype = ctypes.c_char_p
answers = {}
for name, (library, kind) in listed.items():
    function = getattr(ctypes.CDLL(folder + "/" + library), name)
    function.restype = getattr(ctypes, "c_" + kinds[kind])
    answer = function()
    answers[name] = [answer, name in (engine.mc_report_take() or b"").decode()]
json.dump(answers, sys.stdout)
"""
    listed = coverage.unsupported()
    done = subprocess.run(
        [sys.executable, "-c", child],
        input=json.dumps([str(mock_lib64), listed, KINDS]),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = json.loads(done.stdout)
    assert answers.keys() == listed.keys()
    for name, (answer, named) in answers.items():
        kind = listed[name][1]
        assert named, f"{name}: the message does not name it"
        if kind == "REAL":
            assert math.isnan(answer), f"{name} answered {answer}"
        elif kind != "VOID":
            assert answer == ANSWERS[kind], f"{name} answered {answer}"


def test_the_report_is_what_the_code_says(coverage: ModuleType, mock_lib64: Path) -> None:
    assert coverage.REPORT.read_text() == coverage.report(mock_lib64), "run: python tools/coverage.py"


@pytest.mark.parametrize(
    ("function", "wrapper"),
    [
        ("aclrtSynchronizeStream", "`Stream.synchronize`"),
        ("aclrtMalloc", "`empty`"),
        ("aclmdlExecuteAsync", "`Model.run_on_stream`"),
        ("GeSession::RunGraphAsync", "`GraphHandle.run_async`"),
        ("Session::AddGraph", "`Session.add_graph`"),
        ("aclgrphBuildModel", "`build_model`"),
    ],
)
def test_the_report_names_the_python_wrapper(coverage: ModuleType, function: str, wrapper: str) -> None:
    [line] = [row for row in coverage.REPORT.read_text().splitlines() if row.startswith(f"| `{function}` |")]
    assert wrapper in line
