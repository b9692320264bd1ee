"""Resizing against onnx's reference, and TensorFlow's spellings against their formulas in numpy."""

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
    FLOAT64,
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

COORDINATES = [
    "half_pixel",
    "half_pixel_symmetric",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "tf_crop_and_resize",
]


fewer = settings(few, max_examples=2)
"""The reference is slow, and the parametrisation has 54 cases."""


def reference(x: np.ndarray, roi: Any, scales: Any, sizes: Any, attrs: dict[str, Any]) -> np.ndarray:
    """ONNX's own Resize, in double."""
    named = {"roi": roi, "scales": scales, "sizes": sizes}
    node = helper.make_node(
        "Resize", ["x", *(n if v is not None else "" for n, v in named.items())], ["y"], **attrs
    )
    fed = {"x": x.astype(np.float64)} | {n: v for n, v in named.items() if v is not None}
    infos = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), None)
        for n, v in fed.items()
    ]
    graph = helper.make_graph(
        [node], "g", infos, [helper.make_tensor_value_info("y", TensorProto.DOUBLE, None)]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)])
    [y] = ReferenceEvaluator(model).run(None, fed)
    return np.asarray(y)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, FLOAT64], ids=str)
@pytest.mark.parametrize("coordinate", COORDINATES)
@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@fewer
@given(st.data(), seeds)
def test_resize(dtype: Any, coordinate: str, mode: str, data: st.DataObject, seed: int) -> None:
    x = values(seed, (2, 3, 5, 7), dtype)
    attrs: dict[str, Any] = {"mode": mode, "coordinate_transformation_mode": coordinate}
    roi = None
    if mode == "nearest":
        attrs["nearest_mode"] = data.draw(
            st.sampled_from(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
        )
    if mode == "cubic":
        attrs["cubic_coeff_a"] = data.draw(st.sampled_from([-0.75, -0.5]))
        attrs["exclude_outside"] = data.draw(st.integers(0, 1))
    if coordinate == "tf_crop_and_resize":
        roi = np.array([0, 0, 0.25, -0.125, 1, 1, 0.75, 1.25], np.float32)
        attrs["extrapolation_value"] = 9.5
    scales = sizes = None
    if data.draw(st.booleans()):
        # Where a coordinate falls on an element the reference follows its own rounding errors.
        usual = [0.45, 1.7, 3.25] if "symmetric" in coordinate else [0.5, 0.75, 1.0, 1.5, 2.0, 3.25]
        pair = [data.draw(st.sampled_from(usual)) for _ in "hw"]
        scales = np.array([1, 1, *pair], np.float32)
    else:
        sizes = np.array([2, 3, data.draw(st.integers(2, 11)), data.draw(st.integers(2, 15))], np.int64)
    inputs = [x, *(None if part is None else Const(part) for part in (roi, scales, sizes))]
    [y] = run_op("Resize", inputs, attrs)
    expected = reference(x, roi, scales, sizes, attrs)
    if mode == "nearest":
        assert_same(y, expected.astype(dtype), dtype)
    else:
        # The reference's cubic weights have the precision of float32, and there are 16 of them.
        exact = 1e-13 if mode != "cubic" else 16 * float(np.finfo(np.float32).eps) * float(np.abs(x).max())
        slack = {FLOAT32: 4e-6, FLOAT16: 4e-3, FLOAT64: exact}[dtype]
        assert_close(y, expected, dtype, rtol=8, atol=slack)


@pytest.mark.parametrize(
    "dtype", [np.dtype(n) for n in ("int8", "uint8", "int16", "uint16", "int32", "int64")], ids=str
)
def test_integers_are_rounded_and_nearest_ones_kept(dtype: np.dtype) -> None:
    x = values(3, (1, 2, 5, 6), dtype, 0, 100)
    sizes = np.array([1, 2, 9, 4], np.int64)
    [y] = run_op("Resize", [x, None, None, Const(sizes)], {"mode": "linear"})
    assert_same(y, np.rint(reference(x, None, None, sizes, {"mode": "linear"})), dtype)
    x = values(4, (1, 2, 5, 6), dtype)
    [y] = run_op("Resize", [x, None, None, Const(sizes)], {"mode": "nearest"})
    rows = np.ceil((np.arange(9) + 0.5) / (9 / 5) - 1).clip(0, 4).astype(int)
    columns = np.ceil((np.arange(4) + 0.5) / (4 / 6) - 1).clip(0, 5).astype(int)
    assert_same(y, x[:, :, rows][:, :, :, columns], dtype)


def test_resize_of_every_axis_and_rank() -> None:
    x = values(5, (3, 4, 5), FLOAT32)
    sizes = np.array([5, 2, 9], np.int64)
    [y] = run_op("Resize", [x, None, None, Const(sizes)], {"mode": "linear"})
    assert_close(y, reference(x, None, None, sizes, {"mode": "linear"}), FLOAT32, rtol=8, atol=2e-6)


@pytest.mark.parametrize("sizes", [[8, 5], [2, 3, 8, 5]], ids=str)
def test_resize_by_attributes(sizes: list[int]) -> None:
    x = values(6, (2, 3, 5, 7), FLOAT32)
    [y] = run_op("ResizeD", [x], {"sizes": sizes, "mode": "cubic"})
    expected = reference(x, None, None, np.array([2, 3, 8, 5], np.int64), {"mode": "cubic"})
    assert_close(y, expected, FLOAT32, rtol=8, atol=4e-6)


def tensorflow(x: np.ndarray, size: tuple[int, int], bilinear: bool, align: bool, half: bool) -> np.ndarray:
    """[n, c, h, w] as tf.image.resize's first version computes it."""
    for axis, out in zip((2, 3), size, strict=True):
        length = x.shape[axis]
        step = (length - 1) / (out - 1) if align and out > 1 else length / out
        at = (np.arange(out) + (0.5 if half else 0)) * step - (0.5 if half and bilinear else 0)
        if bilinear:
            low = np.floor(at).astype(int)
            part = (at - low).reshape([-1 if d == axis else 1 for d in range(4)])
            x = x.astype(np.float64)
            x = (
                np.take(x, low.clip(0, length - 1), axis) * (1 - part)
                + np.take(x, (low + 1).clip(0, length - 1), axis) * part
            )
        else:
            at = np.floor(at + 0.5) if align else np.floor(at)
            x = np.take(x, at.astype(int).clip(0, length - 1), axis)
    return x


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("bilinear", [False, True], ids=["nearest", "bilinear"])
@pytest.mark.parametrize("how", ["plain", "align_corners", "half_pixel_centers"])
@few
@given(st.integers(1, 12), st.integers(1, 12), seeds)
def test_resize_of_images(layout: str, bilinear: bool, how: str, rows: int, columns: int, seed: int) -> None:
    x = values(seed, (2, 3, 5, 6), FLOAT32)
    fed = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if layout == "NHWC" else x
    attrs = {how: True} if how != "plain" else {}
    expected = tensorflow(x, (rows, columns), bilinear, how == "align_corners", how == "half_pixel_centers")
    name = "ResizeBilinearV2" if bilinear else "ResizeNearestNeighborV2"
    size = [rows, columns]
    ops = [(name, [fed, Const(np.array(size, np.int32))], attrs), (name + "D", [fed], attrs | {"size": size})]
    if bilinear:
        ops.append(("SyncResizeBilinearV2", ops[0][1], attrs))
    for op, inputs, given_attrs in ops:
        [y] = run_op(op, inputs, given_attrs, input_format=layout)
        y = np.moveaxis(y, -1, 1) if layout == "NHWC" else y
        if bilinear:
            assert_close(y, expected, FLOAT32, rtol=8, atol=4e-6)
        else:
            assert_same(y, expected, FLOAT32)


@pytest.mark.parametrize("dtype", [FLOAT16, np.dtype("uint8"), np.dtype("int32")], ids=str)
def test_bilinear_results_are_float(dtype: np.dtype) -> None:
    x = values(2, (1, 2, 5, 6), dtype, 0, 100)
    [y] = run_op("ResizeBilinearV2", [x, Const(np.array([7, 3], np.int32))])
    assert_close(y, tensorflow(x, (7, 3), True, False, False), FLOAT32, rtol=8, atol=4e-5)


def test_a_part_of_an_image_resizes_as_the_whole_does() -> None:
    whole = values(2, (1, 2, 6, 16), FLOAT32)
    expected = tensorflow(whole, (9, 24), True, False, True)
    attrs = {
        "ori_image_size": [6, 16],
        "split_size": [9, 24],
        "src_start_w": 4,
        "dst_start_w": 9,
        "half_pixel_centers": True,
    }
    part = np.ascontiguousarray(whole[:, :, :, 4:12])
    [y] = run_op("SyncResizeBilinearV2", [part, Const(np.array([9, 6], np.int32))], attrs)
    assert_close(y, expected[:, :, :, 9:15], FLOAT32, rtol=8, atol=4e-6)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, BFLOAT16], ids=str)
