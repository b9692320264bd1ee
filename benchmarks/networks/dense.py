"""A BERT-base encoder, multi-layer perceptrons, and a chain of elementwise operators."""

from __future__ import annotations

import numpy as np
from onnx import ModelProto

from benchmarks.networks.builder import Network


def bert_base(length: int = 128, layers: int = 12, dtype: type = np.float32) -> ModelProto:
    """Build BERT-base's encoder (Devlin et al. 2018) on one sequence of embeddings, GELU by erf."""
    width, heads = 768, 12
    net = Network("bert_base", (1, length, width), dtype=dtype)
    split, joined = net.const([1, length, heads, width // heads]), net.const([1, length, width])
    scale = net.const(np.float32(1 / np.sqrt(width / heads)))
    half, one, root = (net.const(np.float32(value)) for value in (0.5, 1, np.sqrt(2)))

    def norm(x: str) -> str:
        return net.node("LayerNormalization", x, net.vector(width, 0.9, 1.1), net.vector(width), axis=-1)

    def head(x: str, perm: list[int]) -> str:
        return net.node("Transpose", net.node("Reshape", net.linear(x, width, width), split), perm=perm)

    x = norm(net.input)
    for _ in range(layers):
        query, key, value = head(x, [0, 2, 1, 3]), head(x, [0, 2, 3, 1]), head(x, [0, 2, 1, 3])
        weights = net.node("Softmax", net.node("Mul", net.node("MatMul", query, key), scale), axis=-1)
        seen = net.node("Transpose", net.node("MatMul", weights, value), perm=[0, 2, 1, 3])
        x = norm(net.node("Add", net.linear(net.node("Reshape", seen, joined), width, width), x))
        y = net.linear(x, width, 4 * width)
        inner = net.node("Add", net.node("Erf", net.node("Div", y, root)), one)
        y = net.node("Mul", net.node("Mul", y, inner), half)
        x = norm(net.node("Add", net.linear(y, 4 * width, width), x))
    return net.model(x)


def mlp(batch: int, width: int = 1024, layers: int = 3, dtype: type = np.float32) -> ModelProto:
    """Build fully connected layers with Relu between them."""
    net = Network(f"mlp_{batch}", (batch, width), dtype=dtype)
    x = net.input
    for layer in range(layers):
        x = net.gemm(x, width, width)
        x = net.node("Relu", x) if layer < layers - 1 else x
    return net.model(x)


def elementwise(count: int = 4 << 20, dtype: type = np.float32) -> ModelProto:
    """Build eight elementwise operators in a row on 16 MiB of floats."""
    net = Network("elementwise", (count,), dtype=dtype)
    x = net.input
    for operator, value in (("Mul", 1.5), ("Add", 0.25), ("Relu", None), ("Sub", 0.5)) * 2:
        x = net.node(operator, x) if value is None else net.node(operator, x, net.const(np.float32(value)))
    return net.model(x)
