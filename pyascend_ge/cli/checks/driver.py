"""The NPU's driver: device files, the right to open them, the group, its library and versions."""

from __future__ import annotations

import grp
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from pyascend_ge._native.search import read_version
from pyascend_ge.cli.checks.finding import Finding, Machine

__all__ = ["check_driver", "device_files"]

_SECTION = "Driver"
_MANAGEMENT = ("/dev/davinci_manager", "/dev/devmm_svm", "/dev/hisi_hdc")
_GROUP = "HwHiAiUser"
_INSTALLED = "/etc/ascend_install.info"
_DEFAULT_INSTALL = "/usr/local/Ascend"
_LIBRARY = "libascend_hal.so"
_TOOL = "npu-smi"
_IN_A_CONTAINER = "in a container, pass it with --device={path} (or use the Ascend Docker runtime)"


def device_files(machine: Machine) -> list[Path]:
    """List the NPUs' device files in the order of their numbers."""
    folder = machine.at("/dev")
    found = [path for path in folder.glob("davinci[0-9]*") if path.name.removeprefix("davinci").isdigit()]
    return sorted(found, key=lambda path: int(path.name.removeprefix("davinci")))


def check_driver(machine: Machine) -> Iterator[Finding]:
    """Look at everything that a CANN needs of the machine below it. Nothing is opened."""
    yield from _devices(machine)
    yield _group()
    yield from _installation(machine)
    tool = shutil.which(_TOOL, path=machine.environ.get("PATH", "")) or next(
        (
            str(path)
            for folder in ("bin", "sbin")
            if (path := machine.at(f"/usr/local/{folder}/{_TOOL}")).exists()
        ),
        None,
    )
    if tool:
        yield Finding(_SECTION, _TOOL, "ok", tool)
    else:
        yield Finding(_SECTION, _TOOL, "note", "missing", "it comes with the driver; nothing here needs it")


def _devices(machine: Machine) -> Iterator[Finding]:
    npus = device_files(machine)
    if not npus:
        what = "/dev/davinci0"
        todo = f"install the driver; {_IN_A_CONTAINER.format(path=what)}"
        yield Finding(_SECTION, what, "error", "missing", "the machine has no NPU, or no driver for it", todo)
    for path in (*npus, *map(machine.at, _MANAGEMENT)):
        yield _device_file(path, "/" + str(path.relative_to(machine.root)))


def _device_file(path: Path, name: str) -> Finding:
    if not path.exists():
        todo = f"install the driver; {_IN_A_CONTAINER.format(path=name)}"
        return Finding(_SECTION, name, "error", "missing", "CANN opens it with every device", todo)
    if not os.access(path, os.R_OK | os.W_OK):
        return Finding(
            _SECTION, name, "error", "no permission", "this user may not read and write it",
            f"sudo usermod -aG {_GROUP} $USER, then log in again",
        )  # fmt: skip
    return Finding(_SECTION, name, "ok", "readable and writable")


def _group() -> Finding:
    what = f"group {_GROUP}"
    try:
        group = grp.getgrnam(_GROUP)
    except KeyError:
        return Finding(
            _SECTION,
            what,
            "note",
            "missing",
            "the driver's installer makes it, and owns the device files with it",
        )
    if os.geteuid() == 0:
        return Finding(_SECTION, what, "ok", "not needed by root")
    if group.gr_gid in (*os.getgroups(), os.getegid()):
        return Finding(_SECTION, what, "ok", "this user belongs to it")
    return Finding(
        _SECTION, what, "warning", "this user does not belong to it", "it usually owns the device files",
        f"sudo usermod -aG {_GROUP} $USER, then log in again",
    )  # fmt: skip


def _installation(machine: Machine) -> Iterator[Finding]:
    """Look for the versions and the driver's library where the installer says it put them."""
    base = _DEFAULT_INSTALL
    try:
        text = machine.at(_INSTALLED).read_text(errors="replace")
    except OSError:
        yield Finding(_SECTION, _INSTALLED, "note", "missing", f"the driver is looked for in {base}")
    else:
        if match := re.search(r"^Driver_Install_Path_Param=(\S+)", text, re.MULTILINE):
            base = match[1]
        yield Finding(_SECTION, _INSTALLED, "ok", f"the driver is in {base}")
    for part in ("driver", "firmware"):
        version = read_version(machine.at(f"{base}/{part}"))
        if version:
            yield Finding(_SECTION, part, "ok", version)
        else:
            needed = part == "driver"
            yield Finding(
                _SECTION, part, "error" if needed else "note", "missing", f"no {base}/{part}/version.info",
                f"install the {part}; in a container, mount {base}/{part} into it",
            )  # fmt: skip
    yield _library(machine, base)


def _library(machine: Machine, base: str) -> Finding:
    folders = [machine.at(f"{base}/driver/lib64/{sub}") for sub in ("driver", "common", "")]
    searched = [Path(folder) for folder in machine.environ.get("LD_LIBRARY_PATH", "").split(":") if folder]
    holder = next((folder for folder in (*searched, *folders) if (folder / _LIBRARY).exists()), None)
    if holder is None:
        why = f"neither {base}/driver/lib64 nor LD_LIBRARY_PATH has it, and CANN's runtime needs it"
        return Finding(
            _SECTION, _LIBRARY, "error", "missing", why, "install the driver, or mount it into the container"
        )
    if holder in searched:
        return Finding(_SECTION, _LIBRARY, "ok", str(holder / _LIBRARY))
    return Finding(
        _SECTION, _LIBRARY, "warning", str(holder / _LIBRARY), "its folder is not in LD_LIBRARY_PATH",
        f"export LD_LIBRARY_PATH={holder}:$LD_LIBRARY_PATH unless ldconfig knows it",
    )  # fmt: skip
