"""Overlaps of boxes and greedy suppression of them, against the definitions in numpy's double."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    assert_close,
    assert_same,
    few,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    seeds,
    values,
)

import pyascend_ge as ge

HALVES = [FLOAT32, FLOAT16]


def boxes(seed: int, count: int, dtype: Any) -> np.ndarray:
    """Rows x0, y0, x1, y1 on a grid that every type holds."""
    corners = values(seed, (count, 2, 2), np.int32, 0, 40) / 4
    return np.concatenate([corners.min(1), corners.max(1)], 1).astype(dtype)


def overlaps(a: np.ndarray, b: np.ndarray, extra: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What each box of `a` shares with each of `b`, their areas together, and those of `a`."""
    a, b = a.astype(np.float64)[:, None], b.astype(np.float64)[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]) + extra
    shared = np.clip(sides, 0, None).prod(-1)
    area_a, area_b = ((x[..., 2:] - x[..., :2] + extra).prod(-1) for x in (a, b))
    return shared, area_a + area_b - shared, area_a


def ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.divide(a, b, out=np.zeros(np.broadcast_shapes(a.shape, b.shape)), where=b > 0)


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@pytest.mark.parametrize("mode", ["iou", "iof"])
@few
@given(
    counts=st.tuples(st.integers(0, 6), st.integers(0, 6)), eps=st.sampled_from([0.0, 0.25, 1.0]), seed=seeds
)
def test_overlaps(dtype: Any, mode: str, counts: tuple[int, int], eps: float, seed: int) -> None:
    found, truth = boxes(seed, counts[0], dtype), boxes(seed + 1, counts[1], dtype)
    shared, union, area = overlaps(truth, found, eps)
    [y] = run_op("Iou", [found, truth], {"mode": mode, "eps": eps})
    assert_close(y, ratio(shared, union if mode == "iou" else area), dtype)


def greedy(corners: np.ndarray, order: list[int], threshold: float) -> list[int]:
    """Indices of those of `order` that no earlier one, itself kept, overlaps by more than the threshold."""
    shared, union, _ = overlaps(corners, corners)
    share = ratio(shared, union)
    kept: list[int] = []
    for i in order:
        if all(share[i, k] <= threshold for k in kept):
            kept.append(i)
    return kept


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16, BFLOAT16], ids=str)
@few
@given(count=st.integers(0, 20), threshold=st.sampled_from([0.0, 0.2, 0.5, 1.0]), seed=seeds)
def test_suppression_with_a_mask(dtype: Any, count: int, threshold: float, seed: int) -> None:
    scores = np.sort(values(seed, (count,), FLOAT32, 0, 1))[::-1].astype(dtype)
    rows = np.concatenate([boxes(seed, count, dtype), scores[:, None]], 1)
    kept = greedy(rows[:, :4], list(range(count)), float(np.float32(threshold)))
    selected, index, mask = run_op("NMSWithMask", [rows], {"iou_threshold": threshold})
    assert_same(selected, rows, dtype)
    assert_same(index, np.arange(count), np.int32)
    assert_same(mask, np.isin(np.arange(count), kept), np.uint8)


def test_a_mask_of_boxes_by_hand() -> None:
    rows = np.float32([[0, 0, 10, 10, 0.9], [0, 0, 10, 8, 0.8], [20, 20, 30, 30, 0.7], [0, 5, 10, 15, 0.6]])
    # 0.8 of the first is the second's; the third is alone; the last shares a third with the first.
    assert run_op("NMSWithMask", [rows], {"iou_threshold": 0.5})[2].tolist() == [1, 0, 1, 1]
    assert run_op("NMSWithMask", [rows], {"iou_threshold": 0.3})[2].tolist() == [1, 0, 1, 0]


def test_rising_scores_are_refused() -> None:
    rows = np.float32([[0, 0, 1, 1, 0.5], [0, 0, 1, 1, 0.75]])
    with pytest.raises(ge.GeError, match=r"score 0.5 in row 0 and 0.75 in the next; scores must not rise"):
        run_op("NMSWithMask", [rows])


def suppressed(
    corners: np.ndarray, scores: np.ndarray, valid: int, attrs: dict[str, Any]
) -> list[tuple[float, int, np.ndarray]]:
    """Score, class and box of what an image keeps, in order."""
    found = []
    for c in range(scores.shape[1]):
        own = corners[:valid, min(c, corners.shape[1] - 1)]
        ordered = np.concatenate([np.minimum(own[:, :2], own[:, 2:]), np.maximum(own[:, :2], own[:, 2:])], 1)
        above = [i for i in range(valid) if scores[i, c] > np.float32(attrs["score_threshold"])]
        order = sorted(above, key=lambda i: -scores[i, c])
        kept = greedy(ordered, order, float(np.float32(attrs["iou_threshold"])))
        found += [(float(scores[i, c]), c, own[i]) for i in kept[: attrs["max_size_per_class"]]]
    return sorted(found, key=lambda entry: -entry[0])[: attrs["max_total_size"]]


