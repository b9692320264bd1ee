"""The digits network in numpy: two convolutions, two poolings, one matrix; forward and backward.

Images are NCHW float32. The layers are those of GE that the exported graph uses: Conv2D 3x3 with pads 1,
BiasAdd, Relu, MaxPool 2x2, MatMulV2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def conv_windows(x: Array) -> Array:
    """Return all 3x3 windows of images with a border of zeros, as (N, H, W, C * 9)."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    n, c, h, w = x.shape
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(n, h, w, c * 9)


def initial(
    rng: np.random.Generator, channels: tuple[int, int] = (8, 16), classes: int = 10
) -> dict[str, Array]:
    """Return random parameters (He's scale): OIHW filters, an (inputs, classes) matrix."""
    first, second = channels
    shapes = {"filter1": (first, 1, 3, 3), "filter2": (second, first, 3, 3), "matrix": (second * 4, classes)}
    made = {}
    for name, shape in shapes.items():
        inputs = shape[0] if name == "matrix" else int(np.prod(shape[1:]))
        made[name] = rng.normal(0, np.sqrt(2 / inputs), shape).astype(np.float32)
    for name, size in (("bias1", first), ("bias2", second), ("bias3", classes)):
        made[name] = np.zeros(size, np.float32)
    return made


def _convolve(x: Array, weights: Array, bias: Array) -> tuple[Array, Array]:
    windows = conv_windows(x)
    y = windows @ weights.reshape(len(weights), -1).T + bias
    return y.transpose(0, 3, 1, 2), windows


def _pool(x: Array) -> tuple[Array, Array]:
    n, c, h, w = x.shape
    blocks = (
        x.reshape(n, c, h // 2, 2, w // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, c, h // 2, w // 2, 4)
    )
    return blocks.max(axis=-1), blocks.argmax(axis=-1)


def _unpool(gradient: Array, where: Array) -> Array:
    n, c, h, w = gradient.shape
    blocks = np.zeros((n, c, h, w, 4), np.float32)
    np.put_along_axis(blocks, where[..., None], gradient[..., None], axis=-1)
    return blocks.reshape(n, c, h, w, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, c, h * 2, w * 2)


def _convolve_back(gradient: Array, windows: Array, weights: Array) -> tuple[Array, Array, Array]:
    flat = gradient.transpose(0, 2, 3, 1)
    filters = np.tensordot(flat, windows, axes=((0, 1, 2), (0, 1, 2))).reshape(weights.shape)
    turned = weights[:, :, ::-1, ::-1].transpose(
        1, 0, 2, 3
    )  # the input's gradient is a convolution with these
    x, _ = _convolve(gradient, turned, np.zeros(len(turned), np.float32))
    return x, filters, flat.sum(axis=(0, 1, 2))


def loss_and_gradients(
    parameters: dict[str, Array], x: Array, labels: Array
) -> tuple[float, dict[str, Array]]:
    """Return the cross-entropy of a batch and its gradients by parameter."""
    p = parameters
    a1, windows1 = _convolve(x, p["filter1"], p["bias1"])
    h1, where1 = _pool(np.maximum(a1, 0))
    a2, windows2 = _convolve(h1, p["filter2"], p["bias2"])
    h2, where2 = _pool(np.maximum(a2, 0))
    flat = h2.reshape(len(x), -1)
    scores = flat @ p["matrix"] + p["bias3"]
    scores -= scores.max(axis=1, keepdims=True)
    chances = np.exp(scores)
    chances /= chances.sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    loss = float(-np.log(chances[rows, labels]).mean())

    d3 = chances
    d3[rows, labels] -= 1
    d3 /= len(x)
    d2 = _unpool((d3 @ p["matrix"].T).reshape(h2.shape), where2) * (a2 > 0)
    d_h1, filter2, bias2 = _convolve_back(d2, windows2, p["filter2"])
    d1 = _unpool(d_h1, where1) * (a1 > 0)
    _, filter1, bias1 = _convolve_back(d1, windows1, p["filter1"])
    return loss, {
        "filter1": filter1,
        "bias1": bias1,
        "filter2": filter2,
        "bias2": bias2,
        "matrix": flat.T @ d3,
        "bias3": d3.sum(axis=0),
    }


def predict(parameters: dict[str, Array], x: Array) -> Array:
    """Return the most likely class of each image."""
    p = parameters
    h1, _ = _pool(np.maximum(_convolve(x, p["filter1"], p["bias1"])[0], 0))
    h2, _ = _pool(np.maximum(_convolve(h1, p["filter2"], p["bias2"])[0], 0))
    return (h2.reshape(len(x), -1) @ p["matrix"] + p["bias3"]).argmax(axis=1)
