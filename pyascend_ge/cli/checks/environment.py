"""The environment variables that choose a toolkit and devices."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from pyascend_ge._native.search import Toolkit, is_stand_in, toolkit_at
from pyascend_ge.cli.checks.finding import Finding, Machine

__all__ = ["check_environment", "check_visible_devices"]

_SECTION = "Environment"
_CHOICES = ("auto", "cann", "mock")
_SET_ENV = "source the toolkit's set_env.sh, as in: source /usr/local/Ascend/ascend-toolkit/set_env.sh"
_VISIBLE = "ASCEND_RT_VISIBLE_DEVICES"
_SETTINGS = ("PYASCEND_DEBUG", "MOCK_CANN_")


def check_environment(machine: Machine) -> Iterator[Finding]:
    """Look at the variables, and whether they contradict each other."""
    yield _backend(machine)
    homes: dict[str, Toolkit] = {}
    for name in ("ASCEND_HOME_PATH", "ASCEND_TOOLKIT_HOME"):
        finding, toolkit = _home(machine, name)
        yield finding
        if toolkit:
            homes[name] = toolkit
    yield _opp(machine, homes)
    yield from _library_path(machine, homes)
    for name in sorted(machine.environ):
        if name.startswith(_SETTINGS):
            yield Finding(_SECTION, name, "note", machine.environ[name])


def _backend(machine: Machine) -> Finding:
    value = machine.environ.get("PYASCEND_BACKEND", "")
    if value in ("", *_CHOICES):
        found = value or "not set"
        why = "a CANN is used when there is one, else the emulator" if value in ("", "auto") else ""
        return Finding(_SECTION, "PYASCEND_BACKEND", "ok", found, why)
    return Finding(
        _SECTION,
        "PYASCEND_BACKEND",
        "error",
        value,
        f"it must be one of {', '.join(_CHOICES)}",
        "correct or unset it",
    )


def _home(machine: Machine, name: str) -> tuple[Finding, Toolkit | None]:
    value = machine.environ.get(name, "")
    if not value:
        return Finding(_SECTION, name, "note", "not set", "toolkits are looked for in other places"), None
    toolkit, probe = toolkit_at(Path(value), name)
    if toolkit:
        version = toolkit.version or "of unknown version"
        kind = "the emulator" if toolkit.emulated else "CANN"
        return Finding(_SECTION, name, "ok", f"{value}: {kind} {version}"), toolkit
    return Finding(_SECTION, name, "warning", value, probe.detail, f"correct it, or {_SET_ENV}"), None


def _opp(machine: Machine, homes: dict[str, Toolkit]) -> Finding:
    """GE finds its operators through this variable."""
    name, value = "ASCEND_OPP_PATH", machine.environ.get("ASCEND_OPP_PATH", "")
    if value and Path(value).is_dir():
        return Finding(_SECTION, name, "ok", value)
    if value:
        return Finding(_SECTION, name, "error", value, "no such folder: GE finds no operators", _SET_ENV)
    if any(not toolkit.emulated for toolkit in homes.values()):
        return Finding(_SECTION, name, "error", "not set", "GE finds no operators without it", _SET_ENV)
    return Finding(_SECTION, name, "note", "not set", "only a CANN toolkit needs it")


def _library_path(machine: Machine, homes: dict[str, Toolkit]) -> Iterator[Finding]:
    """Look for link-time stubs and for several toolkits on the loader's path."""
    name = "LD_LIBRARY_PATH"
    folders = [Path(folder) for folder in machine.environ.get(name, "").split(":") if folder]
    if not folders:
        yield Finding(_SECTION, name, "note", "not set", "libraries are opened by their full path")
        return
    trees: dict[str, str] = {os.path.realpath(home.root): variable for variable, home in homes.items()}
    for folder in folders:
        toolkit, probe = toolkit_at(folder, name)
        if is_stand_in(folder):
            yield Finding(
                _SECTION, name, "error", str(folder),
                "it holds link-time stubs, which load like the real libraries and then fail every call",
                "take it out: it is for linking (-L) only",
            )  # fmt: skip
        elif toolkit:
            trees.setdefault(os.path.realpath(toolkit.root), f"{name} ({folder})")
            yield Finding(_SECTION, name, "ok", f"{folder}: {probe.detail}")
        elif not folder.is_dir():
            yield Finding(_SECTION, name, "note", str(folder), "no such folder")
        else:
            yield Finding(_SECTION, name, "ok", str(folder), "no toolkit")
    if len(trees) > 1:
        listed = "; ".join(f"{tree} by {by}" for tree, by in trees.items())
        yield Finding(
            _SECTION, "toolkits", "warning", listed,
            "the environment leads to several toolkits, and libraries of two in one process do not work",
            f"start a new shell and {_SET_ENV}",
        )  # fmt: skip


def check_visible_devices(machine: Machine, devices: int | None) -> Finding:
    """Check ``ASCEND_RT_VISIBLE_DEVICES`` by CANN's rules.

    Parameters
    ----------
    machine
        Where to look.
    devices
        How many devices there are without the variable; None when that is not known.
    """
    value = machine.environ.get(_VISIBLE)
    if value is None:
        return Finding(_SECTION, _VISIBLE, "ok", "not set", "every device is visible")
    numbers: list[int] = []
    ignored = ""
    tokens = value.split(",")
    for place, token in enumerate(tokens):
        if not (token.isascii() and token.isdigit()) or (devices is not None and int(token) >= devices):
            ignored = ",".join(tokens[place:])
            break
        numbers.append(int(token))
    rule = "it must be device numbers with commas between them, ascending, without blanks, as 0,1,3"
    known = "" if devices is None else f"; there are {devices} devices, 0 to {devices - 1}"
    shown = repr(value)
    if not numbers:
        return Finding(
            _SECTION, _VISIBLE, "error", shown, f"no device is visible{known}", f"{rule}, or unset it"
        )
    if any(right <= left for left, right in pairwise(numbers)):
        return Finding(
            _SECTION,
            _VISIBLE,
            "error",
            shown,
            "the numbers do not ascend, so no device is visible",
            f"{rule}{known}",
        )
    seen = ", ".join(map(str, numbers))
    if ignored:
        why = f"only {seen} is visible: CANN stops reading at '{ignored}' without a word{known}"
        return Finding(_SECTION, _VISIBLE, "warning", shown, why, rule)
    return Finding(_SECTION, _VISIBLE, "ok", shown, f"the devices {seen} are visible, numbered from 0")
