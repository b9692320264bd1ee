"""``pyascend-ge graph``: look at a graph."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from pyascend_ge.cli.console import BadInputError
from pyascend_ge.cli.opened import load_graph
from pyascend_ge.errors import GraphError

__all__ = ["graph"]


def graph(
    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL", exists=True, dir_okay=False, help="A graph (.air, .pbtxt, .onnx)."),
    ],
    target: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="A picture to write: .svg or .dot.")
    ] = None,
) -> None:
    """Draw a graph, or without --output print its nodes and what they cost."""
    if target is not None and target.suffix not in (".svg", ".dot"):
        raise BadInputError(f"--output {target}: the file's name must end in .svg or .dot")
    if target is not None and not target.parent.is_dir():
        raise BadInputError(f"--output {target}: there is no folder {target.parent}")
    loaded = load_graph(model)
    with suppress(GraphError):  # the picture then shows what the file itself says
        loaded.infer_shapes()
    if target is None:
        typer.echo(f"{loaded}\n\n{loaded.summary()}")
        return
    try:
        picture = loaded.to_svg() if target.suffix == ".svg" else loaded.to_dot()
    except ImportError as missing:
        raise BadInputError(f"--output {target}: {missing}") from None
    target.write_text(picture, encoding="utf-8")
    typer.echo(f"{target}: {repr(loaded)[1:-1]}")
