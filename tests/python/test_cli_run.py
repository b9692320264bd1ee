"""``pyascend-ge run`` and ``build``, on graphs of a few nodes and on the digits."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from command_line import output_of, pyascend_ge, refusal_of

import pyascend_ge as ge

DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "digits.air"


@pytest.fixture
def affine(tmp_path: Path) -> Path:
    """A graph file: y = relu(x + bias) for any number of rows."""
    graph = ge.Graph("affine")
    x = graph.input("x", shape=(-1, 3), dtype="float32")
    bias = graph.const(np.array([1, -2, 3], np.float32), name="bias")
    graph.output(graph.op("Relu", graph.op("Add", x, bias), name="y"))
    graph.save(tmp_path / "affine.air")
    return tmp_path / "affine.air"


def expected(
    x: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.maximum(x + np.array([1, -2, 3], np.float32), 0)


def saved(folder: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    [file] = folder.glob("*.npy")
    value: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = np.load(file)
    return value


@pytest.mark.parametrize("session", ["v1", "v2"])
def test_a_graph_runs_on_a_file_and_saves_its_outputs(affine: Path, tmp_path: Path, session: str) -> None:
    x = np.random.default_rng(3).standard_normal((5, 3)).astype(np.float32)
    np.save(tmp_path / "in.npy", x)
    text = output_of(
        "run", affine, "--input", f"x={tmp_path}/in.npy", "--output", tmp_path / "out", "--session", session
    )
    np.testing.assert_array_equal(saved(tmp_path / "out"), expected(x))
    assert ("GeSession" if session == "v2" else "in a Session") in text
    assert re.search(r"^x +float32 +5x3 ", text, re.MULTILINE)
    assert "\x1b" not in text


def test_an_om_built_from_a_graph_gives_the_same(affine: Path, tmp_path: Path) -> None:
    x = np.array([[1, 2, 3], [-4, 5, -6]], np.float32)
    np.savez(tmp_path / "in.npz", other=np.zeros(1), x=x)
    om = tmp_path / "affine.om"
    said = output_of(
        "build", affine, "-o", om, "--option", "input_shape=x:2,3", "--soc-version", "Ascend910B3"
    )
    assert said == f"{om}: 'affine' for Ascend910B3, {om.stat().st_size} bytes\n"
    output_of("run", om, "--input", f"x={tmp_path}/in.npz:x", "--output", tmp_path / "out")
    np.testing.assert_array_equal(saved(tmp_path / "out"), expected(x))


def test_inputs_are_made_up_and_open_dimensions_are_1_or_as_said(affine: Path) -> None:
    assert re.search(r"^x +float32 +1x3 ", output_of("run", affine), re.MULTILINE)
    assert re.search(r"^x +float32 +7x3 ", output_of("run", affine, "--shape", "x=7,3"), re.MULTILINE)


def test_text_graphs_run_too(affine: Path) -> None:
    text = affine.with_suffix(".pbtxt")
    ge.Graph.load(affine).save(text)
    assert "affine.pbtxt in a GeSession" in output_of("run", text, "--repeat", "0")


def test_onnx_models_run_and_build(tmp_path: Path) -> None:
    nodes = [onnx.helper.make_node("Relu", ["x"], ["y"], name="rectified")]
    dims = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2, 3]) for name in "xy"]
    model = onnx.helper.make_model(onnx.helper.make_graph(nodes, "net", dims[:1], dims[1:]))
    onnx.save(model, tmp_path / "net.onnx")
    x = np.array([[1, -2, 3], [-4, 5, -6]], np.float32)
    np.save(tmp_path / "in.npy", x)
    arguments = ("--input", f"x={tmp_path}/in.npy", "--output", tmp_path / "out")
    assert "net.onnx in a GeSession" in output_of("run", tmp_path / "net.onnx", *arguments)
    np.testing.assert_array_equal(saved(tmp_path / "out"), np.maximum(x, 0))
    assert "'net'" in output_of("build", tmp_path / "net.onnx", "-o", tmp_path / "net.om")


def test_the_latency_is_of_as_many_runs_as_asked(affine: Path) -> None:
    text = output_of("run", affine, "--repeat", "20")
    assert re.search(r"^first run \S+ [mu]?s ", text, re.MULTILINE)
    marks = r"min \S+ \w+, p50 \S+ \w+, p90 \S+ \w+, p99 \S+ \w+, max \S+ \w+"
    assert re.search(rf"^latency of 20 more runs: {marks}$", text, re.MULTILINE)
    assert "latency of" not in output_of("run", affine, "--repeat", "0")


def test_another_device_is_used(affine: Path) -> None:
    assert "device 3, Ascend910B3" in output_of("run", affine, "--device", "3")


def test_the_digits_are_recognised() -> None:
    known = np.load(DIGITS.with_name("digits-test.npz"))
    text = output_of("run", DIGITS, "--repeat", "1")
    assert known["accuracy"] == 0.9825
    assert "accuracy 98.25 % on 400 held-out images of digits-test.npz" in text
    assert re.search(r"^images +uint8 +400x1x8x8 ", text, re.MULTILINE)


def test_the_digits_are_recognised_in_batches_that_do_not_divide_them(tmp_path: Path) -> None:
    (tmp_path / "digits-test.npz").symlink_to(DIGITS.with_name("digits-test.npz"))
    om = tmp_path / "digits.om"
    output_of("build", DIGITS, "-o", om, "--option", "input_shape=images:64,1,8,8")
    assert "accuracy 98.25 % on 400 held-out images" in output_of("run", om, "--repeat", "0")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--device", "8"], "--device 8: there are 8 devices here; it must be 0 to 7"),
        (["--device", "-1"], "'-1' is not a whole number, 0 or above"),
        (["--session", "v3"], "--session v3: it must be v1 or v2"),
        (["--repeat", "x"], "'x' is not a whole number, 0 or above"),
        (["--input", "z=/nowhere.npy"], "--input z=/nowhere.npy: there is no file /nowhere.npy"),
        (["--shape", "z=1"], "--shape z=...: the model has no such input; its inputs: x"),
        (["--shape", "x=1,4"], "--shape x=1,4: the input 'x' must be (any, 3)"),
    ],
)
def test_wrong_input_is_named_with_its_rule(affine: Path, arguments: list[str], said: str) -> None:
    assert said in refusal_of("run", affine, *arguments)


def test_an_input_has_a_file_or_a_shape_but_not_both(affine: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "in.npy", np.zeros((1, 3), np.float32))
    said = refusal_of("run", affine, "--input", f"x={tmp_path}/in.npy", "--shape", "x=1,3")
    assert "--input gives 'x' its values, and so its shape" in said


def test_models_that_are_none_are_refused(tmp_path: Path) -> None:
    assert "'/nowhere.air' does not exist" in refusal_of("run", "/nowhere.air")
    for name, said in (
        ("m.pb", "its name must end in one of .air, .pbtxt, .txt, .onnx, .om"),
        ("m.air", "not a graph"),
    ):
        (tmp_path / name).write_bytes(b"")
        assert said in refusal_of("run", tmp_path / name)
    (tmp_path / "m.om").write_bytes(b"no model")
    assert "--session v1: " in refusal_of("run", tmp_path / "m.om", "--session", "v1")
    done = pyascend_ge("run", tmp_path / "m.om")
    assert done.returncode == 1
    assert "pyascend-ge: error: aclmdlLoadFromFile failed" in done.stderr


def test_build_refuses_what_it_cannot_write(affine: Path, tmp_path: Path) -> None:
    assert "must end in .om" in refusal_of("build", affine, "-o", tmp_path / "model.bin")
    assert "there is no folder" in refusal_of("build", affine, "-o", tmp_path / "no" / "model.om")
    assert "--option x: it must have the form key=value" in refusal_of(
        "build", affine, "-o", tmp_path / "m.om", "--option", "x"
    )
    assert "'a' was given already, as 1" in refusal_of(
        "build", affine, "-o", tmp_path / "m.om", "--option", "a=1", "--option", "a=2"
    )
    assert not list(tmp_path.glob("*.om"))
