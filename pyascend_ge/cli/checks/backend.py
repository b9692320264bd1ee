"""The toolkit's places, its libraries, and whether the backend answers."""

from __future__ import annotations

from collections.abc import Iterator

from pyascend_ge.cli.checks.finding import Finding
from pyascend_ge.cli.checks.loading import Loaded

__all__ = ["check_backend", "check_libraries"]

_SECTION = "Backend"
_TOOLKIT = "Toolkit"
_OWN = "libpge_"
_OTHER_TOOLKIT = "use a toolkit whose libraries have what it lacks; CANN 9.2 has it all"


def check_libraries(loaded: Loaded) -> Iterator[Finding]:
    """Tell every place that was looked at and every library that was opened."""
    for what, path, found, detail in loaded.probes:
        shown = f"{path}: {detail}" if path and found else path or ("" if found else "missing")
        if found:
            yield Finding(_TOOLKIT, what, "ok", shown or detail)
        elif what.endswith(".so"):
            yield _library(what, path, detail)
        else:
            yield Finding(_TOOLKIT, what, "note", path or "not set", "" if detail == "not set" else detail)


def _library(name: str, path: str, detail: str) -> Finding:
    if name.startswith(_OWN):
        why = f"{detail}; sessions and graphs of that kind cannot be used"
        return Finding(_TOOLKIT, name, "warning", path or "missing", why, _OTHER_TOOLKIT)
    if not path:
        return Finding(_TOOLKIT, name, "note", "missing", f"{detail}; its functions raise NotAvailableError")
    todo = "see what it lacks: ldd " + path
    return Finding(_TOOLKIT, name, "warning", path, detail, todo)


def check_backend(loaded: Loaded) -> Iterator[Finding]:
    """Tell which backend answers, and what devices it has."""
    if loaded.backend is None:
        yield Finding(_SECTION, "backend", "error", "none", loaded.problem, "see the problems above")
        return
    about = loaded.backend
    kind = "the emulator: nothing runs on an NPU" if about["name"] == "mock" else "CANN"
    version = about["version"] or "of unknown version"
    yield Finding(
        _SECTION, "backend", "ok", f"{about['name']} {version} at {about['path']}", f"{kind}; {about['why']}"
    )
    if loaded.problem:
        yield Finding(_SECTION, "devices", "error", "none", loaded.problem, "see the problems above")
    else:
        yield Finding(_SECTION, "devices", "ok", f"{loaded.devices} x {loaded.soc}")
