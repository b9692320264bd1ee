"""``pyascend-ge graph``: pictures and tables of graph files, with no device and no backend."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from command_line import output_of, refusal_of

import pyascend_ge as ge

DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "digits.air"


def test_a_picture_is_written_as_svg(tmp_path: Path) -> None:
    picture = tmp_path / "digits.svg"
    said = output_of("graph", DIGITS, "-o", picture)
    loaded = ge.Graph.load(DIGITS)
    assert said == f"{picture}: {repr(loaded)[1:-1]}\n"
    root = ET.parse(picture).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = {"".join(item.itertext()) for item in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {node.name for node in loaded.nodes if node.type == "Conv2D"} <= texts


def test_a_picture_is_written_for_graphviz(tmp_path: Path) -> None:
    picture = tmp_path / "digits.dot"
    output_of("graph", DIGITS, "-o", picture)
    assert picture.read_text().startswith("digraph ")


def test_without_a_file_nodes_and_costs_are_printed() -> None:
    graph = ge.Graph.load(DIGITS).infer_shapes()
    assert output_of("graph", DIGITS) == f"{graph}\n\n{graph.summary()}\n"


def test_what_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    assert "must end in .svg or .dot" in refusal_of("graph", DIGITS, "-o", tmp_path / "digits.png")
    assert "there is no folder" in refusal_of("graph", DIGITS, "-o", tmp_path / "no" / "digits.svg")
    assert "must be a graph" in refusal_of("graph", __file__)
