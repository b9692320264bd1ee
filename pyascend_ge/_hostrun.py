"""Synchronous runs over host memory, made cheap for the next run with arrays of the same kind.

A plan holds the descriptions of inputs of certain shapes and dtypes. A run with such arrays passes their
addresses only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from pyascend_ge._native import fast
from pyascend_ge.bound import NativeCall
from pyascend_ge.dtypes import dtype_of
from pyascend_ge.errors import GraphError, HandleError

if TYPE_CHECKING:
    import numpy as np

    from pyascend_ge.loaded import GraphHandle

__all__ = ["HostPlan"]


class HostPlan(fast.PlanBase):
    """Runs of a graph with numpy arrays of certain shapes and dtypes."""

    __slots__ = ("_native",)
    _native: NativeCall

    @classmethod
    def make(
        cls, graph: GraphHandle, inputs: Sequence[np.ndarray[Any, Any]], outputs: int
    ) -> HostPlan | None:
        """Plan for arrays like `inputs`; None when that cannot be."""
        plan = cls()
        try:
            plan._native = NativeCall(graph, inputs, ())
        except HandleError:  # removed since the run that this follows
            return None
        seen = tuple((array, array.dtype, array.shape, array.ctypes.data) for array in inputs)
        return plan if plan._prepare(plan._native, seen, outputs, graph._api.version) else None

    def _failed(self, status: int) -> NoReturn:
        """Raise what a run answered; called from C."""
        self._native.graph._fail(status, "RunGraph")

    def _element(self, number: int) -> np.dtype[Any]:
        """Return numpy's type for a number of GE's; called from C."""
        import numpy as np

        return np.dtype(dtype_of(number).numpy)

    def _short(self, element: int, rank: int, size: int) -> NoReturn:
        """Say that an output has less memory than it needs; called from C."""
        raise GraphError(
            f"an output of {dtype_of(element).name} with {rank} dimensions has {size} bytes only"
        )
