"""The C++ headers against the measured facts of CANN's graph engine (``ge.json``).

Every check compiles: a translation unit generated from the facts includes our headers and either asserts
layouts and values, or gives a body to every function so that the mangled names can be read with
``nm``. Both values of ``_GLIBCXX_USE_CXX11_ABI`` are covered, because CANN uses 0 and most programs use 1.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ge_facts import ENTRY_HEADERS, FACTS, INCLUDE, NOT_DECLARED, declared, methods

COMMON_FLAGS = ["-x", "c++", "-std=c++17", f"-I{INCLUDE}", "-fno-access-control", "-Wno-invalid-offsetof"]


def includes() -> str:
    headers = {f["header"] for k in ("classes", "functions", "enums", "aliases") for f in declared(k)}
    return "".join(f'#include "{h}"\n' for h in sorted(headers | set(ENTRY_HEADERS)))


def compile_source(source: str, output: Path, abi: int, *flags: str) -> None:
    source_file = output.with_suffix(".cc")
    source_file.write_text(source)
    command = [
        "g++",
        *COMMON_FLAGS,
        f"-D_GLIBCXX_USE_CXX11_ABI={abi}",
        *flags,
        str(source_file),
        "-o",
        str(output),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:8000]


def run_checks(checks: list[str], tmp_path: Path, abi: int, prologue: str = "") -> None:
    """Compile the checks into one program and run it; each prints its own failure."""
    source = (
        "#include <cstdio>\n#include <cstring>\n#include <string>\n"
        "#include <type_traits>\n#include <utility>\n" + includes() + prologue + "static int failures;\n"
        "#define EXPECT(c) do { if (!(c)) { ++failures; std::puts(#c); } } while (0)\n"
        "int main() {\n" + "\n".join(checks) + "\nreturn failures != 0;\n}\n"
    )
    program = tmp_path / f"checks{abi}"
    compile_source(source, program, abi)
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[:8000]


abi_values = pytest.mark.parametrize("abi", [0, 1], ids=["cxx11_abi=0", "cxx11_abi=1"])


def split_signature(fact: dict[str, Any], qualified: str) -> tuple[str, str, str]:
    """Return type, parameter list without parentheses, and what follows it."""
    signature = re.sub(r"^(static |virtual )+", "", fact["sig"])
    start = signature.index(qualified + "(")
    open_at = start + len(qualified)
    depth = 0
    for at in range(open_at, len(signature)):
        depth += {"(": 1, ")": -1}.get(signature[at], 0)
        if depth == 0:
            break
    tail = signature[at + 1 :].strip()
    return signature[:start].strip(), signature[open_at + 1 : at], tail


def body(fact: dict[str, Any], owner: str) -> str:
    """A definition of the function; a trailing return type resolves CANN's unqualified names."""
    result, parameters, tail = split_signature(fact, f"{owner}::{fact['n']}")
    noexcept = " noexcept" if fact.get("noexcept") else ""
    head, returns = ("auto ", f" -> {result}") if result else ("", "")
    return f"{head}{owner}::{fact['n']}({parameters}) {tail}{noexcept}{returns} {{ __builtin_trap(); }}"


def exported_facts() -> list[tuple[str, dict[str, Any]]]:
    found = [(c["class"], m) for c in declared("classes") for m in methods(c, "exported") if m["lib"]]
    found += [("ge", f) for f in declared("functions") if f["k"] == "exported" and f["lib"]]
    return found


