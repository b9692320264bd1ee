"""Graphs: built in Python, checked where they are written, saved as GE's own model file."""

# ruff: noqa: A002 - type and format are GE's words
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pyascend_ge.errors import GraphError
from pyascend_ge.graph import attributes, binding, descriptors, ir, operators, subgraphs
from pyascend_ge.graph.base import checked_name
from pyascend_ge.graph.checks import apply_data_format, named_results
from pyascend_ge.graph.indexmaps import index_maps
from pyascend_ge.graph.inference import output_dtype
from pyascend_ge.graph.sources import GraphSources
from pyascend_ge.graph.tensor import Node, Tensor

__all__ = ["Graph"]

# Operators that have a method of their own, because a call has to say more than their prototype.
_METHODS = {
    "Data": "graph.input(name, shape, dtype)",
    "Const": "graph.const(value)",
    "Constant": "graph.const(value)",
    "Variable": "graph.variable(name, shape, dtype)",
    "NetOutput": "graph.output(tensor)",
}


class Graph(GraphSources):
    """A graph of GE operators.

    Parameters
    ----------
    name : str
        The graph's name.

    Notes
    -----
    The graph is GE's own intermediate representation. ``bytes(graph)`` is what
    ``Graph::LoadFromSerializedModelArray`` and ``Graph::LoadFromFile`` read; no library is needed to build,
    print, draw, save or load one. A graph may be used by one thread at a time. Nodes cannot be changed or
    removed.

    Examples
    --------
    >>> graph = Graph("scale")
    >>> x = graph.input("x", shape=(-1, 4), dtype="float32")
    >>> graph.output(graph.op("Relu", x * 2 + 1))
    >>> graph
    <Graph 'scale': 6 nodes, 1 input, 1 output>
    """

    def assign(self, variable: Tensor, value: Any, *, name: str | None = None) -> Tensor:
        """Add an Assign of `value` to a variable; returns the variable after it."""
        if not isinstance(variable, Tensor) or variable.node.type != "Variable":
            raise GraphError(f"assign: {variable!r} is not a variable; make one with graph.variable()")
        result: Tensor = self.op("Assign", variable, value, name=name)
        return result

    def op(
        self,
        type: str,
        /,
        *inputs: Any,
        name: str | None = None,
        control: Iterable[Node | Tensor] = (),
        outputs: int | None = None,
        **named: Any,
    ) -> Any:
        """Add an operator.

        Parameters
        ----------
        type : str
            GE's operator type, such as ``"Relu"``; ``operators.describe(type)`` shows what it takes.
        *inputs
            Inputs in GE's order. Numbers, lists and arrays become constants. A dynamic input takes a list, an
            optional one None.
        name : str, optional
            The node's name; made up when not given.
        control : iterable of Node or Tensor
            What has to run before, apart from the inputs.
        outputs : int, optional
            Size of a dynamic output where attributes do not tell.
        **named
            Inputs and attributes by GE's names. Operators that run graphs (``If``, ``Case``, ``While``,
            ``For``, ``PartitionedCall``) take them by GE's names too: ``then_branch=graph``; ``branches``
            takes a list. A graph is copied as it is now, and its inputs stand for the dynamic input's
            tensors in order; the body of a ``For`` gets the counter (int32) before them.

        Returns
        -------
        Tensor, tuple of Tensor or Node
            The output; with several, a named tuple with GE's names (a dynamic output is a tuple in it); the
            node when the operator has none.

        Raises
        ------
        GraphError
            For an unknown type, input or attribute, a missing one, a value of the wrong type, a name that is
            taken, or a tensor of another graph. The graph is unchanged then.
        """
        where = f"{type} '{name}'" if name is not None else str(type)
        if type in _METHODS:
            raise GraphError(f"{where}: add it with {_METHODS[type]}")
        operator = operators.lookup(type)
        before = self._control(control, where)
        bodies, named = subgraphs.take(self, operator, where, named)
        bound = binding.bind(self, operator, where, inputs, named, 1 if bodies else outputs)
        if bodies:
            bound = subgraphs.bound_to(bound, where, bodies)
        definition = ir.OpDef(name=self._new_name(name, type), type=type, attr=bound.attrs)
        sources = [
            slot.value
            if slot.value is None or isinstance(slot.value, Tensor)
            else self._constant(slot.value, self._free_name(f"{definition.name}_{slot.name}"), "")
            for slot in bound.slots
        ]
        names = [slot.name for slot in bound.slots]
        definition.input_desc = [
            descriptors.renamed(source.descriptor, slot)
            if source is not None
            else descriptors.unconnected(slot)
            for slot, source in zip(names, sources, strict=True)
        ]
        definition.output_desc = [
            descriptors.make(slot, output_dtype(bound, item, position == 0), None)
            for position, (slot, item) in enumerate(bound.outputs)
        ]
        if bodies:
            for desc, dtype in zip(definition.output_desc, subgraphs.output_dtypes(bodies), strict=False):
                desc.dtype = descriptors.make("", dtype, None).dtype
            definition.subgraph_name = subgraphs.adopt(self, operator, bodies)
        if "data_format" in named and definition.input_desc and definition.output_desc:
            apply_data_format(definition.input_desc[0], definition.output_desc[0], str(named["data_format"]))
        produced = [slot for slot, _ in bound.outputs]
        definition.attr.update(index_maps(type, names, produced))
        node = self._add(definition, tuple(names), tuple(produced), tuple(sources), before)
        return named_results(node, operator)

    def custom_op(
        self,
        type: str,
        /,
        *,
        inputs: dict[str, Tensor],
        outputs: Sequence[str] = ("y",),
        attrs: dict[str, Any] | None = None,
        name: str | None = None,
    ) -> Any:
        """Add an operator that the table has no prototype of: yours, or one of a newer CANN.

        Parameters
        ----------
        type : str
            The operator type.
        inputs : dict of str to Tensor
            Inputs by name, in the operator's order.
        outputs : sequence of str
            Names of the outputs.
        attrs : dict, optional
            Attributes; the Python type of a value decides its GE type.
        """
        where = f"{type} '{name}'" if name is not None else str(type)
        for slot, value in inputs.items():
            if not isinstance(value, Tensor) or value.graph is not self:
                raise GraphError(f"{where}: input {slot} is {value!r}, not a tensor of graph '{self.name}'")
        definition = ir.OpDef(type=checked_name(type, "the operator type"))
        for key, value in (attrs or {}).items():
            definition.attr[key] = attributes.serialized_plain(value, f"{where}: attribute {key}")
        definition.name = self._new_name(name, type)
        definition.input_desc = [
            descriptors.renamed(value.descriptor, slot) for slot, value in inputs.items()
        ]
        definition.output_desc = [descriptors.make(slot, None, None) for slot in outputs]
        definition.attr.update(index_maps(type, list(inputs), list(outputs)))
        node = self._add(definition, tuple(inputs), tuple(outputs), tuple(inputs.values()))
        return node.outputs[0] if len(node.outputs) == 1 else node.outputs or node

    def output(self, *tensors: Tensor) -> None:
        """Declare outputs of the graph, after those declared before."""
        if not tensors:
            raise GraphError("output: no tensor given")
        flat: list[Tensor] = []
        for tensor in tensors:
            flat += tensor if isinstance(tensor, (list, tuple)) else [tensor]
        for position, tensor in enumerate(flat):
            if not isinstance(tensor, Tensor):
                raise GraphError(
                    f"output: argument {position} is {tensor!r}, not a tensor of graph '{self.name}'"
                )
            if tensor.graph is not self:
                other = tensor.graph.name
                raise GraphError(
                    f"output: tensor '{tensor.name}' belongs to graph '{other}', not to '{self.name}'"
                )
        self._outputs += flat
        self._net_output = None

    def binary(self, type: str, left: Any, right: Any) -> Tensor:
        """Add a binary operator; a side that is no tensor becomes a constant of the other's type."""
        owner, other = (left, right) if isinstance(left, Tensor) else (right, left)
        if not isinstance(other, Tensor):
            where = f"{type} of tensor '{owner.name}'"
            if owner.dtype is None and not hasattr(other, "dtype"):
                raise GraphError(
                    f"{where} with {other!r}: the tensor's element type is not known here; "
                    "write graph.const(value, dtype=...) for the other side"
                )
            other = descriptors.to_array(other, owner.dtype, where)
        left, right = (owner, other) if left is owner else (other, owner)
        result: Tensor = self.op(type, left, right)
        return result

    def unary(self, type: str, value: Tensor) -> Tensor:
        """Add an operator of one input and one output."""
        result: Tensor = self.op(type, value)
        return result

    def matmul(self, left: Any, right: Any) -> Tensor:
        """Add a matrix product: MatMulV2 for two matrices, BatchMatMulV2 otherwise."""
        shapes = [getattr(side, "shape", None) for side in (left, right)]
        flat = all(shape is not None and len(shape) == 2 for shape in shapes)
        return self.binary("MatMulV2" if flat else "BatchMatMulV2", left, right)

    def _control(self, control: Iterable[Node | Tensor], where: str) -> tuple[Node, ...]:
        found = []
        for item in (control,) if isinstance(control, (Node, Tensor)) else control:
            node = item.node if isinstance(item, Tensor) else item
            if not isinstance(node, Node) or node.graph is not self:
                raise GraphError(f"{where}: control {item!r} is not a node of graph '{self.name}'")
            found.append(node)
        return tuple(dict.fromkeys(found))
