"""ONNX's pooling of regions against ONNX Runtime."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import few, seeds, values

import pyascend_ge as ge


@pytest.fixture(scope="module")
def session() -> Iterator[ge.GeSession]:
    with ge.Runtime(device=0), ge.GeSession() as opened:
        yield opened


def model(pooled: Any, scale: float) -> onnx.ModelProto:
    return onnx.parser.parse_model(
        f"""<ir_version: 9, opset_import: ["" : 18]>
        net (float[n, 3, h, w] x, float[count, 5] rois) => (float[a, b, c, d] y)
        {{ y = MaxRoiPool <pooled_shape = {list(pooled)}, spatial_scale = {scale}> (x, rois) }}"""
    )


@few
@given(
    bins=st.tuples(st.integers(1, 4), st.integers(1, 4)), scale=st.sampled_from([0.3, 0.5, 1.0]), seed=seeds
)
def test_largest_values_of_regions(
    session: ge.GeSession, bins: tuple[int, int], scale: float, seed: int
) -> None:
    proto = model(bins, scale)
    runtime = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    handle = session.add_graph(ge.Graph.from_onnx(proto))
    x = values(seed, (2, 3, 8, 9), np.float32)
    images = values(seed + 1, (7, 1), np.int32, 0, 1).astype(np.float32)
    rois = np.concatenate([images, values(seed + 2, (7, 4), np.float32, -4, 24)], 1)
    [y] = handle.run(x, rois)
    [expected] = runtime.run(None, {"x": x, "rois": rois})
    np.testing.assert_array_equal(y, expected)
    handle.remove()


def test_bins_of_one_axis_are_refused() -> None:
    with pytest.raises(ge.GraphError, match="pooled_shape must have 2 values; it has 1"):
        ge.Graph.from_onnx(model([2], 1.0))
