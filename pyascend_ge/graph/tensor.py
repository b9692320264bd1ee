"""Handles: a node of a graph, and one of its outputs, which takes part in Python expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from pyascend_ge.dtypes import DataType
from pyascend_ge.errors import GraphError
from pyascend_ge.graph import attributes, descriptors, ir
from pyascend_ge.graph.indexmaps import INDEX_MAPS

if TYPE_CHECKING:
    import numpy as np

    from pyascend_ge.graph.builder import Graph

__all__ = ["Node", "Tensor"]


class Node:
    """A node of a graph: an operator with a name.

    Attributes
    ----------
    graph : Graph
        The graph it belongs to.
    inputs : tuple of Tensor or None
        Where each input comes from; None for one that is not connected.
    control : tuple of Node
        Nodes that run before this one without giving it data.
    input_names, output_names : tuple of str
        GE's names of the inputs and outputs, in order.
    """

    __slots__ = ("control", "definition", "graph", "input_names", "inputs", "output_names", "outputs")

    def __init__(
        self,
        graph: Graph,
        definition: ir.OpDef,
        input_names: tuple[str, ...],
        output_names: tuple[str, ...],
    ) -> None:
        self.graph, self.definition = graph, definition
        self.input_names, self.output_names = input_names, output_names
        self.inputs: tuple[Tensor | None, ...] = ()
        self.control: tuple[Node, ...] = ()
        self.outputs = tuple(Tensor(self, index) for index in range(len(definition.output_desc)))

    @property
    def name(self) -> str:
        """The name, unique in its graph."""
        return self.definition.name

    @property
    def type(self) -> str:
        """The operator type."""
        return self.definition.type

    @property
    def attrs(self) -> dict[str, Any]:
        """The attributes as Python values (a new dictionary)."""
        where = f"{self.type} '{self.name}'"
        items = self.definition.attr.items()
        return {
            name: attributes.python_value(value, where) for name, value in items if name not in INDEX_MAPS
        }

    @property
    def value(self) -> np.ndarray[Any, Any] | None:
        """The array of a constant (read-only); None for other nodes."""
        held = self.definition.attr.get("value") if self.type in ("Const", "Constant") else None
        if held is None or held.t is None:
            return None
        return descriptors.array_of(held.t, f"{self.type} '{self.name}'")

    def __repr__(self) -> str:
        return f"<{self.type} '{self.name}' of graph '{self.graph.name}'>"


class Tensor:
    """A tensor of a graph that is being built: an output of a node.

    It has no value. Python's operators add nodes to the graph; numbers and arrays on the other side become
    constants of this tensor's element type.

    Attributes
    ----------
    node : Node
        The node that produces it.
    index : int
        Which of the node's outputs it is.
    """

    __slots__ = ("index", "node")
    __array_ufunc__ = None  # numpy arrays on the left leave the operation to us

    def __init__(self, node: Node, index: int) -> None:
        self.node, self.index = node, index

    @property
    def descriptor(self) -> ir.TensorDescriptor:
        """The descriptor that goes into the file."""
        return self.node.definition.output_desc[self.index]

    @property
    def graph(self) -> Graph:
        """The graph it belongs to."""
        return self.node.graph

    @property
    def name(self) -> str:
        """The node's name; with ``:index`` when the node has several outputs."""
        return self.node.name if len(self.node.outputs) == 1 else f"{self.node.name}:{self.index}"

    @property
    def dtype(self) -> DataType | None:
        """The element type, None when only the engine will know."""
        return descriptors.dtype_in(self.descriptor)

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape as declared (-1: unknown size), None when only the engine will know."""
        return descriptors.shape_in(self.descriptor)

    @property
    def format(self) -> str:
        """The format: ``"ND"``, ``"NCHW"`` ..."""
        return descriptors.format_in(self.descriptor)

    def __repr__(self) -> str:
        text = type_text(self.dtype, self.shape)
        return f"<Tensor '{self.name}' {text} from {self.node.type} in graph '{self.graph.name}'>"

    def __bool__(self) -> NoReturn:
        raise GraphError(
            f"tensor '{self.name}' has no value while the graph is built; compare it with .equal(other)"
        )

    def __iter__(self) -> NoReturn:
        raise GraphError(
            f"tensor '{self.name}' cannot be iterated while the graph is built; index or split it"
        )

    def _binary(self, type_: str, other: Any, swapped: bool = False) -> Tensor:
        return self.graph.binary(type_, other, self) if swapped else self.graph.binary(type_, self, other)

    def __add__(self, other: Any) -> Tensor:
        return self._binary("Add", other)

    def __radd__(self, other: Any) -> Tensor:
        return self._binary("Add", other, True)

    def __sub__(self, other: Any) -> Tensor:
        return self._binary("Sub", other)

    def __rsub__(self, other: Any) -> Tensor:
        return self._binary("Sub", other, True)

    def __mul__(self, other: Any) -> Tensor:
        return self._binary("Mul", other)

    def __rmul__(self, other: Any) -> Tensor:
        return self._binary("Mul", other, True)

    def __truediv__(self, other: Any) -> Tensor:
        return self._binary("RealDiv", other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return self._binary("RealDiv", other, True)

    def __floordiv__(self, other: Any) -> Tensor:
        return self._binary("FloorDiv", other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return self._binary("FloorDiv", other, True)

    def __pow__(self, other: Any) -> Tensor:
        return self._binary("Pow", other)

    def __rpow__(self, other: Any) -> Tensor:
        return self._binary("Pow", other, True)

    def __matmul__(self, other: Any) -> Tensor:
        return self.graph.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return self.graph.matmul(other, self)

    def __neg__(self) -> Tensor:
        return self.graph.unary("Neg", self)

    def __abs__(self) -> Tensor:
        return self.graph.unary("Abs", self)

    def __getitem__(self, index: Any) -> Tensor:
        from pyascend_ge.graph.indexing import strided_slice

        return strided_slice(self, index)

    def equal(self, other: Any) -> Tensor:
        """Elementwise ``==`` (operator Equal)."""
        return self._binary("Equal", other)

    def not_equal(self, other: Any) -> Tensor:
        """Elementwise ``!=`` (operator NotEqual)."""
        return self._binary("NotEqual", other)

    def less(self, other: Any) -> Tensor:
        """Elementwise ``<`` (operator Less)."""
        return self._binary("Less", other)

    def less_equal(self, other: Any) -> Tensor:
        """Elementwise ``<=`` (operator LessEqual)."""
        return self._binary("LessEqual", other)

    def greater(self, other: Any) -> Tensor:
        """Elementwise ``>`` (operator Greater)."""
        return self._binary("Greater", other)

    def greater_equal(self, other: Any) -> Tensor:
        """Elementwise ``>=`` (operator GreaterEqual)."""
        return self._binary("GreaterEqual", other)


def type_text(dtype: DataType | None, shape: tuple[int, ...] | None) -> str:
    """Element type and shape for people: ``float32[?, 64]``."""
    sizes = "..." if shape is None else ", ".join("?" if size < 0 else str(size) for size in shape)
    return f"{dtype or '?'}[{sizes}]"