@pytest.mark.parametrize("dtype", HALVES, ids=str)
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("counted", [True, False])
@few
@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 3)),
    most=st.tuples(st.integers(1, 5), st.integers(1, 9)),
    score=st.sampled_from([-1.0, 0.3]),
    iou=st.sampled_from([0.0, 0.2, 0.7]),
    seed=seeds,
)
def test_suppression_of_classes_of_batches(
    dtype: Any, own: bool, counted: bool, sizes: Any, most: Any, score: float, iou: float, seed: int
) -> None:
    images, anchors, classes = sizes
    shape = (images, anchors, classes if own else 1)
    x = values(seed, (*shape, 4), np.int32, 0, 12).astype(dtype)  # corners in any order
    scores = values(seed + 1, (images, anchors, classes), FLOAT32, 0, 1).astype(dtype)
    valid = values(seed + 2, (images,), np.int32, -1, anchors + 1)
    attrs = {"score_threshold": score, "iou_threshold": iou}
    attrs |= {"max_size_per_class": most[0], "max_total_size": most[1]}
    mine = run_op("BatchMultiClassNonMaxSuppression", [x, scores, None, valid if counted else None], attrs)
    y = [np.zeros((images, most[1], *tail), dtype) for tail in ((4,), (), ())]
    numbers = np.zeros(images, np.int32)
    for image in range(images):
        few_boxes = min(max(int(valid[image]), 0), anchors) if counted else anchors
        kept = suppressed(x[image], scores[image], few_boxes, attrs)
        numbers[image] = len(kept)
        for row, (value, c, box) in enumerate(kept):
            y[0][image, row], y[1][image, row], y[2][image, row] = box, value, c
    for actual, expected in zip(mine, [*y, numbers], strict=True):
        assert_same(actual, expected, expected.dtype)


FOUR = np.ones((2, 4), np.float32)
BOXES, SCORES = np.ones((2, 5, 1, 4), np.float32), np.ones((2, 5, 3), np.float32)
LIMITS = {"score_threshold": 0.1, "iou_threshold": 0.5, "max_size_per_class": 2, "max_total_size": 4}
BATCH = "BatchMultiClassNonMaxSuppression"


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"),
    [
        ("Iou", [FOUR, FOUR[:, :3]], {}, r"gtboxes has shape \[2,3\].*\[count,4\]"),
        ("Iou", [FOUR, FOUR.astype(np.float16)], {}, "must be equal"),
        ("Iou", [FOUR, FOUR], {"mode": "giou"}, 'mode is "giou"; it must be iou or iof'),
        ("Iou", [FOUR, FOUR], {"eps": -1.0}, "eps is -1"),
        ("Iou", [FOUR, FOUR], {"aligned": True}, "aligned is true; only false"),
        ("NMSWithMask", [FOUR], {}, r"box_scores has shape \[2,4\].*\[count,5\]"),
        (
            "NMSWithMask",
            [np.ones((1, 5), np.float32)],
            {"iou_threshold": 1.5},
            r"iou_threshold is 1.5.*\[0, 1\]",
        ),
        (
            BATCH,
            [BOXES, SCORES[:, :4], None, None],
            LIMITS,
            r"boxes \[2,5,1,4\] and scores \[2,4,3\] must be",
        ),
        (BATCH, [BOXES, SCORES, FOUR, None], LIMITS, "clip_window is not emulated"),
        (
            BATCH,
            [BOXES, SCORES, None, np.ones(3, np.int32)],
            LIMITS,
            r"num_valid_boxes is DT_INT32 \[3\].*one per image",
        ),
        (
            BATCH,
            [BOXES, SCORES, None, None],
            LIMITS | {"transpose_box": True},
            "transpose_box is not emulated",
        ),
        (BATCH, [BOXES, SCORES, None, None], LIMITS | {"image_size": [8, 8]}, "image_size is not emulated"),
        (
            BATCH,
            [BOXES, SCORES, None, None],
            LIMITS | {"max_total_size": 0},
            "max_total_size 0; they must be",
        ),
        (BATCH, [BOXES, SCORES, None, None], LIMITS | {"iou_threshold": -0.5}, r"iou_threshold is -0.5"),
    ],
)
def test_refusals(op: str, inputs: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.GeError, match=message):
        run_op(op, inputs, attrs)
