"""TransData against numpy's pads, reshapes and transpositions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    BFLOAT16,
    BOOL,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    INTEGERS,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    shapes,
    values,
)

import pyascend_ge as ge

NARROW = [FLOAT32, FLOAT16, BFLOAT16, BOOL, *(dtype for dtype in INTEGERS if dtype.itemsize <= 4)]
PLAIN = ("NCHW", "NHWC", "HWCN")


def convert(x: Any, source: str, to: str, **attrs: Any) -> np.ndarray:
    return run_op("TransData", [x], {"src_format": source, "dst_format": to, **attrs})[0]


def plain(x: np.ndarray, to: str) -> np.ndarray:
    """From NCHW."""
    return x.transpose(["NCHW".index(axis) for axis in to])


def filled(x: np.ndarray, axis: int, size: int) -> np.ndarray:
    """Zeros behind an axis up to a multiple of size."""
    return np.pad(x, [(0, -dim % size if at == axis else 0) for at, dim in enumerate(x.shape)])


def five_dims(x: np.ndarray) -> np.ndarray:
    """NC1HWC0 of NCHW."""
    c0 = 32 // x.itemsize
    whole = filled(x, 1, c0)
    n, c, h, w = whole.shape
    return whole.reshape(n, c // c0, c0, h, w).transpose(0, 1, 3, 4, 2)


def fractal_z(x: np.ndarray) -> np.ndarray:
    """FRACTAL_Z of NCHW."""
    c0 = 32 // x.itemsize
    whole = filled(filled(x, 1, c0), 0, 16)
    n, c, h, w = whole.shape
    parts = whole.reshape(n // 16, 16, c // c0, c0, h, w).transpose(2, 4, 5, 0, 1, 3)
    return parts.reshape(c // c0 * h * w, n // 16, 16, c0)


def fractal_nz(x: np.ndarray) -> np.ndarray:
    """FRACTAL_NZ of [..., M, N]."""
    c0 = 32 // x.itemsize
    whole = filled(filled(x, x.ndim - 1, c0), x.ndim - 2, 16)
    *batch, m, n = whole.shape
    parts = whole.reshape(*batch, m // 16, 16, n // c0, c0)
    return np.moveaxis(parts, -2, len(batch))


images = st.tuples(st.integers(1, 20), st.integers(1, 40), st.integers(1, 4), st.integers(1, 5))


def same(actual: np.ndarray, expected: np.ndarray) -> None:
    assert actual.dtype == expected.dtype
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("dtype", [FLOAT64, *INTEGERS, *NARROW[:4]], ids=str)
@few
@given(shape=images, seed=seeds)
def test_plain_orders(dtype: Any, shape: Any, seed: int) -> None:
    x = values(seed, shape, dtype)
    for source in PLAIN:
        for to in PLAIN:
            same(convert(plain(x, source), source, to), plain(x, to))


@pytest.mark.parametrize("dtype", NARROW, ids=str)
@few
@given(shape=images, seed=seeds, source=st.sampled_from(PLAIN))
def test_blocks_of_channels(dtype: Any, shape: Any, seed: int, source: str) -> None:
    x = values(seed, shape, dtype)
    blocked = five_dims(x)
    same(convert(plain(x, source), source, "NC1HWC0"), blocked)
    whole = filled(x, 1, blocked.shape[-1])  # nothing says how far the blocks are filled
    same(convert(blocked, "NC1HWC0", source), plain(whole, source))


@pytest.mark.parametrize("dtype", NARROW, ids=str)
@few
@given(shape=images, seed=seeds, source=st.sampled_from(PLAIN))
def test_weights(dtype: Any, shape: Any, seed: int, source: str) -> None:
    x = values(seed, shape, dtype)
    same(convert(plain(x, source), source, "FRACTAL_Z"), fractal_z(x))


@pytest.mark.parametrize("dtype", NARROW, ids=str)
@few
@given(batch=shapes(0, 2, 3), m=st.integers(1, 40), n=st.integers(1, 40), seed=seeds)
def test_matrices(dtype: Any, batch: Any, m: int, n: int, seed: int) -> None:
    x = values(seed, (*batch, m, n), dtype)
    blocked = fractal_nz(x)
    same(convert(x, "ND", "FRACTAL_NZ"), blocked)
    whole = filled(filled(x, x.ndim - 1, blocked.shape[-1]), x.ndim - 2, 16)
    same(convert(blocked, "FRACTAL_NZ", "ND"), whole)


def declare(tensor: Any, shape: Any) -> None:
    """Say in the graph which shape a tensor has, as GE's own compiler does for what it inserts."""
    descriptor = tensor.descriptor
    made = ge.Graph("made").input("x", shape).descriptor
    descriptor.shape = made.shape
    for name in ("origin_shape", "origin_shape_initialized"):
        if name in made.attr:
            descriptor.attr[name] = made.attr[name]


