"""Convolutions that take over normalizations and limits behind them: the same numbers as one by one."""

from __future__ import annotations

import numpy as np
import pytest
from ops_harness import BFLOAT16, FLOAT16, FLOAT32, _Open, operator_session  # noqa: F401
from test_ops_conv import convolve

import pyascend_ge as ge

RANDOM = np.random.default_rng(11)
CASES = [
    (6, 8, 3, 1, 1),
    (6, 8, 3, 2, 2),
    (8, 8, 3, 1, 8),
    (32, 64, 3, 1, 1),
    (130, 64, 1, 1, 1),
    (8, 16, 1, 1, 1),
]
"""Channels, outputs, kernel, stride, groups: each of the ways to convolve."""
LIMITS = {"none": (-np.inf, np.inf), "Relu": (0, np.inf), "Relu6": (0, 6), "ClipByValue": (-0.5, 0.75)}


def values(*shape: int, low: float = -1.0) -> np.ndarray:
    return RANDOM.uniform(low, 1, shape).astype(np.float32)


def normalized(y: np.ndarray, parameters: list[np.ndarray], epsilon: float) -> np.ndarray:
    scale, offset, mean, variance = (item.astype(float)[:, None, None] for item in parameters)
    result: np.ndarray = (y - mean) / np.sqrt(variance + epsilon) * scale + offset
    return result


def limited(graph: ge.Graph, y: ge.graph.Tensor, limit: str, dtype: np.dtype) -> ge.graph.Tensor:
    if limit == "none":
        return y
    bounds = [np.array(value, dtype) for value in LIMITS[limit]] if limit == "ClipByValue" else []
    return graph.op(limit, y, *bounds)


def run(graph: ge.Graph, *inputs: np.ndarray) -> list[np.ndarray]:
    assert _Open.session is not None
    handle = _Open.session.add_graph(graph)
    try:
        return handle.run(*inputs)
    finally:
        handle.remove()


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, BFLOAT16], ids=str)
@pytest.mark.parametrize("limit", list(LIMITS))
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_normalization_and_a_limit(case: tuple[int, ...], limit: str, dtype: np.dtype) -> None:
    channels, outputs, kernel, stride, groups = case
    x = values(2, channels, 9, 11).astype(dtype)
    weights = values(outputs, channels // groups, kernel, kernel).astype(dtype)
    bias = values(outputs)
    parameters = [values(outputs), values(outputs), values(outputs), values(outputs, low=0.5)]
    pad = kernel // 2
    graph = ge.Graph("absorbed")
    y = graph.op(
        "Conv2D", graph.input("x", x.shape, dtype), graph.const(weights, format="NCHW"), bias,
        strides=[1, 1, stride, stride], pads=[pad] * 4, groups=groups, data_format="NCHW",
    )  # fmt: skip
    y = graph.op("BatchNorm", y, *parameters, epsilon=1e-3, data_format="NCHW", is_training=False)[0]
    graph.output(limited(graph, y, limit, dtype))
    [got] = run(graph, x)
    summed = (
        convolve(x.astype(float), weights.astype(float), (stride, stride), (pad,) * 4, (1, 1), groups)
        + bias.astype(float)[:, None, None]
    )
    whole = normalized(summed, parameters, 1e-3)
    # 16-bit filters are rounded once more, as if they had been given that way.
    error = {FLOAT32: 5e-6, FLOAT16: 2e-3, BFLOAT16: 1.5e-2}[dtype] * float(np.abs(whole).max())
    np.testing.assert_allclose(got.astype(float), np.clip(whole, *LIMITS[limit]), rtol=1e-6, atol=error)


def small(is_training: bool = False) -> tuple[ge.Graph, ge.graph.Tensor, ge.graph.Tensor, np.ndarray]:
    graph = ge.Graph("shared")
    weights = values(4, 3, 1, 1)
    x = graph.input("x", (1, 3, 5, 5), "float32")
    y = graph.op(
        "Conv2D", x, graph.const(weights, format="NCHW"), strides=[1] * 4, pads=[0] * 4, data_format="NCHW"
    )
    ones = np.ones(4, np.float32)
    norm = graph.op(
        "BatchNorm",
        y,
        2 * ones,
        ones,
        ones,
        4 * ones,
        epsilon=0.0,
        data_format="NCHW",
        is_training=is_training,
    )
    return graph, y, norm[0], weights


def test_a_sum_that_others_read_too_stays_what_it_is() -> None:
    graph, y, norm, weights = small()
    graph.output(norm, y)
    x = values(1, 3, 5, 5)
    both = run(graph, x)
    plain = np.einsum("nchw,oc->nohw", x, weights[:, :, 0, 0])
    np.testing.assert_allclose(both[1], plain, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(both[0], (plain - 1) + 1, rtol=1e-5, atol=1e-6)


def test_a_limited_value_that_others_read_before_the_limit_stays_whole() -> None:
    graph, y, _, weights = small()
    relu = graph.op("Relu", y)
    graph.output(graph.op("Sub", y, relu), relu)
    x = values(1, 3, 5, 5)
    below, above = run(graph, x)
    plain = np.einsum("nchw,oc->nohw", x, weights[:, :, 0, 0])
    np.testing.assert_allclose(below, np.minimum(plain, 0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(above, np.maximum(plain, 0), rtol=1e-5, atol=1e-6)


def test_a_normalization_in_training_keeps_its_own_statistics() -> None:
    graph, _, norm, weights = small(is_training=True)
    graph.output(norm)
    x = values(1, 3, 5, 5)
    [got] = run(graph, x)
    plain = np.einsum("nchw,oc->nohw", x, weights[:, :, 0, 0])
    mean, deviation = plain.mean((0, 2, 3), keepdims=True), plain.std((0, 2, 3), keepdims=True)
    np.testing.assert_allclose(got, (plain - mean) / deviation * 2 + 1, rtol=1e-4, atol=1e-5)


def test_what_is_no_number_passes_a_limit() -> None:
    graph, y, _, _ = small()
    graph.output(graph.op("Relu", y))
    x = np.full((1, 3, 5, 5), np.nan, np.float32)
    assert np.isnan(run(graph, x)[0]).all()


def test_a_normalization_of_another_size_is_refused_with_its_name() -> None:
    graph = ge.Graph("wrong")
    x = graph.input("x", (1, 3, 5, 5), "float32")
    y = graph.op("Conv2D", x, graph.const(values(4, 3, 1, 1), format="NCHW"), strides=[1] * 4, pads=[0] * 4,
                 data_format="NCHW")  # fmt: skip
    five = np.ones(5, np.float32)
    norm = graph.op(
        "BatchNorm", y, five, five, five, five, data_format="NCHW", is_training=False, name="five"
    )
    graph.output(norm[0])
    with pytest.raises(ge.GeError, match=r"Node 'five'.*4 channels"):
        run(graph, values(1, 3, 5, 5))
