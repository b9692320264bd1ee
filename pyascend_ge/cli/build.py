"""``pyascend-ge build``: compile a graph into a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from pyascend_ge.cli.console import BadInputError
from pyascend_ge.cli.opened import load_graph

__all__ = ["build"]


def build(
    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL", exists=True, dir_okay=False, help="A graph (.air, .pbtxt, .onnx)."),
    ],
    target: Annotated[Path, typer.Option("--output", "-o", metavar="FILE.om", help="The file to write.")],
    soc_version: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The chip to compile for, as Ascend910B3; this machine's."),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="A build option of GE, as input_shape=images:4,1,8,8."),
    ] = None,
) -> None:
    """Compile a graph into an .om model, which 'pyascend-ge run' and AscendCL load."""
    if target.suffix != ".om":
        raise BadInputError(f"--output {target}: the file's name must end in .om")
    if not target.parent.is_dir():
        raise BadInputError(f"--output {target}: there is no folder {target.parent}")
    given = _parse_options(option or [])
    graph = load_graph(model)

    import pyascend_ge as ge

    compiled = ge.build_model(graph, soc_version=soc_version, options=given)
    saved = compiled.save(target)
    typer.echo(f"{saved}: '{compiled.name}' for {compiled.soc_version}, {compiled.nbytes} bytes")


def _parse_options(texts: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise BadInputError(f"--option {text}: it must have the form key=value")
        if key in found:
            raise BadInputError(f"--option {text}: '{key}' was given already, as {found[key]}")
        found[key] = value
    return found
