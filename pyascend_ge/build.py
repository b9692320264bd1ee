"""Offline builds: a graph becomes an ``.om`` model."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyascend_ge import _process
from pyascend_ge._ge import raise_ge
from pyascend_ge._native import ffi, lib
from pyascend_ge.device import Device

if TYPE_CHECKING:
    from pyascend_ge.model import Model

__all__ = ["CompiledModel", "build_model"]

_SOC_VERSION = "ge.socVersion"
# aclgrphBuildInitialize and -Finalize are the process's; one build at a time is between them.
_building = threading.Lock()


class CompiledModel:
    """A compiled model in host memory; made by :func:`build_model`.

    ``bytes(model)`` are the contents of its ``.om`` file.
    """

    __slots__ = ("_data", "name", "soc_version")

    def __init__(self, name: str, soc_version: str, data: bytes) -> None:
        self.name, self.soc_version, self._data = name, soc_version, data

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return len(self._data)

    def __bytes__(self) -> bytes:
        return self._data

    def save(self, path: str | os.PathLike[str]) -> str:
        """Write the model (``aclgrphSaveModel``); returns the path, which always ends in ``.om``."""
        name = os.fspath(path)
        stem = name.removesuffix(".om")
        result = lib.pge_compiler_save_model(os.fsencode(stem), self._data, len(self._data))
        if result < 0:
            raise_ge(-result, "aclgrphSaveModel", hint=f"The path is {name!r}; its folder must exist.")
        return f"{stem}.om"

    def load(self) -> Model:
        """Load it onto this thread's device (``aclmdlLoadFromMem``)."""
        from pyascend_ge.model import Model

        return Model.load(self._data)

    def __repr__(self) -> str:
        return f"<CompiledModel '{self.name}' for {self.soc_version}, {self.nbytes} bytes>"


def build_model(
    graph: Any, soc_version: str | None = None, options: Mapping[str, str] | None = None
) -> CompiledModel:
    """Compile a graph into a model (``aclgrphBuildModel``). Needs no Runtime and no device.

    Parameters
    ----------
    graph : Graph
    soc_version : str, optional
        The chip to compile for, such as ``"Ascend910B3"``; this machine's by default.
    options : mapping, optional
        Build options: ``input_shape``, ``ge.dynamicBatchSize``, ``ge.outputDatatype``, ...

    Returns
    -------
    CompiledModel

    Notes
    -----
    CANN does not allow this call beside an initialised GE. When a Runtime is open and no option asks for
    more, the graph is compiled by a session of its own instead (``GetCompiledModel``), which gives the same
    kind of model.
    """
    soc = soc_version or Device(0).soc_name
    given = {key: str(value) for key, value in (options or {}).items()}
    online = 2 in _process.state.ge_versions and not given and soc == Device(0).soc_name
    data = _by_session(graph) if online else _offline(graph, soc, given)
    return CompiledModel(graph.name, soc, data)


def _by_session(graph: Any) -> bytes:
    from pyascend_ge.session import GeSession

    with GeSession() as session:
        model: bytes = session.add_graph(graph).compile().compiled_model()
        return model


def _offline(graph: Any, soc: str, options: Mapping[str, str]) -> bytes:
    from pyascend_ge.session import native_graph

    native = native_graph(graph)
    try:
        with _building:
            return _build(native, soc, options)
    finally:
        lib.pge_graph_destroy(native)


def _build(native: int, soc: str, options: Mapping[str, str]) -> bytes:
    live = bool(_process.state.ge_versions)
    keys, values, count, _keep = _process.strings({_SOC_VERSION: soc})
    result = lib.pge_compiler_initialize(keys, values, count)
    if result < 0:
        raise_ge(-result, "aclgrphBuildInitialize")
    try:
        model = ffi.new("pge_bytes *")
        keys, values, count, _keep = _process.strings(options)
        result = lib.pge_compiler_build_model(native, keys, values, count, model)
        if result < 0:
            raise_ge(-result, "aclgrphBuildModel")
        try:
            return bytes(ffi.buffer(ffi.cast("char *", model.address), model.size)[:])
        finally:
            lib.pge_base_release(model.owner)
    finally:
        if not live:  # finalising would take GE from under open sessions
            lib.pge_compiler_finalize()
