"""AscendCL's binary interface: our headers and libraries against the measured facts."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from acl_assertions import assertion_program, load_facts

INCLUDE = Path(__file__).parents[2] / "mock_cann" / "include"
FACTS = load_facts()
LANGUAGES = {
    "c11": ["gcc", "-x", "c", "-std=c11"],
    "c++17": ["g++", "-x", "c++", "-std=c++17", "-Wno-invalid-offsetof"],
}
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-variable"]


def compile_only(language: str, source: str, include: Path = INCLUDE) -> subprocess.CompletedProcess[str]:
    """Check a translation unit without producing code."""
    command = [*LANGUAGES[language], *WARNINGS, f"-I{include}", "-fsyntax-only", "-"]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_declaration_has_the_measured_layout_value_and_type(language: str) -> None:
    done = compile_only(language, assertion_program(FACTS))
    assert done.returncode == 0, done.stderr[:4000]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("wrong", "key", "change"),
    [
        ("an enum value", "enums", lambda row: row["values"].update({next(iter(row["values"])): 77})),
        ("a structure's size", "structs", lambda row: row.update(size=row["size"] + 8)),
        ("a parameter's type", "functions", lambda row: row["params"].append(["char", "extra"])),
    ],
)
def test_the_assertions_notice(language: str, wrong: str, key: str, change: object) -> None:
    facts = load_facts()
    change(facts[key][0])  # type: ignore[operator]
    assert compile_only(language, assertion_program(facts)).returncode != 0, wrong


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("header", sorted(path.name for path in (INCLUDE / "acl").glob("*.h")))
def test_every_header_compiles_alone(language: str, header: str) -> None:
    done = compile_only(language, f'#include "acl/{header}"\n')
    assert done.returncode == 0, done.stderr


def test_the_cxx_overloads_call_the_c_functions() -> None:
    source = """
    #include "acl/acl_rt_api.h"
    int use(aclrtStream stream, aclrtEvent event, uint64_t *actual) {
      return aclrtSynchronizeDevice(1) + aclrtSynchronizeStream(stream, 1) + aclrtSynchronizeStream(stream) +
             aclrtSynchronizeEvent(event, 1) + aclrtStreamWaitEvent(stream, event, 1) +
             aclrtCreateStream(&stream, 0, 0) + aclrtCreateEvent(&event, 1) +
             aclrtSetOpExecuteTimeOut(5, actual);
    }
    """
    done = compile_only("c++17", source)
    assert done.returncode == 0, done.stderr


def exported(library: Path) -> set[str]:
    """Names of the functions a shared library defines for others."""
    command = ["nm", "-D", "--defined-only", str(library)]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {row.split()[-1] for row in table.splitlines() if " T " in row}


def owners() -> dict[str, set[str]]:
    """Library name to the functions that 8.1 or 9.2 has in it."""
    expected: dict[str, set[str]] = defaultdict(set)
    for function in FACTS["functions"]:
        for library in {function["lib_9_2"], function["lib_8_1"]} - {None}:
            expected[library].add(function["name"])
    for name, library in FACTS["undeclared_exports"]:
        expected[library].add(name)
    return expected


@pytest.mark.parametrize("library", sorted(owners()))
def test_each_library_exports_the_functions_it_owns(library: str, mock_lib64: Path) -> None:
    assert owners()[library] - exported(mock_lib64 / library) == set()
