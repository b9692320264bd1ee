"""Saving and loading: our own files and those of others."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ge_ir_messages import CLASSES

from pyascend_ge.errors import GraphError
from pyascend_ge.graph import Graph


def sample() -> Graph:
    """Return a graph with a weight, an attribute of each common type and two outputs."""
    graph = Graph("sample")
    x = graph.input("x", (-1, 3), "float32")
    y = graph.op("SoftmaxV2", x @ np.eye(3) + 0.5, axes=[1], name="soft")
    graph.output(y, graph.op("TopKV2", y, 1).indices)
    return graph


def foreign() -> Any:
    """Return a model as another writer would make it: no index maps, no output node, an odd order."""
    model = CLASSES["ModelDef"](name="other", version=7)
    graph = model.graph.add(name="main", output=["late:0"])
    late = graph.op.add(name="late", type="Relu", input=["early:0", "first:-1"])
    late.input_desc.add()
    late.output_desc.add(dtype=2, layout="NHWC").shape.dim.extend([4])
    early = graph.op.add(name="early", type="Data", input=[""])
    early.input_desc.add()
    early.output_desc.add(dtype=2).shape.dim.extend([4])
    first = graph.op.add(name="first", type="Unheard", stream_id=5)
    first.attr["mystery"].func.name = "f"
    first.attr["mystery"].func.attr["k"].expression = b"e"
    model.graph.add(name="sub")
    return model


@pytest.mark.parametrize("name", ["g.air", "g.pbtxt", "g.txt", "g"])
def test_a_saved_graph_loads_the_same(tmp_path: Path, name: str) -> None:
    graph, path = sample(), tmp_path / name
    graph.save(path)
    loaded = Graph.load(str(path))
    assert loaded.to_bytes() == graph.to_bytes()
    assert str(loaded) == str(graph)
    assert [item.name for item in loaded.outputs] == ["soft", "TopKV2_0:1"]
    assert loaded.node("soft").attrs == graph.node("soft").attrs
    assert loaded.node("soft").input_names == ("x",)
    text = path.suffix in (".pbtxt", ".txt")
    assert path.read_bytes().startswith(b"graph {") == text
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_saving_replaces_the_file_and_a_failure_leaves_it(tmp_path: Path) -> None:
    path = tmp_path / "g.air"
    sample().save(path)
    before = path.read_bytes()
    broken = Graph("broken")
    broken.input("x", (), index=3)
    with pytest.raises(GraphError):
        broken.save(path)
    assert path.read_bytes() == before
    Graph("empty").save(path)
    assert len(Graph.load(path)) == 0
    with pytest.raises(FileNotFoundError):
        sample().save(tmp_path / "missing" / "g.air")


def test_a_foreign_graph_keeps_everything_it_had() -> None:
    model = foreign()
    graph = Graph.from_bytes(model.SerializeToString())
    assert (graph.name, [node.name for node in graph.nodes]) == ("main", ["late", "early", "first"])
    late = graph.node("late")
    assert (late.inputs, late.control) == ((graph.node("early").outputs[0],), (graph.node("first"),))
    assert (late.outputs[0].dtype, late.outputs[0].shape, late.outputs[0].format) == ("float16", (4,), "NHWC")
    assert [item.name for item in graph.inputs] == ["early"]
    assert [item.name for item in graph.outputs] == ["late"]
    once = graph.to_bytes()
    back = CLASSES["ModelDef"].FromString(once)
    assert (back.name, back.version, [item.name for item in back.graph]) == ("other", 7, ["main", "sub"])
    assert [op.name for op in back.graph[0].op] == ["early", "first", "late", "Node_Output"]
    assert back.graph[0].op[1].attr["mystery"].func.attr["k"].expression == b"e"
    assert back.graph[0].op[1].stream_id == 5
    assert Graph.from_bytes(once).to_bytes() == once


def test_an_empty_shape_is_a_scalar_only_when_it_is_said_to_be_initialized() -> None:
    model = CLASSES["ModelDef"].FromString(sample().to_bytes())
    [soft] = [op for op in model.graph[0].op if op.name == "soft"]
    soft.output_desc[0].shape.SetInParent()  # GE writes an empty shape for what it has not inferred
    graph = Graph.from_bytes(model.SerializeToString())
    assert graph.node("soft").outputs[0].shape is None
    [scalar] = [node for node in graph.nodes if node.name == "Add_0_x2"]
    assert scalar.outputs[0].shape == ()


def test_a_loaded_graph_can_be_extended() -> None:
    graph = Graph.from_bytes(sample().to_bytes())
    graph.output(graph.outputs[0] * 2)
    again = Graph.from_bytes(graph.to_bytes())
    assert [item.name for item in again.outputs] == ["soft", "TopKV2_0:1", "Mul_0"]
    with pytest.raises(GraphError, match="'soft' is taken"):
        graph.op("Relu", graph.outputs[0], name="soft")


def test_the_output_node_keeps_its_control_edges_when_outputs_are_added() -> None:
    model = CLASSES["ModelDef"].FromString(sample().to_bytes())
    model.graph[0].op[-1].input.append("x:-1")
    graph = Graph.from_bytes(model.SerializeToString())
    graph.output(graph.outputs[0])
    back = CLASSES["ModelDef"].FromString(graph.to_bytes())
    assert list(back.graph[0].op[-1].input) == ["soft:0", "TopKV2_0:1", "soft:0", "x:-1"]


def test_loops_of_other_writers_survive() -> None:
    model = CLASSES["ModelDef"]()
    graph = model.graph.add(name="loop")
    for name, source in (("a", "b:0"), ("b", "a:0")):
        op = graph.op.add(name=name, type="NextIteration", input=[source])
        op.input_desc.add()
        op.output_desc.add()
    loaded = Graph.from_bytes(model.SerializeToString())
    assert Graph.from_bytes(loaded.to_bytes()).to_bytes() == loaded.to_bytes()
    assert loaded.to_svg().endswith("</svg>")


def _spoiled(change: Any) -> bytes:
    model = foreign()
    change(model)
    data: bytes = model.SerializeToString()
    return data


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.ClearField("graph"), "there is no graph in it"),
        (
            lambda m: m.graph[0].op[0].input.__setitem__(0, "eary:0"),
            "reads from node 'eary', .*did you mean early",
        ),
        (lambda m: m.graph[0].op[0].input.__setitem__(0, "early:1"), "node 'early' has 1 outputs"),
        (lambda m: m.graph[0].op[0].input.__setitem__(0, "early:-2"), "reads 'early:-2'"),
        (lambda m: m.graph[0].op[0].input.__setitem__(0, "early:x"), "reads 'early:x'"),
        (lambda m: m.graph[0].op[0].input.__setitem__(1, "nobody:-1"), "reads from node 'nobody'"),
        (lambda m: setattr(m.graph[0].op[1], "name", "late"), "several nodes named 'late'"),
        (lambda m: setattr(m.graph[0].op[1], "name", ""), "a node without a name"),
        (lambda m: m.graph[0].output.append("x:0"), "its output list reads from node 'x'"),
        (lambda m: [m.graph[0].op.add(name=n, type="NetOutput") for n in "ab"], "has 2 NetOutput nodes"),
    ],
)
def test_files_that_contradict_themselves_are_refused(tmp_path: Path, change: Any, message: str) -> None:
    path = tmp_path / "bad.air"
    path.write_bytes(_spoiled(change))
    with pytest.raises(GraphError, match=message) as caught:
        Graph.load(path)
    assert str(caught.value).startswith(str(path))


def test_an_empty_file_holds_no_graph(tmp_path: Path) -> None:
    (tmp_path / "empty.air").write_bytes(b"")
    with pytest.raises(GraphError, match="no graph in it"):
        Graph.load(tmp_path / "empty.air")
    with pytest.raises(FileNotFoundError):
        Graph.load(tmp_path / "missing.air")


@pytest.mark.parametrize(("suffix", "hint"), [(".om", "Model.load"), (".onnx", "from_onnx")])
def test_files_of_other_kinds_point_to_what_reads_them(tmp_path: Path, suffix: str, hint: str) -> None:
    with pytest.raises(GraphError, match=hint):
        Graph.load(tmp_path / f"m{suffix}")
    with pytest.raises(GraphError):
        sample().save(tmp_path / f"m{suffix}")


def _external(location: str, length: int) -> bytes:
    graph = Graph("big")
    graph.output(graph.const(np.arange(3, dtype=np.float32), name="w"))
    model = CLASSES["ModelDef"].FromString(graph.to_bytes())
    [op] = [op for op in model.graph[0].op if op.name == "w"]
    op.attr["value"].t.data = b""
    op.attr["location"].s = location.encode()
    op.attr["length"].i = length
    data: bytes = model.SerializeToString()
    return data


def test_weights_in_files_of_their_own_are_read_back(tmp_path: Path) -> None:
    values = np.arange(3, dtype="<f4")
    (tmp_path / "air_weight" / "big").mkdir(parents=True)
    (tmp_path / "air_weight" / "big" / "Const_big_w_file").write_bytes(values.tobytes())
    (tmp_path / "big.air").write_bytes(_external("air_weight/big/Const_big_w_file", 12))
    node = Graph.load(tmp_path / "big.air").node("w")
    assert node.value is not None
    np.testing.assert_array_equal(node.value, values)
    assert set(node.attrs) == {"value"}


@pytest.mark.parametrize(
    ("location", "length", "message"),
    [
        ("../secret", 3, "outside the model's folder"),
        ("/etc/passwd", 3, "outside the model's folder"),
        ("", 3, "outside the model's folder"),
        ("missing", 3, "cannot be read"),
        ("there", 4, "'there' has 3 bytes, 4 are expected"),
        ("a\0b", 3, "cannot be read"),
    ],
)
def test_weights_that_are_missing_or_elsewhere_are_refused(
    tmp_path: Path, location: str, length: int, message: str
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(b"abc")
    (folder / "there").write_bytes(b"abc")
    (folder / "big.air").write_bytes(_external(location, length))
    with pytest.raises(GraphError, match=message):
        Graph.load(folder / "big.air")


def test_a_constant_whose_bytes_do_not_fit_its_shape_says_so() -> None:
    graph = Graph.from_bytes(_external("x", 1))
    with pytest.raises(GraphError, match=r"Const 'w': 0 bytes of data do not make float32 of shape \(3,\)"):
        _ = graph.node("w").value
    assert "w" in str(graph)
