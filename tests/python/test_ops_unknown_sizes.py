"""Operators of images, boxes and matrices in graphs whose inputs' sizes are known at run time alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from ops_harness import values

import pyascend_ge as ge


@pytest.fixture(scope="module")
def session() -> Iterator[ge.GeSession]:
    with ge.Runtime(device=0), ge.GeSession() as opened:
        yield opened


def pyramid(x: np.ndarray) -> np.ndarray:
    """Two levels of largest values, of planes with even sides."""
    n, c, h, w = x.shape
    quarters = x.reshape(n, c, 2, h // 2, 2, w // 2).max((3, 5))
    return np.concatenate([x.max((2, 3)), quarters.reshape(n, -1)], 1)


def largest_of_all(x: np.ndarray, rois: np.ndarray) -> np.ndarray:
    """Regions that are whole images, as one bin."""
    return np.broadcast_to(x.max((2, 3))[0, :, None, None], (len(rois), x.shape[1], 1, 1))


def gaps(x: np.ndarray) -> np.ndarray:
    y = np.zeros([2 * x.shape[0] - 1, 3 * x.shape[1] - 2], x.dtype)
    y[::2, ::3] = x
    return y


def normal(x: np.ndarray, factor: np.ndarray) -> np.ndarray:
    return x / np.sqrt(np.square(x).sum((1, 2, 3), keepdims=True) + 1e-10) * factor


POOLED = {"pooled_h": 1, "pooled_w": 1, "spatial_scale_h": 1.0, "spatial_scale_w": 1.0}
Dims = tuple[int, ...]

# operator: shapes with unknown dims, attributes, numpy's way to output 0, shapes of two runs if they differ
CASES: dict[str, tuple[list[Dims], dict[str, Any], Callable[..., Any], list[list[Dims]]]] = {
    "Scale": (
        [(-1, 3, -1), (3,), (3,)],
        {},
        lambda x, s, b: x * s[:, None] + b[:, None],
        [[(2, 3, 4)], [(1, 3, 7)]],
    ),
    "Bias": ([(-1, -1), (-1,)], {}, np.add, [[(2, 3), (3,)], [(4, 5), (5,)]]),
    "Normalize": ([(-1, 2, -1, -1), (1,)], {}, normal, [[(1, 2, 3, 4)], [(3, 2, 1, 5)]]),
    "ROIPooling": (
        [(1, 2, -1, -1), (-1, 5)],
        POOLED,
        largest_of_all,
        [[(1, 2, 4, 5), (3, 5)], [(1, 2, 6, 3), (1, 5)]],
    ),
    "SPP": ([(-1, 2, -1, -1)], {"pyramid_height": 2}, pyramid, [[(1, 2, 4, 4)], [(2, 2, 2, 6)]]),
    "Dilation": ([(-1, -1)], {"dilations": [2, 3]}, gaps, [[(2, 3)], [(4, 1)]]),
    "Svd": ([(-1, -1)], {}, lambda x: np.linalg.svd(x, compute_uv=False), [[(4, 3)], [(2, 5)]]),
    "INTrainingReduceV2": ([(-1, -1, -1)], {}, lambda x: x.sum(2, keepdims=True), [[(2, 3, 4)], [(1, 5, 2)]]),
    "Rotate": ([(-1, -1, 3)], {"angle": 90.0, "expand": True}, np.rot90, [[(2, 3, 3)], [(4, 1, 3)]]),
}


@pytest.mark.parametrize("operator", CASES)
def test_sizes_of_two_runs(session: ge.GeSession, operator: str) -> None:
    unknown, attrs, reference, runs = CASES[operator]
    graph = ge.Graph("unknown sizes")
    inputs = [graph.input(f"x{i}", shape=shape, dtype="float32") for i, shape in enumerate(unknown)]
    result = graph.op(operator, *inputs, *([None] if operator == "ROIPooling" else []), **attrs)
    graph.output(result[0] if isinstance(result, tuple) else result)
    handle = session.add_graph(graph)
    for seed, sizes in enumerate(runs):
        fed = [values(seed + i, dims, np.float32) for i, dims in enumerate([*sizes, *unknown[len(sizes) :]])]
        if operator == "ROIPooling":
            h, w = fed[0].shape[2:]
            fed[1] = np.tile(np.float32([0, 0, 0, w - 1, h - 1]), (len(fed[1]), 1))
        [y] = handle.run(*fed)
        expected = reference(*(array.astype(np.float64) for array in fed))
        assert np.shape(y) == expected.shape
        np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)
    handle.remove()
