"""What a benchmark gives, and the table of it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

_PEERS = ("cffi", "numpy", "pyopencl", "pocl-binary-distribution", "onnxruntime")
_SCALES = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9))


@dataclass(frozen=True)
class Row:
    """One line: what was measured, both figures, and the bound of their ratio; None where there is none."""

    what: str
    ours: float
    peer: float
    peer_name: str
    ratio: float
    bound: float | None
    unit: str = "s"
    """``"s"``, ``"instructions"`` or ``"MB"``."""

    @property
    def ok(self) -> bool:
        """Whether the ratio is within its bound, if it has one."""
        return self.bound is None or self.ratio <= self.bound

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {**asdict(self), "ok": self.ok}


def shown(value: float, unit: str) -> str:
    """Write a figure with three digits and a unit a reader can compare.

    >>> shown(0.0000123, "s")
    '12.3 us'
    """
    if unit == "s":
        name, scale = next((pair for pair in _SCALES if value >= pair[1]), _SCALES[-1])
        return f"{value / scale:.3g} {name}"
    return f"{value:.0f} instr." if unit == "instructions" else f"{value:.1f} {unit}"


def cells(row: Row) -> list[str]:
    """Write the texts of a line."""
    peer = f"{shown(row.peer, row.unit)} ({row.peer_name})"
    bound, verdict = ("-", "-") if row.bound is None else (f"{row.bound:g}", "yes" if row.ok else "NO")
    return [row.what, shown(row.ours, row.unit), peer, f"{row.ratio:.3g}", bound, verdict]


def markdown(rows: Iterable[Row]) -> str:
    """Write the lines as a Markdown table."""
    head = ["what", "ours", "peer", "ratio", "bound", "ok"]
    lines = [head, ["---", "--:", "--:", "--:", "--:", "---"], *map(cells, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Describe the machine and the versions that were compared, in one paragraph."""
    text = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1].strip() for line in text.splitlines() if "model name" in line), "")
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _PEERS if _installed(name))
    load = os.getloadavg()[0]
    return (
        f"{platform.machine()}, {os.cpu_count()} cores of {model or 'an unnamed CPU'}, "
        f"{pages / 2**30:.0f} GiB, {platform.system()} {platform.release().partition('-')[0]}, "
        f"CPython {platform.python_version()}, {versions}; "
        f"load average when started {load:.1f}."
    )


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
