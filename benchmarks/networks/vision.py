"""ResNet-50 and MobileNetV2."""

from __future__ import annotations

import numpy as np
from onnx import ModelProto

from benchmarks.networks.builder import Network


def resnet50(batch: int = 1, size: int = 224, dtype: type = np.float32) -> ModelProto:
    """Build ResNet-50 (He et al. 2015, stride in the 3 x 3 convolutions): 8.2 GFLOP an image."""
    net = Network("resnet50", (batch, 3, size, size), dtype=dtype)
    x = net.node("Relu", net.conv(net.input, 3, 64, 7, stride=2))
    x = net.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    given = 64
    for stage, blocks in enumerate((3, 4, 6, 3)):
        width = 64 << stage
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            y = net.node("Relu", net.conv(x, given, width, 1))
            y = net.node("Relu", net.conv(y, width, width, 3, stride=stride))
            y = net.conv(y, width, 4 * width, 1)
            if not block:
                x = net.conv(x, given, 4 * width, 1, stride=stride)
            x, given = net.node("Relu", net.node("Add", y, x)), 4 * width
    x = net.node("Flatten", net.node("GlobalAveragePool", x))
    return net.model(net.gemm(x, given, 1000))


_INVERTED = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def mobilenet_v2(batch: int = 1, size: int = 224, dtype: type = np.float32) -> ModelProto:
    """Build MobileNetV2 (Sandler et al. 2018): 0.6 GFLOP an image, depthwise convolutions and Relu6."""
    net = Network("mobilenet_v2", (batch, 3, size, size), dtype=dtype)
    low, high = net.const(np.float32(0)), net.const(np.float32(6))

    def active(x: str) -> str:
        return net.node("Clip", x, low, high)

    x, given = active(net.conv(net.input, 3, 32, 3, stride=2)), 32
    for widening, made, repeats, first_stride in _INVERTED:
        for repeat in range(repeats):
            inner, stride = given * widening, 1 if repeat else first_stride
            y = active(net.conv(x, given, inner, 1)) if widening > 1 else x
            y = active(net.conv(y, inner, inner, 3, stride=stride, group=inner))
            y = net.conv(y, inner, made, 1)
            x, given = net.node("Add", y, x) if repeat else y, made
    x = active(net.conv(x, given, 1280, 1))
    x = net.node("Flatten", net.node("GlobalAveragePool", x))
    return net.model(net.gemm(x, 1280, 1000))
