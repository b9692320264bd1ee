"""Turns the facts in ``acl.json`` into a C program of static assertions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

FACTS_FILE = Path(__file__).with_name("acl.json")

# Structures that only have a tag of another name: their public name is a typedef.
_TYPEDEF_OF_TAG = {"tagAclmdlRICondTaskParams": "aclmdlRICondTaskParams"}
_PROLOGUE = ["#include <assert.h>", "#include <stddef.h>"]
# C names a function-pointer type and an array type around the declared name.
_FUNCTION_POINTER = re.compile(r"^(.*)\(\*(const)?\)\((.*)\)$")
_ARRAY = re.compile(r"^([^\[]*?)\s*((?:\[\d*\])+)$")


def load_facts() -> dict[str, Any]:
    """Read the committed facts."""
    facts: dict[str, Any] = json.loads(FACTS_FILE.read_text())
    return facts


def declare(c_type: str, name: str) -> str:
    """Spell the declaration of ``name`` with a type written as in the facts.

    >>> declare("const int64_t[][2]", "range")
    'const int64_t range[][2]'
    """
    if match := _FUNCTION_POINTER.match(c_type):
        return f"{match[1]}(*{match[2] or ''} {name})({match[3]})"
    if match := _ARRAY.match(c_type):
        return f"{match[1]} {name}{match[2]}"
    return f"{c_type} {name}"


def function_lines(function: dict[str, Any]) -> list[str]:
    """Assign the function's address to a pointer of exactly the type in the facts."""
    parameters = [declare(c_type, name) for c_type, name in function["params"]]
    if function.get("variadic"):
        parameters.append("...")
    pointer = f"(*check_{function['name']})({', '.join(parameters) or 'void'})"
    return [f"{function['ret']} {pointer} = &{function['name']};"]


def enum_lines(enum: dict[str, Any]) -> list[str]:
    """Assert size and every value of one enumeration."""
    lines = [f'static_assert(sizeof({enum["name"]}) == {enum["size"]}, "{enum["name"]}");']
    lines += [f'static_assert({key} == {value}, "{key}");' for key, value in enum["values"].items()]
    return lines


def constant_lines(constant: dict[str, Any]) -> list[str]:
    """Assert a macro, or hold a typed constant, which C does not accept in an assertion."""
    name, value = constant["name"], constant["value"]
    if isinstance(value, str):
        return [f'static_assert(__builtin_strcmp({name}, "{value}") == 0, "{name}");']
    number = f"{value}ULL" if value > 2**31 else str(value)
    if constant["kind"] == "define":
        return [f'static_assert({name} == {number}, "{name}");']
    return [
        "#ifdef __cplusplus",
        f'static_assert({name} == {number}, "{name}");',
        "#endif",
        f"const {constant['type']} *check_{name} = &{name};",
    ]


def struct_lines(struct: dict[str, Any]) -> list[str]:
    """Assert size, alignment and the place of every field."""
    name = _TYPEDEF_OF_TAG.get(struct["name"], struct["name"])
    if "::" in name:  # a union nested in a structure: checked as that structure's field
        return []
    lines = [
        f'static_assert(sizeof({name}) == {struct["size"]}, "{name}");',
        f"struct align_{name} {{ char c; {name} value; }};",
        f'static_assert(offsetof(struct align_{name}, value) == {struct["align"]}, "{name}");',
    ]
    for _, field, offset, size, *_ in struct["fields"]:
        lines.append(f'static_assert(offsetof({name}, {field}) == {offset}, "{name}.{field}");')
        lines.append(f'static_assert(sizeof((({name} *)0)->{field}) == {size}, "{name}.{field}");')
    return lines


def typedef_lines(typedef: dict[str, Any]) -> list[str]:
    """Redeclare an alias; both languages reject a redeclaration of another type."""
    name, c_type = typedef["name"], typedef["type"]
    if c_type.startswith(("tag", "rtExc")):
        c_type = f"struct {c_type}"
    return [f"typedef {declare(c_type, name)};"]


def assertion_program(facts: dict[str, Any]) -> str:
    """Build the whole translation unit."""
    headers = sorted({row["header"] for key in ("functions", "enums", "structs") for row in facts[key]})
    lines = [*_PROLOGUE, *(f'#include "{header}"' for header in ["acl/acl.h", *headers])]
    for key, make in (
        ("typedefs", typedef_lines),
        ("enums", enum_lines),
        ("constants", constant_lines),
        ("structs", struct_lines),
        ("functions", function_lines),
    ):
        for row in facts[key]:
            lines += make(row)
    return "\n".join([*lines, ""])
