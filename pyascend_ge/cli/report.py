"""What a run is reported as: a line per tensor, and the latency's percentiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from pyascend_ge.cli.inputs import Array
    from pyascend_ge.cli.timing import Timing

__all__ = ["latency_lines", "tensor_table"]

_PERCENTILES = (50, 90, 99)
_SHOWN = 6  # of the rows that have their own argmax


def tensor_table(what: str, names: Sequence[str], arrays: Sequence[Array]) -> Table:
    """Tell of each array its name, type and shape, and what its values are like."""
    summaries = [_summary(array) for array in arrays]
    titles = ["min", "mean", "max"]
    if any(summary[-1] != "0" for summary in summaries):
        titles.append("not finite")
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for title in (what, "dtype", "shape"):
        table.add_column(title, overflow="fold")
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("argmax")
    for name, array, summary in zip(names, arrays, summaries, strict=True):
        shape = "x".join(map(str, array.shape)) or "scalar"
        table.add_row(name, str(array.dtype), shape, *summary[: len(titles)], _argmax(array))
    return table


def _summary(array: Array) -> tuple[str, str, str, str]:
    """Return minimum, mean and maximum of the finite values, and how many are not finite."""
    import numpy as np

    if array.dtype.kind == "c":
        return "-", "-", "-", str(int(np.count_nonzero(~np.isfinite(array))))
    values = array if array.dtype.kind in "iu" else array.astype(np.float64)
    finite = values[np.isfinite(values)]
    strange = str(values.size - finite.size)
    if not finite.size:
        return "-", "-", "-", strange
    return _number(finite.min()), _number(finite.mean(dtype=np.float64)), _number(finite.max()), strange


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _argmax(array: Array) -> str:
    """Say where the largest value is: in each of the first rows of a matrix, else in the whole."""
    import numpy as np

    if not array.size or array.dtype.kind == "c":
        return "-"
    values = array if array.dtype.kind in "iub" else array.astype(np.float64)
    if values.ndim == 2 and len(values) > 1:
        shown = " ".join(str(row.argmax()) for row in values[:_SHOWN])
        return f"{shown} ..." if len(values) > _SHOWN else shown
    place = np.unravel_index(values.argmax(), values.shape)
    return ",".join(str(int(index)) for index in place) or "0"


def latency_lines(timing: Timing) -> list[str]:
    """Tell the first run's time, and the percentiles of the others."""
    import numpy as np

    lines = [f"first run {_duration(timing.first)} (with compiling and loading)"]
    if timing.runs:
        marks = zip(_PERCENTILES, np.percentile(timing.runs, _PERCENTILES), strict=True)
        parts = [f"min {_duration(min(timing.runs))}"]
        parts += [f"p{mark} {_duration(float(value))}" for mark, value in marks]
        parts.append(f"max {_duration(max(timing.runs))}")
        count = len(timing.runs)
        lines.append(f"latency of {count} more run{'s' * (count != 1)}: {', '.join(parts)}")
    return lines


def _duration(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * scale >= 1 or unit == "us":
            return (
                f"{seconds * scale:.3g} {unit}" if seconds * scale < 1000 else f"{seconds * scale:.0f} {unit}"
            )
    raise AssertionError
