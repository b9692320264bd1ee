"""Load the backend in a process of its own: a damaged toolkit may crash or hang, and doctor tells of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["Loaded", "load_backend"]

_SECONDS = 60
# One function of every library that may be there: asking for it opens the library.
_FUNCTIONS = (
    "aclrtSetDevice",
    "aclmdlExecuteAsync",
    "aclopCompileAndExecute",
    "aclprofInit",
    "acltdtCreateChannel",
    "pge_graph_from_serialized",
    "pge_compiler_initialize",
    "pge_v1_session_create",
    "pge_v2_session_create",
)


class Loaded(NamedTuple):
    """What loading the backend led to."""

    backend: dict[str, str] | None = None
    """Name, version, path and why; None when none was loaded."""
    probes: tuple[tuple[str, str, bool, str], ...] = ()
    """What, path, found and detail of each attempt, in order."""
    devices: int | None = None
    soc: str = ""
    problem: str = ""
    """Why it cannot be used; ``""`` when it can."""


def load_backend(environ: Mapping[str, str], seconds: float = _SECONDS) -> Loaded:
    """Load the backend in a child process with the environment `environ`."""
    command = [sys.executable, "-m", "pyascend_ge.cli.checks.loading"]
    try:
        done = subprocess.run(  # noqa: S603  (this Python, this module)
            command,
            env=dict(environ),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Loaded(problem=f"loading it did not end within {seconds:g} s")
    last = done.stdout.strip().rpartition("\n")[2]
    if done.returncode == 0 and last.startswith("{"):
        answer = json.loads(last)
        return Loaded(**{**answer, "probes": tuple(map(tuple, answer["probes"]))})
    if done.returncode < 0:
        return Loaded(problem=f"the process that loaded it died of {signal.Signals(-done.returncode).name}")
    said = done.stderr.strip().rpartition("\n")[2]
    return Loaded(problem=f"the process that loaded it ended with code {done.returncode}: {said}")


def _load() -> Loaded:
    """Load the backend in this process."""
    import pyascend_ge as ge
    from pyascend_ge._native import loader

    warnings.simplefilter("ignore", ge.BackendWarning)
    backend: dict[str, str] | None = None
    devices, soc, problem = None, "", ""
    try:
        found = ge.backend()
        backend = {**found._asdict(), "path": str(found.path)}
        for function in _FUNCTIONS:
            loader.has(function)
        devices = ge.device_count()
        soc = ge.Device(0).soc_name if devices else ""
        problem = "" if devices else "it has no device"
    except ge.AscendError as error:
        problem = str(error)
    return Loaded(
        backend, tuple((p.what, p.path, p.found, p.detail) for p in loader.probes()), devices, soc, problem
    )


def _print_answer() -> None:
    answer: dict[str, Any] = _load()._asdict()
    print(json.dumps(answer))


if __name__ == "__main__":
    _print_answer()
