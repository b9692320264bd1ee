"""Arguments that operators refuse while compiling: the message has the argument, the value and the rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ops_harness import (
    Const,
    operator_session,  # noqa: F401 - a fixture
    run_op,
)

import pyascend_ge as ge

X = np.ones((2, 3), np.float32)
ROW = np.ones(3, np.float32)
ONE = np.float32(1)
INT = np.ones((2, 3), np.int32)

PARAMS = {"begin_norm_axis": 1, "begin_params_axis": 1}

REFUSED: list[tuple[str, list[Any], dict[str, Any], str]] = [
    ("Add", [X, np.ones((2, 4), np.float32)], {}, r"shapes \[2,3\] and \[2,4\] do not broadcast"),
    ("ReduceSum", [X, Const([2])], {}, r"axes holds 2.*outside \[-2, 2\)"),
    ("ReduceSum", [X, Const([0, -2])], {}, "names axis 0 twice"),
    ("ReduceMaxD", [X], {"axes": [-3]}, r"axes holds -3.*outside \[-2, 2\)"),
    ("ArgMaxV2", [X, Const(2)], {}, r"dimension 2 is outside \[-2, 2\)"),
    ("ArgMaxD", [X], {"dimension": -3}, r"dimension -3 is outside \[-2, 2\)"),
    ("ArgMaxV2", [X, Const(0)], {"dtype": "float32"}, "dtype is DT_FLOAT.*DT_INT32 or DT_INT64"),
    ("TopKV2", [X, Const(np.int32(4))], {}, r"k is 4.*\[0, 3\]"),
    ("TopKV2", [X, Const(np.int32(1))], {"dim": 5}, r"dim 5 is outside \[-2, 2\)"),
    ("SoftmaxV2", [X], {"axes": [4]}, r"axes holds 4.*outside \[-2, 2\)"),
    ("LayerNorm", [X, ROW, ROW], {"begin_norm_axis": 3}, r"begin_norm_axis 3 is outside \[-2, 2\)"),
    (
        "LayerNorm",
        [X, ROW[:2], ROW],
        {"begin_norm_axis": 1, "begin_params_axis": 1},
        r"gamma has shape \[2\]",
    ),
    ("BatchNorm", [X, ROW[:2], ROW, None, None], {}, r"scale has shape \[2\]; x has 3 channels"),
    ("BatchNorm", [X, ROW, ROW, None, None], {"is_training": False}, "mean and variance are needed"),
    ("BatchNorm", [X, ROW, ROW, None, None], {"data_format": "HWCN"}, "data_format is .HWCN."),
    ("Cast", [X], {"dst_type": 13}, "dst_type is 13.*DT_STRING"),
    ("Exp", [X], {"base": -2.0}, "base is -2.*positive"),
    ("Log", [X], {"base": 1.0}, "base is 1.*not 1"),
    ("Round", [INT], {"decimals": 2}, "decimals is 2; it must be 0 for DT_INT32"),
    ("Select", [np.ones(3, bool), X, X], {}, r"condition has shape \[3\]"),
    ("ClipByValue", [ROW, X, ONE], {}, "must fit into x"),
    ("PRelu", [X, np.ones(2, np.float32)], {}, r"weight has shape \[2\]"),
    ("Fill", [Const(np.array([2, -1], np.int32)), ONE], {}, "dims holds -1.*not be negative"),
    ("Fill", [Const(np.array([2], np.int32)), ROW], {}, r"value has shape \[3\].*one number"),
    ("Range", [Const(ONE), Const(ONE), Const(np.float32(0))], {}, "delta is 0"),
    ("AddN", [[X, ROW]], {"N": 2}, r"input 1 is DT_FLOAT \[3\].*like the first"),
    ("Cumsum", [X, Const(7)], {}, r"axis 7 is outside \[-2, 2\)"),
]


@pytest.mark.parametrize(
    ("op", "inputs", "attrs", "message"), REFUSED, ids=[f"{row[0]}-{k}" for k, row in enumerate(REFUSED)]
)
def test_wrong_arguments_are_named(op: str, inputs: list[Any], attrs: dict[str, Any], message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(op, inputs, attrs)
