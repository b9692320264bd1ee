"""Pictures: well-formed, complete, escaped, and without boxes on top of each other."""

from __future__ import annotations

import itertools
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyascend_ge.graph import Graph, layout

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("1")</script>&\''


def drawn() -> Graph:
    """Return a graph with hostile names, constants, a control edge and two outputs."""
    graph = Graph(HOSTILE)
    x = graph.input(HOSTILE, (-1, 3))
    y = graph.op("SoftmaxV2", x * np.ones((3, 3), np.float32) + 2, axes=[0], name="soft")
    z = graph.op("Relu", x, name="last", control=[y])
    graph.const([1, 2], name="unused")
    graph.output(y, z)
    return graph


def test_the_svg_is_well_formed_and_shows_every_node() -> None:
    root = ET.fromstring(drawn().to_svg())
    texts = ["".join(item.itertext()) for item in root.iter(f"{SVG}text")]
    for expected in ("Data", HOSTILE, "float32[?, 3]", "SoftmaxV2", "soft", "axes=[0]", "x2 = 2.0"):
        assert expected in texts
    assert "x2 = float32[3, 3]" in texts  # constants are written where they are used
    assert {"unused", "output 0", "output 1"} <= set(texts)
    assert not list(root.iter(f"{SVG}script"))
    paths = [item for item in root.iter(f"{SVG}path") if item.get("marker-end")]
    assert len(paths) == 7  # Mul, Add, Softmax, Relu, two outputs, one control edge
    assert [item.get("class") for item in paths].count("c") == 1
    assert drawn()._repr_html_() == drawn()._repr_svg_() == drawn().to_svg()


def test_dot_escapes_and_names_every_node() -> None:
    text = Graph.to_dot(drawn())
    assert text.startswith('digraph "<script>alert(\\"1\\")</script>&\'" {')
    assert text.count(" -> ") == 7
    assert text.count("style=dashed") == 1
    assert "SoftmaxV2\\lsoft\\l" in text


def test_the_table_shows_types_inputs_and_attributes() -> None:
    lines = str(drawn()).splitlines()
    assert lines[0] == f"Graph '{HOSTILE}': 8 nodes, 1 input, 2 outputs"
    [soft] = [line for line in lines if line.startswith("soft ")]
    assert soft.split() == ["soft", "SoftmaxV2", "Add_0", "float32[...]", "axes=[0]"]
    [last] = [line for line in lines if line.startswith("last ")]
    assert "after soft" in last
    assert lines[-1] == "returns soft, last"


def test_a_graph_without_nodes_can_be_drawn() -> None:
    assert ET.fromstring(Graph("empty").to_svg()).tag == f"{SVG}svg"
    assert "returns nothing" in str(Graph("empty"))


@st.composite
def pictures(draw: st.DrawFn) -> tuple[list[tuple[float, float]], list[tuple[int, int]]]:
    """Draw box sizes and edges between them, most of them without cycles."""
    count = draw(st.integers(0, 14))
    sizes = draw(st.lists(st.tuples(st.floats(10, 200), st.floats(10, 90)), min_size=count, max_size=count))
    places = st.integers(0, count - 1) if count else st.nothing()
    return sizes, draw(st.lists(st.tuples(places, places), max_size=24)) if count else []


def rounding(*lengths: float) -> float:
    """Graphviz writes five significant digits."""
    return 1e-4 * max(lengths) + 1e-3


def edge_labels(graph: Graph) -> list[str | None]:
    root = ET.fromstring(graph.to_svg())
    return [item.text for item in root.iter(f"{SVG}text") if item.get("class") == "e"]


def test_edges_carry_the_types_that_are_known() -> None:
    graph = Graph("typed")
    x = graph.input("x", (2, -1))
    graph.output(graph.op("ReduceSum", graph.op("Relu", x, name="y"), [1]))
    assert edge_labels(graph) == ["float32[2, ?]"]
    assert edge_labels(graph.infer_shapes()) == ["float32[2, ?]", "float32[2, ?]", "float32[2]"]
    assert 'label="float32[2, ?]"' in graph.to_dot()


