"""Sampling, regions, boxes and deformed convolutions against onnx's reference and plain numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops_harness import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    Const,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401
    run_op,
    seeds,
    values,
)

import pyascend_ge as ge

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

TYPES = [FLOAT32, FLOAT16, BFLOAT16]
SLACK = {FLOAT32: 2e-5, FLOAT16: 8e-3, BFLOAT16: 6e-2}


def reference(op: str, inputs: list[Any], attrs: dict[str, Any], opset: int = 22) -> np.ndarray:
    """An ONNX operator by onnx's own implementation."""
    names = ["" if value is None else f"x{i}" for i, value in enumerate(inputs)]
    fed = {name: value for name, value in zip(names, inputs, strict=True) if value is not None}
    infos = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), None)
        for n, v in fed.items()
    ]
    graph = helper.make_graph(
        [helper.make_node(op, names, ["y"], **attrs)],
        "g",
        infos,
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    [y] = ReferenceEvaluator(model).run(None, fed)
    return np.asarray(y)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize(
    ("mode", "named"), [("nearest", "nearest"), ("linear", "bilinear"), ("cubic", "bicubic")]
)
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("align", [False, True])
def test_grid_sampler(dtype: Any, axes: int, mode: str, named: str, padding: str, align: bool) -> None:
    x = values(1, (2, 2, 3, 4, 5)[: axes + 2], dtype)
    grid = values(2, (*(2, 3, 2, 2)[: axes + 1], axes), FLOAT32, -1.6, 1.6).astype(dtype)
    # Halves round differently where the coordinate is computed in another order.
    attrs = {"mode": mode, "padding_mode": padding, "align_corners": int(align)}
    expected = reference("GridSample", [x.astype(np.float32), grid.astype(np.float32)], attrs)
    attrs = {"interpolation_mode": named, "padding_mode": padding, "align_corners": align}
    [y] = run_op(f"GridSampler{axes}D", [x, grid], attrs)
    assert_close(y, expected, dtype, rtol=8, atol=SLACK[dtype])


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("size", [(2, 3, 4, 5), (2, 3, 2, 4, 5)], ids=str)
@pytest.mark.parametrize("align", [False, True])
def test_affine_grid(dtype: Any, size: tuple[int, ...], align: bool) -> None:
    axes = len(size) - 2
    theta = values(3, (2, axes, axes + 1), dtype)
    steps = [np.linspace(-1, 1, n) if align else (2 * np.arange(n) + 1) / n - 1 for n in size[2:]]
    coordinates = np.meshgrid(*steps, indexing="ij")[::-1]
    places = np.stack([*coordinates, np.ones(size[2:])], -1)
    expected = np.einsum("nij,...j->n...i", theta.astype(np.float64), places).reshape(2, -1, axes)
    [y] = run_op("AffineGrid", [theta, Const(np.array(size, np.int32))], {"align_corners": align})
    assert_close(y, expected, dtype, rtol=4, atol=1e-6)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
@pytest.mark.parametrize("mode", ["avg", "max"])
@pytest.mark.parametrize("half", [False, True])
@few
@given(st.integers(0, 3), seeds)
def test_roi_align(dtype: Any, mode: str, half: bool, samples: int, seed: int) -> None:
    x = values(seed, (2, 3, 8, 9), FLOAT32)
    x = x.astype(dtype)
    corners = values(seed + 1, (4, 2, 2), FLOAT32, 0, 14)
    rois = np.concatenate([corners.min(1), corners.max(1) + 1], 1).astype(dtype)
    batch = np.array([0, 1, 1, 0])
    attrs = {
        "output_height": 3,
        "output_width": 2,
        "sampling_ratio": samples,
        "spatial_scale": 0.5,
        "mode": mode,
    }
    attrs["coordinate_transformation_mode"] = "half_pixel" if half else "output_half_pixel"
    expected = reference("RoiAlign", [x.astype(np.float32), rois.astype(np.float32), batch], attrs)
    attrs = {
        "pooled_height": 3,
        "pooled_width": 2,
        "sample_num": samples,
        "spatial_scale": 0.5,
        "pool_mode": mode,
        "roi_end_mode": 2 if half else 0,
    }
    [y] = run_op("ROIAlign", [x, np.concatenate([batch[:, None].astype(dtype), rois], 1), None], attrs)
    assert_close(y, expected, dtype, rtol=8, atol=SLACK[dtype])


@pytest.mark.parametrize("op", ["NonMaxSuppressionV6", "NonMaxSuppressionV7"])
@few
@given(st.integers(0, 1), st.sampled_from([0.0, 0.3, 0.7]), st.booleans(), st.integers(0, 9), seeds)
def test_boxes_of_batches(op: str, center: int, iou: float, scored: bool, most: int, seed: int) -> None:
    boxes = values(seed, (2, 12, 4), FLOAT32, 0, 3)
    scores = values(seed + 1, (2, 3, 12), FLOAT32, 0, 1)
    limits = [np.array([most], np.int64), np.array([iou], np.float32)]
    limits.append(np.array([0.5], np.float32) if scored else np.array([-1], np.float32))
    expected = reference("NonMaxSuppression", [boxes, scores, *limits], {"center_point_box": center})
    inputs = [boxes, scores, limits[0].astype(np.int32), limits[1], limits[2]]
    [y] = run_op(op, inputs + [None] * (op[-1] == "7"), {"center_point_box": center})
    assert_same(y, expected.reshape(-1, 3), np.int32)


@few
@given(st.sampled_from([0.2, 0.6]), seeds)
def test_boxes_of_one_image(iou: float, seed: int) -> None:
    boxes = values(seed, (15, 4), FLOAT32, 0, 3)
    scores = values(seed + 1, (15,), FLOAT32, 0, 1)
    limits = [np.array([5], np.int64), np.array([iou], np.float32), np.array([0.25], np.float32)]
    expected = reference("NonMaxSuppression", [boxes[None], scores[None, None], *limits], {})[:, 2]
    scalars = [np.array(5, np.int32), np.array(iou, np.float32), np.array(0.25, np.float32)]
    [y] = run_op("NonMaxSuppressionV3", [boxes, scores, *scalars])
    assert_same(y, expected, np.int32)
    limits[2] = np.array([-1], np.float32)
    expected = reference("NonMaxSuppression", [boxes[None], scores[None, None], *limits], {})[:, 2]
    [y] = run_op("NonMaxSuppression", [boxes, scores, scalars[0]], {"iou_threshold": iou})
    assert_same(y, expected, np.int32)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("modulated", [False, True])
@settings(few, max_examples=2)
@given(st.sampled_from([1, 2]), st.sampled_from([1, 2]), st.integers(1, 2), st.integers(1, 2), seeds)
def test_deformable_convolution(
    dtype: Any, layout: str, modulated: bool, sets: int, groups: int, stride: int, dilation: int, seed: int
) -> None:
    x, f = values(seed, (2, 4, 7, 8), dtype), values(seed + 1, (6, 4 // groups, 3, 2), dtype)
    bias = values(seed + 2, (6,), dtype)
    rows = (7 + 2 - 2 * dilation - 1) // stride + 1
    columns = (8 + 1 - dilation - 1) // stride + 1
    offset = values(seed + 3, (2, sets * 6, 2, rows, columns), dtype, -2, 2)
    mask = values(seed + 4, (2, sets * 6, rows, columns), dtype, 0, 1) if modulated else None
    attrs: dict[str, Any] = {
        "strides": [stride] * 2,
        "dilations": [dilation] * 2,
        "pads": [1, 0, 1, 1],
        "group": groups,
        "offset_group": sets,
    }
    fed = [x, f, offset.reshape(2, -1, rows, columns), bias, mask]
    expected = reference("DeformConv", [None if p is None else p.astype(np.float32) for p in fed], attrs)
    parts = [offset[:, :, 1], offset[:, :, 0]] + ([mask] if mask is not None else [])
    last = layout == "NHWC"
    laid = lambda t: np.ascontiguousarray(np.moveaxis(t, 1, -1)) if last else t  # noqa: E731
    four = lambda n: [1, n, n, 1] if last else [1, 1, n, n]  # noqa: E731
    attrs = {
        "strides": four(stride),
        "dilations": four(dilation),
        "pads": [1, 1, 0, 1],
        "deformable_groups": sets,
        "modulated": modulated,
        "data_format": layout,
    }
    offsets = laid(np.concatenate(parts, 1))
    weights = np.ascontiguousarray(f.transpose(2, 3, 1, 0)) if last else f
    [y] = run_op("DeformableConv2D", [laid(x), weights, offsets, bias], attrs | {"groups": groups})
    y = np.moveaxis(y, -1, 1) if last else y
    assert_close(y, expected, dtype, rtol=8, atol=4 * SLACK[dtype])
    [taps] = run_op("DeformableOffsets", [laid(x), offsets], attrs | {"ksize": [3, 2]})
    taps = (np.moveaxis(taps, -1, 1) if last else taps).astype(np.float64)
    blocks = taps.reshape(2, groups, 4 // groups, rows, 3, columns, 2)
    by_group = f.astype(np.float64).reshape(groups, 6 // groups, 4 // groups, 3, 2)
    again = np.einsum("ngcyixj,gocij->ngoyx", blocks, by_group).reshape(2, 6, rows, columns)
    again += bias.astype(np.float64).reshape(1, -1, 1, 1)
    assert_close(again.astype(dtype), expected, dtype, rtol=8, atol=8 * SLACK[dtype])


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        (
            "GridSampler2D",
            [np.zeros((1, 1, 2, 2), np.float32), np.zeros((1, 2, 2, 3), np.float32)],
            {},
            "last dim of 2",
        ),
        (
            "GridSampler2D",
            [np.zeros((1, 1, 2, 2), np.float32), np.zeros((1, 2, 2, 2), np.float32)],
            {"padding_mode": "wrap"},
            "padding_mode is .wrap.",
        ),
        (
            "AffineGrid",
            [np.zeros((1, 2, 3), np.float32), Const(np.array([2, 1, 4, 4], np.int32))],
            {},
            "theta has shape",
        ),
        (
            "ROIAlign",
            [np.zeros((1, 1, 2, 2), np.float32), np.zeros((3, 4), np.float32), None],
            {"spatial_scale": 1.0, "pooled_height": 1, "pooled_width": 1},
            "count,5",
        ),
        (
            "NonMaxSuppression",
            [np.zeros((3, 4), np.float32), np.zeros(2, np.float32), np.array(1, np.int32)],
            {},
            "boxes .3,4. and scores .2.",
        ),
        (
            "DeformableOffsets",
            [np.zeros((1, 2, 4, 4), np.float32), np.zeros((1, 8, 4, 4), np.float32)],
            {"strides": [1] * 4, "pads": [0] * 4, "ksize": [1, 1]},
            "must have 3 channels",
        ),
    ],
    ids=["grid", "padding", "theta", "rois", "boxes", "offsets"],
)
def test_what_does_not_fit_is_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
