"""A graph in a session: compiled, loaded and run."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from pyascend_ge import _callbacks, _process, _sites
from pyascend_ge._ge import raise_ge
from pyascend_ge._hostrun import HostPlan
from pyascend_ge._native import ffi, lib
from pyascend_ge._packed import Packed, is_packed
from pyascend_ge._requests import AsyncRun, RunFuture
from pyascend_ge._tensors import checked, host_arrays, native
from pyascend_ge.bound import BoundCall, LaunchCache, NativeCall
from pyascend_ge.dtypes import format_number
from pyascend_ge.errors import GeError, GraphError, HandleError
from pyascend_ge.memory import DeviceArray
from pyascend_ge.specs import TensorSpec
from pyascend_ge.stream import Stream
from pyascend_ge.summary import Summary, read_summary

if TYPE_CHECKING:
    import numpy as np

    from pyascend_ge.session import SessionBase

__all__ = ["GraphHandle"]


class GraphHandle:
    """A graph that was added to a session; made by ``session.add_graph``.

    The three ways of running, :meth:`run`, :meth:`run_on_stream` and :meth:`run_async`, exclude each other on
    a :class:`~pyascend_ge.GeSession`: the first one used holds until the graph is removed. Each compiles and
    loads the graph if nobody did.

    Attributes
    ----------
    graph_id : int
        Its number in the session.
    session : GeSession or Session
        The session, which stays alive with this object.
    name : str
        The graph's name.
    inputs, outputs : tuple of TensorSpec
        What it was built with.
    """

    __slots__ = (
        "__weakref__", "_api", "_calls", "_last", "_layouts", "_plan", "_removed", "graph_id", "inputs",
        "name", "outputs", "session",
    )  # fmt: skip

    def __init__(
        self, session: SessionBase, graph_id: int, name: str, inputs: tuple[TensorSpec, ...],
        outputs: tuple[TensorSpec, ...],
    ) -> None:  # fmt: skip
        self.session, self.graph_id, self.name = session, graph_id, name
        self.inputs, self.outputs = inputs, outputs
        self._api = session._api
        self._layouts = [format_number(spec.format) for spec in inputs]
        self._calls: set[weakref.ref[NativeCall]] = set()
        self._last: LaunchCache | None = None
        self._plan: HostPlan | None = None
        self._removed = False

    @property
    def _session(self) -> int:
        """The session's handle, checked."""
        if self._removed and not self.session.closed:
            raise HandleError(f"graph {self.graph_id} '{self.name}' was removed from its session")
        return int(self.session._h)

    def _fail(self, status: int, method: str, hint: str = "") -> NoReturn:
        sites = [_sites.outside()]
        where = f"graph {self.graph_id} '{self.name}'"
        raise_ge(status, f"{self._api.cls}::{method}", self._api.version, sites, hint and f"{where}: {hint}")

    def _call(self, method: str, function: Any, *arguments: Any) -> int:
        result = function(self._session, self.graph_id, *arguments)
        if result < 0:
            self._fail(-result, method)
        return int(result)

    def compile(self) -> GraphHandle:
        """Compile with the shapes in the graph (``CompileGraph``); harmless when done already.

        On the older :class:`~pyascend_ge.Session` a graph compiled so can only be run on a stream.
        """
        self._call("CompileGraph", self._api.compile)
        return self

    def load(self, stream: Stream | None = None, options: Mapping[str, str] | None = None) -> GraphHandle:
        """Load onto the device, compiling first if needed (``LoadGraph``).

        Parameters
        ----------
        stream : Stream, optional
            The stream it will run on.
        options : mapping, optional
            Such as ``{"ge.exec.frozenInputIndexes": "0;1"}``: inputs whose address never changes.
        """
        keys, values, count, _keep = _process.strings(options or {})
        self._call("LoadGraph", self._api.load, keys, values, count, 0 if stream is None else stream._h)
        return self

    def build(self, *inputs: Any) -> GraphHandle:
        """Compile for :meth:`run` and :meth:`run_async` with these shapes (``BuildGraph``; Session only)."""
        arrays = checked(inputs, self.inputs, "input", self.name)
        if self._api.version != 1:
            raise GeError("build: BuildGraph exists on ge.Session only; a GeSession compiles with compile()")
        self._call("BuildGraph", lib.pge_v1_build, native(arrays, self._layouts), len(arrays))
        return self

    def remove(self) -> None:
        """Take the graph out of the session (``RemoveGraph``); harmless when done already.

        Outputs that GE allocated for it are released first: they cannot outlive it.
        """
        if self._removed or self.session.closed:
            return
        _callbacks.refuse_inside(self.session, "removing a graph")
        self.session._close_outputs(self)
        self._call("RemoveGraph", self._api.remove_graph)
        self._forget()

    close = remove

    def __enter__(self) -> GraphHandle:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.remove()

    def _forget(self) -> None:
        """End this object's use: the graph is gone from the session."""
        self._removed = True  # before the calls are looked at: one that is being made looks here
        self._last = self._plan = None
        for reference in list(self._calls):  # copied without the GIL being given up
            call = reference()
            if call is not None:
                call.end()
        self.session._graphs.pop(self.graph_id, None)
        self.session._names.pop(self.graph_id, None)

    @property
    def needs_rebuild(self) -> bool:
        """Whether it is not compiled, or what it was compiled for has changed (``IsGraphNeedRebuild``)."""
        return bool(self._call("IsGraphNeedRebuild", self._api.needs_rebuild))

    @property
    def summary(self) -> Summary:
        """What compiling found out (``GetCompiledGraphSummary``).

        Raises
        ------
        GeError
            When the graph is not compiled.
        """
        handle = self._call("GetCompiledGraphSummary", self._api.summary)
        if not handle:
            raise GeError(f"graph {self.graph_id} '{self.name}' has no summary: call compile() first")
        return read_summary(handle)

    def run(self, *inputs: Any) -> list[np.ndarray[Any, Any]]:
        """Run and wait (``RunGraph``); the outputs are numpy arrays over GE's memory, which they keep.

        Parameters
        ----------
        *inputs : array_like or DeviceArray
            In the order of the graph's inputs.

        Notes
        -----
        Only one run of this kind may be under way in a process; a second one fails at once.
        """
        plan = self._plan
        if plan is not None:
            results = plan.run(inputs)
            if results is not None:
                return results
        arrays = checked(inputs, self.inputs, "input", self.name)
        out = ffi.new("pge_tensor **")
        tensors = native(arrays, self._layouts)
        count = self._api.run(self._session, self.graph_id, tensors, len(arrays), out)
        if count < 0:
            self._fail(-count, "RunGraph")
        try:
            results = host_arrays(out[0], count)
        finally:
            lib.pge_base_free_memory(out[0])
        plain = not any(isinstance(array, DeviceArray | Packed) for array in arrays)
        if arrays and plain and not any(is_packed(result.dtype) for result in results):
            self._plan = HostPlan.make(self, arrays, count)
        return results

    def run_async(self, *inputs: Any) -> RunFuture:
        """Queue a run (``RunGraphAsync``).

        Parameters
        ----------
        *inputs : array_like or DeviceArray
            In the order of the graph's inputs; not copied, so they must not be changed before the result is
            there.

        Returns
        -------
        RunFuture
            A :class:`concurrent.futures.Future` of the outputs, which can also be awaited. Its callbacks run
            on GE's thread: they must not wait for another run of this graph.
        """
        arrays = checked(inputs, self.inputs, "input", self.name)
        request = AsyncRun(self, arrays, _sites.here())
        session, tensors = self._session, native(arrays, self._layouts)
        user = _callbacks.keep(request)
        result = self._api.run_async(
            session, self.graph_id, tensors, len(arrays), lib.pyascend_run_done, lib.pyascend_run_drop, user
        )
        if result < 0:  # the request was dropped, and its future with it
            refused = request.future.exception()
            if request.answered and refused is not None:
                raise refused
            self._fail(-result, "RunGraphAsync")
        return request.future

    def run_on_stream(
        self, stream: Stream, inputs: Sequence[Any], outputs: Sequence[DeviceArray] | None = None
    ) -> list[DeviceArray]:
        """Queue a run on a stream (``RunGraphWithStreamAsync``).

        Parameters
        ----------
        stream : Stream
        inputs : sequence of DeviceArray
            In the order of the graph's inputs; numpy arrays for those in the option
            ``ge.exec.hostInputIndexes``.
        outputs : sequence of DeviceArray, optional
            Where results go. None: GE allocates them, from the external allocator of the stream or its own.

        Returns
        -------
        list of DeviceArray
            The outputs, valid after ``stream.synchronize()``. Those that GE allocated are released with the
            graph at the latest.
        """
        last = self._last
        if last is not None and last.fits(inputs, outputs):
            call = last.call
        else:
            call = self._prepare(inputs, outputs)
        frame = sys._getframe(1)
        count = call.launch(stream)
        if outputs is None:
            outputs = call.take(count, stream)
        stream._note((frame.f_code, frame.f_lasti), inputs, outputs)
        return list(outputs)

    def _prepare(self, inputs: Sequence[Any], outputs: Sequence[DeviceArray] | None) -> NativeCall:
        """Describe the arrays of a run; remember it for the next when all of them are on the device."""
        call: NativeCall = self.bind(inputs, outputs)._call
        if all(isinstance(array, DeviceArray) for array in inputs):
            self._last = LaunchCache(call, inputs, outputs)
        return call

    def bind(self, inputs: Sequence[Any], outputs: Sequence[DeviceArray] | None = None) -> BoundCall:
        """Prepare a run on a stream with these arrays, to be launched many times: ``bound(stream)``."""
        arrays = checked(inputs, self.inputs, "input", self.name)
        into = None if outputs is None else checked(outputs, self.outputs or None, "output", self.name)
        for position, array in enumerate(into or ()):
            if not isinstance(array, DeviceArray):
                kind = type(outputs[position] if outputs else array).__name__
                raise GraphError(
                    f"{self.name}: output {position} is of type {kind}; on a stream it must be a DeviceArray"
                )
        return BoundCall(self, NativeCall(self, arrays, into or ()), arrays, into)

    def set_const_memory(self, memory: DeviceArray) -> None:
        """Give the memory for constants (``SetGraphConstMemoryBase``), after compiling and before loading."""
        self._call("SetGraphConstMemoryBase", self._api.set_const_memory, memory._h, memory.nbytes)

    def update_feature_memory(self, memory: DeviceArray) -> None:
        """Give the work memory (``UpdateGraphFeatureMemoryBase``)."""
        self._call("UpdateGraphFeatureMemoryBase", self._api.update_feature_memory, memory._h, memory.nbytes)

    def set_fixed_feature_memory(self, memory: DeviceArray | None, type: int = 0) -> None:  # noqa: A002
        """Give the part of the work memory that keeps its address, or None to have none of its own.

        Wraps ``SetGraphFixedFeatureMemoryBaseWithType``.
        """
        address, size = (0, 0) if memory is None else (memory._h, memory.nbytes)
        function = self._api.set_fixed_feature_memory
        self._call("SetGraphFixedFeatureMemoryBaseWithType", function, type, address, size)

    def update_refreshable_feature_memory(self, memory: DeviceArray) -> None:
        """Give the part of the work memory that may move (``UpdateGraphRefreshableFeatureMemoryBase``)."""
        function = self._api.update_refreshable_feature_memory
        self._call("UpdateGraphRefreshableFeatureMemoryBase", function, memory._h, memory.nbytes)

    def compiled_model(self) -> bytes:
        """Return the compiled graph as an ``.om`` model (``GetCompiledModel``; GeSession only)."""
        if self._api.version != 2:
            raise GeError("compiled_model: GetCompiledModel exists on ge.GeSession only")
        model = ffi.new("pge_bytes *")
        self._call("GetCompiledModel", lib.pge_v2_compiled_model, model)
        try:
            return bytes(ffi.buffer(ffi.cast("char *", model.address), model.size))
        finally:
            lib.pge_base_release(model.owner)

    def _true_dtypes(self, count: int) -> list[Any] | None:
        """Element types of an asynchronous run's outputs: GE calls all of them float."""
        known = [spec.dtype for spec in self.outputs if spec.dtype.name != "undefined"]
        if len(known) == count:
            return known
        handle = self._api.summary(self.session._h, self.graph_id)
        if handle <= 0:
            return None
        outputs = read_summary(handle).outputs
        return None if outputs is None or len(outputs) != count else [spec.dtype for spec in outputs]

    def __repr__(self) -> str:
        removed = self._removed and not self.session.closed
        where = "removed" if removed else f"in {repr(self.session).strip('<>')}"
        return f"<graph {self.graph_id} '{self.name}' {where}>"
