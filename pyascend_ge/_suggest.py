"""Close matches for error messages."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["did_you_mean"]


def did_you_mean(word: object, options: Iterable[str]) -> str:
    """Return ``"; did you mean A, B?"`` for the closest `options`, or an empty text when none is close."""
    import difflib

    folded: dict[str, list[str]] = {}
    for option in options:
        folded.setdefault(option.lower(), []).append(option)
    near = difflib.get_close_matches(str(word).lower(), folded, n=3, cutoff=0.6)
    found = [option for key in near for option in folded[key]][:4]
    return f"; did you mean {', '.join(found)}?" if found else ""
