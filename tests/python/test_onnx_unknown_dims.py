"""Models whose dims are unknown while they are imported: several shapes each, against the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

import pyascend_ge as ge

OPSET = 24
TYPES = {
    "float32": TensorProto.FLOAT,
    "int64": TensorProto.INT64,
    "int32": TensorProto.INT32,
    "int8": TensorProto.INT8,
    "uint8": TensorProto.UINT8,
    "bool": TensorProto.BOOL,
}


@pytest.fixture(scope="module")
def session() -> Iterator[ge.GeSession]:
    with ge.Runtime(device=0), ge.GeSession() as opened:
        yield opened


def model(
    op: str, inputs: Sequence[np.ndarray | None], known: Sequence[Mapping[int, int]], outputs: int, attrs: Any
) -> onnx.ModelProto:
    """One node; of the inputs' dims only those in `known` are given."""
    infos = []
    for index, (array, dims) in enumerate(zip(inputs, known, strict=True)):
        if array is not None:
            shape = [dims.get(axis, f"d{index}_{axis}") for axis in range(array.ndim)]
            infos.append(helper.make_tensor_value_info(f"x{index}", TYPES[array.dtype.name], shape))
    names = [f"x{index}" if array is not None else "" for index, array in enumerate(inputs)]
    results = [f"y{index}" for index in range(outputs)]
    node = helper.make_node(op, names, results, **attrs)
    graph = helper.make_graph(
        [node], "unknown", infos, [helper.make_empty_tensor_value_info(y) for y in results]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)


def check(
    session: ge.GeSession,
    op: str,
    cases: Sequence[Sequence[np.ndarray | None]],
    known: Sequence[Mapping[int, int]],
    outputs: int = 1,
    tolerance: float = 1e-5,
    **attrs: Any,
) -> None:
    built = model(op, cases[0], known, outputs, attrs)
    reference = ReferenceEvaluator(built)
    graph = session.add_graph(ge.Graph.from_onnx(built))
    try:
        for inputs in cases:
            fed = {f"x{i}": array for i, array in enumerate(inputs) if array is not None}
            for got, wanted in zip(graph.run(*fed.values()), reference.run(None, fed), strict=True):
                np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)
    finally:
        graph.remove()


