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

if TYPE_CHECKING:  # "as" tells type checkers that the name is public
    from pyascend_ge._native import ffi as ffi
    from pyascend_ge._native import lib as lib
    from pyascend_ge._native.loader import BackendError as BackendError
    from pyascend_ge._native.loader import BackendWarning as BackendWarning
    from pyascend_ge._native.loader import backend as backend
    from pyascend_ge._native.loader import use_backend as use_backend
    from pyascend_ge.build import CompiledModel as CompiledModel
    from pyascend_ge.build import build_model as build_model
    from pyascend_ge.context import Context as Context
    from pyascend_ge.device import Device as Device
    from pyascend_ge.device import device_count as device_count
    from pyascend_ge.errors import AclError as AclError
    from pyascend_ge.errors import AscendError as AscendError
    from pyascend_ge.errors import GeError as GeError
    from pyascend_ge.errors import GraphError as GraphError
    from pyascend_ge.errors import HandleError as HandleError
    from pyascend_ge.errors import NotAvailableError as NotAvailableError
    from pyascend_ge.errors import NotEmulatedError as NotEmulatedError
    from pyascend_ge.errors import NotInitializedError as NotInitializedError
    from pyascend_ge.errors import OutOfMemoryError as OutOfMemoryError
    from pyascend_ge.errors import WaitTimeoutError as WaitTimeoutError
    from pyascend_ge.errors import explain as explain
    from pyascend_ge.event import Event as Event
    from pyascend_ge.graph import Graph as Graph
    from pyascend_ge.memory import DeviceArray as DeviceArray
    from pyascend_ge.memory import array as array
    from pyascend_ge.memory import empty as empty
    from pyascend_ge.memory import from_dlpack as from_dlpack
    from pyascend_ge.memory import from_pointer as from_pointer
    from pyascend_ge.memory import pinned_empty as pinned_empty
    from pyascend_ge.model import Model as Model
    from pyascend_ge.runtime import Runtime as Runtime
    from pyascend_ge.session import GeSession as GeSession
    from pyascend_ge.session import Session as Session
    from pyascend_ge.specs import TensorSpec as TensorSpec
    from pyascend_ge.stream import Stream as Stream


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
