"""What this process has initialised: one state, shared by every :class:`~pyascend_ge.Runtime`.

The first Runtime initialises GE, AscendCL and a device, the last one undoes it. Every handle registers here,
so that undoing can first close what still stands on it. ``state.gate`` makes opening and closing exclusive
and is held while CANN works on them, so callbacks never take it; ``state.lock`` guards the counters and is
held for no call of CANN.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from pyascend_ge._native import ffi, lib
from pyascend_ge.errors import AscendError, NotAvailableError, NotInitializedError, explain, raise_acl

if TYPE_CHECKING:
    from pyascend_ge._handle import Handle
    from pyascend_ge.runtime import Runtime

ALREADY_INITIALIZED = 100002
NO_CONTEXT = 107002
# What CANN answers on a thread whose context went away with an earlier Runtime.
_STALE_CONTEXT = frozenset({NO_CONTEXT, 107000, 107003, 507007})


class State:
    """The process's one state; see the module."""

    def __init__(self) -> None:
        self.gate = threading.RLock()
        self.lock = threading.Lock()
        self.changing = False
        self.is_up = False
        self.runtimes: list[weakref.ref[Runtime]] = []
        self.device = 0
        self.options: dict[str, str] = {}
        self.generation = 0
        self.owns_acl = False
        self.acl_is_up = False
        self.ge_versions: set[int] = set()
        self.device_sets: Counter[int] = Counter()
        self.pinned_blocks = 0
        self.handles: dict[int, weakref.ref[Handle]] = {}


state = State()
_thread = threading.local()


def check(function: Callable[..., int], *arguments: Any) -> None:
    """Call an AscendCL function; raise what its failure means. A thread without a device gets one."""
    status = function(*arguments)
    if status and rebind(status):
        status = function(*arguments)
    if status:
        fail(status, function.__name__)


def fail(status: int, function: str, sites: Any = (), hint: str = "") -> None:
    """Raise what the failure of an AscendCL function means."""
    if not state.is_up:
        raise not_initialized(function, status)
    raise_acl(status, function, sites, hint)


def not_initialized(function: str, status: int = 0) -> NotInitializedError:
    """Build the error for a call without a Runtime."""
    code = f" ({explain(status).name} {status})" if status else ""
    return NotInitializedError(
        f"{function}{code}: no Runtime is open in this process. "
        "Open one around your work: with pyascend_ge.Runtime(device=0): ...",
        code=status,
        name=explain(status).name if status else "",
        function=function,
    )


def require(function: str) -> Runtime:
    """Return the innermost open Runtime, which the caller keeps alive, or raise that there is none."""
    for reference in reversed(state.runtimes):
        runtime = reference()
        if runtime is not None:
            return runtime
    raise not_initialized(function)


def rebind(status: int) -> bool:
    """Give this thread the process's device when it lacked one. True when the call is worth repeating."""
    if not state.is_up or status not in _STALE_CONTEXT:
        return False
    if status != NO_CONTEXT and getattr(_thread, "generation", state.generation) == state.generation:
        return False
    set_device(state.device)
    return True


def set_device(device: int) -> None:
    """Make a device current on this thread, and remember to give it back."""
    status = lib.aclrtSetDevice(device)
    if status:
        raise_acl(status, "aclrtSetDevice")
    with state.lock:
        state.device_sets[device] += 1
    _thread.generation = state.generation


def current_context() -> Any:
    """Return this thread's context (``aclrtGetCurrentContext``), or None."""
    out = ffi.new("aclrtContext *")
    return out[0] if lib.aclrtGetCurrentContext(out) == 0 else None


@contextmanager
def in_context(context: Any) -> Iterator[None]:
    """Make a context current on this thread for a while (``aclrtSetCurrentContext``)."""
    before = current_context()
    lib.aclrtSetCurrentContext(context)
    try:
        yield
    finally:
        if before is not None:
            lib.aclrtSetCurrentContext(before)


def register(handle: Handle) -> None:
    """Remember a handle, to close it when what it stands on goes away."""
    key, forget = id(handle), state.handles.pop  # this module's names may be gone before the last handle is
    state.handles[key] = weakref.ref(handle, lambda _gone: forget(key, None))


def living(rank: int, device: int | None = None) -> Iterator[Handle]:
    """List the open handles of a rank (on a device), the youngest first."""
    for reference in reversed(list(state.handles.values())):
        handle = reference()
        if handle is None or handle.rank != rank or handle.closed:
            continue
        if device is None or getattr(handle, "device_id", device) == device:
            yield handle


def close_handles(rank: int, device: int | None = None) -> list[BaseException]:
    """Close the open handles of a rank (on a device), the youngest first. Returns what failed."""
    return [failure for handle in living(rank, device) for failure in _closed(handle)]


