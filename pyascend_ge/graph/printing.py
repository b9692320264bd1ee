"""A graph as a table of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyascend_ge.graph import attributes, operators
from pyascend_ge.graph.indexmaps import INDEX_MAPS
from pyascend_ge.graph.tensor import Node, type_text

if TYPE_CHECKING:
    from pyascend_ge.graph.base import GraphBase

__all__ = ["attribute_texts", "table"]

_WIDTH = 40


def _short(value: Any, width: int = _WIDTH) -> str:
    text = repr(str(value)) if type(value).__name__ == "DataType" else repr(value)
    return text if len(text) <= width else f"{text[: width - 3]}..."


def attribute_texts(node: Node) -> list[str]:
    """``name=value`` of the attributes that are not at their defaults, in the order of the prototype."""
    operator = operators.find(node.type)
    declared = {item.name: item for item in operator.attributes} if operator else {}
    held = node.definition.attr
    names = [name for name in declared if name in held]
    names += [
        name
        for name in sorted(held)
        if name not in declared and not name.startswith("_") and name not in INDEX_MAPS
    ]
    shown = []
    for name in names:
        kind = held[name].kind
        if kind in ("t", "td", "g", "func"):
            continue
        value = attributes.python_value(held[name])
        item = declared.get(name)
        if item is None or item.required or value != item.default:
            shown.append(f"{name}={_short(value)}")
    return shown


def value_text(node: Node) -> str:
    """Return the value of a small constant; empty for large ones and for other nodes."""
    held = node.definition.attr.get("value")
    if node.type not in ("Const", "Constant") or held is None or held.t is None or len(held.t.data) > 64:
        return ""
    try:
        value = node.value
    except ValueError:
        return ""
    return "" if value is None or value.size > 8 else _short(value.tolist())


def table(graph: GraphBase) -> str:
    """Return the nodes with their types, inputs, outputs and attributes, one a line."""
    rows = [("node", "operator", "inputs", "outputs", "attributes")]
    for node in graph.nodes:
        inputs = [item.name for item in node.inputs if item is not None]
        inputs += [f"after {item.name}" for item in node.control]
        outputs = [type_text(item.dtype, item.shape) for item in node.outputs]
        notes = [value_text(node)] if node.type in ("Const", "Constant") else attribute_texts(node)
        rows.append((node.name, node.type, ", ".join(inputs), ", ".join(outputs), ", ".join(notes)))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    returned = ", ".join(item.name for item in graph.outputs) or "nothing"
    return "\n".join([repr(graph)[1:-1], "", *lines, "", f"returns {returned}"])