def floats(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize("causal", [0, 1])
def test_attention_of_any_length_with_a_cache(session: ge.GeSession, causal: int) -> None:
    def case(batch: int, length: int, past: int) -> list[np.ndarray | None]:
        q, k, v = floats(1, batch, length, 24), floats(2, batch, length, 12), floats(3, batch, length, 12)
        mask = floats(4, length, length + past)
        return [q, k, v, mask, floats(5, batch, 2, past, 6), floats(6, batch, 2, past, 6)]

    known = [{2: 24}, {2: 12}, {2: 12}, {}, {1: 2, 3: 6}, {1: 2, 3: 6}]
    attrs = {"q_num_heads": 4, "kv_num_heads": 2, "is_causal": causal, "softcap": 2.0}
    check(session, "Attention", [case(1, 3, 2), case(2, 5, 0), case(3, 1, 7)], known, 3, **attrs)


def test_attention_pads_a_short_mask(session: ge.GeSession) -> None:
    def case(batch: int, keys: int, mask: int) -> list[np.ndarray | None]:
        x = [floats(i, batch, 2, 4 if i == 1 else keys, 8) for i in (1, 2, 3)]
        return [*x, np.random.default_rng(4).random((4, mask)) < 0.7]

    known = [{1: 2, 3: 8}, {1: 2, 3: 8}, {1: 2, 3: 8}, {}]
    check(session, "Attention", [case(2, 6, 6), case(1, 9, 5)], known)


@pytest.mark.parametrize("interleaved", [0, 1])
def test_rotary_embedding_of_any_length(session: ge.GeSession, interleaved: int) -> None:
    def case(batch: int, length: int) -> list[np.ndarray | None]:
        places = np.random.default_rng(1).integers(0, 16, (batch, length))
        return [floats(2, batch, length, 24), floats(3, 16, 3), floats(4, 16, 3), places]

    known: list[dict[int, int]] = [{2: 24}, {1: 3}, {1: 3}, {}]
    attrs = {"num_heads": 3, "rotary_embedding_dim": 6, "interleaved": interleaved}
    check(session, "RotaryEmbedding", [case(1, 4), case(3, 2)], known, **attrs)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_cross_entropy_of_any_batch(session: ge.GeSession, reduction: str) -> None:
    def case(batch: int, width: int) -> list[np.ndarray | None]:
        labels = np.random.default_rng(1).integers(0, 5, (batch, width))
        return [floats(2, batch, 5, width), labels, np.abs(floats(3, 5)) + 0.5]

    known: list[dict[int, int]] = [{1: 5}, {}, {}]
    attrs = {"reduction": reduction, "ignore_index": 2}
    check(session, "SoftmaxCrossEntropyLoss", [case(2, 4), case(3, 1)], known, 2, **attrs)


@pytest.mark.parametrize("attrs", [{}, {"onesided": 1}, {"inverse": 1}], ids=str)
def test_fourier_transforms_of_any_length(session: ge.GeSession, attrs: dict[str, int]) -> None:
    parts = 1 if "onesided" in attrs else 2
    cases: list[list[np.ndarray | None]] = [
        [floats(1, 2, n, parts), None if n == 0 else np.array(length), np.array(axis)]
        for n, length, axis in [(8, 8, 1), (7, 12, -2), (9, 5, 1)]
    ]
    check(session, "DFT", cases, [{2: parts}, {}, {}], 1, 2e-5, **attrs)


def test_short_time_transforms_of_any_length(session: ge.GeSession) -> None:
    cases: list[list[np.ndarray | None]] = [
        [floats(1, batch, n, 1), np.array(step), floats(2, 16)]
        for batch, n, step in [(1, 64, 8), (2, 100, 5)]
    ]
    check(session, "STFT", cases, [{2: 1}, {}, {}], 1, 2e-5)


def test_quantised_convolution_of_any_size(session: ge.GeSession) -> None:
    def case(batch: int, size: int) -> list[np.ndarray | None]:
        rng = np.random.default_rng(size)
        x, w = (
            rng.integers(0, 255, shape, dtype=np.uint8) for shape in [(batch, 3, size, size), (4, 3, 3, 3)]
        )
        scales = [np.array(value, np.float32) for value in (0.02, 0.03, 0.9)]
        zeros = [np.array(value, np.uint8) for value in (120, 130, 100)]
        bias = rng.integers(-500, 500, 4, dtype=np.int32)
        return [x, scales[0], zeros[0], w, scales[1], zeros[1], scales[2], zeros[2], bias]

    known: list[dict[int, int]] = [{1: 3}, {}, {}, {0: 4, 1: 3, 2: 3, 3: 3}, {}, {}, {}, {}, {}]
    check(session, "QLinearConv", [case(1, 6), case(2, 9)], known, 1, 1.0, pads=[1, 0, 1, 2], strides=[2, 1])


def test_quantisation_by_blocks(session: ge.GeSession) -> None:
    x, scale = floats(1, 3, 10) * 40, np.abs(floats(2, 3, 4)) + 0.1
    zero = np.random.default_rng(3).integers(-5, 5, (3, 4), dtype=np.int8)
    attrs = {"axis": 1, "block_size": 3}
    check(session, "QuantizeLinear", [[x, scale, zero]], [{0: 3, 1: 10}, {}, {}], 1, 0, **attrs)
    y = np.random.default_rng(4).integers(-128, 127, (3, 10), dtype=np.int8)
    check(session, "DequantizeLinear", [[y, scale, zero]], [{0: 3, 1: 10}, {}, {}], **attrs)
