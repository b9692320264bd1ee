"""What the commands print on: tables and progress on a terminal, plain text everywhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["BadInputError", "output", "progress", "whole_number"]

_PLAIN_WIDTH = 200  # of a pipe or file: wide enough that no table is cut


class BadInputError(Exception):
    """The user's input is wrong; the text names the argument, its value and the rule."""


def whole_number(text: str | int) -> int:
    """Read an option's value; the typed text is part of the message when it is no whole number."""
    shown = str(text)
    if not (shown.isascii() and shown.isdigit()):
        raise typer.BadParameter(f"{shown!r} is not a whole number, 0 or above")
    return int(shown)


def _console(stderr: bool) -> Console:
    # Some CI systems give their jobs a terminal; their logs are read as text all the same.
    terminal = False if "CI" in os.environ else None
    console = Console(stderr=stderr, highlight=False, force_terminal=terminal)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    return console


def output() -> Console:
    """Return the console for results."""
    return _console(stderr=False)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show a bar on standard error while the block runs, when that is a terminal.

    Parameters
    ----------
    what
        What goes on.
    total
        Number of steps.

    Yields
    ------
    callable
        To be called after each step.
    """
    console = _console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    shown = console.is_terminal and total > 1
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
