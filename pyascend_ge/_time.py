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
    TypeError
        For one that is no number.
    """
    if seconds is None or seconds == math.inf:
        return -1
    rule = f"{function}: timeout is {seconds!r}; it must be None or a number of seconds >= 0"
    try:
        if not seconds >= 0:
            raise ValueError(rule)
    except TypeError:
        raise TypeError(rule) from None
    return min(max(1, math.ceil(seconds * 1000)), _MOST)
