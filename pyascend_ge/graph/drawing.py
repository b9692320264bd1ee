"""Pictures of a graph: SVG, and Graphviz's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from pyascend_ge.graph import layout
from pyascend_ge.graph.shown import Scope, Shown

if TYPE_CHECKING:
    from pyascend_ge.graph.base import GraphBase

__all__ = ["dot", "svg"]

_LETTER, _LINE, _PAD, _MARGIN = 6.7, 16, 8, 12  # of the 11 px monospaced text the boxes are measured for
_STYLE = """
.pge text{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#1b1f24}
.pge .t{font-weight:bold}.pge .n,.pge .e,.pge .s{fill:#57606a}.pge .e{font-size:9px;text-anchor:middle}
.pge rect{fill:#f6f8fa;stroke:#8c959f}.pge .g{fill:#afb8c1;fill-opacity:.12;stroke:#d0d7de}
.pge .i rect{fill:#ddf4ff;stroke:#54aeff}.pge .o rect{fill:#dafbe1;stroke:#4ac26b}
.pge path{fill:none;stroke:#8c959f}.pge .c{stroke-dasharray:4 3}
"""
_TIP = (
    '<defs><marker id="pge-tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto"><path d="M0 0L8 4L0 8z" style="fill:#8c959f;stroke:none"/></marker></defs>'
)


def _clean(text: str) -> str:
    """Text for XML: escaped, and without the control characters that XML cannot hold."""
    return escape("".join(letter if letter.isprintable() else "�" for letter in text), {'"': "&quot;"})


def _size(lines: Sequence[str]) -> layout.Size:
    return max(map(len, lines)) * _LETTER + 2 * _PAD, len(lines) * _LINE + _PAD


def _cluster(scope: Scope) -> layout.Cluster:
    return layout.Cluster(_size([scope.title]), scope.members, [_cluster(inner) for inner in scope.inner])


def svg(graph: GraphBase) -> str:
    """Return a picture of the graph as a self-contained SVG element."""
    shown = Shown(graph)
    picture = layout.place(
        [_size(lines) for lines in shown.lines],
        [(edge.source, edge.target) for edge in shown.edges],
        [(len(edge.label) * _LETTER, _LINE) if edge.label else None for edge in shown.edges],
        [_cluster(scope) for scope in shown.scopes],
    )
    width, height = picture.width + 2 * _MARGIN, picture.height + 2 * _MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pge" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-_MARGIN} {-_MARGIN} {width:.0f} {height:.0f}" role="img">',
        f"<title>{_clean(repr(graph)[1:-1])}</title><style>{_STYLE}</style>",
        _TIP,
    ]
    for box, scope in zip(picture.clusters, shown.all_scopes(), strict=True):
        x, y = box.x - box.width / 2 + _PAD, box.y - box.height / 2 + _LINE
        out.append(
            f'{_rectangle(box, "g")}<text class="s" x="{x:.1f}" y="{y:.1f}">{_clean(scope.title)}</text>'
        )
    for edge, points in zip(shown.edges, picture.edges, strict=True):
        kind = ' class="c"' if edge.control else ""
        path = f'<path{kind} marker-end="url(#pge-tip)" d="{_curve(points)}">'
        out.append(f"{path}<title>{_clean(edge.text)}</title></path>")
    for edge, place in zip(shown.edges, picture.labels, strict=True):
        if place:
            x, y = place
            out.append(f'<text class="e" x="{x:.1f}" y="{y + 3:.1f}">{_clean(edge.label)}</text>')
    for box, lines, kind in zip(picture.boxes, shown.lines, shown.kinds, strict=True):
        out.append(f'<g class="{kind}">{_rectangle(box)}')
        x, top = box.x - box.width / 2 + _PAD, box.y - box.height / 2
        for row, line in enumerate(lines):
            style = ("t", "n")[row] if row < 2 else ""
            y = top + _LINE * (row + 1) - 1
            out.append(f'<text class="{style}" x="{x:.1f}" y="{y:.1f}">{_clean(line)}</text>')
        out.append("</g>")
    return "\n".join([*out, "</svg>"])


def _rectangle(box: layout.Box, kind: str = "") -> str:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    style = f' class="{kind}"' if kind else ""
    sides = f'width="{box.width:.1f}" height="{box.height:.1f}"'
    return f'<rect{style} x="{left:.1f}" y="{top:.1f}" rx="4" {sides}/>'


def _curve(points: Sequence[layout.Point]) -> str:
    """Return a path of Bezier curves."""
    start, *rest = (f"{x:.1f} {y:.1f}" for x, y in points)
    return f"M{start}C{' '.join(rest)}"


def _quoted(text: str) -> str:
    clean = "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text)
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\l") + '"'


def dot(graph: GraphBase) -> str:
    """Return the graph in Graphviz's language."""
    shown = Shown(graph)
    colours = {"i": "#ddf4ff", "o": "#dafbe1", "": "#f6f8fa"}
    out = [
        f"digraph {_quoted(graph.name)} {{",
        '  node [shape=box style="rounded,filled" fontname=monospace];',
        "  edge [fontname=monospace fontsize=9];",
    ]
    for position, (lines, kind) in enumerate(zip(shown.lines, shown.kinds, strict=True)):
        text = _quoted("\n".join([*lines, ""]))
        out.append(f'  n{position} [label={text} fillcolor="{colours[kind]}"];')
    for scope in shown.scopes:
        _dot_scope(scope, "  ", out)
    for edge in shown.edges:
        style = " style=dashed" if edge.control else ""
        label = f" label={_quoted(edge.label)}" if edge.label else ""
        out.append(f"  n{edge.source} -> n{edge.target} [tooltip={_quoted(edge.text)}{label}{style}];")
    return "\n".join([*out, "}"]) + "\n"


def _dot_scope(scope: Scope, indent: str, out: list[str]) -> None:
    out.append(
        f"{indent}subgraph cluster_{len(out)} {{ label={_quoted(scope.title)}; labeljust=l; color=gray;"
    )
    out += [f"{indent}  n{member};" for member in scope.members]
    for inner in scope.inner:
        _dot_scope(inner, indent + "  ", out)
    out.append(f"{indent}}}")
