"""Sessions: where graphs are compiled and run."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from pyascend_ge import _callbacks, _process
from pyascend_ge._ge import api, raise_ge, take_text
from pyascend_ge._handle import Handle
from pyascend_ge._native import lib
from pyascend_ge.allocator import Adapter, Allocator
from pyascend_ge.errors import GraphError
from pyascend_ge.loaded import GraphHandle
from pyascend_ge.specs import TensorSpec
from pyascend_ge.stream import Stream

__all__ = ["GeSession", "Session"]

_FAILED = 4294967295


class SessionBase(Handle):
    """What both generations of sessions do."""

    __slots__ = ("_adapters", "_api", "_graphs", "_ids", "_names")
    rank: ClassVar[int] = 1
    _version: ClassVar[int] = 2

    def __init__(self, options: Mapping[str, str] | None = None) -> None:
        parent = _process.require("GEInitializeV2" if self._version == 2 else "GEInitialize")
        _process.initialize_ge(self._version)
        self._api = api(self._version)
        self._names: dict[int, str] = {}
        self._graphs: WeakValueDictionary[int, GraphHandle] = WeakValueDictionary()
        self._adapters: dict[int, tuple[Adapter, Stream]] = {}
        self._ids = itertools.count()
        take_text(self._api.error_message())
        keys, values, count, _keep = _process.strings(options or {})
        result = self._api.session_create(keys, values, count)
        if result < 0:
            raise_ge(-result, f"{self._api.cls}::{self._api.cls}", self._version)
        self._opened(int(result), parent)
        self._require_usable()

    def _require_usable(self) -> None:
        """GE's constructors cannot fail; a session that did has no id and left a message."""
        if self._api.session_id(self._h):
            return
        said = take_text(self._api.error_message())
        if said:
            self.close()
            from pyascend_ge.errors import GeError, make_error

            raise make_error(_FAILED, f"{self._api.cls}::{self._api.cls}", GeError, said)

    @property
    def session_id(self) -> int:
        """GE's number of the session (``GetSessionId``)."""
        return int(self._api.session_id(self._h))

    @property
    def graphs(self) -> dict[int, str]:
        """The names of the graphs that were added and not removed, by id."""
        return dict(self._names)

    def add_graph(
        self, graph: Any, graph_id: int | None = None, options: Mapping[str, str] | None = None, *,
        clone: bool = False,
    ) -> GraphHandle:  # fmt: skip
        """Add a graph (``AddGraph``). Nothing is compiled yet.

        Parameters
        ----------
        graph : Graph
            Serialized now: later changes to it do not count.
        graph_id : int, optional
            Its number in this session; the next free one by default.
        options : mapping, optional
            GE's options for this graph, such as ``ge.exec.hostInputIndexes``.
        clone : bool
            Have GE copy the graph once more (``AddGraphClone``, ``AddGraphWithCopy``).

        Returns
        -------
        GraphHandle

        Raises
        ------
        GraphError
            When the id is taken: GE would ignore the new graph without a word.
        """
        session = self._h
        if graph_id is None:
            graph_id = next(number for number in self._ids if number not in self._names)
        elif isinstance(graph_id, bool) or not isinstance(graph_id, int) or not 0 <= graph_id < 2**32:
            raise GraphError(f"add_graph: graph_id is {graph_id!r}; it must be an int from 0 to 2**32 - 1")
        elif graph_id in self._names:
            name = self._names[graph_id]
            raise GraphError(f"add_graph: id {graph_id} is in use by graph '{name}'; remove that first")
        if not hasattr(graph, "to_bytes") or not hasattr(graph, "inputs"):
            raise TypeError(f"add_graph: graph is a {type(graph).__name__}; it must be a pyascend_ge.Graph")
        native = native_graph(graph, self._version)
        keys, values, count, _keep = _process.strings(options or {})
        try:
            function = self._api.add_graph_clone if clone else self._api.add_graph
            result = function(session, graph_id, native, keys, values, count)
        finally:
            lib.pge_graph_destroy(native)
        if result < 0:
            raise_ge(-result, f"{self._api.cls}::AddGraph", self._version)
        handle = GraphHandle(self, graph_id, graph.name, _specs(graph.inputs), _specs(graph.outputs))
        self._graphs[graph_id] = handle
        self._names[graph_id] = graph.name
        return handle

    def remove_graph(self, graph_id: int) -> None:
        """Remove a graph by its id; see :meth:`GraphHandle.remove`."""
        if graph_id not in self._names:
            raise GraphError(f"remove_graph: there is no graph {graph_id}; there are {sorted(self._names)}")
        handle = self._graphs.get(graph_id)
        if handle is not None:
            handle.remove()
            return
        result = self._api.remove_graph(self._h, graph_id)
        if result < 0:
            raise_ge(-result, f"{self._api.cls}::RemoveGraph", self._version)
        del self._names[graph_id]

    def register_external_allocator(self, stream: Stream, allocator: Allocator) -> None:
        """Have GE take device memory for graphs on `stream` from `allocator` (``RegisterExternalAllocator``).

        Parameters
        ----------
        stream : Stream
            Register before the first load or run on it. The registry is the process's: the last allocator
            wins.
        allocator : Allocator
            An object with ``allocate(size) -> address`` and ``free(address)``. It is called on the threads
            that run and release, must be ordered like the stream, and must not call GE. It is kept until the
            last block is returned.
        """
        adapter = Adapter(allocator, stream)
        user = _callbacks.keep(adapter)
        functions = (lib.pyascend_allocate, lib.pyascend_free, lib.pyascend_allocator_drop)
        result = self._api.register_allocator(self._h, stream._h, *functions, user)
        if result < 0:
            raise_ge(-result, f"{self._api.cls}::RegisterExternalAllocator", self._version)
        self._adapters[stream.handle] = (adapter, stream)

    def unregister_external_allocator(self, stream: Stream) -> None:
        """Undo :meth:`register_external_allocator`; synchronise the stream and remove its graphs first."""
        result = self._api.unregister_allocator(self._h, stream._h)
        if result < 0:
            raise_ge(-result, f"{self._api.cls}::UnregisterExternalAllocator", self._version)
        self._adapters.pop(stream.handle, None)

    def _allocator_failure(self) -> BaseException | None:
        """Return what an allocator raised since the last question; the cause of a failed run."""
        for adapter, _stream in self._adapters.values():
            if adapter.failure is not None:
                failure, adapter.failure = adapter.failure, None
                return failure
        return None

    def _close_outputs(self, graph: GraphHandle | None = None) -> None:
        """Release the device arrays that GE allocated for a graph, or for all of them."""
        for handle in _process.living(rank=0):
            owner = getattr(handle, "graph", None)
            if owner is graph or (graph is None and owner is not None and owner.session is self):
                handle.close()

    def close(self) -> None:
        """Close the session. Waits for what runs, so it cannot be done in a callback of one of its runs."""
        _callbacks.refuse_inside(self, "closing a session")
        super().close()

    def _release(self, handle: Any) -> None:
        self._close_outputs()
        for address in list(self._adapters):
            self._api.unregister_allocator(handle, address)
        for reference in self._graphs.valuerefs():  # a list: other threads may add graphs
            graph = reference()
            if graph is not None:
                graph._forget()
        self._api.session_destroy(handle)
        self._adapters.clear()

    def __repr__(self) -> str:
        if self.closed:
            return f"<closed {self._cls}>"
        count = len(self._names)
        return f"<{self._cls} {self.session_id} with {count} graph{'' if count == 1 else 's'}>"

    @property
    def _cls(self) -> str:
        return type(self).__name__


