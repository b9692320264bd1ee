"""Python, this package and the packages it needs."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata

from pyascend_ge.cli.checks.finding import Finding

__all__ = ["check_python"]

_SECTION = "Python"
_OLDEST = (3, 10)
_REQUIREMENT = re.compile(r"^([\w.-]+)\s*>=\s*([\d.]+)$")


def check_python() -> Iterator[Finding]:
    """Look at the interpreter, the compiled module and the packages that this one requires."""
    version = platform.python_version()
    if sys.version_info >= _OLDEST:
        yield Finding(_SECTION, "Python", "ok", f"{version} ({sys.executable})")
    else:
        yield Finding(
            _SECTION, "Python", "error", version, "3.10 or newer is needed", "install a newer Python"
        )
    yield _compiled_module()
    for requirement in metadata.requires("pyascend-ge") or []:
        if match := _REQUIREMENT.match(requirement):  # those of extras have a condition, and do not match
            yield _package(match[1], match[2])


def _compiled_module() -> Finding:
    import pyascend_ge
    from pyascend_ge import _native

    return Finding(_SECTION, f"pyascend_ge {pyascend_ge.__version__}", "ok", str(_native.__path__[0]))


def _package(name: str, oldest: str) -> Finding:
    advice = f"pip install '{name}>={oldest}'"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(_SECTION, name, "error", "missing", f"pyascend_ge needs {oldest} or newer", advice)
    if _numbers(version) < _numbers(oldest):
        return Finding(_SECTION, name, "error", version, f"pyascend_ge needs {oldest} or newer", advice)
    return Finding(_SECTION, name, "ok", version)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the release numbers that a version starts with."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, match[0].split("."))) if match else ()
