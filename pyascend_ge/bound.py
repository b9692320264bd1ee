"""Runs on a stream with arrays that stay: described once, launched many times."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from pyascend_ge import _process, _sites
from pyascend_ge._ge import raise_ge
from pyascend_ge._native import fast, ffi, lib
from pyascend_ge._tensors import device_arrays, native
from pyascend_ge.errors import GeError, HandleError
from pyascend_ge.memory import DeviceArray
from pyascend_ge.stream import Stream

if TYPE_CHECKING:
    from pyascend_ge.loaded import GraphHandle

__all__ = ["BoundCall", "LaunchCache", "NativeCall"]

_FUNCTION = "RunGraphWithStreamAsync"


class NativeCall(fast.HandleBase):
    """A bound call of the shim: descriptions of inputs and outputs. Ends with its graph; does not keep it."""

    __slots__ = ("__weakref__", "_graph", "api", "start")

    def __init__(self, graph: GraphHandle, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        self.api = api = graph._api
        self._graph, self.start = weakref.ref(graph), api.call_launch
        into = native(outputs)
        result = api.call_create(
            graph._session, graph.graph_id, native(inputs, graph._layouts), len(inputs), into, len(outputs)
        )
        if result < 0:
            graph._fail(-result, _FUNCTION)
        self._open(fast.PGE_CALL, result, int(result))
        graph._calls.add(weakref.ref(self, graph._calls.discard))
        if graph._removed:  # while the GIL was released; nobody else ends this one
            self.end()

    @property
    def graph(self) -> GraphHandle:
        """The graph, which whoever launches keeps alive."""
        graph = self._graph()
        assert graph is not None
        return graph

    def launch(self, stream: Stream) -> int:
        """Queue a run; returns the number of outputs."""
        if not isinstance(stream, Stream):
            raise TypeError(f"stream is a {type(stream).__name__}; it must be a Stream")
        result = self.start(self._h, stream._h)
        return int(result) if result >= 0 else self.again(-result, stream)

    def again(self, status: int, stream: Stream) -> int:
        """Repeat a failed launch once when all this thread lacked was a device. Called from C too."""
        if _process.current_context() is None and _process.rebind(_process.NO_CONTEXT):
            result = self.start(self._h, stream._h)
            if result >= 0:
                return int(result)
            status = -result
        try:
            raise_ge(status, f"{self.api.cls}::{_FUNCTION}", self.api.version, [_sites.outside()])
        except GeError as error:
            raise error from self.graph.session._allocator_failure()

    def take(self, count: int, stream: Stream) -> tuple[DeviceArray, ...]:
        """Take over the outputs that GE allocated for a run on `stream`. Called from C too."""
        tensors = []
        for index in range(count):
            tensor = ffi.new("pge_tensor *")
            result = self.api.call_take(self._h, index, tensor)
            if result < 0:
                self.graph._fail(-result, _FUNCTION)
            tensors.append(tensor)
        return tuple(device_arrays(tensors, self.graph, stream.device_id))

    def end(self) -> None:
        """Let the descriptions go; using them afterwards says why it cannot be."""
        native = self._shut()
        if native is not None:
            self.api.call_destroy(native)

    def _refuse(self) -> NoReturn:
        """Say why there are no descriptions any more; called from C too."""
        raise HandleError("the graph of this bound run was removed from its session")

    def __del__(self) -> None:
        if not sys.is_finalizing() and not lib.pge_forked():
            self.end()


class BoundCall(fast.BoundBase):
    """A graph with its arrays; call it with a stream to queue a run (``RunGraphWithStreamAsync``).

    Made by :meth:`GraphHandle.bind`. It keeps its arrays. Threads may share it. A call returns the outputs;
    it costs hardly more than the C function under it.

    Attributes
    ----------
    graph : GraphHandle
    inputs : tuple of DeviceArray
    outputs : tuple of DeviceArray or None
        None: GE allocates them in every run.
    """

    __slots__ = ("__weakref__", "graph")

    def __init__(
        self, graph: GraphHandle, call: NativeCall, inputs: Sequence[Any], outputs: Sequence[Any] | None
    ) -> None:
        self.graph = graph
        self._bind(call, tuple(inputs), None if outputs is None else tuple(outputs), call.api.version)

    def __repr__(self) -> str:
        return f"<bound run of {self.graph!r}>"


class LaunchCache:
    """The last run on a stream, for the next with the same arrays. It does not keep them."""

    __slots__ = ("_arrays", "_gives_outputs", "call")

    def __init__(self, call: NativeCall, inputs: Sequence[Any], outputs: Sequence[Any] | None) -> None:
        self.call = call
        self._gives_outputs = outputs is not None
        self._arrays = [weakref.ref(array) for array in (*inputs, *(outputs or ()))]

    def fits(self, inputs: Sequence[Any], outputs: Sequence[Any] | None) -> bool:
        """Whether these are exactly the arrays of the last run. Raises when one is closed."""
        given = inputs if outputs is None else (*inputs, *outputs)
        if self._gives_outputs is (outputs is None) or len(given) != len(self._arrays):
            return False
        for reference, array in zip(self._arrays, given):  # noqa: B905 (the lengths are equal)
            if reference() is not array:
                return False
            array._h  # type: ignore[union-attr]  # noqa: B018 (raises when it is closed)
        return True
