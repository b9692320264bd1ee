"""Huawei CANN's graph engine (GE) and AscendCL from Python, on an Atlas box or on the bundled emulator.

Importing this package loads no library and touches no device: a name is imported when it is first used.
"""

TYPE_CHECKING = False  # type checkers take it for typing's, whose import would cost more than this package's

__version__ = "0.1.0"

# module: the public names it gives
_EXPORTS = {
    "_native": ("ffi", "lib"),
    "_native.loader": ("BackendError", "BackendWarning", "backend", "use_backend"),
    "build": ("CompiledModel", "build_model"),
    "context": ("Context",),
    "device": ("Device", "device_count"),
    "errors": (
        "AclError",
        "AscendError",
        "GeError",
        "GraphError",
        "HandleError",
        "NotAvailableError",
        "NotEmulatedError",
        "NotInitializedError",
        "OutOfMemoryError",
        "WaitTimeoutError",
        "explain",
    ),
    "event": ("Event",),
    "graph": ("Graph",),
    "memory": ("DeviceArray", "array", "empty", "from_dlpack", "from_pointer", "pinned_empty"),
    "model": ("Model",),
    "runtime": ("Runtime",),
    "session": ("GeSession", "Session"),
    "specs": ("TensorSpec",),
    "stream": ("Stream",),
}
_SUBMODULES = ("errors", "graph", "mock", "testing")
_HOME = {name: module for module, names in _EXPORTS.items() for name in names}

__all__ = [*sorted(_HOME), "__version__"]

if TYPE_CHECKING:
    from pyascend_ge._native import ffi, lib
    from pyascend_ge._native.loader import BackendError, BackendWarning, backend, use_backend
    from pyascend_ge.build import CompiledModel, build_model
    from pyascend_ge.context import Context
    from pyascend_ge.device import Device, device_count
    from pyascend_ge.errors import (
        AclError,
        AscendError,
        GeError,
        GraphError,
        HandleError,
        NotAvailableError,
        NotEmulatedError,
        NotInitializedError,
        OutOfMemoryError,
        WaitTimeoutError,
        explain,
    )
    from pyascend_ge.event import Event
    from pyascend_ge.graph import Graph
    from pyascend_ge.memory import DeviceArray, array, empty, from_dlpack, from_pointer, pinned_empty
    from pyascend_ge.model import Model
    from pyascend_ge.runtime import Runtime
    from pyascend_ge.session import GeSession, Session
    from pyascend_ge.specs import TensorSpec
    from pyascend_ge.stream import Stream


def __getattr__(name: str) -> object:
    """Import the module a public name lives in, when the name is first used (PEP 562)."""
    from importlib import import_module

    value: object
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    elif name in _SUBMODULES:
        value = import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List every public name, imported or not."""
    return sorted({*globals(), *_HOME, *_SUBMODULES})
