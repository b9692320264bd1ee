"""What a graph begins with: inputs, constants and variables; and adding a finished node."""

# ruff: noqa: A002 - format is GE's word
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pyascend_ge.errors import GraphError
from pyascend_ge.graph import binding, descriptors, ir, operators
from pyascend_ge.graph.base import GraphBase, checked_name, data_index
from pyascend_ge.graph.checks import checked_dtype, checked_format, declared
from pyascend_ge.graph.indexmaps import index_maps
from pyascend_ge.graph.model import OUTPUT_NODE
from pyascend_ge.graph.tensor import Node, Tensor

if TYPE_CHECKING:
    import numpy as np

__all__ = ["GraphSources"]


class GraphSources(GraphBase):
    """The part of :class:`~pyascend_ge.graph.builder.Graph` that adds nodes without inputs."""

    def input(
        self,
        name: str,
        shape: Sequence[int] | None,
        dtype: Any = "float32",
        *,
        format: str | None = None,
        index: int | None = None,
    ) -> Tensor:
        """Add a run-time input (a Data node).

        Parameters
        ----------
        name : str
            The node's name.
        shape : sequence of int or None
            Sizes; -1 for one that is known at run time only, None when even their number is.
        dtype : dtype-like
            Element type: a name, a numpy dtype, ``ml_dtypes.bfloat16`` ...
        format : str, optional
            GE's format; ``"ND"`` when not given. Convolution and pooling need ``"NCHW"`` or ``"NHWC"``.
        index : int, optional
            Position among the arguments of a run; by default the next one.
        """
        where = f"input '{name}'"
        taken = {data_index(tensor.node) for tensor in self.inputs}
        if index is None:
            index = max(taken, default=-1) + 1
        elif isinstance(index, bool) or not isinstance(index, int) or index < 0:
            raise GraphError(f"{where}: index {index!r} is not an int >= 0")
        elif index in taken:
            raise GraphError(f"{where}: index {index} is taken by another input")
        desc = declared("x", dtype, descriptors.parse_shape(shape, where), format, where)
        definition = ir.OpDef(name=self._new_name(name, "Data"), type="Data", input=[""], input_desc=[desc])
        definition.output_desc = [descriptors.renamed(desc, "y")]
        definition.attr = {"index": ir.AttrDef(i=index), **index_maps("Data", ["x"], ["y"])}
        return self._add(definition, ("x",), ("y",), (None,)).outputs[0]

    def const(
        self, value: Any, name: str | None = None, dtype: Any = None, *, format: str | None = None
    ) -> Tensor:
        """Add a constant (a Const node); the values are copied.

        Parameters
        ----------
        value : array-like
            Arrays keep their element type; Python's floats become float32, its integers int64.
        name : str, optional
            The node's name; made up when not given.
        dtype : dtype-like, optional
            Element type to convert to. Values that do not fit are an error.
        format : str, optional
            GE's format, such as ``"NCHW"`` for the filter of a convolution.
        """
        where = f"constant '{name}'" if name is not None else "constant"
        if isinstance(value, Tensor):
            raise GraphError(f"{where}: tensor '{value.name}' is already part of a graph")
        target = checked_dtype(dtype, where) if dtype is not None else None
        array = descriptors.to_array(value, target, where)
        return self._constant(array, self._new_name(name, "Const"), checked_format(format, where))

    def variable(
        self, name: str, shape: Sequence[int], dtype: Any = "float32", *, format: str | None = None
    ) -> Tensor:
        """Add a variable: a tensor that lives in the session, where every graph finds it by its name.

        Run a graph that assigns it (:meth:`assign`) before one that reads it.
        """
        where = f"variable '{name}'"
        sizes = descriptors.parse_shape(shape, where)
        if any(size < 0 for size in sizes):
            raise GraphError(f"{where}: shape {shape!r} is not fully known")
        desc = declared("x", dtype, sizes, format, where)
        definition = ir.OpDef(
            name=self._new_name(name, "Variable"), type="Variable", input=[""], input_desc=[desc]
        )
        definition.output_desc = [descriptors.renamed(desc, "y")]
        definition.attr = {
            **binding.defaults(operators.lookup("Variable")),
            **index_maps("Variable", ["x"], ["y"]),
        }
        return self._add(definition, ("x",), ("y",), (None,)).outputs[0]

    def _constant(self, array: np.ndarray[Any, Any], name: str, format: str) -> Tensor:
        value = descriptors.constant(array, format)
        assert value.desc is not None
        definition = ir.OpDef(name=name, type="Const", output_desc=[descriptors.renamed(value.desc, "y")])
        definition.attr = {"value": ir.AttrDef(t=value), **index_maps("Const", [], ["y"])}
        return self._add(definition, (), ("y",), ()).outputs[0]

    def _add(
        self,
        definition: ir.OpDef,
        input_names: tuple[str, ...],
        output_names: tuple[str, ...],
        sources: tuple[Tensor | None, ...],
        control: tuple[Node, ...] = (),
    ) -> Node:
        definition.input = ["" if item is None else f"{item.node.name}:{item.index}" for item in sources]
        definition.input += [f"{item.name}:-1" for item in control]
        definition.is_input_const = [item is not None and item.node.type == "Const" for item in sources]
        node = Node(self, definition, input_names, output_names)  # type: ignore[arg-type]
        node.inputs, node.control = sources, control
        self._nodes[node.name] = node
        return node

    def _new_name(self, name: str | None, base: str) -> str:
        if name is not None:
            if checked_name(name, "a node") in self._nodes or name == OUTPUT_NODE:
                kind = "is the output node's" if name == OUTPUT_NODE else "is taken by another node"
                raise GraphError(f"node name '{name}' {kind} of graph '{self.name}'")
            return name
        made = f"{base}_{self._counters[base]}"
        self._counters[base] += 1
        return self._free_name(made)

    def _free_name(self, base: str) -> str:
        made, count = base, 0
        while made in self._nodes or made == OUTPUT_NODE:
            count += 1
            made = f"{base}_{count}"
        return made
