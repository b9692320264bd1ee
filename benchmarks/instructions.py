"""Instruction counts by callgrind: they repeat to parts in a thousand, whatever else the machine does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.counted import CASES, LONG, SHORT
from benchmarks.peers.build import build

_PROFILE = {
    "MOCK_CANN_PROFILE": "atlas-a2,memory=256M,devices=1",
    "MOCK_CANN_SCHEDULE": "deferred",
    "MOCK_CANN_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}
_MARK = re.compile(r"^desc: Trigger: Client Request: (.*)$", re.MULTILINE)
_TOTAL = re.compile(r"^summary: (\d+)", re.MULTILINE)


@cache
def counts() -> dict[str, float]:
    """Count instructions per statement: ``"case/ours"`` and ``"case/peer"``, the loop subtracted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        command = [
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", "--quiet",
            sys.executable, "-m", "benchmarks.counted", name,
        ]  # fmt: skip
        root = Path(__file__).resolve().parents[1]
        subprocess.run(command, check=True, cwd=root, env={**os.environ, **_PROFILE})
        found = dict(_read(path) for path in sorted(folder.glob("out.*"), key=_part))
    sides = [f"{case}/{side}" for case in CASES for side in ("ours", "peer")]
    each = {side: (found[f"{side}/{LONG}"] - found[f"{side}/{SHORT}"]) / (LONG - SHORT) for side in sides}
    return {side: count - each["nothing/ours"] for side, count in each.items()}


def _part(path: Path) -> int:
    return int(path.suffix[1:])


def _read(path: Path) -> tuple[str, int]:
    text = path.read_text()
    mark, total = _MARK.search(text), _TOTAL.search(text)
    assert mark is not None
    assert total is not None
    return mark[1], int(total[1])
