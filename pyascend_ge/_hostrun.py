"""Synchronous runs over host memory, made cheap for the next run with arrays of the same kind.

A plan holds the descriptions of inputs of certain shapes and dtypes. A run with such arrays passes their
addresses only, and gives the outputs the shapes of the last run after the shim has confirmed them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pyascend_ge._native import ffi, lib
from pyascend_ge._tensors import described
from pyascend_ge.bound import NativeCall

if TYPE_CHECKING:
    import numpy as np

    from pyascend_ge.loaded import GraphHandle

__all__ = ["HostPlan"]

_from_buffer, _new, _cast, _gc, _buffer = ffi.from_buffer, ffi.new, ffi.cast, ffi.gc, ffi.buffer
_POINTERS, _TENSORS, _VOID = ffi.typeof("void *[]"), ffi.typeof("pge_tensor[]"), ffi.typeof("void *")
_release_at, _same = lib.pge_base_release_at, lib.pge_base_same_tensors
_NOT_CONTIGUOUS = (BufferError, ValueError)


class HostPlan:
    """Runs of a graph with numpy arrays of certain shapes and dtypes."""

    __slots__ = ("_array_type", "_call", "_expected", "_kinds", "_room", "_run", "_shown")

    def __init__(self, graph: GraphHandle, inputs: Sequence[np.ndarray[Any, Any]], outputs: int) -> None:
        import numpy as np

        self._array_type = np.ndarray
        self._call = NativeCall(graph, inputs, ())
        self._kinds = [(array.dtype, array.shape) for array in inputs]
        self._run = graph._api.call_run_at
        self._room = max(1, outputs)
        self._expected = _new(_TENSORS, self._room)
        self._shown: list[tuple[tuple[int, ...], np.dtype[Any], int]] | None = None

    def pointers(self, inputs: Sequence[Any]) -> list[Any] | None:
        """Return the addresses of `inputs`, or None when this plan is not for them."""
        kinds, array_type = self._kinds, self._array_type
        if len(inputs) != len(kinds):
            return None
        found = []
        try:
            for array, (dtype, shape) in zip(inputs, kinds):  # noqa: B905 (the lengths are equal)
                if type(array) is not array_type or array.dtype is not dtype or array.shape != shape:
                    return None
                found.append(_from_buffer(array))
        except _NOT_CONTIGUOUS:
            return None
        return found

    def run(self, pointers: list[Any]) -> int | list[np.ndarray[Any, Any]]:
        """Run; returns the outputs, or minus a status."""
        room = self._room
        tensors = _new(_TENSORS, room)
        count = self._run(self._call._h, _new(_POINTERS, pointers), len(pointers), tensors, room)
        if count < 0:
            return int(count)
        shown = self._shown
        if shown is None or not _same(tensors, self._expected, count):
            self._expected = tensors
            shown = self._shown = [described(tensors[position]) for position in range(count)]
        array = self._array_type
        return [
            array(shape, dtype, _buffer(_gc(_cast(_VOID, tensors[position].address), _release_at), nbytes))
            if nbytes
            else array(shape, dtype)
            for position, (shape, dtype, nbytes) in enumerate(shown)
        ]