def scoped() -> Graph:
    """Return a graph whose names have scopes: two in one, one on its own, and one alone in a third."""
    graph = Graph("scoped")
    x = graph.input("x", (4,))
    for name in ("block/a/relu", "block/a/exp", "block/b/relu", "block/b/exp", "top", "alone/relu"):
        x = graph.op("Relu" if name.endswith("relu") else "Exp", x, name=name)
    graph.output(x)
    return graph


def test_names_with_scopes_are_framed() -> None:
    root = ET.fromstring(scoped().to_svg())
    titles = [item.text for item in root.iter(f"{SVG}text") if item.get("class") == "s"]
    assert titles == ["block", "a", "b"]
    frames = [item for item in root.iter(f"{SVG}rect") if item.get("class") == "g"]
    sides = [[float(frame.attrib[key]) for key in ("x", "y", "width", "height")] for frame in frames]
    (x, y, width, height), *inner = sides
    for left, top, wide, high in inner:  # frames stand in each other as the scopes do
        assert x < left
        assert y < top
        assert left + wide < x + width
        assert top + high < y + height
    text = scoped().to_dot()
    assert text.count("subgraph cluster_") == 3
    assert 'label="block"' in text


def test_a_graph_of_500_nodes_is_drawn_whole() -> None:
    graph = Graph("deep")
    x = graph.input("x", (8,))
    for at in range(250):
        x = graph.op(
            "Add", graph.op("Relu", x, name=f"layer{at // 10}/relu{at}"), x, name=f"layer{at // 10}/add{at}"
        )
    graph.output(x)
    root = ET.fromstring(graph.to_svg())
    assert len([item for item in root.iter(f"{SVG}text") if item.get("class") == "t"]) == 502
    assert len([item for item in root.iter(f"{SVG}rect") if item.get("class") == "g"]) == 25


def test_without_the_layout_library_notebooks_show_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(ImportError, match=r"pip install 'pyascend_ge\[draw\]'"):
        scoped().to_svg()
    assert scoped()._repr_svg_() is None
    root = ET.fromstring(scoped()._repr_html_())
    assert root.tag == "div"
    assert "block/a/relu" in "".join(root.itertext())
    assert "pyascend_ge[draw]" in "".join(root.itertext())


@settings(max_examples=60, deadline=None)
@given(pictures())
def test_boxes_never_overlap_and_stay_inside(
    sample: tuple[list[tuple[float, float]], list[tuple[int, int]]],
) -> None:
    sizes, edges = sample
    picture = layout.place(sizes, edges)
    error = rounding(picture.width, picture.height)
    for box, (width, height) in zip(picture.boxes, sizes, strict=True):
        assert abs(box.width - width) < error
        assert abs(box.height - height) < error
        assert box.x - box.width / 2 >= -error
        assert box.x + box.width / 2 <= picture.width + error
        assert box.y - box.height / 2 >= -error
        assert box.y + box.height / 2 <= picture.height + error
    for one, other in itertools.combinations(picture.boxes, 2):
        apart_x = abs(one.x - other.x) >= (one.width + other.width) / 2 - 2 * error
        apart_y = abs(one.y - other.y) >= (one.height + other.height) / 2 - 2 * error
        assert apart_x or apart_y
    assert len(picture.edges) == len(edges)
    assert all(len(points) % 3 == 1 for points in picture.edges)


@settings(max_examples=40, deadline=None)
@given(pictures())
def test_edges_without_cycles_lead_downwards(
    sample: tuple[list[tuple[float, float]], list[tuple[int, int]]],
) -> None:
    sizes, edges = sample
    forward = [(min(edge), max(edge)) for edge in edges if edge[0] != edge[1]]
    for points in layout.place(sizes, forward).edges:
        assert points[0][1] < points[-1][1]
