"""Graph files: GE's binary ``.air``, protobuf text, and weights that GE keeps in files of their own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TypeVar

from pyascend_ge.errors import GraphError
from pyascend_ge.graph import ir, model, text_reader
from pyascend_ge.graph.base import GraphBase

__all__ = ["load", "save"]

G = TypeVar("G", bound=GraphBase)
_TEXT = (".pbtxt", ".txt")
_OTHER = {
    ".om": "an .om file is a compiled model: build one with build_model(), load one with Model.load()",
    ".onnx": "an .onnx file is not GE's graph format: read one with Graph.from_onnx()",
}


def save(graph: GraphBase, path: str | os.PathLike[str]) -> None:
    """Write `graph` to `path`; a file that is there is replaced at once or left alone."""
    target = Path(path)
    _refuse_other(target)
    data = graph.to_text().encode() if target.suffix in _TEXT else graph.to_bytes()
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink()
        raise


def load(cls: type[G], path: str | os.PathLike[str]) -> G:
    """Read the graph in `path`."""
    source = Path(path)
    _refuse_other(source)
    data = source.read_bytes()
    try:
        if source.suffix in _TEXT:
            definition = text_reader.loads(_decoded(data), ir.ModelDef)
        else:
            definition = ir.ModelDef.decode(data)
        _read_external(definition, source.parent)
        return model.from_model(cls, definition)
    except GraphError as error:
        raise GraphError(f"{source}: {error}") from error


def _refuse_other(path: Path) -> None:
    if path.suffix in _OTHER:
        raise GraphError(f"{path}: {_OTHER[path.suffix]}")


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise GraphError(f"text that is not UTF-8 at byte {error.start}") from error


def _read_external(definition: ir.ModelDef, folder: Path) -> None:
    """Put the weights of a large model, which GE writes beside the file, back into their constants."""
    for graph in definition.graph:
        for op in graph.op:
            location, value = op.attr.get("location"), op.attr.get("value")
            if op.type not in ("Const", "Constant") or location is None or value is None or value.t is None:
                continue
            name = (location.s or b"").decode("utf-8", "replace")
            value.t.data = _weights(folder, name, f"{op.type} '{op.name}'")
            length = op.attr.get("length")
            if length is not None and length.i is not None and length.i != len(value.t.data):
                sizes = f"{len(value.t.data)} bytes, {length.i} are expected"
                raise GraphError(f"{op.type} '{op.name}': '{name}' has {sizes}")
            del op.attr["location"]
            op.attr.pop("length", None)


def _weights(folder: Path, name: str, where: str) -> bytes:
    try:
        path = (folder / name).resolve()
        if name and path.is_relative_to(folder.resolve()):
            return path.read_bytes()
    except (OSError, ValueError) as error:
        raise GraphError(f"{where}: its weights in '{name}' cannot be read ({error})") from error
    raise GraphError(f"{where}: its weights in '{name}' are outside the model's folder")
