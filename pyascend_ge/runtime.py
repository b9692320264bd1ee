"""The Runtime: GE, AscendCL and a device, initialised together and undone in order."""

from __future__ import annotations

import os
import sys
import warnings
import weakref
from collections.abc import Mapping
from typing import Any

from pyascend_ge import _callbacks, _exit, _process
from pyascend_ge._native import lib
from pyascend_ge._native.loader import backend
from pyascend_ge._process import state
from pyascend_ge.device import Device
from pyascend_ge.errors import HandleError

__all__ = ["Runtime"]

Config = str | os.PathLike[str] | Mapping[str, Any] | None


class Runtime:
    """Initialise GE, AscendCL and a device; undo it in reverse order at :meth:`close`.

    Wraps ``GEInitializeV2``, ``aclInit`` and ``aclrtSetDevice``, then ``GEFinalizeV2``, ``aclrtResetDevice``
    and ``aclFinalize``. The older ``GEInitialize`` is called when a :class:`~pyascend_ge.Session` is first
    made.

    Parameters
    ----------
    device : int
        The device this thread, and every thread that has none, works on.
    options : mapping of str to str, optional
        GE's options. ``ge.exec.deviceId`` is `device` unless given.
    config : path or mapping, optional
        aclInit's JSON configuration: a file, or its contents.

    Notes
    -----
    Runtimes may be nested, and opened again after all were closed. The first one decides the options; the
    last one to close undoes everything. Closing it closes every stream, session, model and array that is
    still open, because they cannot work without it. Memory of :func:`~pyascend_ge.pinned_empty` stays
    readable: while such arrays exist, the device is given back when the last of them is gone.

    When another library of the process has called aclInit (``100002``), AscendCL is used as it is and left
    alone. A process that was forked after initialisation gets a :class:`~pyascend_ge.BackendError`: nothing
    of CANN survives a fork.

    Examples
    --------
    >>> with ge.Runtime(device=0) as runtime:  # doctest: +SKIP
    ...     print(runtime.device.soc_name)
    """

    __slots__ = ("__weakref__", "_id", "_previous", "_reference")

    def __init__(
        self, device: int = 0, options: Mapping[str, str] | None = None, config: Config = None
    ) -> None:
        given = dict(options or {})
        self._check(device, given)
        backend()
        with state.gate:
            self._previous: Any = None
            if not state.is_up:
                _process.bring_up(device, given, config)
                _exit.arm()
            else:
                self._share(device, given)
            self._id = device
            self._reference: weakref.ref[Runtime] | None = weakref.ref(self)
            state.runtimes.append(self._reference)

    @staticmethod
    def _check(device: int, options: Mapping[str, str]) -> None:
        if isinstance(device, bool) or not isinstance(device, int) or device < 0:
            raise ValueError(
                f"Runtime: device is {device!r}; it must be a number from 0 to device_count() - 1"
            )
        for key, value in options.items():
            if not isinstance(key, str) or not key or not isinstance(value, (str, int)):
                raise ValueError(
                    f"Runtime: option {key!r}: {value!r}; keys are texts and values texts or numbers"
                )

    def _share(self, device: int, options: Mapping[str, str]) -> None:
        """Join what is open; on another device, remember this thread's context to return to it."""
        ignored = {key: value for key, value in options.items() if state.options.get(key) != str(value)}
        if ignored:
            warnings.warn(
                f"Runtime: GE is initialised already with {state.options}; {ignored} is ignored",
                RuntimeWarning,
                stacklevel=3,
            )
        self._previous = _process.current_context()
        _process.set_device(device)

    @property
    def closed(self) -> bool:
        """Whether the runtime was closed."""
        return getattr(self, "_reference", None) is None

    @property
    def device(self) -> Device:
        """The device this runtime set."""
        return Device(self._id)

    @property
    def options(self) -> dict[str, str]:
        """The options GE was initialised with."""
        return dict(state.options)

    def close(self) -> None:
        """Undo the initialisation, when this is the last open runtime. Harmless when it is closed already.

        Raises
        ------
        AscendError
            The first of the failures on the way; the rest is done all the same.
        """
        _callbacks.refuse_inside(None, "closing a Runtime")
        with state.gate:
            reference = getattr(self, "_reference", None)
            if reference is None:
                return
            self._reference = None
            state.runtimes.remove(reference)
            if lib.pge_forked():
                return
            if state.runtimes:
                self._return_to_previous()
                return
            _callbacks.close_deferred()
            failures = _process.take_down()
        if failures:
            raise failures[0]

    def _return_to_previous(self) -> None:
        if self._previous is not None:
            lib.aclrtSetCurrentContext(self._previous)

    def __enter__(self) -> Runtime:
        if self.closed:
            raise HandleError("this Runtime is closed; open a new one")
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def __del__(self) -> None:
        if self.closed or sys.is_finalizing() or lib.pge_forked():
            return
        try:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
        finally:  # a warning may be an error
            if _callbacks.inside():
                _callbacks.deferred.append(self)  # type: ignore[arg-type]
            else:
                self.close()

    def __repr__(self) -> str:
        if self.closed:
            return "<closed Runtime>"
        return f"<Runtime on device {self._id} ({backend().name} {backend().version})>"