class GeSession(SessionBase):
    """A session of GE's present interface (``ge::GeSession``).

    Parameters
    ----------
    options : mapping of str to str, optional
        GE's session options, such as ``ge.session_device_id``.

    Notes
    -----
    Closing waits for what runs, ends futures of runs that never began, and releases everything GE allocated.

    Examples
    --------
    >>> with ge.Runtime(), ge.GeSession() as session:  # doctest: +SKIP
    ...     [y] = session.add_graph(graph).run(x)
    """

    __slots__ = ()
    _version: ClassVar[int] = 2


class Session(SessionBase):
    """A session of GE's older interface (``ge::Session``), with the same methods.

    Differences are GE's: a graph that was compiled with ``compile()`` runs on streams only; runs on a stream
    need the device's default context; the three ways of running do not exclude each other.

    Parameters
    ----------
    options : mapping of str to str, optional
        GE's session options.
    """

    __slots__ = ()
    _version: ClassVar[int] = 1


def native_graph(graph: Any, version: int = 2) -> int:
    """Turn a graph into a ``ge::Graph``; the caller destroys it."""
    data = graph.to_bytes()
    result = lib.pge_graph_from_serialized(graph.name.encode(), data, len(data))
    if result < 0:
        raise_ge(-result, "Graph::LoadFromSerializedModelArray", version)
    return int(result)


def _specs(tensors: Any) -> tuple[TensorSpec, ...]:
    """Describe a graph's inputs or outputs as it was built."""
    return tuple(
        TensorSpec.make(tensor.name, tensor.shape, tensor.dtype or "undefined", _layout(tensor.format))
        for tensor in tensors
    )


def _layout(name: str) -> int:
    from pyascend_ge.dtypes import format_number

    return format_number(name)
