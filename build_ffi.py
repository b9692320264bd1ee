"""Emit the C source of the cffi module ``pyascend_ge._native._cann``.

Reads the one home of every declaration (``mock_cann/include/acl/*.h`` and, for GE's C++ classes, the
shim's ``pge.h``), and writes a module in which each function is a static wrapper over a slot of a table. The
slots are filled when a backend is loaded (``dispatch.c``): a call costs what a linked one costs, and CANN is
still chosen at run time.

Usage: ``python build_ffi.py OUTPUT.c``
"""

from __future__ import annotations

import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent
INCLUDE = ROOT / "mock_cann" / "include"
NATIVE = ROOT / "pyascend_ge" / "_native"
HEADERS = [
    "error_codes/rt_error_codes.h",
    "error_codes/ge_error_codes.h",
    "acl_base_rt.h",
    "acl_base_mdl.h",
    "acl_rt.h",
    "acl_rt_allocator.h",
    "acl_rt_memory_soma.h",
    "acl_mdl.h",
    "acl_op.h",
    "acl_op_compiler.h",
    "acl_dump.h",
    "acl_platform.h",
    "acl_prof.h",
    "acl_tdt.h",
    "acl_tdt_queue.h",
    "ops/acl_cblas.h",
]
# Each uses what stands before it.
FAST = [
    "handle.c", "calls.c", "stream.c", "event.c", "bound.c", "results.c", "hostrun.c", "dlpack.c", "module.c",
]  # fmt: skip
SHIM_LIBRARIES = {
    "pge_base_": "libpge_base.so",
    "pge_graph_": "libpge_graph.so",
    "pge_compiler_": "libpge_compiler.so",
    "pge_v1_": "libpge_session_v1.so",
    "pge_v2_": "libpge_session_v2.so",
}

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_DEFINE = re.compile(r"^#define\s+(\w+)\s+(\S.*)$")
_CONSTANT = re.compile(r"^static\s+const\s+[\w\s]+?(\w+)\s*=\s*[^;]+;?$", re.DOTALL)
_FUNCTION = re.compile(r"^(?P<result>[\w\s]+?[\s*]+)(?P<name>\w+)\s*\((?P<parameters>.*)\)$", re.DOTALL)
_DECLARATOR = re.compile(r"\(\*\s*(?:const\s+)?(\w+)\)|(\w+)\s*(?:\[[^\]]*\]\s*)*$")


@dataclass
class Function:
    """One C function: how it is declared and which libraries have owned it."""

    result: str
    name: str
    parameters: list[str]
    owners: list[str] = field(default_factory=list)

    @property
    def variadic(self) -> bool:
        """Whether the function takes further arguments like printf."""
        return self.parameters[-1:] == ["..."]

    def declaration(self) -> str:
        """The prototype, as the headers have it."""
        return f"{self.result} {self.name}({', '.join(self.parameters) or 'void'})"


@dataclass
class Declarations:
    """What a header says, in pieces: types verbatim, names of constants, functions."""

    types: list[str] = field(default_factory=list)
    constants: list[str] = field(default_factory=list)  # C lines, verbatim
    numbers: list[str] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)


def split_outside_brackets(text: str, separator: str) -> list[str]:
    """Split where no bracket is open.

    >>> split_outside_brackets("int (*f)(int, int), int n", ",")
    ['int (*f)(int, int)', 'int n']
    """
    pieces, depth, start = [], 0, 0
    for position, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == separator and depth == 0:
            pieces.append(text[start:position].strip())
            start = position + 1
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece]


def shim_library(function: str) -> list[str]:
    """The shim's library of a ``pge_*`` function: its prefix says which."""
    return [library for prefix, library in SHIM_LIBRARIES.items() if function.startswith(prefix)]


def _is_only_for_cxx(line: str, inside: bool) -> bool:
    return line.startswith("#ifdef __cplusplus") or (inside and not line.startswith("#endif"))


