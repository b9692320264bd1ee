"""Run every model of a folder on onnxruntime-cann and on ONNX Runtime's CPU provider, in one process.

Usage: ``python ort_cann.py FOLDER graph|operators|mixed``: as graphs, operator by operator, or like that
with what the client cannot run alone on the CPU. The folder has ``NAME.onnx`` with ``NAME.npz`` of its
inputs; written are ``NAME.out.npz`` (``cann0``, ``cpu0`` ...) and ``report.json``, which says for each
model which providers the session has, what the emulated device counted during the run, and which nodes ran
where, or what went wrong.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

COUNTERS = ("model-runs", "operator-runs", "operator-builds")


def counts() -> dict[str, int]:
    """Read the emulated device's counters."""
    mock = ctypes.CDLL("libmock_cann.so")
    mock.mock_cann_count.restype = ctypes.c_longlong
    return {name: mock.mock_cann_count(name.encode()) for name in COUNTERS}


def places(profile: str) -> dict[str, list[str]]:
    """Which operators ran on which provider, from the profile that the session wrote."""
    events = json.loads(Path(profile).read_text())
    Path(profile).unlink()
    found: dict[str, list[str]] = {}
    for event in events:
        where = event.get("args", {}).get("provider")
        if where:
            found.setdefault(where, []).append(event["args"].get("op_name", ""))
    return found


def run(path: Path, mode: str) -> dict[str, Any]:
    """Run one model on both providers; the device's answers and the CPU's go to the output file."""
    with np.load(path.with_suffix(".npz")) as file:
        feeds = dict(file)
    cpu = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, feeds)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.enable_profiling = True
    options.profile_file_prefix = str(path.with_suffix(".profile"))
    if mode != "mixed":
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    provider = ("CANNExecutionProvider", {"enable_cann_graph": str(int(mode == "graph"))})
    before = counts()
    session = ort.InferenceSession(str(path), options, providers=[provider])
    cann = session.run(None, feeds)
    after = counts()
    report = {
        "providers": session.get_providers(),
        "counts": {name: after[name] - before[name] for name in COUNTERS},
        "places": places(session.end_profiling()),
    }
    results = {f"cpu{i}": value for i, value in enumerate(cpu)}
    results |= {f"cann{i}": value for i, value in enumerate(cann)}
    np.savez(path.with_suffix(".out.npz"), **results)
    return report


def attempt(path: Path, mode: str) -> dict[str, Any]:
    """Run one model; what goes wrong is a result like any other."""
    try:
        return run(path, mode)
    except Exception as error:  # noqa: BLE001  (whatever it is, the tests look at it)
        return {"error": str(error)}


def main() -> None:
    """Run the folder."""
    folder, mode = Path(sys.argv[1]), sys.argv[2]
    os.chdir(folder)  # the client writes its .om files to the working directory
    ort.set_default_logger_severity(4)
    report: dict[str, Any] = {path.stem: attempt(path, mode) for path in sorted(folder.glob("*.onnx"))}
    report["models on disk"] = sorted(p.name for p in folder.glob("*.om"))
    (folder / "report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
