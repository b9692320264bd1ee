"""Exceptions that say what failed, what it means and what to do.

Codes come from CANN; their explanations are our own words, in ``error_codes.txt``, which is read when the
first error is made. Nothing here loads a library: a message asks CANN for its own text only after CANN
returned a failure.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple, NoReturn

__all__ = [
    "AclError",
    "AscendError",
    "Explanation",
    "GeError",
    "GraphError",
    "HandleError",
    "NotAvailableError",
    "NotEmulatedError",
    "NotInitializedError",
    "OutOfMemoryError",
    "WaitTimeoutError",
    "explain",
]


class AscendError(Exception):
    """Base of every error this package raises on purpose.

    Attributes
    ----------
    code : int
        CANN's status (an ``aclError`` or a ``ge::Status``); 0 when CANN was not asked.
    name : str
        The code's name, such as ``"ACL_ERROR_RT_INVALID_HANDLE"``; ``""`` when unknown.
    function : str
        The CANN function that failed; ``""`` when none was called.
    """

    def __init__(self, message: str = "", *, code: int = 0, name: str = "", function: str = "") -> None:
        super().__init__(message)
        self.code, self.name, self.function = code, name, function


class AclError(AscendError):
    """An AscendCL function failed."""


class GeError(AscendError):
    """A function of the graph engine failed."""


class NotInitializedError(AclError, GeError):
    """A call came before initialisation, or after it was undone: open a :class:`~pyascend_ge.Runtime`."""


class OutOfMemoryError(AclError, GeError, MemoryError):
    """Device or host memory is exhausted."""


class WaitTimeoutError(AclError, GeError, TimeoutError):
    """Something did not happen within the given time. What was waited for goes on."""


class HandleError(AclError):
    """An object was used after it was closed, or a handle is not what CANN expects."""


class NotAvailableError(AscendError):
    """The loaded CANN lacks a function."""


class NotEmulatedError(AclError, GeError):
    """The emulator declares this function and does not emulate it."""


class GraphError(AscendError, ValueError):
    """A graph is built, read, written or fed wrongly; raised at the line that did it."""


class Explanation(NamedTuple):
    """What is known about one code."""

    code: int
    name: str
    meaning: str
    cause: str
    remedy: str


@cache
def _table() -> dict[int, Explanation]:
    rows = (Path(__file__).with_name("error_codes.txt")).read_text("utf-8").splitlines()
    split = (row.split("|") for row in rows if not row.startswith("#"))
    return {int(code): Explanation(int(code), *texts) for code, *texts in split}


def explain(code: int) -> Explanation:
    """Return what is known about a status of AscendCL or GE.

    Parameters
    ----------
    code : int
        An ``aclError`` or ``ge::Status``.

    Returns
    -------
    Explanation
        Name, meaning, likely cause and remedy; empty texts for what is unknown.
    """
    return _table().get(code) or Explanation(code, "", "", "", "")


_BY_MEANING: dict[int, type[AscendError]] = {
    **dict.fromkeys((100001, 145001, 1343229963), NotInitializedError),
    **dict.fromkeys((200000, 207001, 207018, 245000, 1343225856, 1343225957), OutOfMemoryError),
    **dict.fromkeys((100036, 107019, 507012, 507046, 507047, 545601), WaitTimeoutError),
    **dict.fromkeys((107017, 200005), HandleError),
}
# What the emulator writes for a function it only declares; such answers carry one of CANN's "unsupported"
# codes.
_NOT_EMULATED = "does not emulate"
_UNSUPPORTED = frozenset({207000, 200001, 1343225956})


def make_error(
    code: int,
    function: str,
    kind: type[AscendError],
    said: str = "",
    sites: Iterable[str] = (),
    hint: str = "",
) -> AscendError:
    """Build the exception for a failed call.

    Parameters
    ----------
    code : int
        CANN's status.
    function : str
        The CANN function.
    kind : type
        :class:`AclError` or :class:`GeError`; a class by meaning takes precedence.
    said : str
        CANN's own text.
    sites : iterable of str
        Where the work was enqueued, when the failure is asynchronous.
    hint : str
        What the caller knows about the cause.
    """
    known = explain(code)
    kind = _BY_MEANING.get(code, kind)
    if code in _UNSUPPORTED and _NOT_EMULATED in said:
        kind = NotEmulatedError
    lines = [f"{function} failed with {known.name or 'an unknown code'} ({code})"]
    if known.meaning:
        lines[0] += f": {known.meaning}"
    if hint:
        lines.append(f"  {hint}")
    elif known.cause:
        lines += [f"  Likely cause: {known.cause}", f"  Remedy: {known.remedy}"]
    if said := said.strip():
        lines.append("  CANN says: " + said.replace("\n", "\n    "))
    lines += [f"  Enqueued at {site}" for site in sites]
    return kind("\n".join(lines), code=code, name=known.name, function=function)


def recent_message() -> str:
    """Take CANN's own text for this thread's last failures (``aclGetRecentErrMsg``); ``""`` when none."""
    from pyascend_ge._native import ffi, lib

    text = lib.aclGetRecentErrMsg()
    return ffi.string(text).decode(errors="replace") if text != ffi.NULL else ""


def acl_error(code: int, function: str, sites: Iterable[str] = (), hint: str = "") -> AscendError:
    """Build the exception for an AscendCL function that just failed on this thread."""
    return make_error(code, function, AclError, recent_message(), sites, hint)


def raise_acl(code: int, function: str, sites: Iterable[str] = (), hint: str = "") -> NoReturn:
    """Raise what an AscendCL function's failure on this thread means."""
    raise acl_error(code, function, sites, hint)
