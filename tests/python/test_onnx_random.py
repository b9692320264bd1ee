"""ONNX operators that draw random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx_makers import model, value

import pyascend_ge as ge

TYPES = {"FLOAT": 1, "FLOAT16": 10, "DOUBLE": 11, "BFLOAT16": 16}


@pytest.fixture(scope="module")
def session() -> Any:
    with ge.Runtime(device=0), ge.GeSession() as opened:
        yield opened


def one(name: str, inputs: list[onnx.ValueInfoProto], opset: int = 22, **attributes: Any) -> ge.Graph:
    node = helper.make_node(name, [item.name for item in inputs], ["y"], **attributes)
    output = onnx.ValueInfoProto(name="y")
    return ge.Graph.from_onnx(model([node], inputs, [output], opset=opset))


@pytest.mark.parametrize("opset", [7, 22])
@pytest.mark.parametrize("kind", TYPES)
def test_uniform_numbers_within_bounds(session: ge.GeSession, kind: str, opset: int) -> None:
    graph = one("RandomUniform", [], opset, shape=[50, 80], low=-3.0, high=5.0, dtype=TYPES[kind])
    [y] = session.add_graph(graph).run()
    assert y.dtype == helper.tensor_dtype_to_np_dtype(TYPES[kind])
    wide = y.astype(np.float64)
    assert wide.shape == (50, 80)
    assert wide.min() >= -3
    assert wide.max() <= 5
    assert abs(wide.mean() - 1) < 5 * 8 / np.sqrt(12 * 4000)
    assert abs(wide.std() - 8 / np.sqrt(12)) < 0.15


@pytest.mark.parametrize("opset", [7, 22])
def test_normal_numbers_of_a_mean_and_a_scale(session: ge.GeSession, opset: int) -> None:
    graph = one("RandomNormal", [], opset, shape=[4000], mean=10.0, scale=3.0, seed=1.0)
    [y] = session.add_graph(graph).run()
    assert y.dtype == np.float32
    assert abs(y.mean() - 10) < 5 * 3 / np.sqrt(4000)
    assert abs(y.std() - 3) < 0.2


@pytest.mark.parametrize("name", ["RandomNormalLike", "RandomUniformLike"])
def test_as_many_as_the_input_has(session: ge.GeSession, name: str) -> None:
    handle = session.add_graph(one(name, [value("x", ["n", 3], TensorProto.DOUBLE)]))
    for n in (2, 5):
        [y] = handle.run(np.zeros((n, 3)))
        assert y.dtype == np.float64
        assert y.shape == (n, 3)
        assert len(np.unique(y)) == 3 * n
    whole = one(name, [value("x", [4], TensorProto.INT32)], dtype=TensorProto.FLOAT)
    assert session.add_graph(whole).run(np.zeros(4, np.int32))[0].dtype == np.float32


def test_one_number(session: ge.GeSession) -> None:
    node = helper.make_node("RandomUniform", [], ["y"])
    node.attribute.append(helper.make_attribute("shape", [], attr_type=onnx.AttributeProto.INTS))
    graph = ge.Graph.from_onnx(model([node], [], [onnx.ValueInfoProto(name="y")]))
    [y] = session.add_graph(graph).run()
    assert y.shape == ()
    assert 0 <= y < 1


def test_numbers_that_are_no_floats_are_refused() -> None:
    with pytest.raises(ge.GraphError, match="dtype DT_INT32, which is no float"):
        one("RandomUniformLike", [value("x", [4], TensorProto.INT32)])


@pytest.mark.parametrize("seed", [0.0, 7.5])
def test_a_seed_repeats_and_another_does_not(session: ge.GeSession, seed: float) -> None:
    first, again, other = (
        session.add_graph(one("RandomUniform", [], shape=[20], seed=given))
        for given in (seed, seed, seed + 1)
    )
    runs = [np.array(first.run()[0]) for _ in range(2)]
    assert (runs[0] != runs[1]).any()
    np.testing.assert_array_equal(again.run()[0], runs[0])
    assert (other.run()[0] != runs[0]).any()


def test_numbers_are_drawn_by_the_graph_and_not_while_importing(session: ge.GeSession) -> None:
    graph = one("RandomNormal", [], shape=[20])
    runs = [np.array(session.add_graph(graph).run()[0]) for _ in range(2)]
    assert (runs[0] != runs[1]).any()


@pytest.mark.parametrize("kind", ["FLOAT", "FLOAT16", "DOUBLE"])
def test_classes_by_their_logits(session: ge.GeSession, kind: str) -> None:
    shape = [2, 3]
    weights = np.array([[1, 2, 5], [4, 3, 1]]) / 8
    graph = one("Multinomial", [value("x", shape, TYPES[kind])], sample_size=8000, dtype=7, seed=1.0)
    [y] = session.add_graph(graph).run(np.log(weights).astype(helper.tensor_dtype_to_np_dtype(TYPES[kind])))
    assert y.dtype == np.int64
    for row, weight in zip(y, weights, strict=True):
        np.testing.assert_allclose(np.bincount(row, minlength=3) / 8000, weight, atol=0.03)


@pytest.mark.parametrize("kind", TYPES)
def test_trials_by_their_probabilities(session: ge.GeSession, kind: str) -> None:
    dtype = helper.tensor_dtype_to_np_dtype(TYPES[kind])
    p = np.repeat(np.array([0, 2**-12, 0.25, 1]), 20_000).reshape(4, -1).astype(dtype)
    [y] = session.add_graph(one("Bernoulli", [value("x", list(p.shape), TYPES[kind])], seed=3.0)).run(p)
    assert y.dtype == dtype
    wide = y.astype(np.float64)
    assert set(np.unique(wide)) == {0, 1}
    rates = wide.mean(axis=1)
    assert rates[0] == 0
    assert 0 < rates[1] < 10 * 2**-12
    assert abs(rates[2] - 0.25) < 0.016
    assert rates[3] == 1
    flags = one("Bernoulli", [value("x", [4], TYPES[kind])], dtype=TensorProto.BOOL)
    assert session.add_graph(flags).run(np.ones(4, dtype))[0].tolist() == [True] * 4
