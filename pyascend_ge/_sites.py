"""Where work was enqueued, remembered cheaply and put into words only when something failed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Any

__all__ = ["DEBUG", "Site", "describe", "here", "outside", "sites_of"]

DEBUG = os.environ.get("PYASCEND_DEBUG", "") not in ("", "0")
"""Whether every enqueuing call is remembered, not only graphs and models (``PYASCEND_DEBUG=1``)."""

Site = tuple[CodeType, int]
"""A code object and an instruction in it: finding the line is left for when it is asked for."""

_MOST = 8
_PACKAGE = "pyascend_ge."


def here(depth: int = 1) -> Site:
    """Return the place that called the calling function."""
    frame = sys._getframe(depth + 1)
    return frame.f_code, frame.f_lasti


def outside() -> str:
    """Put the innermost place outside this package into words."""
    return describe(outside_here())


def outside_here() -> Site:
    """Return the innermost place outside this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_PACKAGE):
        frame = frame.f_back
    return frame.f_code, frame.f_lasti


def describe(site: Site) -> str:
    """Put a place into words: ``file.py:12 in function``."""
    code, instruction = site
    line = next(
        (line for start, end, line in code.co_lines() if start <= instruction < end), code.co_firstlineno
    )
    return f"{code.co_filename}:{line} in {code.co_name}"


def sites_of(work: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Put the latest distinct places of a stream's pending work into words, the newest first."""
    seen = list(dict.fromkeys(describe(entry[0]) for entry in reversed(list(work)) if entry[0] is not None))
    yield from seen[:_MOST]
    if len(seen) > _MOST:
        yield f"... and {len(seen) - _MOST} earlier places"
