"""Placing the boxes of a directed graph in layers, and the bends of the edges between them.

Longest-path layering; edges over several layers get a bend in each, so that they go around boxes; each layer
is ordered by the average place of its neighbours (a few sweeps down and up), then boxes move towards their
neighbours as far as the order allows.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

__all__ = ["Box", "Picture", "place"]

_GAP_X, _GAP_Y, _BEND = 28.0, 46.0, 10.0
_SWEEPS = 4


class Box(NamedTuple):
    """The centre and size of a box."""

    x: float
    y: float
    width: float
    height: float


class Picture(NamedTuple):
    """Boxes in the given order; edges as points from a box's lower side to another's upper side."""

    boxes: list[Box]
    edges: list[list[tuple[float, float]]]
    width: float
    height: float


def _layers(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Return the layer of each node; an edge that closes a cycle is left out of account."""
    users: list[list[int]] = [[] for _ in range(count)]
    waits = [0] * count
    for source, target in edges:
        if source != target:
            users[source].append(target)
            waits[target] += 1
    layer = [0] * count
    ready = [node for node in range(count) if not waits[node]]
    left = set(range(count))
    while left:
        if not ready:
            ready.append(min(left))
        node = ready.pop()
        if node not in left:
            continue
        left.discard(node)
        for user in users[node]:
            if user in left:
                layer[user] = max(layer[user], layer[node] + 1)
                waits[user] -= 1
                if not waits[user]:
                    ready.append(user)
    return layer


def _sweep(rows: list[list[int]], neighbours: Sequence[Mapping[int, list[int]]]) -> None:
    for turn in range(_SWEEPS):
        down = turn % 2 == 0
        order = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for index in order:
            near = rows[index - 1 if down else index + 1]
            rank = {node: position for position, node in enumerate(near)}
            sources = neighbours[0 if down else 1]
            weight = {}
            for position, node in enumerate(rows[index]):
                places = [rank[other] for other in sources.get(node, ()) if other in rank]
                weight[node] = sum(places) / len(places) if places else float(position)
            rows[index].sort(key=weight.__getitem__)


def _spread(row: list[int], wish: Mapping[int, float], width: Mapping[int, float]) -> dict[int, float]:
    """Return places near `wish` that keep the order of `row` and its gaps; blocks move as one."""
    blocks: list[
        tuple[list[int], list[float], float]
    ] = []  # nodes, offsets in the block, wished place of the block
    for node in row:
        nodes, offsets, start = [node], [0.0], wish[node]
        while blocks:
            before, places, at = blocks[-1]
            distance = (width[before[-1]] + width[nodes[0]]) / 2 + _GAP_X
            if at + places[-1] + distance <= start:
                break
            blocks.pop()
            shift = places[-1] + distance
            total = len(before) + len(nodes)
            start = (at * len(before) + (start - shift) * len(nodes)) / total
            nodes, offsets = before + nodes, places + [shift + offset for offset in offsets]
        blocks.append((nodes, offsets, start))
    return {
        node: start + offset
        for nodes, offsets, start in blocks
        for node, offset in zip(nodes, offsets, strict=True)
    }


def place(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]]) -> Picture:
    """Lay out boxes of the given sizes (width, height) with edges between them (pairs of positions)."""
    count = len(sizes)
    layer = _layers(count, edges)
    width = {node: size[0] for node, size in enumerate(sizes)}
    rows: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for node in range(count):
        rows[layer[node]].append(node)
    above: dict[int, list[int]] = {}
    below: dict[int, list[int]] = {}
    chains: list[list[int]] = []
    for source, target in edges:
        chain = [source]
        for level in range(layer[source] + 1, layer[target]):
            bend = len(width)
            width[bend] = _BEND
            rows[level].append(bend)
            chain.append(bend)
        chain.append(target)
        chains.append(chain)
        for upper, lower in itertools.pairwise(chain):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    _sweep(rows, (above, below))
    x: dict[int, float] = {}
    for row in rows:
        x.update(_spread(row, dict.fromkeys(row, 0.0), width))
    for turn in range(_SWEEPS):
        down = turn % 2 == 0
        near = above if down else below
        for row in rows if down else reversed(rows):
            wish = {}
            for node in row:
                places = [x[other] for other in near.get(node, ())]
                wish[node] = sum(places) / len(places) if places else x[node]
            x.update(_spread(row, wish, width))
    return _picture(sizes, layer, x, width, chains, len(rows))


def _picture(
    sizes: Sequence[tuple[float, float]],
    layer: list[int],
    x: dict[int, float],
    width: Mapping[int, float],
    chains: list[list[int]],
    rows: int,
) -> Picture:
    heights = [0.0] * rows
    for node, (_, height) in enumerate(sizes):
        heights[layer[node]] = max(heights[layer[node]], height)
    middle, at = [], 0.0
    for height in heights:
        middle.append(at + height / 2)
        at += height + _GAP_Y
    left = min((x[node] - width[node] / 2 for node in x), default=0.0)
    right = max((x[node] + width[node] / 2 for node in x), default=0.0)
    boxes = [Box(x[node] - left, middle[layer[node]], *sizes[node]) for node in range(len(sizes))]
    lines = []
    for chain in chains:
        first, last = boxes[chain[0]], boxes[chain[-1]]
        points = [(first.x, first.y + first.height / 2)]
        points += [
            (x[bend] - left, middle[layer[chain[0]] + step]) for step, bend in enumerate(chain[1:-1], 1)
        ]
        lines.append([*points, (last.x, last.y - last.height / 2)])
    return Picture(boxes, lines, right - left, max(at - _GAP_Y, 0.0))