@abi_values
def test_every_exported_function_is_declared_with_its_mangled_name(tmp_path: Path, abi: int) -> None:
    facts = exported_facts()
    # Implementation classes are opaque in the headers; members of incomplete type need a definition here.
    opaque = (
        "using namespace ge;\nclass GeSession::Impl {};"
        "class LogicalStreamAllocationInfo::LogicalStreamAllocationInfoImpl {};"
        "class StreamAllocationSummary::StreamAllocationSummaryImpl {}; class ge::InnerInferenceContext {};\n"
    )
    source = includes() + opaque + "\n".join(body(m, owner) for owner, m in facts)
    c_facts = declared("extern_c_functions")
    source += '\nextern "C" {\n' + "\n".join(f"{f['sig']} {{ __builtin_trap(); }}" for f in c_facts) + "\n}\n"
    # A function that no header declares would otherwise pass as a new one.
    compile_source(source, tmp_path / "bodies.o", abi, "-c", "-Werror=missing-declarations")

    nm = subprocess.run(["nm", str(tmp_path / "bodies.o")], capture_output=True, text=True, check=True).stdout
    defined = {line.split()[-1] for line in nm.splitlines() if " T " in line}
    expected = {f["sym"] for f in c_facts}
    for _, fact in facts:
        symbol = fact.get("sym_if_cxx11_abi", fact["sym"]) if abi else fact["sym"]
        expected.add(symbol)
        if "sym_base" in fact:
            expected.add(
                re.sub(r"([CD])1(E|v)", r"\g<1>2\g<2>", symbol, count=1) if abi else fact["sym_base"]
            )
    assert len(expected) > 800
    assert defined == expected


@abi_values
def test_layouts_are_cann_s(tmp_path: Path, abi: int) -> None:
    lines: list[str] = []
    for fact in declared("classes"):
        name = fact["class"]
        lines.append(
            f"static_assert(sizeof({name}) == {fact['size']} && alignof({name}) == {fact['align']});"
        )
        for trait, key in (
            ("is_polymorphic", "polymorphic"),
            ("is_trivially_copyable", "trivially_copyable"),
            ("is_trivially_destructible", "trivially_destructible"),
            ("is_standard_layout", "standard_layout"),
        ):
            # A protected destructor hides the other traits; the facts ignore access control.
            if name != "ge::StatusFactory" or key == "polymorphic":
                lines.append(f"EXPECT(std::{trait}<{name}>::value == {str(fact[key]).lower()});")
        for field in fact["fields"]:
            member, _, offset, size = field[:4]
            if len(field) == 5:
                place = f"offsetof({name}, {member}) == {offset}"
                referenced = field[1].endswith("&")
                lines.append(
                    f"static_assert({place});" if not referenced else f"EXPECT(sizeof(void *) == {size});"
                )
                if not referenced:
                    lines.append(f"static_assert(sizeof({name}::{member}) == {size});")
    run_checks(lines, tmp_path, abi, "#include <cstddef>\n")


def test_bit_fields_lie_where_cann_has_them(tmp_path: Path) -> None:
    """``size_`` is bits 0..7 and ``mask_`` bits 8..63 of the first word."""
    lines = [
        'gert::ExpandDimsType type("1001");',
        "uint64_t word = 0;",
        "std::memcpy(&word, static_cast<const void *>(&type), sizeof(word));",
        "EXPECT(word == (4U | (9U << 8U)));",
    ]
    run_checks(lines, tmp_path, 0)


def test_virtual_functions_have_cann_s_slots(tmp_path: Path) -> None:
    """A pointer to a virtual member holds its vtable offset plus one (Itanium ABI)."""
    lines: list[str] = []
    for fact in declared("classes"):
        virtuals = {m["n"]: m for m in fact["methods"] if m["sig"].startswith("virtual ")}
        for slot, entry in enumerate(fact.get("vtable_slots_after_rtti", [])):
            name = entry.split("(")[0]
            if name.startswith("~"):
                continue
            result, parameters, tail = split_signature(virtuals[name], f"{fact['class']}::{name}")
            lines.append(
                "{ using namespace ge; "
                f"{result} ({fact['class']}::*member)({parameters}) {tail} = &{fact['class']}::{name};"
                " uintptr_t word = 0; std::memcpy(&word, &member, sizeof(word));"
                f" EXPECT(word == {slot * 8 + 1}); }}"
            )
    assert len(lines) > 15
    run_checks(lines, tmp_path, 0)


