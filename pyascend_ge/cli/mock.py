"""``pyascend-ge mock``: the emulated toolkit for other programs."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from pyascend_ge.cli.console import BadInputError

__all__ = ["emulated_environment", "mock"]

mock = typer.Typer(
    name="mock",
    help="The emulated toolkit: where it is, and how to run other programs on it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # a shell's codes


def _tree() -> Path:
    """Root of the emulated toolkit."""
    from pyascend_ge._native.loader import bundled_mock

    tree = bundled_mock()
    if not (tree / "lib64").is_dir():
        raise BadInputError(
            f"{tree} has no lib64: this installation came without the emulator; install it again"
        )
    return tree


def emulated_environment(tree: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that lead programs to the emulated toolkit.

    Parameters
    ----------
    tree
        Root of the toolkit.
    environ
        The present environment. Folders of toolkits are taken out of its ``LD_LIBRARY_PATH``: libraries of
        two toolkits in one process never work.
    """
    others = [folder for folder in environ.get("LD_LIBRARY_PATH", "").split(":") if folder]
    return {
        "ASCEND_HOME_PATH": str(tree),
        "ASCEND_TOOLKIT_HOME": str(tree),
        "ASCEND_OPP_PATH": str(tree / "opp"),
        "ASCEND_AICPU_PATH": str(tree),
        "LD_LIBRARY_PATH": ":".join(
            [str(tree / "lib64"), *(f for f in others if not _of_a_toolkit(Path(f)))]
        ),
    }


def _of_a_toolkit(folder: Path) -> bool:
    """Whether a folder holds a toolkit's libraries, or its link-time stubs."""
    from pyascend_ge._native.search import is_stand_in, toolkit_at

    return is_stand_in(folder) or toolkit_at(folder, "LD_LIBRARY_PATH")[0] is not None


@mock.command()
def path() -> None:
    """Print the root of the emulated toolkit, which has lib64, include and opp."""
    typer.echo(str(_tree()))


@mock.command()
def env() -> None:
    """Print what a shell must export: eval "$(pyascend-ge mock env)"."""
    for name, value in emulated_environment(_tree(), os.environ).items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@mock.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def execute(
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND [ARGUMENTS]...", help="What to run.")],
) -> None:
    """Run a program on the emulated toolkit, in place of this process: exit code and signals are its own."""
    environ = {**os.environ, **emulated_environment(_tree(), os.environ)}
    try:
        os.execvpe(command[0], command, environ)  # noqa: S606  (running what the user typed is the purpose)
    except OSError as error:
        typer.echo(f"pyascend-ge mock exec: {command[0]}: {error.strerror}", err=True)
        raise typer.Exit(_NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE) from None
