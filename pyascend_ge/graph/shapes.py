"""What inference knows of the tensors of a graph: the emulator's, which needs no device and no session."""

from __future__ import annotations

import ctypes
import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pyascend_ge.dtypes import DataType
from pyascend_ge.errors import GraphError
from pyascend_ge.graph import descriptors, ir
from pyascend_ge.graph.model import to_model

if TYPE_CHECKING:
    from pyascend_ge.graph.base import GraphBase

__all__ = ["Known", "describe", "fill_in", "known"]

Known = tuple[DataType | None, tuple[int, ...] | None]
"""Element type and shape of a tensor; None where nothing is known, -1 for a dimension that is not."""

_LARGE = 4096  # bytes: a constant that large says nothing about shapes
_PROBLEM = 4096
_REPORTED = re.compile(r"^\s*E\w+\[PID: .*?\): +(.*)$", re.MULTILINE)


@functools.cache
def _library() -> ctypes.CDLL:
    """Load the emulator's engine beside whatever backend there is; its names are its own."""
    from pyascend_ge._native.loader import bundled_mock

    library = ctypes.CDLL(str(bundled_mock() / "lib64" / "libmock_cann.so"))
    library.mock_cann_infer.restype = ctypes.c_void_p
    library.mock_cann_free.argtypes = [ctypes.c_void_p]
    return library


def describe(graph: GraphBase) -> dict[tuple[str, int], Known]:
    """Return type and shape by node name and output.

    Raises
    ------
    GraphError
        Naming the node that is not emulated or does not fit its inputs.
    """
    data, library = _without_weights(graph), _library()
    size, problem = ctypes.c_size_t(), ctypes.create_string_buffer(_PROBLEM)
    found = library.mock_cann_infer(
        data, ctypes.c_size_t(len(data)), ctypes.byref(size), problem, ctypes.c_size_t(_PROBLEM)
    )
    if not found:
        raise GraphError(f"graph '{graph.name}': {_plain(problem.value.decode(errors='replace'))}")
    try:
        model = ir.ModelDef.decode(ctypes.string_at(found, size.value))
    finally:
        library.mock_cann_free(found)
    return {
        (op.name, index): (descriptors.dtype_in(desc), descriptors.shape_in(desc))
        for op in model.graph[0].op
        for index, desc in enumerate(op.output_desc)
    }


def _plain(said: str) -> str:
    """Return the sentences of a report of CANN's form, without its codes, process and time."""
    return " ".join(_REPORTED.findall(said)) or said.strip()


def known(graph: GraphBase) -> Mapping[tuple[str, int], Known]:
    """Return what can be found out; what the graph itself says when inference fails."""
    try:
        return describe(graph)
    except (GraphError, OSError):
        tensors = [item for node in graph.nodes for item in node.outputs]
        return {(item.node.name, item.index): (item.dtype, item.shape) for item in tensors}


def fill_in(graph: GraphBase) -> None:
    """Write what is found out into the graph's own descriptors."""
    found = describe(graph)
    for node in graph.nodes:
        for tensor in node.outputs:
            dtype, shape = found.get((node.name, tensor.index), (None, None))
            if dtype is not None and shape is not None:
                held = tensor.descriptor
                made = descriptors.make(held.name, dtype, shape, descriptors.format_in(held))
                held.dtype, held.shape, held.real_dim_cnt = made.dtype, made.shape, made.real_dim_cnt
                held.attr.update(made.attr)


def _without_weights(graph: GraphBase) -> bytes:
    """Serialize with large constants replaced by inputs: only small ones decide about shapes."""
    whole = to_model(graph)
    root = ir.GraphDef(name=graph.name, op=[_light(op) for op in whole.graph[0].op])
    return ir.ModelDef(name=whole.name, version=whole.version, graph=[root, *whole.graph[1:]]).encode()


def _light(op: ir.OpDef) -> ir.OpDef:
    held = op.attr.get("value")
    if op.type not in ("Const", "Constant") or held is None or held.t is None or len(held.t.data) < _LARGE:
        return op
    return ir.OpDef(name=op.name, type="Data", output_desc=op.output_desc)
