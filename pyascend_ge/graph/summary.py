"""What a graph is made of, as a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from pyascend_ge.dtypes import dtype_of
from pyascend_ge.graph.flops import flops
from pyascend_ge.graph.shapes import Known, known
from pyascend_ge.graph.tensor import Node

if TYPE_CHECKING:
    from pyascend_ge.graph.base import GraphBase

__all__ = ["OperatorRow", "Summary", "summarize"]

_CONSTANTS = ("Const", "Constant", "Variable")
_HEAD = ("operator", "nodes", "parameters", "FLOPs", "weights", "outputs")
_SCALES = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


@dataclass(frozen=True)
class OperatorRow:
    """The nodes of one operator type.

    Attributes
    ----------
    operator : str
        GE's operator type.
    nodes : int
        How many nodes there are.
    parameters : int
        Elements of the constants and variables they read; what several nodes read counts once.
    flops : int
        Floating-point operations of one run.
    weight_bytes : int
        Bytes of those constants and variables.
    output_bytes : int
        Bytes of what they write, without regard to memory that is used again.
    """

    operator: str
    nodes: int
    parameters: int
    flops: int
    weight_bytes: int
    output_bytes: int


@dataclass(frozen=True)
class Summary:
    """What a graph is made of, the most expensive operators first.

    Attributes
    ----------
    name : str
        The graph's name.
    rows : tuple of OperatorRow
        One an operator type.
    unknown : tuple of str
        Nodes whose shapes inference could not find: they are missing from FLOPs and memory.
    """

    name: str
    rows: tuple[OperatorRow, ...]
    unknown: tuple[str, ...]

    @property
    def total(self) -> OperatorRow:
        """The sums of all rows."""
        return _sum("total", self.rows)

    def _cells(self) -> list[tuple[str, ...]]:
        return [_HEAD, *map(_cells, (*self.rows, self.total))]

    def _note(self) -> str:
        if not self.unknown:
            return ""
        more = f" and {len(self.unknown) - 3} more" if len(self.unknown) > 3 else ""
        return f"shapes are not known of {', '.join(self.unknown[:3])}{more}: not in FLOPs and outputs"

    def __str__(self) -> str:
        cells = self._cells()
        widths = [max(len(row[column]) for row in cells) for column in range(len(_HEAD))]
        lines = [
            "  ".join(
                cell.ljust(width) if not at else cell.rjust(width) for at, (cell, width) in enumerate(row)
            )
            for row in (list(zip(line, widths, strict=True)) for line in cells)
        ]
        return "\n".join([f"Graph '{self.name}'", "", *lines, *filter(None, [self._note()])])

    def _repr_html_(self) -> str:
        head, *body = self._cells()
        rows = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in body]
        columns = "".join(f"<th>{escape(cell)}</th>" for cell in head)
        table = "".join(f"<tr>{row}</tr>" for row in rows)
        caption = f"<caption>{escape(self.name)}</caption>"
        note = f"<p>{escape(self._note())}</p>" if self.unknown else ""
        whole = f"{caption}<thead><tr>{columns}</tr></thead><tbody>{table}</tbody>"
        return f"<div><table>{whole}</table>{note}</div>"


def _scaled(value: int, unit: str = "") -> str:
    """Write three digits and a decimal prefix.

    >>> _scaled(25557032)
    '25.6 M'
    """
    for scale, prefix in _SCALES:
        if value >= scale:
            return f"{value / scale:.3g} {prefix}{unit}"
    return f"{value} {unit}".rstrip()


def _cells(row: OperatorRow) -> tuple[str, ...]:
    sizes = (_scaled(row.weight_bytes, "B"), _scaled(row.output_bytes, "B"))
    return (row.operator, str(row.nodes), _scaled(row.parameters), _scaled(row.flops), *sizes)


def _sum(operator: str, rows: Iterable[OperatorRow]) -> OperatorRow:
    rows = list(rows)
    return OperatorRow(
        operator,
        sum(row.nodes for row in rows),
        sum(row.parameters for row in rows),
        sum(row.flops for row in rows),
        sum(row.weight_bytes for row in rows),
        sum(row.output_bytes for row in rows),
    )


def _size(found: Known) -> tuple[int, int]:
    """Elements and bytes."""
    dtype, shape = found
    if dtype is None or shape is None:
        return 0, 0
    count = math.prod(abs(size) for size in shape)
    return count, math.ceil(count * dtype_of(dtype).itemsize)


def summarize(graph: GraphBase) -> Summary:
    """Return the summary of a graph."""
    found = known(graph)
    counted: set[str] = set()
    by_type: dict[str, list[OperatorRow]] = {}
    unknown = []
    for node in graph.nodes:
        if node.type in _CONSTANTS:
            continue
        row, complete = _node_row(node, found, counted)
        by_type.setdefault(node.type, []).append(row)
        if not complete:
            unknown.append(node.name)
    rows = [_sum(operator, members) for operator, members in by_type.items()]
    rows.sort(key=lambda row: (-row.flops, -row.output_bytes, row.operator))
    return Summary(graph.name, tuple(rows), tuple(unknown))


def _node_row(
    node: Node, found: Mapping[tuple[str, int], Known], counted: set[str]
) -> tuple[OperatorRow, bool]:
    nothing: Known = (None, None)
    sources = [
        nothing if item is None else found.get((item.node.name, item.index), nothing) for item in node.inputs
    ]
    made = [found.get((node.name, index), nothing) for index in range(len(node.outputs))]
    parameters = weight_bytes = 0
    for item, source in zip(node.inputs, sources, strict=True):
        if item is not None and item.node.type in _CONSTANTS and item.node.name not in counted:
            counted.add(item.node.name)
            count, size = _size(source)
            parameters, weight_bytes = parameters + count, weight_bytes + size
    cost = flops(node.type, [shape for _, shape in sources], [shape for _, shape in made], node.attrs)
    complete = cost is not None and all(shape is not None for _, shape in made)
    output_bytes = sum(_size(item)[1] for item in made)
    return OperatorRow(node.type, 1, parameters, cost or 0, weight_bytes, output_bytes), complete