def read_header(path: Path, into: Declarations, owners: dict[str, list[str]]) -> None:
    """Add one header's declarations.

    Headers keep to a simple C: one declaration per statement, ``#define`` only for constants, and C++ lines
    only inside ``#ifdef __cplusplus``.
    """
    text = _COMMENT.sub(" ", path.read_text()).replace("\\\n", " ")
    statements, inside_cxx = [], False
    for line in text.splitlines():
        if _is_only_for_cxx(line, inside_cxx):
            inside_cxx = True
            continue
        inside_cxx = False
        if not line.startswith("#"):
            statements.append(line)
        elif match := _DEFINE.match(line):
            _read_define(match[1], match[2].strip(), into)
    for statement in split_outside_brackets("\n".join(statements), ";"):
        if match := _CONSTANT.match(statement):
            into.numbers.append(match[1])
            into.constants.append(statement + ";")
        elif (
            statement.startswith(("typedef", "struct", "enum", "union"))
            and "(" not in statement.split("{")[0]
        ) or statement.startswith("typedef"):
            into.types.append(statement + ";")
        elif match := _FUNCTION.match(statement):
            parameters = split_outside_brackets(match["parameters"], ",")
            found = owners.get(match["name"]) or shim_library(match["name"])
            if not found:
                raise SystemExit(f"{path}: no library is known to own {match['name']}")
            into.functions.append(
                Function(
                    match["result"].strip(),
                    match["name"],
                    [] if parameters == ["void"] else [" ".join(piece.split()) for piece in parameters],
                    found,
                )
            )
        else:
            raise SystemExit(f"{path}: cannot read this declaration:\n{statement}")


def _read_define(name: str, value: str, into: Declarations) -> None:
    if _STRING.fullmatch(value):
        into.strings.append(name)
    elif not re.fullmatch(r"[\w\s()|<+-]+", value):
        return
    else:
        into.numbers.append(name)
    into.constants.append(f"#define {name} {value}")


def read_owners(path: Path = NATIVE / "owners.txt") -> dict[str, list[str]]:
    """Read which libraries have owned each function, newest CANN first."""
    rows = (line.split() for line in path.read_text().splitlines() if not line.startswith("#"))
    return {name: [library for library in libraries if library != "-"] for name, *libraries in rows}


def read_declarations() -> Declarations:
    """Read every header of AscendCL, and the shim's."""
    found, owners = Declarations(), read_owners()
    for header in HEADERS:
        read_header(INCLUDE / "acl" / header, found, owners)
    read_header(NATIVE / "shim" / "pge.h", found, owners)
    return found


def read_callbacks() -> str:
    """Read the functions that C calls and Python implements, ready for ``extern "Python"``."""
    body = _COMMENT.sub("", (NATIVE / "shim" / "callbacks.h").read_text())
    body = "\n".join(line for line in body.splitlines() if not line.startswith("#"))
    return f'extern "Python" {{\n{body}\n}}\n'


def cdef_text(found: Declarations) -> str:
    """What cffi is told: the types, the names of constants, the functions, and the dispatch functions."""
    lines = [*found.types]
    lines += [f"#define {name} ..." for name in found.numbers]
    lines += [f"static char *const {name};" for name in found.strings]
    lines += [function.declaration() + ";" for function in found.functions]
    return "\n".join([*lines, (NATIVE / "dispatch.cdef").read_text(), read_callbacks()])


def parameter_name(parameter: str) -> str:
    """The name a parameter is declared with."""
    match = _DECLARATOR.search(parameter)
    if match is None:
        raise SystemExit(f"cannot find the parameter's name in {parameter!r}")
    return match[1] or match[2]


def wrapper(function: Function) -> str:
    """One static function over its slot of the table."""
    names = [parameter_name(parameter) for parameter in function.parameters if parameter != "..."]
    pointer = f"{function.result} (*)({', '.join(function.parameters) or 'void'})"
    pointer = f"(({pointer})pge_slots[PGE_INDEX_{function.name}])"
    if not function.variadic:
        returned = "" if function.result == "void" else "return "
        return f"static {function.declaration()} {{\n  {returned}{pointer}({', '.join(names)});\n}}"
    if function.result != "void":
        raise SystemExit(f"{function.name}: a variadic function with a result is not handled")
    arguments = ", ".join([*names[:-1], '"%s"', "text"])
    return f"""static {function.declaration()} {{
  char *text; /* C cannot pass the arguments on, so the text is formatted here */
  va_list arguments;
  va_start(arguments, {names[-1]});
  if (vasprintf(&text, {names[-1]}, arguments) >= 0) {{
    {pointer}({arguments});
    free(text);
  }}
  va_end(arguments);
}}"""


