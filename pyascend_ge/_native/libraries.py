"""The libraries of one toolkit: opened when the first of their functions is called, each once."""

from __future__ import annotations

import os
from pathlib import Path

from pyascend_ge._native import _cann, ffi, lib
from pyascend_ge._native.search import CORE_LIBRARIES, Probe, Toolkit

__all__ = ["Libraries", "function_name"]

# What a shim library takes its C++ symbols from: the library it is about, then others that it can use.
_SHIM_NEEDS: dict[str, tuple[str, ...]] = {
    "libpge_base.so": (),
    "libpge_graph.so": ("libgraph.so", "libgraph_base.so"),
    "libpge_compiler.so": ("libge_compiler.so", "libfmk_onnx_parser.so"),
    "libpge_session_v1.so": ("libge_runner.so",),
    "libpge_session_v2.so": ("libge_runner_v2.so",),
}
_ABSENT = "not in this toolkit"
_SHIM_BASE = "libpge_base.so"
_NAMES = [ffi.string(lib.pge_library_name(i)).decode() for i in range(lib.pge_library_count())]


def function_name(index: int) -> str:
    """Name of a function in the dispatch table."""
    return str(ffi.string(lib.pge_function_name(index)).decode())


def _owners(index: int) -> list[str]:
    """List the libraries that have owned a function: CANN 9.2's first, then 8.1's."""
    numbers = (lib.pge_function_owner(index, which) for which in range(2))
    return [_NAMES[number] for number in numbers if number >= 0]


def _versions(function: str) -> str:
    """Say which CANN versions are known to have a function."""
    for line in Path(__file__).with_name("owners.txt").read_text().splitlines():
        name, *libraries = line.split()
        if name == function:
            known = [
                version for version, owner in zip(("9.2", "8.1"), libraries, strict=True) if owner != "-"
            ]
            return " and ".join(known)
    raise KeyError(function)


class Libraries:
    """What has been opened of a toolkit, and why the rest has not.

    Parameters
    ----------
    toolkit
        Where the libraries are.
    probes
        Every attempt is appended here.
    """

    def __init__(self, toolkit: Toolkit, probes: list[Probe]) -> None:
        self.toolkit = toolkit
        self._probes = probes
        self._opened: set[str] = set()
        self._failed: dict[str, str] = {}

    def open_core(self) -> bool:
        """Open what every CANN has: libascendcl, and in 9.2 libacl_rt. One of them is enough."""
        for name in reversed(CORE_LIBRARIES):
            if self.toolkit.library(name):
                self._open(name)
        if not self._opened:
            lib.pge_close_all()
        return bool(self._opened)

    def bind(self, index: int) -> bool:
        """Bind one function of the table, opening the libraries that may have it."""
        for name in _owners(index):
            if lib.pge_function_bound(index):
                break
            self._open(name)
        return bool(lib.pge_function_bound(index))

    def why_missing(self, index: int, this: str) -> str:
        """Say why a function cannot be bound; `this` names the backend."""
        function, owners = function_name(index), _owners(index)
        reasons = {name: self._failed[name] for name in owners if name in self._failed}
        if owners[0] in _SHIM_NEEDS:
            for main in _SHIM_NEEDS[owners[0]][:1]:
                if main in self._failed:
                    return f"{function} needs {main}, and {this} cannot give it: {self._failed[main]}"
            return f"{function} cannot be used on {this}: {owners[0]}: {reasons.get(owners[0], 'lacks it')}"
        text = f"{function} is not in {this} (present in {_versions(function)})"
        broken = [f"{name}: {why}" for name, why in reasons.items() if why != _ABSENT]
        return "; ".join([text, *broken])

    def _open(self, name: str) -> None:
        """Open a library that owns functions of the table."""
        if name in self._opened or name in self._failed:
            return
        path = self.toolkit.library(name)
        if name in _SHIM_NEEDS:
            path = Path(_cann.__file__).with_name(name)  # part of this package, not of the toolkit
            for needed in reversed(_SHIM_NEEDS[name]):
                self._preload(needed)
            if name != _SHIM_BASE:
                self._open(_SHIM_BASE)
        error = ffi.new("char[]", 1024)
        if path is None or not path.exists():
            self._fail(name, path, _ABSENT if path is None else "not built into this installation")
        elif (bound := lib.pge_open(_NAMES.index(name), os.fsencode(path), error, len(error))) < 0:
            self._fail(name, path, ffi.string(error).decode(errors="replace"))
        else:
            self._succeed(name, path, f"{bound} functions")

    def _preload(self, name: str) -> None:
        """Open a library whose C++ symbols a shim library takes. It may be missing; that is recorded."""
        if name in self._opened or name in self._failed:
            return
        path = self.toolkit.library(name)
        error = ffi.new("char[]", 1024)
        if path is None:
            self._fail(name, path, _ABSENT)
        elif lib.pge_preload(os.fsencode(path), error, len(error)) < 0:
            self._fail(name, path, ffi.string(error).decode(errors="replace"))
        else:
            self._succeed(name, path, "loaded")

    def _succeed(self, name: str, path: Path, detail: str) -> None:
        self._opened.add(name)
        self._probes.append(Probe(name, str(path), True, detail))

    def _fail(self, name: str, path: Path | None, why: str) -> None:
        """Record a failure, with what usually helps."""
        if "libascend_hal" in why or "libdrvdsmi" in why:
            why += " (part of the NPU driver: install it, or add its lib64/driver folder to LD_LIBRARY_PATH)"
        elif "cannot open shared object file" in why:
            why += f" (source {self.toolkit.root}/set_env.sh before starting Python)"
        self._failed[name] = why
        self._probes.append(Probe(name, str(path or ""), False, why))
