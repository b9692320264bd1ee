"""Whole networks beside ONNX Runtime, one thread each, from one ONNX model; and float16 beside float32."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from onnx import ModelProto

import pyascend_ge as ge
from benchmarks.networks import dense, vision
from benchmarks.peers.onnx_runtime import session_of
from benchmarks.table import Row
from benchmarks.timing import compare

_PEER = 1.2
_HALF = 1.3
_NETWORKS: tuple[tuple[str, Callable[..., ModelProto], float], ...] = (
    ("ResNet-50", vision.resnet50, _PEER),
    ("MobileNetV2", vision.mobilenet_v2, _PEER),
    ("BERT-base, 128 tokens", dense.bert_base, _PEER),
    ("MLP 3 x 1024, batch 1", partial(dense.mlp, 1), _PEER),
    ("MLP 3 x 1024, batch 64", partial(dense.mlp, 64), _PEER),
    ("8 elementwise operators, 16 MiB", dense.elementwise, 0.3),
)


def rows() -> Iterator[Row]:
    """Measure in a process of its own, where the emulator may use one thread."""
    command = [sys.executable, "-m", "benchmarks.whole_models"]
    environment = {**os.environ, "MOCK_CANN_THREADS": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield Row(**json.loads(line))
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")


def _measure() -> Iterator[Row]:
    with ge.Runtime(device=0), ge.GeSession() as session:
        for what, network, bound in _NETWORKS:
            yield from _network(session, what, network, bound)


def _network(
    session: ge.GeSession, what: str, network: Callable[..., ModelProto], bound: float
) -> Iterator[Row]:
    model = network()
    peer = session_of(model)
    [given] = peer.get_inputs()
    x = np.random.default_rng(1).standard_normal(given.shape).astype(np.float32)
    half_x = x.astype(np.float16)
    with (
        session.add_graph(ge.Graph.from_onnx(model)) as full,
        session.add_graph(ge.Graph.from_onnx(network(dtype=np.float16))) as half,
    ):
        run, run_half = partial(full.run, x), partial(half.run, half_x)
        run_peer = partial(peer.run, None, {given.name: x})
        [expected], [got], [rounded] = run_peer(), run(), run_half()
        scale = float(np.abs(expected).max())
        np.testing.assert_allclose(got, expected, atol=1e-4 * scale)
        np.testing.assert_allclose(rounded.astype(np.float32), expected, atol=2e-2 * scale)
        ours, theirs, ratio = compare(run, run_peer, rounds=11)
        yield Row(f"{what}: float32", ours, theirs, "ONNX Runtime", ratio, bound)
        ours, theirs, ratio = compare(run_half, run, rounds=11)
        yield Row(f"{what}: float16", ours, theirs, "our float32", ratio, _HALF)


if __name__ == "__main__":
    for row in _measure():
        found = row.as_dict()
        del found["ok"]
        print(json.dumps(found), flush=True)
