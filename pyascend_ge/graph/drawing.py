"""Pictures of a graph: SVG without any other program, and Graphviz's language."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from pyascend_ge.graph import layout
from pyascend_ge.graph.printing import attribute_texts, value_text
from pyascend_ge.graph.tensor import Node, Tensor, type_text

if TYPE_CHECKING:
    from pyascend_ge.graph.base import GraphBase

__all__ = ["dot", "svg"]

_LETTER, _LINE, _PAD, _MARGIN = 6.7, 16, 8, 12  # of the 11 px monospaced text the boxes are measured for
_LONGEST = 44
_CONSTANTS = ("Const", "Constant")
_STYLE = """
.pge text{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#1b1f24}
.pge .t{font-weight:bold}.pge .n{fill:#57606a}
.pge rect{fill:#f6f8fa;stroke:#8c959f}
.pge .i rect{fill:#ddf4ff;stroke:#54aeff}.pge .o rect{fill:#dafbe1;stroke:#4ac26b}
.pge path{fill:none;stroke:#8c959f}.pge .c{stroke-dasharray:4 3}
"""


class _Shown:
    """What is drawn: nodes with their lines of text, outputs as boxes, and edges between them."""

    def __init__(self, graph: GraphBase) -> None:
        inside = {
            node.name
            for node in graph.nodes
            if node.type in _CONSTANTS and not any(item.node is node for item in graph.outputs)
        }
        users = {item.node.name for node in graph.nodes for item in node.inputs if item is not None}
        inside &= users  # a constant that nobody uses has to be seen
        nodes = [node for node in graph.nodes if node.name not in inside]
        self.place = {node.name: position for position, node in enumerate(nodes)}
        self.lines = [_lines(node, inside) for node in nodes]
        self.kinds = ["i" if node.type in ("Data", "RefData", "Variable") else "" for node in nodes]
        self.edges: list[tuple[int, int]] = []
        self.labels: list[str] = []
        self.control: set[int] = set()
        for node in nodes:
            for item in node.inputs:
                if item is not None and item.node.name not in inside:
                    self._edge(item, self.place[node.name])
            for before in node.control:
                if before.name in self.place:
                    self.control.add(len(self.edges))
                    self.edges.append((self.place[before.name], self.place[node.name]))
                    self.labels.append("runs before")
        for position, item in enumerate(graph.outputs):
            self.lines.append([f"output {position}"])
            self.kinds.append("o")
            self._edge(item, len(self.lines) - 1)

    def _edge(self, tensor: Tensor, target: int) -> None:
        self.edges.append((self.place[tensor.node.name], target))
        self.labels.append(f"{tensor.name}: {type_text(tensor)}")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _lines(node: Node, inside: set[str]) -> list[str]:
    lines = [node.type, node.name]
    if node.type in ("Data", "RefData", "Variable", *_CONSTANTS):
        lines += [type_text(item) for item in node.outputs]
    for name, item in zip(node.input_names, node.inputs, strict=True):
        if item is not None and item.node.name in inside:
            lines.append(f"{name} = {value_text(item.node) or type_text(item)}")
    return [_cut(line) for line in [*lines, *attribute_texts(node)]]


def _clean(text: str) -> str:
    """Text for XML: escaped, and without the control characters that XML cannot hold."""
    return escape("".join(letter if letter.isprintable() else "�" for letter in text), {'"': "&quot;"})


def svg(graph: GraphBase) -> str:
    """Return a picture of the graph as a self-contained SVG element."""
    shown = _Shown(graph)
    sizes = [(max(map(len, lines)) * _LETTER + 2 * _PAD, len(lines) * _LINE + _PAD) for lines in shown.lines]
    picture = layout.place(sizes, shown.edges)
    width, height = picture.width + 2 * _MARGIN, picture.height + 2 * _MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pge" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-_MARGIN} {-_MARGIN} {width:.0f} {height:.0f}" role="img">',
        f"<title>{_clean(repr(graph)[1:-1])}</title><style>{_STYLE}</style>",
        '<defs><marker id="pge-tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#8c959f;stroke:none"/></marker></defs>',
    ]
    for position, points in enumerate(picture.edges):
        kind = ' class="c"' if position in shown.control else ""
        path = f'<path{kind} marker-end="url(#pge-tip)" d="{_curve(points)}">'
        out.append(f"{path}<title>{_clean(shown.labels[position])}</title></path>")
    for box, lines, kind in zip(picture.boxes, shown.lines, shown.kinds, strict=True):
        left, top = box.x - box.width / 2, box.y - box.height / 2
        size = f'width="{box.width:.1f}" height="{box.height:.1f}"'
        out.append(f'<g class="{kind}"><rect x="{left:.1f}" y="{top:.1f}" rx="4" {size}/>')
        for row, line in enumerate(lines):
            style = ("t", "n")[row] if row < 2 else ""
            y = top + _LINE * (row + 1) - 1
            out.append(f'<text class="{style}" x="{left + _PAD:.1f}" y="{y:.1f}">{_clean(line)}</text>')
        out.append("</g>")
    return "\n".join([*out, "</svg>"])


def _curve(points: list[tuple[float, float]]) -> str:
    """Return a path that leaves and enters every point vertically."""
    (x, y), *rest = points
    parts = [f"M{x:.1f} {y:.1f}"]
    for right, low in rest:
        half = (y + low) / 2
        parts.append(f"C{x:.1f} {half:.1f} {right:.1f} {half:.1f} {right:.1f} {low:.1f}")
        x, y = right, low
    return "".join(parts)


def _quoted(text: str) -> str:
    clean = "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text)
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\l") + '"'


def dot(graph: GraphBase) -> str:
    """Return the graph in Graphviz's language."""
    shown = _Shown(graph)
    colours = {"i": "#ddf4ff", "o": "#dafbe1", "": "#f6f8fa"}
    out = [
        f"digraph {_quoted(graph.name)} {{",
        '  node [shape=box style="rounded,filled" fontname=monospace];',
    ]
    for position, (lines, kind) in enumerate(zip(shown.lines, shown.kinds, strict=True)):
        text = _quoted("\n".join([*lines, ""]))
        out.append(f'  n{position} [label={text} fillcolor="{colours[kind]}"];')
    for position, (source, target) in enumerate(shown.edges):
        style = " style=dashed" if position in shown.control else ""
        out.append(f"  n{source} -> n{target} [tooltip={_quoted(shown.labels[position])}{style}];")
    return "\n".join([*out, "}"]) + "\n"
