"""ONNX's backend interface over Graph.from_onnx and GeSession: how the onnx package's own tests reach us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.base import Backend, BackendRep

import pyascend_ge as ge

__all__ = ["GeBackend", "array_of"]


def array_of(value: Any) -> np.ndarray:
    """Return a case's input or output as an array."""
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    return np.asarray(value)


class Prepared(BackendRep):
    """A model in a session."""

    def __init__(self, session: ge.GeSession, model: onnx.ModelProto) -> None:
        self._graph = session.add_graph(ge.Graph.from_onnx(model))

    def run(self, inputs: Sequence[Any], **_: Any) -> tuple[Any, ...]:
        """Run it once."""
        return tuple(self._graph.run(*map(array_of, inputs)))

    def close(self) -> None:
        """Give the graph back."""
        self._graph.remove()


class GeBackend(Backend):
    """One session serves all models; :meth:`open` and :meth:`close` are called around the tests."""

    session: ge.GeSession

    @classmethod
    def open(cls) -> None:
        """Open the session."""
        cls.session = ge.GeSession()

    @classmethod
    def close(cls) -> None:
        """Close it."""
        cls.session.close()

    @classmethod
    def prepare(cls, model: onnx.ModelProto, device: str = "CPU", **_: Any) -> Prepared:
        """Convert a model and compile it."""
        return Prepared(cls.session, model)

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """The emulated device stands for the CPU that ONNX's tests ask for."""
        return device == "CPU"
