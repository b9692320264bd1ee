"""onnxruntime-cann, as it comes from PyPI, on the emulator: it runs there, and agrees with the CPU."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import light_models
import numpy as np
import ort_models
import pytest
from client_runs import SCRIPTS, Run
from ort_models import Array, Model

ONE_BY_ONE = {model.name: model for model in (*ort_models.operators(), *ort_models.networks())}
AS_GRAPHS = {**ONE_BY_ONE, **{model.name: model for model in ort_models.for_graphs()}}
# The client copies these itself: no operator runs.
COPIES = {"Identity", "Reshape"}
CANN, CPU = "CANNExecutionProvider", "CPUExecutionProvider"


class Client:
    """A folder of models that the client has run."""

    def __init__(self, folder: Path, report: dict[str, Any]) -> None:
        self.folder = folder
        self.report = report

    def results(self, name: str) -> tuple[list[Array], list[Array]]:
        """Return the device's outputs and the CPU's."""
        assert "error" not in self.report[name], self.report[name]["error"]
        with np.load(self.folder / f"{name}.out.npz") as file:
            count = len(file.files) // 2
            return [file[f"cann{i}"] for i in range(count)], [file[f"cpu{i}"] for i in range(count)]


def run_client(run: Run, folder: Path, mode: str, models: list[Model]) -> Client:
    """Let the client run models in a folder."""
    for model in models:
        model.write(folder)
    done = run(SCRIPTS / "ort_cann.py", folder, mode)
    assert done.returncode == 0, done.stdout + done.stderr
    return Client(folder, json.loads((folder / "report.json").read_text()))


def check_agreement(device: list[Array], cpu: list[Array], relative: float = 2e-6) -> None:
    """Compare by the scale of each output: sums are added up in another order."""
    assert len(device) == len(cpu) > 0
    for ours, theirs in zip(device, cpu, strict=True):
        assert ours.shape == theirs.shape
        assert ours.dtype == theirs.dtype
        if np.issubdtype(ours.dtype, np.floating):
            scale = float(np.abs(theirs).max())
            assert scale > 0
            assert np.isfinite(theirs).all()
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=relative * max(scale, 1e-30))
        else:
            np.testing.assert_array_equal(ours, theirs)


@pytest.fixture(scope="module")
def one_by_one(run_ort: Run, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return run_client(run_ort, tmp_path_factory.mktemp("operators"), "operators", list(ONE_BY_ONE.values()))


@pytest.fixture(scope="module")
def as_graphs(run_ort: Run, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return run_client(run_ort, tmp_path_factory.mktemp("graphs"), "graph", list(AS_GRAPHS.values()))


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_operators_run_one_by_one_on_the_device_and_agree(one_by_one: Client, name: str) -> None:
    device, cpu = one_by_one.results(name)
    check_agreement(device, cpu)
    report = one_by_one.report[name]
    assert report["providers"][0] == CANN
    assert set(report["places"]) == {CANN}
    assert sorted(report["places"][CANN]) == sorted(n.op_type for n in ONE_BY_ONE[name].proto.graph.node)
    # The client adds broadcasts of its own, so there may be more.
    computing = [kind for kind in report["places"][CANN] if kind not in COPIES]
    assert report["counts"]["operator-runs"] >= len(computing)
    assert report["counts"]["model-runs"] == 0


@pytest.mark.parametrize("name", AS_GRAPHS)
def test_graphs_run_on_the_device_and_agree(as_graphs: Client, name: str) -> None:
    device, cpu = as_graphs.results(name)
    check_agreement(device, cpu)
    report = as_graphs.report[name]
    assert report["providers"][0] == CANN
    assert set(report["places"]) == {CANN}
    assert report["counts"]["model-runs"] == 1
    assert report["counts"]["operator-runs"] == 0


def test_a_second_process_loads_the_files_that_the_first_one_wrote(
    as_graphs: Client, run_ort: Run, mock_tree: Path
) -> None:
    files = as_graphs.report["models on disk"]
    assert len(files) == len(AS_GRAPHS)
    before = {name: (as_graphs.folder / name).stat().st_mtime_ns for name in files}
    first = {name: as_graphs.results(name)[0] for name in AS_GRAPHS}
    again = run_client(run_ort, as_graphs.folder, "graph", [])
    assert again.report["models on disk"] == files
    assert {name: (as_graphs.folder / name).stat().st_mtime_ns for name in files} == before
    for name, outputs in first.items():
        for ours, theirs in zip(again.results(name)[0], outputs, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    # That it is read and not made again shows when it is broken.
    broken = as_graphs.folder / next(n for n in files if "_chain_" in n)
    broken.write_bytes(broken.read_bytes()[:100])
    third = run_client(run_ort, as_graphs.folder, "graph", [])
    assert "aclmdlLoadFromFile" in third.report["chain"]["error"]


def test_nodes_that_the_client_cannot_run_alone_are_seen_to_run_on_the_cpu(
    run_ort: Run, tmp_path: Path
) -> None:
    nodes = [ort_models.node("Add", "a b", "s"), ort_models.node("Softmax", "s", axis=1)]
    some = np.random.default_rng(5).standard_normal((3, 4)).astype(np.float32)
    model = ort_models.make("add-softmax", nodes, {"a": some, "b": some})
    client = run_client(run_ort, tmp_path, "mixed", [model])
    check_agreement(*client.results("add-softmax"))
    report = client.report["add-softmax"]
    assert report["counts"]["operator-runs"] == 1
    assert report["places"][CANN][0] == "Add"
    assert "Softmax" in report["places"][CPU]
    alone = run_client(run_ort, tmp_path, "operators", [])
    assert "CPU EP" in alone.report["add-softmax"]["error"]


def test_mock_exec_runs_a_script_of_the_user_s(mock_exec: list[str], ort_python: str, tmp_path: Path) -> None:
    ort_models.make(
        "add", [ort_models.node("Add", "a b")], {k: np.ones((2, 3), np.float32) for k in "ab"}
    ).write(tmp_path)
    command = [*mock_exec, ort_python, str(SCRIPTS / "ort_cann.py"), str(tmp_path), "graph"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["add"]["counts"]["model-runs"] == 1


# ---- whole networks ----


@pytest.fixture(scope="module")
def shipped(run_ort: Run, tmp_path_factory: pytest.TempPathFactory) -> Client:
    models = [light_models.shipped(name) for name in light_models.NAMES]
    return run_client(run_ort, tmp_path_factory.mktemp("shipped"), "graph", models)


def test_there_are_nine_light_networks() -> None:
    assert len(light_models.NAMES) == 9


@pytest.mark.parametrize("name", light_models.NAMES)
def test_light_networks_give_the_shipped_outputs(shipped: Client, name: str) -> None:
    [device], [cpu] = shipped.results(f"{name}-shipped")
    check_agreement([device], [cpu], 2e-5)
    np.testing.assert_allclose(device, light_models.shipped_output(name), rtol=1e-3, atol=1e-7)
    report = shipped.report[f"{name}-shipped"]
    assert set(report["places"]) == {CANN}
    assert report["counts"]["model-runs"] == 1


# What the client itself gets wrong when it runs average pooling alone, on a box too: it says that padding
# counts when it must not, and gives pads in ONNX's order to an operator that has another one.
COUNTS_PADDING = {"inception_v2", "shufflenet"}
UNEVEN_PADS = {"inception_v1"}


def check_network(client: Client, name: str, reference: Client | None = None) -> None:
    """Compare what comes before the softmax by its scale, and the probabilities by what that scale allows."""
    device, cpu = client.results(name)[0], (reference or client).results(name)[1]
    check_agreement(device[-1:], cpu[-1:], 2e-5)
    # Softmax turns an error of its input into one of that share of each probability.
    logits = float(np.abs(cpu[-1]).max())
    np.testing.assert_allclose(device[0], cpu[0], rtol=0, atol=2 * 2e-5 * logits)
    assert cpu[-1].std() > 0.01 * np.abs(cpu[-1]).max(), "the outputs are too uniform to prove anything"


@pytest.mark.parametrize("name", light_models.NAMES)
def test_light_networks_with_random_weights_agree_element_by_element(
    run_ort: Run, tmp_path: Path, name: str
) -> None:
    model = light_models.randomised(name, 7)
    graph = run_client(run_ort, tmp_path, "graph", [model])
    check_network(graph, model.name)
    report = graph.report[model.name]
    assert set(report["places"]) == {CANN}
    assert report["counts"]["model-runs"] == 1

    mixed = run_client(run_ort, tmp_path, "mixed", [])
    if name in UNEVEN_PADS:
        assert "AvgPoolV2" in mixed.report[model.name]["error"]
        return
    reference = None
    if name in COUNTS_PADDING:
        (tmp_path / "reference").mkdir()
        reference = run_client(run_ort, tmp_path / "reference", "mixed", [light_models.count_padding(model)])
    check_network(mixed, model.name, reference)
    report = mixed.report[model.name]
    ours = [kind for kind in report["places"][CANN] if not kind.startswith("Memcpy")]
    convolutions = [node for node in model.proto.graph.node if node.op_type == "Conv"]
    assert ours.count("Conv") == len(convolutions) > 0
    assert "Conv" not in report["places"][CPU]
    assert report["counts"]["operator-runs"] >= len(convolutions)
    for file in tmp_path.glob("*.o*"):  # several hundred megabytes
        file.unlink()
