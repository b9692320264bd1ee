"""External data: weights in files beside the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx_makers import FLOAT, dense, model, run, value

import pyascend_ge as ge


def external(folder: Path, location: str, **more: str) -> Path:
    source = dense()
    tensor = source.graph.initializer[0]
    data = tensor.raw_data
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, text in {"location": location, **more}.items():
        tensor.external_data.add(key=key, value=text)
    (folder / "data.bin").write_bytes(b"\0" * 8 + data)
    path = folder / "model.onnx"
    path.write_bytes(source.SerializeToString())
    return path


def test_weights_come_from_the_file_beside_the_model(tmp_path: Path) -> None:
    path = external(tmp_path, "data.bin", offset="8", length="48")
    x = np.eye(4, dtype=np.float32)
    np.testing.assert_array_equal(
        run(ge.Graph.from_onnx(path), x)[0], np.arange(12, dtype=np.float32).reshape(4, 3)
    )


@pytest.mark.parametrize(
    ("location", "more", "said"),
    [
        ("../data.bin", {}, "below the model's folder"),
        ("a/../../data.bin", {}, "below the model's folder"),
        ("/etc/hostname", {}, "below the model's folder"),
        ("link.bin", {}, "link.bin"),
        ("missing.bin", {}, "No such file"),
        ("data.bin", {"offset": "16"}, "shorter than the tensor"),
        ("data.bin", {"length": "4"}, "length"),
        ("data.bin", {"offset": "many"}, "no number"),
    ],
)
def test_external_data_stays_below_the_models_folder(
    tmp_path: Path, location: str, more: dict[str, str], said: str
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "data.bin").write_bytes(b"\0" * 100)
    (folder / "link.bin").symlink_to(tmp_path / "data.bin")
    with pytest.raises(ge.GraphError, match=said):
        ge.Graph.from_onnx(external(folder, location, **more))


def test_external_data_needs_the_models_path(tmp_path: Path) -> None:
    path = external(tmp_path, "data.bin", offset="8")
    with pytest.raises(ge.GraphError, match="from memory"):
        ge.Graph.from_onnx(path.read_bytes())


def test_weights_beyond_what_a_graph_file_holds_stay_in_their_file(tmp_path: Path) -> None:
    rows, width = 300_000, 1024  # 1.2 GB of float32, almost all of it a hole in the file
    source = model(
        [helper.make_node("Gather", ["table", "row"], ["y"])],
        [value("row", [2], TensorProto.INT64)],
        [value("y", [2, width])],
    )
    tensor = source.graph.initializer.add(name="table", data_type=FLOAT, dims=[rows, width])
    tensor.data_location = TensorProto.EXTERNAL
    for key, text in {"location": "table.bin", "offset": "4096"}.items():
        tensor.external_data.add(key=key, value=text)
    with (tmp_path / "table.bin").open("wb") as file:
        file.truncate(4096 + rows * width * 4)
        file.seek(4096 + (rows - 1) * width * 4)
        file.write(np.arange(width, dtype=np.float32).tobytes())
    (tmp_path / "m.onnx").write_bytes(source.SerializeToString())
    graph = ge.Graph.from_onnx(tmp_path / "m.onnx")
    assert graph.node("table").type == "FileConstant"
    assert len(bytes(graph)) < 10_000
    [found] = run(graph, np.array([0, rows - 1]))
    np.testing.assert_array_equal(found, [np.zeros(width), np.arange(width)])
