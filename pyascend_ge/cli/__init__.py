"""The command line, ``pyascend-ge``: a small module per command. Needs the ``cli`` extra, typer and rich."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Annotated

try:
    import rich  # noqa: F401  (asked for here, so that the message comes before any command's import fails)
    import typer
except ModuleNotFoundError as missing:
    raise ImportError(
        f"the command line needs {missing.name}, which is not installed: pip install 'pyascend-ge[cli]'"
    ) from None

import pyascend_ge
from pyascend_ge.cli.build import build
from pyascend_ge.cli.console import BadInputError
from pyascend_ge.cli.doctor import doctor
from pyascend_ge.cli.graph import graph
from pyascend_ge.cli.info import info
from pyascend_ge.cli.mock import mock
from pyascend_ge.cli.run import run
from pyascend_ge.errors import AscendError, GraphError

__all__ = ["app", "main"]

# Errors are plain lines: panels break paths and messages where nobody can copy or search them.
app = typer.Typer(
    name="pyascend-ge",
    help="Huawei CANN's graph engine and AscendCL, on an Atlas box or on the bundled emulator.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (info, doctor, run, build, graph):
    app.command()(command)
app.add_typer(mock)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pyascend-ge {pyascend_ge.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Hold the options that come before a command."""


def _show_warning(message: Warning | str, *_where: object) -> None:
    """Print a warning as one line: whoever uses a command has no source line to look at."""
    print(f"pyascend-ge: warning: {message}", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 when all went well, 1 when it failed, 2 for wrong input.

    Parameters
    ----------
    arguments
        What follows the program's name; the process's own by default.
    """
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning  # type: ignore[assignment]
        try:
            app(args=None if arguments is None else list(arguments), prog_name="pyascend-ge")
        except (BadInputError, GraphError) as error:
            _fail(error, 2)
        except (AscendError, OSError) as error:
            _fail(error, 1)


def _fail(error: Exception, code: int) -> None:
    print(f"pyascend-ge: error: {error}", file=sys.stderr)
    sys.exit(code)
