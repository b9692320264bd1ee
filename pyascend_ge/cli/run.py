"""``pyascend-ge run``: run a model, and say what came out and how long it took."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pyascend_ge.cli.console import BadInputError, output, whole_number
from pyascend_ge.cli.inputs import choose_inputs, parse_inputs, parse_shapes
from pyascend_ge.cli.labelled import LabelledSet, find_labelled
from pyascend_ge.cli.opened import opened
from pyascend_ge.cli.report import latency_lines, tensor_table
from pyascend_ge.cli.timing import Timing, timed

if TYPE_CHECKING:
    from pyascend_ge.cli.inputs import Array

__all__ = ["run"]


def run(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL",
            exists=True,
            dir_okay=False,
            help="A graph (.air, .pbtxt, .onnx) or a model (.om).",
        ),
    ],
    given: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", metavar="NAME=FILE", help="name=file.npy or name=file.npz:key."),
    ] = None,
    shape: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=1,8,8", help="Shape of an input whose values are made up."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", file_okay=False, help="Save outputs as DIR/NAME.npy."),
    ] = None,
    repeat: Annotated[
        int | None,
        typer.Option(
            parser=whole_number,
            metavar="N",
            help="Timed runs after the first; by default as many of 10 as take 2 s.",
        ),
    ] = None,
    device: Annotated[int, typer.Option(parser=whole_number, metavar="N", help="The device to run on.")] = 0,
    session: Annotated[
        str | None,
        typer.Option(metavar="v1|v2", help="The generation of GE's session for a graph; v2 by default."),
    ] = None,
    seed: Annotated[
        int, typer.Option(parser=whole_number, metavar="N", help="Seed of the values that are made up.")
    ] = 0,
) -> None:
    """Run a model on files, on made-up values, or on the labelled data beside it.

    Without --input and --shape, a file <model>-test.npz beside the model with arrays named like the model's
    inputs and 'labels' is run, and the accuracy printed. Otherwise inputs that are not given are made up;
    dimensions of any length are 1, or as --shape says.
    """
    files, wanted = parse_inputs(given or []), parse_shapes(shape or [])
    if both := files.keys() & wanted.keys():
        raise BadInputError(
            f"--shape {min(both)}=...: --input gives '{min(both)}' its values, and so its shape"
        )
    with opened(model, device, session) as target:
        labelled = None if files or wanted else find_labelled(model, target.inputs)
        if labelled:
            batches = labelled.batches(target.inputs)
        else:
            batches = [choose_inputs(target.inputs, files, wanted, seed)]
        results, timing = timed(lambda values: target.run(*values), batches, repeat)
        names = [spec.name for spec in target.outputs]
        names += [f"output{position}" for position in range(len(names), len(results[0]))]
        whole = labelled.joined(results) if labelled else results[0]
        _report(
            str(target), [spec.name for spec in target.inputs], batches[0], names, whole, timing, labelled
        )
    if folder:
        _save(folder, names, whole)


def _report(
    title: str, input_names: list[str], inputs: list[Array], names: list[str], outputs: list[Array],
    timing: Timing, labelled: LabelledSet | None,
) -> None:  # fmt: skip
    console = output()
    console.print(title, soft_wrap=True, markup=False)
    for table in (tensor_table("input", input_names, inputs), tensor_table("output", names, outputs)):
        console.print()
        console.print(table)
    console.print()
    for line in latency_lines(timing):
        console.print(line, soft_wrap=True, markup=False)
    if labelled:
        console.print(labelled.verdict(outputs[0]), soft_wrap=True, markup=False)


def _save(folder: Path, names: list[str], outputs: list[Array]) -> None:
    """Write each output to a file of its own."""
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for position, (name, value) in enumerate(zip(names, outputs, strict=True)):
        stem = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name).lstrip(".")
        stem = stem if stem and stem not in taken else f"{stem or 'output'}-{position}"
        taken.add(stem)
        np.save(folder / f"{stem}.npy", value, allow_pickle=False)
        typer.echo(f"saved {folder / stem}.npy")
