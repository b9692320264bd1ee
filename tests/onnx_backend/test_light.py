"""Whole networks: the shipped outputs, and with random weights what ONNX Runtime computes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnxruntime
import pytest
from light_models import NAMES, expected, feeds, ramp, randomized, shipped

import pyascend_ge as ge


@pytest.fixture(scope="module")
def session() -> Iterator[ge.GeSession]:
    with ge.Runtime(device=0), ge.GeSession() as opened:
        yield opened


def outputs(session: ge.GeSession, graph: ge.Graph, inputs: list[np.ndarray]) -> list[np.ndarray]:
    handle = session.add_graph(graph)
    try:
        found: list[np.ndarray] = handle.run(*inputs)
        return found
    finally:
        handle.remove()


def test_all_nine_are_there() -> None:
    assert len(NAMES) == 9


@pytest.mark.parametrize("name", NAMES)
def test_light_model_gives_its_shipped_output(session: ge.GeSession, name: str) -> None:
    model = shipped(name)
    inputs = [ramp(shape) for shape in feeds(model).values()]
    [found] = outputs(session, ge.Graph.from_onnx(model), inputs)
    np.testing.assert_allclose(found, expected(name), rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_light_model_with_random_weights_agrees_with_onnx_runtime(session: ge.GeSession, name: str) -> None:
    model = randomized(name)
    random = np.random.default_rng(1)
    given = {key: random.normal(size=shape).astype(np.float32) for key, shape in feeds(model).items()}
    # what the classifier sees: softmax would hide differences
    softmax = model.graph.node[-1]
    if softmax.op_type == "Softmax":
        model.graph.output[0].name = softmax.input[0]
        del model.graph.node[-1]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 2, 3
    data = model.SerializeToString()
    peer = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    [reference] = peer.run(None, given)
    del peer
    [found] = outputs(session, ge.Graph.from_onnx(data), list(given.values()))
    spread = reference.std()
    assert spread > 1e-2, "the weights let the activations die"
    assert found.shape == reference.shape
    np.testing.assert_allclose(found, reference, rtol=1e-3, atol=1e-4 * float(spread))