def tables(functions: list[Function]) -> str:
    """The generated half of the dispatch table: names, owners, indices."""
    libraries = sorted({owner for function in functions for owner in function.owners})
    if any(len(function.owners) > 2 for function in functions):
        raise SystemExit("a function may name two owning libraries at most")
    number = {library: str(position) for position, library in enumerate(libraries)}
    rows = []
    for function in functions:
        owners = [number[owner] for owner in function.owners] + ["-1", "-1"]
        rows.append(f'  {{"{function.name}", {{{owners[0]}, {owners[1]}}}}},')
    return "\n".join(
        [
            "enum {",
            *(f"  PGE_INDEX_{function.name}," for function in functions),
            "  PGE_FUNCTION_COUNT",
            "};",
            f"enum {{ PGE_LIBRARY_COUNT = {len(libraries)} }};",
            "static const char *const pge_libraries[] = {",
            *(f'  "{library}",' for library in libraries),
            "};",
            "static const struct { const char *name; int owners[2]; } pge_functions[] = {",
            *rows,
            "};",
        ]
    )


def source_text(found: Declarations) -> str:
    """The C text that stands before what cffi generates."""
    includes = ["stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h"]
    fast = [NATIVE / "fast" / name for name in FAST]
    return "\n".join(
        [
            *(f"#include <{name}>" for name in includes),
            *found.constants,
            *found.types,
            tables(found.functions),
            (NATIVE / "dispatch.c").read_text(),
            *(wrapper(function) for function in found.functions),
            *(path.read_text() for path in fast),
        ]
    )


def guard_calls(text: str, functions: list[Function]) -> str:
    """Make each of cffi's entry points bind its slot first, so that no call ever goes through an empty one.

    The check stands where the GIL is held, so it can raise; it costs a load and a branch.
    """
    for function in functions:
        name, index = function.name, f"PGE_INDEX_{function.name}"
        if function.variadic:  # cffi calls these by address: the check goes into our wrapper
            head = f"static {function.declaration()} {{\n"
            guard = f"  if (!pge_slots[{index}]) pge_bind_or_die({index});\n"
            text, made = text.replace(head, head + guard), text.count(head)
            expected = 1
        else:
            entry = re.compile(
                rf"(static PyObject \*\n_cffi_f_{name}\(PyObject \*self, PyObject \*\w+\)\n\{{\n)"
            )
            test = f"__builtin_expect(!pge_slots[{index}], 0) && pge_bind({index}) < 0"
            guard = f"  if ({test})\n    return NULL;\n"
            text, made = entry.subn(lambda match, guard=guard: match[1] + guard, text)
            direct = re.compile(rf"(static [^\n;]*\b_cffi_d_{name}\([^\n]*\)\n\{{\n)")
            guard = f"  if (!pge_slots[{index}]) pge_bind_or_die({index});\n"
            text, more = direct.subn(lambda match, guard=guard: match[1] + guard, text)
            made, expected = made + more, 2
        if made != expected:
            raise SystemExit(f"{name}: found {made} entry points in cffi's output instead of {expected}")
    return text


def main(output: Path) -> None:
    """Write the module's C source."""
    from cffi import FFI

    found = read_declarations()
    ffi = FFI()
    ffi.cdef(cdef_text(found))
    ffi.set_source("pyascend_ge._native._cann", source_text(found))
    with tempfile.TemporaryDirectory() as folder:
        emitted = Path(folder) / "cann.c"
        ffi.emit_c_code(str(emitted))
        text = guard_calls(emitted.read_text(), found.functions)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
