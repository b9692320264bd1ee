"""ONNX models become graphs: CANN's own parser converts, its graph comes back as bytes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from pyascend_ge.errors import GraphError, explain

__all__ = ["converted"]

_UNSUPPORTED = 1343225956


def converted(model: Any, options: Mapping[str, str]) -> bytes:
    """Return the serialized GE graph of an ONNX model: a path, bytes, or an ``onnx.ModelProto``."""
    from pyascend_ge import _process
    from pyascend_ge._native import ffi, lib

    keys, values, count, _keep = _process.strings({key: str(value) for key, value in options.items()})
    if isinstance(model, (str, os.PathLike)):
        function, path = "aclgrphParseONNX", os.fsencode(model)
        result = lib.pge_compiler_parse_onnx_file(path, keys, values, count)
    else:
        function, data = "aclgrphParseONNXFromMem", _bytes(model)
        result = lib.pge_compiler_parse_onnx(ffi.from_buffer(data), len(data), keys, values, count)
    if result < 0:
        _refuse(-result, function, model)
    try:
        content = ffi.new("pge_bytes *")
        status = lib.pge_graph_to_memory(result, content)
        if status < 0:
            _refuse(-status, "Graph::SaveToMem", model)
        try:
            return bytes(ffi.buffer(ffi.cast("char *", content.address), content.size)[:])
        finally:
            lib.pge_base_release(content.owner)
    finally:
        lib.pge_graph_destroy(result)


def _bytes(model: Any) -> bytes | bytearray | memoryview:
    if isinstance(model, (bytes, bytearray, memoryview)):
        return model
    serialize = getattr(model, "SerializeToString", None)
    if serialize is None:
        raise TypeError(
            f"from_onnx: the model is a path, bytes or an onnx.ModelProto, not {type(model).__name__}"
        )
    data: bytes = serialize()
    return data


def _refuse(code: int, function: str, model: Any) -> None:
    from pyascend_ge._ge import take_text
    from pyascend_ge._native import lib
    from pyascend_ge.errors import NotAvailableError

    if code == _UNSUPPORTED:
        raise NotAvailableError(
            "from_onnx: this toolkit has no ONNX parser (libfmk_onnx_parser.so)", code=code, function=function
        )
    said = take_text(lib.pge_v2_error_message()).strip().replace("\n", "\n    ")
    subject = os.fspath(model) if isinstance(model, (str, os.PathLike)) else "the model"
    lines = [f"from_onnx: {subject!s} cannot be converted; {function} answers {code}"]
    if said:
        lines.append(f"  CANN says: {said}")
    raise GraphError("\n".join(lines), code=code, name=explain(code).name, function=function)
