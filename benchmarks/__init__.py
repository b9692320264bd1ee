"""Ours beside a peer, in one run, as ratios: ``python -m benchmarks``.

A benchmark is a module of this package with a function ``rows()`` that yields :class:`~benchmarks.table.Row`.
Absolute times are worth little on a shared machine, so bounds are ratios of figures taken turn by turn, and
instruction counts where a call is too short to be timed.
"""

import os
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
# What is measured is the installed package: the sources beside this folder have no compiled module.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != _ROOT]
os.environ.setdefault("PYASCEND_BACKEND", "mock")
