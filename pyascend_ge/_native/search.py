"""Where a CANN toolkit may be: every place that is looked at, and what was found there.

Pure path work: nothing is opened or loaded here, so ``pyascend-ge doctor`` can run it anywhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

__all__ = ["DEFAULT_ROOTS", "Probe", "Toolkit", "find_toolkits", "toolkit_at"]

DEFAULT_ROOTS = (
    "/usr/local/Ascend/ascend-toolkit/latest",
    "/usr/local/Ascend/cann",
    "/usr/local/Ascend/latest",
    "~/Ascend/ascend-toolkit/latest",
    "~/Ascend/cann",
    "~/Ascend/latest",
)
_VARIABLES = ("ASCEND_HOME_PATH", "ASCEND_TOOLKIT_HOME")
# One of these is in every CANN: 9.2 split the runtime out of libascendcl.
CORE_LIBRARIES = ("libascendcl.so", "libacl_rt.so")
# Link-time stand-ins of the toolkit: they resolve every symbol and do nothing.
_STAND_INS = frozenset({"stub", "stubs", "devlib"})
_VERSION_FILES = (
    "version.info",
    "runtime/version.info",
    "compiler/version.info",
    "opp/version.info",
    "share/info/runtime/version.info",
    "share/info/compiler/version.info",
    f"{os.uname().machine}-linux/ascend_toolkit_install.info",
    "version.cfg",
)
_VERSION = re.compile(
    r"^\s*(?:package_|\w+_running_)?version\s*=\s*\[?([^\]:\s]+)", re.IGNORECASE | re.MULTILINE
)


class Probe(NamedTuple):
    """One place that was looked at."""

    what: str
    """What it was looked at for, such as ``ASCEND_HOME_PATH``."""
    path: str
    """The path, or ``""`` when there is none to look at."""
    found: bool
    """Whether it can be used."""
    detail: str
    """Why, or why not."""

    def __str__(self) -> str:
        place = f"{self.what}: {self.path}" if self.path else self.what
        return f"{place}: {self.detail}"


class Toolkit(NamedTuple):
    """A toolkit tree: where its libraries are and what it says about itself."""

    root: Path
    folders: tuple[Path, ...]
    """The folders that hold its libraries."""
    version: str
    """As in its version file; ``""`` when it has none."""
    emulated: bool
    """Whether this is the emulator's tree."""

    def library(self, name: str) -> Path | None:
        """Path of one of its libraries, or None."""
        return next((path for folder in self.folders if (path := folder / name).exists()), None)


def is_stand_in(folder: Path) -> bool:
    """Whether a folder holds the toolkit's link-time stubs, by its own or its real path."""
    real = Path(os.path.realpath(folder))
    return not _STAND_INS.isdisjoint({*folder.parts[-3:], *real.parts[-3:]})


def read_version(root: Path) -> str:
    """Read the version a toolkit tree states, or ``""``."""
    for name in _VERSION_FILES:
        try:
            text = (root / name).read_text(errors="replace")
        except OSError:
            continue
        if match := _VERSION.search(text):
            return match[1]
    return ""


def library_folders(root: Path) -> tuple[Path, ...]:
    """List the folders of a toolkit tree that may hold libraries, or ``root`` itself when it holds them."""
    names = (
        "lib64",
        f"{os.uname().machine}-linux/lib64",
        "runtime/lib64",
        "compiler/lib64",
        "fwkacllib/lib64",
        ".",
    )
    return tuple(folder for name in names if (folder := root / name).is_dir() and not is_stand_in(folder))


def toolkit_at(root: Path, what: str) -> tuple[Toolkit | None, Probe]:
    """Look at one place.

    Parameters
    ----------
    root
        A toolkit's root (the folder that has ``lib64``), or a folder of libraries.
    what
        Why this place is looked at.
    """
    root = root.expanduser()
    if not root.is_dir():
        return None, Probe(what, str(root), False, "no such folder")
    if is_stand_in(root):
        return None, Probe(what, str(root), False, "holds link-time stubs only")
    folders = library_folders(root)
    holder = next((f for f in folders for name in CORE_LIBRARIES if (f / name).exists()), None)
    if holder is None:
        return None, Probe(what, str(root), False, f"has neither {' nor '.join(CORE_LIBRARIES)}")
    home = root.parent if root.name in {"lib64", "lib"} else root
    emulated = any((folder / "libmock_cann.so").exists() for folder in folders)
    toolkit = Toolkit(home, folders, read_version(home), emulated)
    return toolkit, Probe(what, str(root), True, toolkit.version or "version unknown")


def places(environ: Mapping[str, str], roots: Iterable[str] = DEFAULT_ROOTS) -> Iterator[tuple[str, str]]:
    """List the places in the order they are tried: (why, path or "")."""
    for variable in _VARIABLES:
        yield variable, environ.get(variable, "")
    for folder in environ.get("LD_LIBRARY_PATH", "").split(":"):
        if folder:
            yield "LD_LIBRARY_PATH", folder
    for root in roots:
        yield "default install path", root


def find_toolkits(
    environ: Mapping[str, str] | None = None, roots: Iterable[str] | None = None
) -> tuple[list[tuple[Toolkit, str]], list[Probe]]:
    """Look at every place a toolkit may be.

    Parameters
    ----------
    environ
        The environment to read; the process's by default.
    roots
        Install paths to try last; :data:`DEFAULT_ROOTS` by default.

    Returns
    -------
    toolkits, probes
        The distinct toolkits found, best first, each with what led to it; and all that was looked at.
    """
    found: dict[str, tuple[Toolkit, str]] = {}
    probes: list[Probe] = []
    for what, path in places(
        os.environ if environ is None else environ, DEFAULT_ROOTS if roots is None else roots
    ):
        if not path:
            probes.append(Probe(what, "", False, "not set"))
            continue
        toolkit, probe = toolkit_at(Path(path), what)
        probes.append(probe)
        if toolkit:
            found.setdefault(os.path.realpath(toolkit.folders[0]), (toolkit, what))
    return list(found.values()), probes
