"""Chooses the process's backend: a CANN toolkit or the bundled emulator.

The choice is made at the first call of a CANN function, or by :func:`backend`, and stands for the life of the
process.
"""

from __future__ import annotations

import os
import sys
import warnings
from _thread import RLock
from pathlib import Path
from typing import NamedTuple

from pyascend_ge._native import _cann, lib
from pyascend_ge._native.libraries import Libraries, function_name
from pyascend_ge._native.search import Probe, Toolkit, find_toolkits, toolkit_at
from pyascend_ge.errors import AscendError, NotAvailableError

__all__ = [
    "Backend",
    "BackendError",
    "BackendWarning",
    "backend",
    "bundled_mock",
    "has",
    "probes",
    "use_backend",
]

_FALLBACK = "no CANN can be used"
_CHOICES = ("auto", "cann", "mock")
_FORKED = (
    "CANN was loaded in the parent process, and neither its libraries nor the emulator survive a fork. "
    "Start workers with multiprocessing.get_context('spawn'), or fork before the first call of CANN."
)


class BackendError(AscendError, RuntimeError):
    """No backend can be used, or not the way it was asked for."""


class BackendWarning(UserWarning):
    """The emulator is used because no CANN was found."""


class Backend(NamedTuple):
    """The libraries that answer in this process."""

    name: str
    """``"cann"`` or ``"mock"``."""
    version: str
    """The toolkit's version, such as ``"8.1.RC1"``; ``""`` when it does not state one."""
    path: Path
    """Root of the toolkit tree."""
    why: str
    """What made it this one."""

    def __str__(self) -> str:
        return f"{self.name} {self.version or '(version unknown)'} at {self.path} ({self.why})"


class _Wish(NamedTuple):
    """What the user asked for, and where."""

    choice: str
    path: Path | None
    asked_by: str


