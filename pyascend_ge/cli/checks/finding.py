"""A finding, and the machine that checks look at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

__all__ = ["Finding", "Machine", "Status"]

Status = Literal["ok", "note", "warning", "error"]


class Finding(NamedTuple):
    """One thing that was looked at."""

    section: str
    what: str
    """Such as ``ASCEND_HOME_PATH``."""
    status: Status
    """``"error"`` when it makes the backend unusable."""
    found: str
    """What is there; ``"missing"`` or ``"not set"`` when nothing is."""
    why: str = ""
    """Why that matters."""
    todo: str = ""
    """What to do about it."""


class Machine(NamedTuple):
    """Where to look."""

    environ: Mapping[str, str]
    root: Path = Path("/")

    def at(self, path: str) -> Path:
        """Return where an absolute path is on this machine."""
        return self.root / path.lstrip("/")
