"""The operator table: inputs, outputs and attributes of GE's operators.

The facts are in ``operators.txt`` beside this file, one operator a line. Only the lines that are asked for
are parsed.

>>> from pyascend_ge.graph import operators
>>> print(operators.describe("BiasAdd"))
BiasAdd(x, bias, *, data_format='NHWC') -> y
...
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, NamedTuple

from pyascend_ge._suggest import did_you_mean
from pyascend_ge.dtypes import DataType, dtype_of
from pyascend_ge.errors import GraphError

__all__ = ["Attribute", "Operator", "Parameter", "describe", "lookup", "names", "search"]

# What people look for under another name.
_ELSEWHERE = {
    "NetOutput": "declare outputs with graph.output()",
    "Clip": "use ClipByValue",
    "CumSum": "it is spelled Cumsum",
    "Softmax": "use SoftmaxV2",
    "LogSoftmax": "use LogSoftmaxV2",
    "Embedding": "use GatherV2",
    "ResizeNearest": "use ResizeNearestNeighborV2",
    "ResizeBilinear": "use ResizeBilinearV2",
}
_TYPE_TEXT = {
    "Int": "int",
    "Float": "float",
    "Bool": "bool",
    "String": "str",
    "Type": "dtype",
    "Tensor": "array",
    "ListInt": "list of int",
    "ListFloat": "list of float",
    "ListBool": "list of bool",
    "ListString": "list of str",
    "ListType": "list of dtype",
    "ListListInt": "list of lists of int",
}


class Parameter(NamedTuple):
    """An input or output: its name, ``kind`` (required, optional or dynamic) and element types.

    `dtypes` is empty when the type follows from the inputs by promotion.
    """

    name: str
    kind: str
    dtypes: tuple[DataType, ...]


class Attribute(NamedTuple):
    """An attribute: its name, GE type, whether it must be given, and its default."""

    name: str
    type: str
    required: bool
    default: Any

    @property
    def type_text(self) -> str:
        """The type in Python's words: ``"list of int"``."""
        return _TYPE_TEXT[self.type]


class Operator(NamedTuple):
    """An operator's prototype."""

    type: str
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]
    attributes: tuple[Attribute, ...]
    subgraphs: tuple[str, ...]

    def input(self, name: str) -> Parameter | None:
        """Return the input called `name`, if there is one."""
        return next((item for item in self.inputs if item.name == name), None)

    def attribute(self, name: str) -> Attribute | None:
        """Return the attribute called `name`, if there is one."""
        return next((item for item in self.attributes if item.name == name), None)

    @property
    def signature(self) -> str:
        """How :meth:`Graph.op` takes the arguments, as a line of text."""
        shapes = {"required": "{}", "optional": "{}=None", "dynamic": "[{}...]"}
        words = [shapes[item.kind].format(item.name) for item in self.inputs]
        if self.attributes or self.subgraphs:
            words.append("*")
        words += [f"{name}=[graphs]" if name == "branches" else f"{name}=graph" for name in self.subgraphs]
        for attribute in self.attributes:
            shown = attribute.name if attribute.required else f"{attribute.name}={_default_text(attribute)}"
            words.append(shown)
        outputs = [f"[{item.name}...]" if item.kind == "dynamic" else item.name for item in self.outputs]
        return f"{self.type}({', '.join(words)}) -> {', '.join(outputs) or 'no output'}"


def _default_text(attribute: Attribute) -> str:
    if attribute.type == "Type":
        return repr(dtype_of(attribute.default).name)
    return repr(attribute.default)


@functools.cache
def _table() -> str:
    return "\n" + Path(__file__).with_name("operators.txt").read_text("utf-8")


@functools.cache
def names() -> tuple[str, ...]:
    """Names of all operators with a prototype in the table, sorted."""
    lines = _table().splitlines()
    return tuple(line.partition("\t")[0] for line in lines if "\t" in line and line[0] not in "#@")


