"""Where boxes, edges and their labels go: Graphviz's ``dot``, through pygraphviz.

Everything is handed over as boxes of a given size, so that the result depends on no font of this machine;
what is written in them is the drawing's business.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["Box", "Cluster", "Picture", "place"]

_POINTS = 72  # an inch: Graphviz gives sizes in inches and places in points
_CLUSTER = "cluster_"  # what Graphviz knows a cluster by

Point = tuple[float, float]
Size = tuple[float, float]


class Box(NamedTuple):
    """The centre and size of a box."""

    x: float
    y: float
    width: float
    height: float


class Cluster(NamedTuple):
    """Boxes that belong together: the size of their title, their positions, and clusters inside."""

    title: Size
    members: Sequence[int]
    inner: Sequence[Cluster] = ()


class Picture(NamedTuple):
    """What was placed, in the given order; y grows downwards.

    Each edge is a chain of Bezier curves: a start, then three points a curve. A label is None where the edge
    has none. Clusters stand in the order of a walk that sees the outer before the inner ones.
    """

    boxes: list[Box]
    edges: list[list[Point]]
    labels: list[Point | None]
    clusters: list[Box]
    width: float
    height: float


def place(
    sizes: Sequence[Size],
    edges: Sequence[tuple[int, int]],
    labels: Sequence[Size | None] = (),
    clusters: Sequence[Cluster] = (),
) -> Picture:
    """Place boxes in layers, edges leading downwards as far as there are no cycles."""
    labels = labels or [None] * len(edges)
    lines = ['digraph { node [shape=box fixedsize=true label=""]; edge [arrowhead=none]; ranksep=0.4;']
    lines += [f"n{at} [width={w / _POINTS} height={h / _POINTS}];" for at, (w, h) in enumerate(sizes)]
    for at, cluster in enumerate(_walk(clusters)):
        if isinstance(cluster, Cluster):
            lines.append(f"subgraph {_CLUSTER}{at} {{ label={_blank(cluster.title)}; labeljust=l;")
            lines += [f"n{member};" for member in cluster.members]
        else:
            lines.append("}")
    for at, ((source, target), label) in enumerate(zip(edges, labels, strict=True)):
        shown = f" label={_blank(label)}" if label else ""
        lines.append(f"n{source} -> n{target} [id=e{at}{shown}];")
    return _read(_run("\n".join([*lines, "}"])), len(sizes), len(edges))


def _walk(clusters: Sequence[Cluster]) -> Iterator[Cluster | None]:
    """Yield each cluster where it begins and None where it ends."""
    for cluster in clusters:
        yield cluster
        yield from _walk(cluster.inner)
        yield None


def _blank(size: Size) -> str:
    width, height = (round(side) for side in size)
    cells = f'<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}"><TR><TD></TD></TR></TABLE>'
    return f"<{cells}>"


def _run(source: str) -> dict[str, Any]:
    try:
        import pygraphviz
    except ImportError as missing:
        raise ImportError(
            f"pictures of graphs are laid out by pygraphviz, which cannot be imported ({missing}): "
            "pip install 'pyascend_ge[draw]'"
        ) from None
    placed: dict[str, Any] = json.loads(pygraphviz.AGraph(string=source).draw(format="json0", prog="dot"))
    return placed


def _read(placed: Mapping[str, Any], count: int, edge_count: int) -> Picture:
    _, _, width, height = (float(side) for side in placed["bb"].split(","))

    def point(text: str) -> Point:
        x, y = text.split(",")
        return float(x), height - float(y)

    objects = {item["name"]: item for item in placed.get("objects", ())}
    boxes = []
    for at in range(count):
        item = objects[f"n{at}"]
        sides = (float(item[side]) * _POINTS for side in ("width", "height"))
        boxes.append(Box(*point(item["pos"]), *sides))
    clusters = []
    for name in sorted((name for name in objects if name.startswith(_CLUSTER)), key=_number):
        left, low, right, high = (float(side) for side in objects[name]["bb"].split(","))
        clusters.append(Box((left + right) / 2, height - (low + high) / 2, right - left, high - low))
    curves: list[list[Point]] = [[] for _ in range(edge_count)]
    labels: list[Point | None] = [None] * edge_count
    for item in placed.get("edges", ()):
        at = int(item["id"][1:])
        curves[at] = [point(text) for text in item["pos"].split()]
        labels[at] = point(item["lp"]) if "lp" in item else None
    return Picture(boxes, curves, labels, clusters, width, height)


def _number(name: str) -> int:
    return int(name.removeprefix(_CLUSTER))