class _State:
    """The process's backend. ``lock`` guards the rest and is held while libraries are opened."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.wish: _Wish | None = None
        self.backend: Backend | None = None
        self.libraries: Libraries | None = None
        self.probes: list[Probe] = []


_state = _State()


def use_backend(name: str | None = None, path: str | os.PathLike[str] | None = None) -> None:
    """Choose the backend of this process, before the first call of a CANN function.

    Parameters
    ----------
    name
        ``"cann"``, ``"mock"``, or ``"auto"`` (a CANN when there is one, else the emulator). ``None``: what
        ``PYASCEND_BACKEND`` says, ``"auto"`` when it is unset; with a `path`, whatever is at that path.
    path
        Root of a toolkit tree (the folder that has ``lib64``). ``None``: searched for.

    Raises
    ------
    ValueError
        For an unknown name.
    BackendError
        When a backend is loaded already.
    """
    if name is not None and name not in _CHOICES:
        raise ValueError(f"use_backend: name is {name!r}; it must be one of {', '.join(map(repr, _CHOICES))}")
    _refuse_after_fork()
    with _state.lock:
        if _state.backend:
            raise BackendError(f"use_backend: {_state.backend} is loaded, and a process has one backend")
        root = None if path is None else Path(path)
        choice = name or ("auto" if root else _environment().choice)
        _state.wish = _Wish(choice, root, "use_backend")


def backend() -> Backend:
    """Load the backend if that has not happened, and say which it is.

    Raises
    ------
    BackendError
        When none can be loaded (the message lists every place that was tried), or after a fork.
    """
    _refuse_after_fork()
    with _state.lock:
        if _state.backend is None:
            _load(_state.wish or _environment())
        assert _state.backend is not None
        return _state.backend


def probes() -> tuple[Probe, ...]:
    """Every place that was looked at and every library that was opened, in order."""
    return tuple(_state.probes)


def bundled_mock() -> Path:
    """Root of the emulated toolkit tree that comes with this package."""
    return Path(_cann.__file__).parents[1] / "_mock"


def has(function: str) -> bool:
    """Whether the backend has a function of ``pyascend_ge.lib``; loads it if that has not happened."""
    for index in range(lib.pge_function_count()):
        if function_name(index) == function:
            backend()
            with _state.lock:
                assert _state.libraries is not None
                return _state.libraries.bind(index)
    raise ValueError(f"has: {function!r} is not a function of pyascend_ge.lib")


def forked() -> bool:
    """Whether this process is a fork of one that had loaded CANN: nothing can be called or need be freed."""
    return bool(lib.pge_forked())


def bind(index: int) -> None:
    """Bind one function, or raise what explains why it cannot be. Called from C, on an empty slot."""
    loaded = backend()
    with _state.lock:
        assert _state.libraries is not None
        if not _state.libraries.bind(index):
            this = "the emulator, CANN" if loaded.name == "mock" else "CANN"
            raise NotAvailableError(
                _state.libraries.why_missing(index, f"{this} {loaded.version or f'at {loaded.path}'}"),
                function=function_name(index),
            )


def _refuse_after_fork() -> None:
    if lib.pge_forked():
        raise BackendError(_FORKED)


def _environment() -> _Wish:
    choice = os.environ.get("PYASCEND_BACKEND") or "auto"
    if choice not in _CHOICES:
        raise BackendError(f"PYASCEND_BACKEND is {choice!r}; it must be one of {', '.join(_CHOICES)}")
    return _Wish(choice, None, "PYASCEND_BACKEND")


def _load(wish: _Wish) -> None:
    """Choose a backend and open its core. The lock is held."""
    _state.probes.clear()
    candidates = _candidates(wish) if wish.path or wish.choice == "mock" else _search(wish.choice)
    for toolkit, why in candidates:
        libraries = Libraries(toolkit, _state.probes)
        if libraries.open_core():
            _state.libraries = libraries
            name = "mock" if toolkit.emulated else "cann"
            _state.backend = Backend(name, toolkit.version, toolkit.root, why)
            if why is _FALLBACK:
                _warn_fallback()
            return
    tried = "\n".join(f"  {probe}" for probe in _state.probes)
    raise BackendError(f"no {'CANN' if wish.choice == 'cann' else 'backend'} can be loaded. Tried:\n{tried}")


def _candidates(wish: _Wish) -> list[tuple[Toolkit, str]]:
    """Look at the one place that was asked for."""
    what = "use_backend(path=...)" if wish.path else "bundled emulator"
    toolkit, probe = toolkit_at(wish.path or bundled_mock(), what)
    if toolkit and wish.choice != "auto" and toolkit.emulated != (wish.choice == "mock"):
        holds = "the emulator" if toolkit.emulated else "a CANN"
        toolkit, probe = (
            None,
            probe._replace(found=False, detail=f"{wish.choice} was asked for, this is {holds}"),
        )
    _state.probes.append(probe)
    return [(toolkit, f"asked for by {wish.asked_by}")] if toolkit else []


def _search(choice: str) -> list[tuple[Toolkit, str]]:
    """Look everywhere, best first; the bundled emulator is last, and only when any backend will do."""
    found, looked_at = find_toolkits()
    wrong = {what for toolkit, what in found if toolkit.emulated and choice != "auto"}
    _state.probes.extend(
        probe._replace(found=False, detail="a CANN was asked for, this is the emulator")
        if probe.what in wrong
        else probe
        for probe in looked_at
    )
    candidates = [(toolkit, f"found by {what}") for toolkit, what in found if what not in wrong]
    if choice == "auto":
        toolkit, probe = toolkit_at(bundled_mock(), "bundled emulator")
        _state.probes.append(probe)
        if toolkit:
            candidates.append((toolkit, _FALLBACK))
    return candidates


def _warn_fallback() -> None:
    """Say once, at the caller's line, that the emulator answers, and the nearest reason."""
    broken = [probe for probe in _state.probes if not probe.found and probe.what.endswith(".so")]
    reason = str(broken[0]) if broken else "no CANN toolkit was found"
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == "pyascend_ge":
        frame, level = frame.f_back, level + 1
    warnings.warn(
        f"pyascend_ge uses its emulator, mock_cann: {reason}. Nothing runs on an NPU. "
        "PYASCEND_BACKEND=mock chooses it without this warning, PYASCEND_BACKEND=cann makes it an error; "
        "'pyascend-ge doctor' lists what was tried.",
        BackendWarning,
        stacklevel=level,
    )