@functools.cache
def _types() -> tuple[str, ...]:
    """Names of all operator types of CANN 8.1, with and without a prototype here."""
    return tuple(line.partition("\t")[0] for line in _table().splitlines() if line and line[0] not in "#@")


def search(text: str) -> tuple[str, ...]:
    """Names of the operators in the table that contain `text`, in any case."""
    return tuple(name for name in names() if text.lower() in name.lower())


@functools.cache
def _set(name: str) -> tuple[DataType, ...]:
    table = _table()
    start = table.index(f"\n@{name} ") + len(name) + 3
    return _dtypes(table[start : table.index("\n", start)])


@functools.cache
def _dtypes(text: str) -> tuple[DataType, ...]:
    found: dict[DataType, None] = {}
    for word in text.split(","):
        found.update(dict.fromkeys(_set(word[1:]) if word[0] == "@" else (dtype_of(f"DT_{word}"),)))
    return tuple(found)


def _parameter(text: str) -> Parameter:
    name, _, dtypes = text.partition(":")
    kind = {"?": "optional", "*": "dynamic"}.get(name[-1], "required")
    return Parameter(name.rstrip("?*"), kind, () if dtypes == "promote" else _dtypes(dtypes))


def _attribute(text: str) -> Attribute:
    import json

    declared, equals, default = text.partition("=")
    name, _, type_ = declared.partition(":")
    return Attribute(name, type_, not equals, json.loads(default) if default else None)


@functools.cache
def _parse(type_: str) -> Operator | None:
    table = _table()
    start = table.find(f"\n{type_}\t")
    if start < 0:
        return None
    line = table[start + 1 : table.index("\n", start + 1)]
    inputs, outputs, attributes, subgraphs = (line.split("\t")[1:] + [""] * 4)[:4]
    return Operator(
        type_,
        tuple(map(_parameter, inputs.split())),
        tuple(map(_parameter, outputs.split())),
        tuple(map(_attribute, attributes.split())),
        tuple(word.rstrip("*") for word in subgraphs.split()),
    )


def find(type_: str) -> Operator | None:
    """Return the prototype of an operator type, or None when the table has none."""
    return _parse(type_) if type_ and type_[0].isalpha() and type_.isidentifier() else None


def lookup(type_: str) -> Operator:
    """Return the prototype of an operator type.

    Raises
    ------
    GraphError
        If the type is unknown, or known without a prototype; the message says which, and lists close matches.
    """
    if not isinstance(type_, str):
        raise GraphError(f"an operator type is a str such as 'Relu', not {type_!r}")
    found = find(type_)
    if found is not None:
        return found
    if type_ in _ELSEWHERE:
        raise GraphError(f"there is no operator {type_} in GE: {_ELSEWHERE[type_]}")
    if type_ in _types():
        raise GraphError(
            f"operator {type_} exists in CANN 8.1, but its prototype is not in this package's table: "
            "describe the node yourself with graph.custom_op()"
        )
    raise GraphError(f"there is no operator type {type_!r}{did_you_mean(type_, _types())}")


def describe(type_: str) -> str:
    """Return the signature of an operator and the types of its inputs, outputs and attributes, as text."""
    operator = lookup(type_)
    lines = [operator.signature]
    for title, parameters in (("inputs", operator.inputs), ("outputs", operator.outputs)):
        width = max((len(item.name) for item in parameters), default=0)
        lines += [title] if parameters else []
        for item in parameters:
            kind = "" if item.kind == "required" else f"{item.kind}; "
            types = ", ".join(dtype.name for dtype in item.dtypes) or "promoted from the inputs"
            lines.append(f"  {item.name:{width}}  {kind}{types}")
    width = max((len(item.name) for item in operator.attributes), default=0)
    lines += ["attributes"] if operator.attributes else []
    for attribute in operator.attributes:
        default = "required" if attribute.required else f"default {_default_text(attribute)}"
        lines.append(f"  {attribute.name:{width}}  {attribute.type_text}, {default}")
    if operator.subgraphs:
        lines += ["sub-graphs", "  " + ", ".join(operator.subgraphs)]
    return "\n".join(lines)
