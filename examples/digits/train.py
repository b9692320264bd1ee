"""Train the digits network and store it as GE's graph: ``python train.py``.

Needs numpy, scikit-learn and pyascend_ge; writes ``digits.air``, ``digits-test.npz`` and ``digits-test.bin``
beside this file. The result is the same on every run of one machine.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from network import Array, initial, loss_and_gradients, predict
from sklearn.datasets import load_digits

import pyascend_ge as ge

HERE = Path(__file__).parent
HELD_OUT, EPOCHS, BATCH, RATE, DECAY = 400, 60, 64, 3e-3, 1e-4


def shifted(rng: np.random.Generator, images: Array) -> Array:
    """Return the images, each moved by at most one pixel in both directions."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    moved = np.empty_like(images)
    for row, (down, right) in enumerate(rng.integers(0, 3, (len(images), 2))):
        moved[row] = padded[row, :, down : down + 8, right : right + 8]
    return moved


def train(images: Array, labels: Array, seed: int = 0) -> dict[str, Array]:
    """Train with Adam and a rate that falls to zero; half of each batch is shifted."""
    rng = np.random.default_rng(seed)
    parameters = initial(rng)
    mean = {name: np.zeros_like(value) for name, value in parameters.items()}
    square = {name: np.zeros_like(value) for name, value in parameters.items()}
    steps = EPOCHS * (len(images) // BATCH)
    step = 0
    for epoch in range(EPOCHS):
        total = 0.0
        for chosen in rng.permutation(len(images))[: len(images) // BATCH * BATCH].reshape(-1, BATCH):
            batch = images[chosen]
            batch[::2] = shifted(rng, batch[::2])
            loss, gradients = loss_and_gradients(parameters, batch, labels[chosen])
            step += 1
            rate = RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
            for name, gradient in gradients.items():
                mean[name] = 0.9 * mean[name] + 0.1 * gradient
                square[name] = 0.999 * square[name] + 0.001 * gradient**2
                change = (mean[name] / (1 - 0.9**step)) / (np.sqrt(square[name] / (1 - 0.999**step)) + 1e-8)
                parameters[name] = parameters[name] - np.float32(rate) * (change + DECAY * parameters[name])
            total += loss
        print(f"epoch {epoch + 1:2}: loss {total / (len(images) // BATCH):.4f}")
    return parameters


def export(parameters: dict[str, Array]) -> ge.Graph:
    """Return the trained network as a graph: images of 0..16 in, probabilities of the ten digits out."""
    p = {name: value.astype(np.float32) for name, value in parameters.items()}
    graph = ge.Graph("digits")
    images = graph.input("images", shape=(-1, 1, 8, 8), dtype="uint8", format="NCHW")
    x = graph.op("Cast", images, dst_type="float32", name="as_float") * (1 / 16)
    for layer in ("1", "2"):
        weights = graph.const(p[f"filter{layer}"], name=f"filter{layer}", format="NCHW")
        bias = graph.const(p[f"bias{layer}"], name=f"bias{layer}")
        x = graph.op(
            "Conv2D", x, weights, strides=[1] * 4, pads=[1] * 4, data_format="NCHW", name=f"conv{layer}"
        )
        x = graph.op("BiasAdd", x, bias, data_format="NCHW", name=f"add_bias{layer}")
        x = graph.op("Relu", x, name=f"relu{layer}")
        size = [1, 1, 2, 2]
        x = graph.op(
            "MaxPool", x, ksize=size, strides=size, padding="VALID", data_format="NCHW", name=f"pool{layer}"
        )
    x = graph.op("FlattenV2", x, name="flat")
    x = graph.op("MatMulV2", x, graph.const(p["matrix"], name="matrix"), name="scores")
    x = graph.op("Add", x, graph.const(p["bias3"], name="bias3"), name="add_bias3")
    graph.output(graph.op("SoftmaxV2", x, axes=[-1], name="probabilities"))
    return graph


def main() -> None:
    """Split, train, measure, store."""
    digits = load_digits()
    images = digits.images.astype(np.uint8)[:, None]
    labels = digits.target.astype(np.int64)
    order = np.random.default_rng(2024).permutation(len(images))
    held, used = order[:HELD_OUT], order[HELD_OUT:]
    parameters = train(images[used].astype(np.float32) / 16, labels[used])
    found = predict(parameters, images[held].astype(np.float32) / 16)
    accuracy = float((found == labels[held]).mean())
    export(parameters).save(HERE / "digits.air")
    np.savez_compressed(
        HERE / "digits-test.npz", images=images[held], labels=labels[held], accuracy=np.float64(accuracy)
    )
    bare = images[held].tobytes() + labels[held].astype(np.uint8).tobytes()  # for programs that read no .npz
    (HERE / "digits-test.bin").write_bytes(bare)
    print(f"accuracy on {HELD_OUT} held-out images: {accuracy:.2%}")


if __name__ == "__main__":
    main()
