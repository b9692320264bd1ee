"""Convolutions with channels first whose product has rows, columns and depths that fill no whole tile."""

from __future__ import annotations

import numpy as np
import pytest
from ops_harness import FLOATS, Const, operator_session, run_op, values  # noqa: F401
from test_ops_conv import close, convolve

CASES = {
    "long rows": (3, 20, (5, 113), 3, 1, 1),
    "longer rows, stride 2": (3, 9, (6, 225), 3, 2, 1),
    "rows without a gap": (3, 16, (13, 40), 1, 1, 0),
    "short rows with gaps": (5, 13, (19, 21), 3, 1, 1),
    "long rows, several goes": (130, 12, (3, 99), 3, 1, 1),
    "short rows, several goes": (130, 12, (9, 30), 3, 1, 1),
    "no gaps, several goes": (1030, 10, (12, 17), 1, 1, 0),
}
"""Channels, outputs, image, window, stride, padding."""


@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("case", list(CASES))
def test_tiles_at_every_edge(case: str, dtype: np.dtype, constant: bool) -> None:
    channels, outputs, size, window, stride, pad = CASES[case]
    x = values(1, (2, channels, *size), dtype)
    filters = values(2, (outputs, channels, window, window), dtype)
    bias = values(3, (outputs,), dtype)
    attrs = {"strides": [1, 1, stride, stride], "pads": [pad] * 4, "data_format": "NCHW"}
    [y] = run_op("Conv2D", [x, Const(filters) if constant else filters, bias], attrs)
    expected = convolve(x.astype(float), filters.astype(float), (stride,) * 2, (pad,) * 4, (1, 1), 1)
    close(y, expected + bias.astype(float)[:, None, None], dtype)