@abi_values
def test_inline_members_have_cann_s_signatures(tmp_path: Path, abi: int) -> None:
    lines: list[str] = []
    for fact in declared("classes"):
        owner = fact["class"]
        own_name = owner.split("::")[-1]
        for method in methods(fact, "inline"):
            if method["n"].startswith("~"):
                continue
            result, parameters, tail = split_signature(method, f"{owner}::{method['n']}")
            if method["n"] == own_name:
                types = f", {parameters}" if parameters else ""
                lines.append(f"static_assert(std::is_constructible<{owner}{types}>::value);")
                continue
            result = fact.get("types", {}).get(result, result)
            scope = "" if method["sig"].startswith("static ") else f"{owner}::"
            lines.append(
                f"{{ using namespace {owner.split('::')[0]};"
                f" (void)static_cast<{result} ({scope}*)({parameters}) {tail}>(&{owner}::{method['n']}); }}"
            )
        for method in methods(fact, "deleted"):
            if "&&" not in method["sig"]:
                trait = "is_copy_assignable" if "operator=" in method["n"] else "is_copy_constructible"
                lines.append(f"static_assert(!std::{trait}<{owner}>::value);")
    assert len(lines) > 150
    # Inline bodies may call into libraries; their addresses are taken, nothing is linked or run.
    source = "#include <type_traits>\n" + includes() + "void checks() {\n" + "\n".join(lines) + "\n}\n"
    compile_source(source, tmp_path / "members.o", abi, "-c", "-w")


@abi_values
def test_enums_constants_and_aliases_are_cann_s(tmp_path: Path, abi: int) -> None:
    lines: list[str] = []
    for fact in declared("enums"):
        name = fact["name"]
        lines.append(
            f"static_assert(std::is_same<std::underlying_type<{name}>::type, {fact['underlying']}>::value);"
        )
        lines += [
            f"static_assert(static_cast<long>({name}::{k}) == {v}L);" for k, v in fact["values"].items()
        ]
    for fact in FACTS["status_and_number_constants"]:
        if fact.get("in_9_2", True) and not fact["name"].startswith("ge::GE_PROF_"):
            lines.append(f"static_assert(static_cast<long>({fact['name']}) == {fact['value']}L);")
    for fact in declared("aliases"):
        lines.append(f"static_assert(std::is_same<{fact['name']}, {fact['type']}>::value);")
    for fact in FACTS["datatype_table"]:
        lines.append(f"EXPECT(ge::GetSizeByDataType(ge::{fact['name']}) == {fact['size']});")
    run_checks(lines, tmp_path, abi)


@abi_values
def test_option_keys_are_cann_s(tmp_path: Path, abi: int) -> None:
    lines = [f"EXPECT(std::string({k['name']}) == {json.dumps(k['value'])});" for k in FACTS["option_keys"]]
    for option_set in FACTS["option_sets"]:
        values = ", ".join(json.dumps(v) for v in option_set["value"])
        lines.append(f"EXPECT((({option_set['name']}) == std::set<std::string>{{{values}}}));")
    run_checks(lines, tmp_path, abi)


@pytest.mark.parametrize(("standard", "abi"), [("c++11", 0), ("c++17", 1)])
def test_every_header_compiles_on_its_own_without_warnings(tmp_path: Path, standard: str, abi: int) -> None:
    for header in sorted(p.relative_to(INCLUDE) for p in cxx_headers()):
        source = tmp_path / "alone.cc"
        source.write_text(f'#include "{header}"\n#include "{header}"\n')
        flags = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
        command = [
            "g++",
            f"-std={standard}",
            f"-I{INCLUDE}",
            f"-D_GLIBCXX_USE_CXX11_ABI={abi}",
            *flags,
            str(source),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{header}: {done.stderr[:4000]}"


def cxx_headers() -> list[Path]:
    folders = ("ge", "graph", "exe_graph", "external", "parser")
    return [h for folder in folders for h in (INCLUDE / folder).rglob("*.h")]


def test_there_is_no_header_that_cann_does_not_have() -> None:
    kinds = ("classes", "functions", "extern_c_functions", "enums", "aliases")
    measured = {f["header"] for k in kinds for f in FACTS[k]}
    ours = {str(h.relative_to(INCLUDE)) for h in cxx_headers()}
    assert ours - measured == set(ENTRY_HEADERS)
    assert measured - ours == set(NOT_DECLARED)
