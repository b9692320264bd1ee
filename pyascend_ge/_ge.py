"""The two generations of GE behind one set of names, and what their failures mean."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, NoReturn

from pyascend_ge import _process
from pyascend_ge._native import ffi, lib
from pyascend_ge.errors import AscendError, GeError, NotInitializedError, make_error

__all__ = ["Api", "api", "ge_error", "raise_ge", "take_text"]

_TWINS = (
    "add_graph",
    "add_graph_clone",
    "call_create",
    "call_destroy",
    "call_launch",
    "call_run_at",
    "call_take",
    "compile",
    "error_message",
    "load",
    "needs_rebuild",
    "register_allocator",
    "remove_graph",
    "run",
    "run_async",
    "session_create",
    "session_destroy",
    "session_id",
    "set_const_memory",
    "set_fixed_feature_memory",
    "summary",
    "unregister_allocator",
    "update_feature_memory",
    "update_refreshable_feature_memory",
)
# Codes that the shim itself answers with; then there may be an exception's text.
_FROM_EXCEPTIONS = frozenset({1343225856, 1343225860})


class Api:
    """The shim's functions of one generation: ``api(2).run`` is ``lib.pge_v2_run``."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.cls = "GeSession" if version == 2 else "Session"
        for name in _TWINS:
            setattr(self, name, getattr(lib, f"pge_v{version}_{name}"))

    def __getattr__(self, name: str) -> Any:  # for type checkers: the names are set above
        raise AttributeError(name)


@cache
def api(version: int) -> Api:
    """Return the functions of GE's generation 1 (``Session``) or 2 (``GeSession``)."""
    return Api(version)


def take_text(text: Any) -> str:
    """Turn a text of the shim into Python's and free it."""
    if text == ffi.NULL:
        return ""
    try:
        return str(ffi.string(text).decode(errors="replace"))
    finally:
        lib.pge_base_free_memory(text)


def ge_error(
    code: int, function: str, version: int = 2, sites: Iterable[str] = (), hint: str = ""
) -> AscendError:
    """Build the exception for a function of GE's that just failed on this thread (``GEGetErrorMsg*``)."""
    said = take_text(api(version).error_message())
    if code in _FROM_EXCEPTIONS and not said:
        said = ffi.string(lib.pge_base_exception_text()).decode(errors="replace")
    error = make_error(code, function, GeError, said, sites, hint)
    if version in _process.state.ge_versions or isinstance(error, NotInitializedError):
        return error
    if function.startswith("GEInitialize"):
        return error
    return NotInitializedError(str(error), code=error.code, name=error.name, function=error.function)


def raise_ge(
    code: int, function: str, version: int = 2, sites: Iterable[str] = (), hint: str = ""
) -> NoReturn:
    """Raise what a failure of GE's on this thread means."""
    raise ge_error(code, function, version, sites, hint)
