"""Whole networks: the shipped outputs, and with random weights what ONNX Runtime computes."""

from __future__ import annotations

from collections.abc import Iterator

import light_models
import numpy as np
import onnxruntime
import pytest
from light_models import Array, Model

import pyascend_ge as ge


@pytest.fixture(scope="module")
def session() -> Iterator[ge.GeSession]:
    with ge.Runtime(device=0), ge.GeSession() as opened:
        yield opened


def outputs(session: ge.GeSession, model: Model) -> list[Array]:
    handle = session.add_graph(ge.Graph.from_onnx(model.proto))
    try:
        found: list[Array] = handle.run(*model.feeds.values())
        return found
    finally:
        handle.remove()


def test_all_nine_are_there() -> None:
    assert len(light_models.NAMES) == 9


@pytest.mark.parametrize("name", light_models.NAMES)
def test_light_model_gives_its_shipped_output(session: ge.GeSession, name: str) -> None:
    [found] = outputs(session, light_models.shipped(name))
    np.testing.assert_allclose(found, light_models.shipped_output(name), rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("name", light_models.NAMES)
def test_light_model_with_random_weights_agrees_with_onnx_runtime(session: ge.GeSession, name: str) -> None:
    model = light_models.randomised(name, 3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 2, 3
    data = model.proto.SerializeToString()
    peer = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    references = peer.run(None, model.feeds)
    del peer, data
    found = outputs(session, model)
    spread = references[-1].std()  # of what the classifier sees: softmax would hide differences
    assert spread > 1e-2, "the weights let the activations die"
    assert found[-1].shape == references[-1].shape
    np.testing.assert_allclose(found[-1], references[-1], rtol=1e-3, atol=1e-4 * float(spread))