def round_trip(x: np.ndarray, source: str, to: str, shape: Any = None) -> np.ndarray:
    graph = ge.Graph("there_and_back")
    there = graph.op("TransData", graph.input("x", x.shape, x.dtype), src_format=source, dst_format=to)
    back = graph.op("TransData", there, src_format=to, dst_format=source)
    declare(back, x.shape if shape is None else shape)
    graph.output(graph.op("Identity", back))
    with ge.GeSession() as session:
        return np.array(session.add_graph(graph).run(x)[0])


@pytest.mark.parametrize(
    ("source", "to"),
    [*((source, to) for source in PLAIN for to in ("NC1HWC0", "FRACTAL_Z")), ("ND", "FRACTAL_NZ")],
)
@few
@given(shape=images, seed=seeds, dtype=st.sampled_from([FLOAT32, FLOAT16, np.dtype(np.int8)]))
def test_there_and_back_again(source: str, to: str, shape: Any, seed: int, dtype: Any) -> None:
    x = values(seed, shape, dtype)
    x = x if source == "ND" else np.ascontiguousarray(plain(x, source))
    same(round_trip(x, source, to), x)


@pytest.mark.parametrize(
    ("source", "to", "shape"),
    [
        ("NCHW", "NC1HWC0", (2, 17, 3, 4)),
        ("NCHW", "NC1HWC0", (2, 8, 3, 3)),
        ("NHWC", "FRACTAL_Z", (17, 3, 4, 8)),
        ("ND", "FRACTAL_NZ", (2, 9, 3, 17)),
    ],
)
def test_a_declared_shape_that_does_not_fit_is_refused(source: str, to: str, shape: Any) -> None:
    x = values(1, (2, 9, 3, 4) if source != "NHWC" else (2, 3, 4, 9), FLOAT32)
    with pytest.raises(ge.AscendError, match=f"declared as {source} .*which is not what {to} .* holds"):
        round_trip(x, source, to, shape)


def test_large_images() -> None:
    x = values(3, (3, 35, 100, 90), FLOAT16)
    same(convert(x, "NCHW", "NC1HWC0"), five_dims(x))


def test_empty_tensors() -> None:
    same(
        convert(np.zeros((0, 3, 4, 5), np.float32), "NCHW", "NC1HWC0"), np.zeros((0, 1, 4, 5, 8), np.float32)
    )
    same(convert(np.zeros((2, 0, 5), np.float32), "ND", "FRACTAL_NZ"), np.zeros((2, 1, 0, 16, 8), np.float32))


def test_an_order_stays_itself() -> None:
    x = values(1, (2, 3, 4), FLOAT64)
    same(convert(x, "FRACTAL_NZ", "FRACTAL_NZ"), x)


FOUR = np.zeros((2, 3, 4, 5), np.float32)


@pytest.mark.parametrize(
    ("x", "source", "to", "attrs", "message"),
    [
        (FOUR, "NCHW", "C1HWNC0", {}, 'from src_format "NCHW" to dst_format "C1HWNC0" is not emulated'),
        (FOUR, "NC1HWC0", "FRACTAL_Z", {}, 'from src_format "NC1HWC0" to dst_format "FRACTAL_Z" is not'),
        (FOUR, "ND", "NC1HWC0", {}, 'from src_format "ND" to dst_format "NC1HWC0" is not emulated'),
        (FOUR, "NCHW", "FRACTAL_NZ", {}, 'from src_format "NCHW" to dst_format "FRACTAL_NZ" is not'),
        (FOUR, "NCHW", "ND", {}, 'from src_format "NCHW" to dst_format "ND" is not emulated'),
        (FOUR, "NCHW", "FRACTAL_Z", {"groups": 2}, "attribute groups is 2; emulated is one group"),
        (FOUR[0], "NCHW", "NC1HWC0", {}, r"src has shape \[3,4,5\]; in src_format NCHW it must be of 4 dims"),
        (FOUR, "NC1HWC0", "NCHW", {}, r"it must be \[N, C1, H, W, C0\]"),
        (FOUR, "FRACTAL_NZ", "ND", {}, r"it must be \[..., N1, M1, 16, C0\]"),
        (FOUR, "FRACTAL_Z", "NCHW", {}, "the shape of dst declared"),
        (FOUR[0, 0, 0], "ND", "FRACTAL_NZ", {}, r"it must be \[..., M, N\]"),
        (FOUR.astype(np.float64), "NCHW", "NC1HWC0", {}, "dtype DT_DOUBLE has no blocked storage"),
    ],
)
def test_what_is_not_covered_is_refused(x: Any, source: str, to: str, attrs: Any, message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        convert(x, source, to, **attrs)