def test_upsample_repeats_and_scales(dtype: Any) -> None:
    x = values(2, (2, 3, 4, 5), dtype)
    [y] = run_op("Upsample", [x], {"stride_h": 2, "stride_w": 3, "scale": 0.5})
    assert_same(y, (x.astype(np.float64) * 0.5).repeat(2, 2).repeat(3, 3), dtype)


def test_nothing_is_resized_to_nothing() -> None:
    [y] = run_op(
        "Resize", [np.zeros((0, 3, 4), np.float32), None, None, Const(np.array([0, 3, 8], np.int64))]
    )
    assert y.shape == (0, 3, 8)


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("Resize", [None, None, Const(np.array([1, 2, 3]))], {}, "sizes has 3 values"),
        ("Resize", [None, None, None], {}, "sizes has 0 values and scales 0"),
        ("Resize", [None, Const(np.array([1, 1, 0, 1], np.float32)), None], {}, "scales holds 0 for a dim"),
        ("Resize", [None, None, Const(np.array([1, 1, 2, 2]))], {"mode": "area"}, "mode is .area."),
        ("Resize", [None, None, Const(np.array([1, 1, 2, 2]))], {"nearest_mode": "x"}, "nearest_mode is .x."),
        (
            "Resize",
            [None, None, Const(np.array([1, 1, 2, 2]))],
            {"coordinate_transformation_mode": "tf_crop_and_resize"},
            "roi has 0 values",
        ),
        ("ResizeNearestNeighborV2", [Const(np.array([0, 2], np.int32))], {}, r"size is \[0,2\]"),
        (
            "ResizeBilinearV2D",
            [],
            {"size": [2, 2], "align_corners": True, "half_pixel_centers": True},
            "exclude each other",
        ),
    ],
    ids=["count", "none", "scale", "mode", "nearest", "roi", "size", "both"],
)
def test_what_cannot_be_resized_is_refused(
    op: str, inputs: list[Any], attrs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, [np.zeros((1, 1, 4, 4), np.float32), *inputs], attrs)