def _closed(handle: Handle) -> list[BaseException]:
    """Close one of many: what it raises, even a user's error from Stream.call, must not stop the rest."""
    try:
        handle.close()
    except BaseException as error:  # noqa: BLE001 (raised when all is done)
        return [error]
    return []


def strings(options: Mapping[str, str]) -> tuple[Any, Any, int, Any]:
    """Turn options into two C arrays, their length, and what keeps them alive."""
    keep = [
        [ffi.new("char[]", str(text).encode()) for text in texts]
        for texts in (options.keys(), options.values())
    ]
    arrays = [ffi.new("char *[]", texts) for texts in keep]
    pointers = [ffi.cast("const char *const *", array) for array in arrays]
    return pointers[0], pointers[1], len(options), (keep, arrays)


def initialize_ge(version: int) -> None:
    """Initialise one generation of GE, once. v1 is initialised when it is first used."""
    from pyascend_ge._ge import raise_ge

    with state.gate:
        if version in state.ge_versions:
            return
        keys, values, count, _keep = strings(state.options)
        result = (lib.pge_v2_initialize if version == 2 else lib.pge_v1_initialize)(keys, values, count)
        if result < 0:
            raise_ge(-result, "GEInitializeV2" if version == 2 else "GEInitialize", version)
        state.ge_versions.add(version)


def finalize_ge() -> list[AscendError]:
    """Undo :func:`initialize_ge`, the older generation first: it stands on the newer. Returns what failed."""
    from pyascend_ge._ge import ge_error

    failures = []
    for version in sorted(state.ge_versions):
        result = (lib.pge_v2_finalize if version == 2 else lib.pge_v1_finalize)()
        if result < 0:
            failures.append(ge_error(-result, "GEFinalizeV2" if version == 2 else "GEFinalize", version))
    state.ge_versions.clear()
    return failures


def bring_up(
    device: int, options: Mapping[str, str], config: str | os.PathLike[str] | Mapping[str, Any] | None
) -> None:
    """Initialise GE, AscendCL and the device, in this order; on failure undo what was done."""
    state.options = {"ge.exec.deviceId": str(device), **{key: str(value) for key, value in options.items()}}
    state.device = device
    state.generation += 1
    state.changing = True
    with ExitStack() as undo:
        undo.callback(setattr, state, "changing", False)
        undo.callback(finalize_ge)
        with suppress(NotAvailableError):  # a CANN without libge_runner_v2 has the older Session, and models
            initialize_ge(2)
        undo.callback(release_device)
        initialize_acl(config)
        set_device(device)
        undo.pop_all()
    state.changing, state.is_up = False, True


def initialize_acl(config: str | os.PathLike[str] | Mapping[str, Any] | None) -> None:
    """Call aclInit. When somebody else did already, AscendCL is used as it is and never finalised."""
    if state.acl_is_up:
        return  # kept by pinned arrays that outlived the last Runtime
    if isinstance(config, Mapping):
        with tempfile.NamedTemporaryFile("w", suffix=".json", prefix="pyascend_ge_") as file:
            json.dump(config, file)
            file.flush()
            status = lib.aclInit(file.name.encode())
    else:
        status = lib.aclInit(ffi.NULL if config is None else os.fsencode(config))
    if status not in (0, ALREADY_INITIALIZED):
        raise_acl(status, "aclInit")
    state.owns_acl, state.acl_is_up = status == 0, True


def take_down() -> list[BaseException]:
    """Undo :func:`bring_up`, after closing every handle that stands on it. Returns what failed."""
    state.changing = True
    failures = close_handles(0) + close_handles(1)
    failures += finalize_ge()
    failures += close_handles(2) + close_handles(3) + close_handles(4)
    state.is_up = False
    failures += release_device()
    state.changing = False
    return failures


def release_device() -> list[AscendError]:
    """Give devices back and finalise AscendCL, unless pinned memory is still in use. Returns what failed."""
    if state.pinned_blocks or not state.acl_is_up:
        return []
    from pyascend_ge.errors import acl_error

    failures = []
    for device, count in state.device_sets.items():
        for _ in range(count):
            if status := lib.aclrtResetDevice(device):
                failures.append(acl_error(status, "aclrtResetDevice"))
                break
    state.device_sets.clear()
    if state.owns_acl and (status := lib.aclFinalize()):
        failures.append(acl_error(status, "aclFinalize"))
    state.owns_acl = state.acl_is_up = False
    return failures


def pin() -> None:
    """Note a block of pinned memory: numpy arrays cannot be taken back, so the device outlives them."""
    with state.lock:
        state.pinned_blocks += 1


def unpin() -> None:
    """Note the end of a block; the last one after the last Runtime releases the device."""
    with state.lock:
        state.pinned_blocks -= 1
    if not state.pinned_blocks and state.gate.acquire(blocking=False):  # else whoever opens or closes sees it
        try:
            if not state.is_up and not state.changing:
                release_device()
        finally:
            state.gate.release()
