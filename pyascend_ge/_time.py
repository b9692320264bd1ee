"""Seconds in Python, milliseconds in CANN."""

from __future__ import annotations

import math

_MOST = 2**31 - 1


def milliseconds(seconds: float | None, function: str) -> int:
    """Turn a timeout into CANN's: None is -1 (no limit), and at least 1 ms because CANN refuses 0.

    Raises
    ------
    ValueError
        For a negative timeout.
    """
    if seconds is None or seconds == math.inf:
        return -1
    if not seconds >= 0:
        raise ValueError(f"{function}: timeout is {seconds!r}; it must be None or a number of seconds >= 0")
    return min(max(1, math.ceil(seconds * 1000)), _MOST)
