"""torch_npu, as it comes from PyPI, on the emulator: devices, copies, streams, events and arithmetic."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from client_runs import SCRIPTS, Run

# These are aclnn functions of the emulated libopapi. torch_npu answers rightly without them, another way.
ACLNN = (
    "add", "add scalar", "add broadcast", "add alpha", "add mixed", "add int", "sub", "mul", "div",
    "in place", "transposed", "slice", "half", "to int", "compare", "exp", "tanh", "relu", "matmul", "linear",
    "sum", "mean", "softmax", "zeros", "ones", "full", "full int",
)  # fmt: skip
BY_DESCRIPTION = ("cat", "masked")


def findings(run: Run, part: str, **variables: str) -> dict[str, Any]:
    """Run one part of the checks in a process of its own."""
    done = run(SCRIPTS / "torch_checks.py", part, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    assert [version.split("+")[0] for version in result["versions"]] == ["2.13.0", "2.13.0"]
    return result


@pytest.fixture(scope="module")
def device(run_torch: Run) -> dict[str, Any]:
    return findings(run_torch, "device")


@pytest.fixture(scope="module")
def arithmetic(run_torch: Run) -> dict[str, Any]:
    return findings(run_torch, "arithmetic")


def test_it_sees_the_emulated_devices(device: dict[str, Any], run_torch: Run) -> None:
    assert device["device count"] == 8
    assert device["name"] == "Ascend910B3"
    two = findings(run_torch, "device", MOCK_CANN_PROFILE="atlas-a2,devices=2")
    assert two["device count"] == 2


def test_tensors_go_to_the_device_and_come_back(device: dict[str, Any]) -> None:
    assert len(device["copies"]) == 7
    assert all(device["copies"])


def test_streams_wait_for_events(device: dict[str, Any], run_torch: Run) -> None:
    assert device["streams"]
    assert device["event"] == [True, True, True]
    # A legal order of the work that the seed decides finds what only luck puts in order.
    for seed in ("1", "2"):
        shuffled = findings(run_torch, "device", MOCK_CANN_SCHEDULE=f"random:{seed}")
        assert shuffled["streams"]


def test_events_tell_time_and_memory_is_counted(device: dict[str, Any]) -> None:
    assert 0 <= device["elapsed"] < 60_000
    assert device["memory"] == [True, True]


@pytest.mark.parametrize("name", ACLNN)
def test_aclnn_operators_compute_on_the_device(arithmetic: dict[str, Any], name: str) -> None:
    found = arithmetic[name]
    assert found["agrees"], found
    assert found["device"] == "npu"
    assert found["aclnn-runs"] == found["operator-runs"] >= 1


@pytest.mark.parametrize("name", BY_DESCRIPTION)
def test_operators_without_an_aclnn_function_are_compiled_from_their_description(
    arithmetic: dict[str, Any], name: str
) -> None:
    found = arithmetic[name]
    assert found["agrees"], found
    assert found["operator-runs"] > found["aclnn-runs"]


def test_tensors_print(arithmetic: dict[str, Any]) -> None:
    assert arithmetic["text"] == "tensor([0., 1., 2.], device='npu:0')"


def test_a_network_gives_the_cpu_s_result(run_torch: Run) -> None:
    found = findings(run_torch, "network")
    assert found["network"] < 5e-6
    assert found["network runs"] >= 4


def test_what_is_not_emulated_is_an_error_that_names_it(run_torch: Run) -> None:
    text = findings(run_torch, "refused")["refused"]
    assert "Renorm" in text
    assert "not emulated" in text


def test_mock_exec_is_all_it_takes(torch_python: str, mock_exec: list[str], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import torch, torch_npu; print((torch.ones(3).npu() + 2).cpu().tolist())")
    done = subprocess.run(
        [*mock_exec, torch_python, str(script)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.stdout.strip().endswith("[3.0, 3.0, 3.0]"), done.stderr
