"""What a picture of a graph shows: boxes with lines of text, labelled edges, and clusters by scope."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyascend_ge.graph.printing import attribute_texts, value_text
from pyascend_ge.graph.tensor import Node, Tensor, type_text

if TYPE_CHECKING:
    from pyascend_ge.graph.base import GraphBase

__all__ = ["Edge", "Scope", "Shown"]

_LONGEST = 44
_CONSTANTS = ("Const", "Constant")
_SOURCES = ("Data", "RefData", "Variable")


class Edge(NamedTuple):
    """An arrow between two boxes: a tensor, or an order (``control``)."""

    source: int
    target: int
    text: str
    control: bool = False

    @property
    def label(self) -> str:
        """What is written on the edge: what is known of the tensor's type."""
        return "" if self.control or self.text.endswith(("[...]", "?")) else self.text.rpartition(": ")[2]


class Scope(NamedTuple):
    """Boxes whose names begin alike, as ``layer1/0/conv`` and ``layer1/0/relu`` do."""

    title: str
    members: list[int]
    inner: list[Scope]


class Shown:
    """What is drawn: nodes with their lines of text, outputs as boxes, and edges between them.

    Constants are written inside the nodes that use them.
    """

    def __init__(self, graph: GraphBase) -> None:
        inside = {
            node.name
            for node in graph.nodes
            if node.type in _CONSTANTS and not any(item.node is node for item in graph.outputs)
        }
        users = {item.node.name for node in graph.nodes for item in node.inputs if item is not None}
        inside &= users  # a constant that nobody uses has to be seen
        nodes = [node for node in graph.nodes if node.name not in inside]
        self._place = {node.name: position for position, node in enumerate(nodes)}
        self.lines = [_lines(node, inside) for node in nodes]
        self.kinds = ["i" if node.type in _SOURCES else "" for node in nodes]
        self.scopes = _scopes([(node.name.strip("/").split("/")[:-1], at) for at, node in enumerate(nodes)])
        self.edges: list[Edge] = []
        for node in nodes:
            for item in node.inputs:
                if item is not None and item.node.name not in inside:
                    self._edge(item, self._place[node.name])
            for before in node.control:
                if before.name in self._place:
                    ends = self._place[before.name], self._place[node.name]
                    self.edges.append(Edge(*ends, "runs before", control=True))
        for position, item in enumerate(graph.outputs):
            self.lines.append([f"output {position}"])
            self.kinds.append("o")
            self._edge(item, len(self.lines) - 1)

    def _edge(self, tensor: Tensor, target: int) -> None:
        self.edges.append(
            Edge(
                self._place[tensor.node.name],
                target,
                f"{tensor.name}: {type_text(tensor.dtype, tensor.shape)}",
            )
        )

    def all_scopes(self) -> Iterator[Scope]:
        """Yield every scope, the outer before the inner ones."""
        waiting = self.scopes[::-1]
        while waiting:
            scope = waiting.pop()
            yield scope
            waiting += scope.inner[::-1]


def _scopes(named: Sequence[tuple[list[str], int]], depth: int = 0) -> list[Scope]:
    """Group by the part of the names at `depth`; a group of one box is none."""
    groups: dict[str, list[tuple[list[str], int]]] = {}
    for parts, at in named:
        if len(parts) > depth:
            groups.setdefault(parts[depth], []).append((parts, at))
    found = []
    for title, group in groups.items():
        inner = _scopes(group, depth + 1)
        if len(group) < 2:
            continue
        if len(inner) == 1 and len(inner[0].members) == len(group):  # nothing beside it: one frame is enough
            found.append(inner[0]._replace(title=f"{title}/{inner[0].title}"))
        else:
            found.append(Scope(title, [at for _, at in group], inner))
    return found


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _lines(node: Node, inside: set[str]) -> list[str]:
    lines = [node.type, node.name]
    if node.type in (*_SOURCES, *_CONSTANTS):
        lines += [type_text(item.dtype, item.shape) for item in node.outputs]
    for name, item in zip(node.input_names, node.inputs, strict=True):
        if item is not None and item.node.name in inside:
            lines.append(f"{name} = {value_text(item.node) or type_text(item.dtype, item.shape)}")
    return [_cut(line) for line in [*lines, *attribute_texts(node)]]
