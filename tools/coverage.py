"""Write ``docs/coverage.md``: every public function of CANN, and what this project does with it.

Usage: ``python tools/coverage.py [TREE]`` with the root of a built emulated toolkit (default: the one in the
installed package). AscendCL's half comes from the sources, GE's from the symbols of the built libraries.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "coverage.md"
ACL_SOURCES = ROOT / "mock_cann" / "src" / "acl"
GE_SOURCES = ROOT / "mock_cann" / "src" / "ge"
sys.path.append(str(ROOT))  # for build_ffi; last, so that an installed package comes first

_INTRODUCTION = """\
# Coverage

Written by `python tools/coverage.py`; a test fails when it and the code differ. One line per public function
of CANN 9.2. *Declared*: our headers have it (AscendCL's: `pyascend_ge.lib` too). *Python*: what wraps it.
*Emulator*: `emulated`; `unsupported` answers CANN's "feature not supported" and a message that names it;
`absent` is not exported, so a program that needs it does not link or load.
"""
# A definition at the left margin; a declaration ends with a semicolon instead of a brace.
_DEFINITION = re.compile(r"^(?!static\b)[A-Za-z_][\w *]*?\b(acl\w+)\([^;{}]*\)\s*\{", re.MULTILINE)
# Twins made by a macro whose first argument is the function's name.
_MADE_BY_MACRO = re.compile(r"^[A-Z][A-Z_]*\((acl\w+)[,)]", re.MULTILINE)
_UNSUPPORTED = re.compile(r"^([A-Z]+)\((\w+)\)$", re.MULTILINE)
# GE's own way to say so, one call a function, or a macro over several.
_NOT_EMULATED = re.compile(r'NotEmulated(?:ByGraph)?\("([\w:]+)"\)|^UNSUPPORTED\((\w+),', re.MULTILINE)
# A docstring says what it wraps in a sentence, or in parentheses.
_WRAPS = re.compile(r"\bWraps\b(.*?)(?:\.(?:\s|$)|\n\s*\n|\Z)", re.DOTALL)
_IN_PARENTHESES = re.compile(r"\(([^()]*``[^()]*(?:\(\)[^()]*)*)\)")
_NAME = re.compile(r"``([\w:]+)(?:\(\))?``")
# Both of GE's sessions have one Python body; a graph in a session is an object of its own.
_SESSIONS = {"GeSession", "Session"}


class Row(NamedTuple):
    """One line of the report."""

    function: str
    library: str
    declared: bool
    wrappers: str
    emulator: str

    def __str__(self) -> str:
        cells = (
            f"`{self.function}`",
            self.library,
            "yes" if self.declared else "no",
            self.wrappers,
            self.emulator,
        )
        return f"| {' | '.join(cells)} |"


def unsupported() -> dict[str, tuple[str, str]]:
    """Read the lists of what is not emulated: function to (library, kind of answer)."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted(ACL_SOURCES.glob("unsupported/*.def")):
        for kind, name in _UNSUPPORTED.findall(path.read_text()):
            if name in found:
                raise SystemExit(f"{name} is listed in {path.stem} and in {found[name][0]}")
            found[name] = (f"{path.stem}.so", kind)
    return found


def implemented() -> set[str]:
    """Find the entry points that are defined in the sources of AscendCL's families."""
    sources = ACL_SOURCES.glob("*/**/*.c")
    texts = [path.read_text() for path in sources]
    return {name for text in texts for made in (_DEFINITION, _MADE_BY_MACRO) for name in made.findall(text)}


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (name as a user writes it, docstring) of a module's public classes, functions and methods."""
    import pyascend_ge

    public = set(pyascend_ge.__all__)

    def walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                if child.name.startswith("_") and not child.name.endswith("__"):
                    continue
                if not prefix and isinstance(child, ast.FunctionDef) and child.name not in public:
                    continue  # a helper of other modules
                yield prefix + child.name, ast.get_docstring(child) or ""
                if isinstance(child, ast.ClassDef):
                    yield from walk(child, f"{prefix}{child.name}.")

    yield from walk(ast.parse(path.read_text()), "")


def wrapped(text: str) -> Iterator[str]:
    """Yield the CANN functions that a docstring says it wraps."""
    for part in (*_WRAPS.findall(text), *_IN_PARENTHESES.findall(text)):
        yield from _NAME.findall(part)


def wrappers() -> dict[str, list[str]]:
    """Collect, for each CANN function, the Python names whose docstrings say that they wrap it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "pyascend_ge").glob("*.py")):
        if not path.name.startswith("_"):
            for python, text in docstrings(path):
                for function in wrapped(text):
                    if python not in found[function]:
                        found[function].append(python)
    for python, text in compiled_docstrings():
        for function in wrapped(text):
            found[function].insert(0, python)
    return dict(found)


def compiled_docstrings() -> Iterator[tuple[str, str]]:
    """Yield the same of the public classes' methods that are written in C."""
    import pyascend_ge

    for exported_name in pyascend_ge.__all__:
        value = getattr(pyascend_ge, exported_name)
        for name in dir(value) if isinstance(value, type) else ():
            method = inspect.getattr_static(value, name)
            owner = getattr(method, "__objclass__", object)
            if inspect.isroutine(method) and owner.__module__.startswith("pyascend_ge"):
                yield f"{exported_name}.{name}", method.__doc__ or ""


def of_class(python: dict[str, list[str]], function: str) -> list[str]:
    """Python names for a function of GE's, whose sessions' methods are named without their class."""
    group, _, method = function.rpartition("::")
    names = python.get(function, []) + (python.get(method, []) if group in _SESSIONS else [])
    return list(dict.fromkeys(name.replace("SessionBase", group) for name in names))


def acl_rows() -> dict[str, list[Row]]:
    """Make AscendCL's lines by header, from the facts and the sources."""
    from build_ffi import HEADERS, INCLUDE, Declarations, read_header, read_owners

    owners, python = read_owners(), wrappers()
    declared, absent, done = set(), unsupported(), implemented()
    headers: dict[str, str] = {}
    for header in HEADERS:
        found = Declarations()
        read_header(INCLUDE / "acl" / header, found, owners)
        declared |= {function.name for function in found.functions}
        headers.update({function.name: f"acl/{header}" for function in found.functions})
    tables: dict[str, list[Row]] = defaultdict(list)
    for name in sorted(owners, key=lambda name: (headers.get(name, ""), name)):
        state = "emulated" if name in done else "unsupported" if name in absent else "absent"
        names = ", ".join(f"`{python_name}`" for python_name in python.get(name, []))
        tables[headers.get(name, "")].append(Row(name, owners[name][0], name in declared, names, state))
    return dict(tables)


def exported(library: Path) -> set[str]:
    """Names of what a shared library exports; nothing when it does not exist."""
    if not library.exists():
        return set()
    command = ["nm", "-D", "--defined-only", str(library)]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {row.split()[-1] for row in table.splitlines()}


def not_emulated() -> set[str]:
    """Qualified names of GE's functions that answer "unsupported"."""
    sources = (path.read_text() for path in sorted(GE_SOURCES.rglob("*.cc")))
    return {match[1] or match[2] for source in sources for match in _NOT_EMULATED.finditer(source)}


def ge_functions() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (header, qualified name, fact) of everything that GE's libraries export in 9.2."""
    facts = json.loads((ROOT / "tests" / "abi" / "ge.json").read_text())
    for group in facts["classes"]:
        for method in group["methods"]:
            yield group["header"], f"{group['class'].removeprefix('ge::')}::{method['n']}", method
    for fact in facts["functions"] + facts["extern_c_functions"]:
        yield fact["header"], fact["n"], fact


def ge_rows(lib64: Path) -> dict[str, list[Row]]:
    """Make GE's lines by header, from the facts and the built libraries' symbols; overloads share a line."""
    overloads: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for header, name, fact in ge_functions():
        if fact["k"] == "exported" and fact.get("in_9_2", True) and fact.get("lib"):
            overloads[header, name].append(fact)
    python, refused = wrappers(), not_emulated()
    libraries = sorted({library for facts in overloads.values() for fact in facts for library in fact["lib"]})
    symbols = {library: exported(lib64 / library) for library in libraries}
    tables: dict[str, list[Row]] = defaultdict(list)
    for (header, name), facts in sorted(overloads.items()):
        there = sum(any(fact["sym"] in symbols[library] for library in fact["lib"]) for fact in facts)
        done = "unsupported" if name in refused else "emulated"
        state = {0: "absent", len(facts): done}.get(there, f"{there} of {len(facts)} overloads")
        names = ", ".join(f"`{python_name}`" for python_name in of_class(python, name))
        library = " ".join(sorted({library for fact in facts for library in fact["lib"]}))
        tables[header].append(Row(name, library, is_declared(header, name), names, state))
    return dict(tables)


def is_declared(header: str, name: str) -> bool:
    """Whether a header of ours mentions a function; that it does so rightly is the ABI test's matter."""
    path = ROOT / "mock_cann" / "include" / header
    short = re.escape(name.rsplit("::", 1)[-1])
    return path.exists() and re.search(rf"(?<!\w){short}\s*\(", path.read_text()) is not None


def report(lib64: Path) -> str:
    """Write the whole report."""
    parts = [_INTRODUCTION]
    for title, tables in (("AscendCL", acl_rows()), ("Graph engine", ge_rows(lib64))):
        parts.append(f"## {title}\n")
        for header, rows in tables.items():
            head = "| function | library | declared | Python | emulator |\n|---|---|---|---|---|"
            parts.append(f"### {header}\n\n{head}\n" + "\n".join(map(str, rows)) + "\n")
    return "\n".join(parts)


def main(arguments: list[str]) -> None:
    """Write the report and print how much is emulated."""
    if arguments:
        tree = Path(arguments[0])
    else:
        from importlib.util import find_spec

        module = find_spec("pyascend_ge._native._cann")
        if module is None or module.origin is None:
            raise SystemExit("install the package, or name the root of a built emulated toolkit")
        tree = Path(module.origin).parents[1] / "_mock"
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(report(tree / "lib64"))
    for title, tables in (("AscendCL", acl_rows()), ("Graph engine", ge_rows(tree / "lib64"))):
        rows = [row for table in tables.values() for row in table]
        print(f"{title}: {sum(row.emulator == 'emulated' for row in rows)} of {len(rows)} emulated")


if __name__ == "__main__":
    main(sys.argv[1:])
