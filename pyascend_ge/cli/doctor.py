"""``pyascend-ge doctor``: look at everything that may keep this package from working, and say what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from pyascend_ge.cli.checks.backend import check_backend, check_libraries
from pyascend_ge.cli.checks.driver import check_driver, device_files
from pyascend_ge.cli.checks.environment import check_environment, check_visible_devices
from pyascend_ge.cli.checks.finding import Finding, Machine
from pyascend_ge.cli.checks.loading import Loaded, load_backend
from pyascend_ge.cli.checks.python import check_python
from pyascend_ge.cli.console import output

__all__ = ["diagnose", "doctor"]

_VISIBLE = "ASCEND_RT_VISIBLE_DEVICES"
_SHOWN = {
    "ok": ("ok", "green"),
    "note": ("note", "dim"),
    "warning": ("WARN", "yellow"),
    "error": ("FAIL", "bold red"),
}
_NEEDED_BY_ALL = frozenset({"PYASCEND_BACKEND", _VISIBLE})


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check libraries, driver, environment and permissions; exit with 0 when a backend is usable, else 1."""
    findings, loaded = diagnose(Machine(os.environ))
    usable = all(finding.status != "error" for finding in findings)
    if as_json:
        document = {
            "usable": usable,
            "backend": loaded.backend,
            "devices": loaded.devices,
            "findings": [finding._asdict() for finding in findings],
        }
        typer.echo(json.dumps(document, indent=2))
    else:
        _print(output(), findings, loaded)
    raise typer.Exit(0 if usable else 1)


def diagnose(machine: Machine) -> tuple[list[Finding], Loaded]:
    """Look at everything on `machine`.

    Returns
    -------
    findings, loaded
        All findings in the order they are shown, and what loading the backend led to.
    """
    loaded = load_backend(machine.environ)
    devices = loaded.devices
    if _VISIBLE in machine.environ:
        rest = {name: value for name, value in machine.environ.items() if name != _VISIBLE}
        devices = load_backend(rest).devices or len(device_files(machine)) or None
    findings = [
        *check_python(),
        *check_environment(machine),
        check_visible_devices(machine, devices),
        *check_driver(machine),
        *check_libraries(loaded),
        *check_backend(loaded),
    ]
    return [_weighed(finding, loaded, machine) for finding in findings], loaded


def _weighed(finding: Finding, loaded: Loaded, machine: Machine) -> Finding:
    """Return a finding as it counts for the backend in use: an error is what keeps that one from working."""
    name = loaded.backend["name"] if loaded.backend else machine.environ.get("PYASCEND_BACKEND")
    if finding.status == "ok" or finding.what in _NEEDED_BY_ALL:
        return finding
    if finding.section == "Driver" and name == "mock":  # the emulator needs none
        return finding._replace(status="note")
    answers = loaded.backend is not None and not loaded.problem
    if finding.status == "error" and (
        (finding.section == "Driver" and answers) or (finding.section == "Environment" and name == "mock")
    ):
        return finding._replace(status="warning")
    return finding


def _print(console: Console, findings: Sequence[Finding], loaded: Loaded) -> None:
    for section, members in groupby(findings, key=lambda finding: finding.section):
        console.print(Text(section, "bold"))
        for finding in members:
            _print_finding(console, finding)
    errors = sum(finding.status == "error" for finding in findings)
    if errors:
        text = f"Not usable: {errors} problem{'s' * (errors != 1)}, marked FAIL."
        console.print(Text(text, "bold red"))
    elif loaded.backend:
        text = f"Usable: {loaded.backend['name']} {loaded.backend['version']} with {loaded.devices} devices."
        console.print(Text(text, "bold green"))


def _print_finding(console: Console, finding: Finding) -> None:
    mark, style = _SHOWN[finding.status]
    lines = [
        Text.assemble(f"  {'':4}", (mark, style), " " * (6 - len(mark)), f"{finding.what}: {finding.found}")
    ]
    if finding.why:
        first, *more = finding.why.splitlines()
        lines += [Text(f"            why: {first}"), *(Text(f"              {line}") for line in more)]
    if finding.todo and finding.status != "ok":
        lines.append(Text(f"            do:  {finding.todo}"))
    for line in lines:
        console.print(line, soft_wrap=True)
