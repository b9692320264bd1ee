"""What torch_npu does on the emulated device, checked against the CPU; prints findings as one JSON line.

Runs in the client's own environment: knows nothing of this project but ``libmock_cann.so``.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Callable
from typing import Any

import torch
import torch_npu

COUNTERS = ("operator-runs", "aclnn-runs", "model-runs")
FINDINGS: dict[str, Any] = {"versions": [torch.__version__, torch_npu.__version__]}


def counts() -> dict[str, int]:
    """Read the emulated device's counters."""
    mock = ctypes.CDLL("libmock_cann.so")
    mock.mock_cann_count.restype = ctypes.c_longlong
    return {name: mock.mock_cann_count(name.encode()) for name in COUNTERS}


def check(name: str, on: Callable[[Callable[[torch.Tensor], torch.Tensor]], torch.Tensor]) -> None:
    """Compute the same on the device and on the CPU: ``on`` gets what moves a tensor there."""
    before = counts()
    try:
        device = on(lambda tensor: tensor.to("npu"))
        torch.npu.synchronize()
        after = counts()
        place, back, cpu = device.device.type, device.cpu(), on(lambda tensor: tensor)
        same = back.dtype == cpu.dtype and back.shape == cpu.shape
        close = same and torch.allclose(back.double(), cpu.double(), rtol=1e-6, atol=1e-6, equal_nan=True)
        FINDINGS[name] = {"device": place, "agrees": close, "got": str(back.tolist())[:200]}
        FINDINGS[name] |= {key: after[key] - before[key] for key in COUNTERS}
    except RuntimeError as error:
        FINDINGS[name] = {"error": str(error)[:2000]}


def arithmetic() -> None:
    """Check what computes."""
    rows, columns = torch.randn(4, 6), torch.randn(6, 5)
    small, whole = torch.randn(6), torch.arange(24, dtype=torch.int32).reshape(4, 6)
    operators: dict[str, Callable[[Any], torch.Tensor]] = {
        "add": lambda to: to(rows) + to(rows),
        "add scalar": lambda to: to(rows) + 1,
        "add broadcast": lambda to: to(rows) + to(small),
        "add alpha": lambda to: torch.add(to(rows), to(rows), alpha=2.5),
        "add mixed": lambda to: to(rows) + to(whole),
        "add int": lambda to: to(whole) + 7,
        "sub": lambda to: to(rows) - to(small),
        "mul": lambda to: to(rows) * to(rows),
        "div": lambda to: to(rows) / to(rows).abs().add_(1),
        "in place": lambda to: to(rows).clone().mul_(3).sub_(1),
        "transposed": lambda to: to(rows).t() + to(rows).t(),
        "slice": lambda to: to(rows)[:, 1::2].contiguous(),
        "half": lambda to: to(rows).half().float(),
        "to int": lambda to: to(rows).mul(3).int(),
        "compare": lambda to: to(rows) > 0,
        "exp": lambda to: to(rows).exp(),
        "tanh": lambda to: to(rows).tanh(),
        "relu": lambda to: torch.relu(to(rows)),
        "matmul": lambda to: to(rows) @ to(columns),
        "sum": lambda to: to(rows).sum(1),
        "mean": lambda to: to(rows).mean(0, keepdim=True),
        "softmax": lambda to: torch.softmax(to(rows), -1),
        "cat": lambda to: torch.cat([to(rows), to(rows)], 1),
        "masked": lambda to: torch.masked_select(to(rows), to(rows) > 0),
        "linear": lambda to: torch.nn.functional.linear(to(rows), to(rows)),
    }
    for name, operator in operators.items():
        check(name, operator)
    for name, make in {
        "zeros": lambda device: torch.zeros(3, 2, device=device),
        "ones": lambda device: torch.ones(3, 2, dtype=torch.float16, device=device),
        "full": lambda device: torch.full((3,), 2.5, device=device),
        "full int": lambda device: torch.full((3,), -7, device=device),
    }.items():
        check(name, lambda to, make=make: make(to(rows).device))
    FINDINGS["text"] = str(torch.arange(3.0).to("npu"))


def device() -> None:
    """Check devices, copies, streams and events."""
    FINDINGS["device count"] = torch.npu.device_count()
    FINDINGS["name"] = torch.npu.get_device_name(0)
    copies = []
    for dtype in (
        torch.float32,
        torch.float16,
        torch.bfloat16,
        torch.int8,
        torch.int64,
        torch.uint8,
        torch.bool,
    ):
        there = torch.randint(0, 2, (5, 7)).to(dtype)
        copies.append(bool((there.to("npu").cpu() == there).all()))
    FINDINGS["copies"] = copies
    first, second = torch.npu.Stream(), torch.npu.Stream()
    ready, host = torch.npu.Event(), torch.randn(1000)
    with torch.npu.stream(first):
        moved = host.to("npu", non_blocking=True)
        for _ in range(20):
            moved = moved * 1.01
        ready.record(first)
    second.wait_event(ready)
    with torch.npu.stream(second):
        result = moved + 1
    second.synchronize()
    want = host.clone()
    for _ in range(20):
        want = want * 1.01
    FINDINGS["streams"] = bool(torch.allclose(result.cpu(), want + 1))
    FINDINGS["event"] = [ready.query(), first.query(), second.query()]
    start, end = torch.npu.Event(enable_timing=True), torch.npu.Event(enable_timing=True)
    start.record()
    result.mul_(2)
    end.record()
    end.synchronize()
    FINDINGS["elapsed"] = start.elapsed_time(end)
    free, total = torch.npu.mem_get_info()
    FINDINGS["memory"] = [0 < free < total, torch.npu.memory_allocated() > 0]


def refused() -> None:
    """Ask for what is not emulated: the answer is an error that names it."""
    try:
        torch.renorm(torch.eye(3).to("npu"), 2, 0, 1.0)
        torch.npu.synchronize()
        FINDINGS["refused"] = ""
    except RuntimeError as error:
        FINDINGS["refused"] = str(error)


def network() -> None:
    """Run a small network from the same start on the device and on the CPU."""
    layers = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(288, 5),
        torch.nn.Tanh(),
    )
    images = torch.randn(4, 3, 6, 6)
    with torch.no_grad():
        cpu = layers(images)
        before = counts()
        device = layers.to("npu")(images.to("npu"))
        torch.npu.synchronize()
    FINDINGS["network"] = float((device.cpu() - cpu).abs().max() / cpu.abs().max())
    FINDINGS["network runs"] = counts()["operator-runs"] - before["operator-runs"]


def main() -> None:
    """Run what the first argument names."""
    torch.manual_seed(3)
    {"device": device, "arithmetic": arithmetic, "network": network, "refused": refused}[sys.argv[1]]()
    print(json.dumps(FINDINGS))


if __name__ == "__main__":
    main()
