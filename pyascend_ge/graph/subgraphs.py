"""Operators that run graphs: ``If``, ``Case``, ``While``, ``For``, ``PartitionedCall``.

A graph that is handed to :meth:`Graph.op` is copied as it is at that moment; its inputs stand for the
operator's ``input`` tensors in order. What GE reads is written here: the copies' names in ``subgraph_name``,
and ``_parent_node_index`` on their inputs and outputs, which says which input or output of the operator each
one is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyascend_ge.dtypes import DataType
from pyascend_ge.errors import GraphError
from pyascend_ge.graph import ir, model
from pyascend_ge.graph.base import GraphBase, data_index
from pyascend_ge.graph.operators import Operator

if TYPE_CHECKING:
    from pyascend_ge.graph.binding import Bound

__all__ = ["adopt", "bound_to", "output_dtypes", "subgraph_models", "take"]

PARENT_INDEX = "_parent_node_index"
Body = tuple[str, GraphBase]


def take(
    graph: GraphBase, operator: Operator, where: str, named: Mapping[str, Any]
) -> tuple[list[Body], dict[str, Any]]:
    """Split the keyword arguments of a call into (role, graph) pairs and the rest."""
    bodies: list[Body] = []
    rest = {name: value for name, value in named.items() if name not in operator.subgraphs}
    for role in operator.subgraphs:
        if role not in named:
            raise GraphError(f"{where}: graph {role} is missing: {role}=Graph(...); {operator.signature}")
        given = named[role]
        many = role == "branches"
        if many and (not isinstance(given, (list, tuple)) or not given):
            raise GraphError(f"{where}: {role} takes a list of graphs, not {given!r}")
        for position, body in enumerate(given if many else [given]):
            name = f"{role}{position}" if many else role
            if not isinstance(body, GraphBase):
                raise GraphError(f"{where}: {name} takes a Graph, not {body!r}")
            if body is graph:
                raise GraphError(f"{where}: {name} is the graph itself")
            bodies.append((name, body))
    return bodies, rest


def _leading(operator: Operator) -> int:
    return sum(item.kind != "dynamic" for item in operator.inputs)


def _is_loop(operator: Operator) -> bool:
    return operator.type.endswith(("While", "For"))


def bound_to(bound: Bound, where: str, bodies: list[Body]) -> Bound:
    """Check graphs against the tensors that reach them; returns the call with the outputs the graphs give."""
    operator = bound.operator
    values = [slot.value for slot in bound.slots[_leading(operator) :]]
    count = _check(operator, where, bodies, values)
    item = operator.outputs[0]
    return bound._replace(outputs=[(f"{item.name}{position}", item) for position in range(count)])


def _check(operator: Operator, where: str, bodies: list[Body], values: list[Any]) -> int:
    counter = operator.type == "For"
    results = [(name, body) for name, body in bodies if not (_is_loop(operator) and name == "cond")]
    count = len(results[0][1].outputs)
    for name, body in bodies:
        wanted = len(values) + counter
        if len(body.inputs) != wanted:
            extra = " (the counter first)" if counter else ""
            raise GraphError(
                f"{where}: {name} '{body.name}' has {len(body.inputs)} inputs; it gets {wanted}{extra}"
            )
        for position, (inside, value) in enumerate(zip(body.inputs[counter:], values, strict=True)):
            outside = getattr(value, "dtype", None)
            if inside.dtype is not None and outside is not None and inside.dtype != outside:
                says = f"{name} '{body.name}' declares {inside.dtype}"
                raise GraphError(f"{where}: input {position} is {outside}, but {says}")
    for name, body in bodies:
        wanted = 1 if (name, body) not in results else len(values) if _is_loop(operator) else count
        if len(body.outputs) != wanted:
            raise GraphError(
                f"{where}: {name} '{body.name}' has {len(body.outputs)} outputs; {wanted} are needed"
            )
    for name, body in results[1:]:
        for position, (one, two) in enumerate(zip(results[0][1].outputs, body.outputs, strict=True)):
            if one.dtype is not None and two.dtype is not None and one.dtype != two.dtype:
                both = f"{one.dtype} from {results[0][0]} and {two.dtype} from {name}"
                raise GraphError(f"{where}: output {position} is {both}")
    if count == 0:
        raise GraphError(f"{where}: {results[0][0]} '{results[0][1].name}' has no outputs")
    return count


def output_dtypes(bodies: list[Body]) -> list[DataType | None]:
    """Return the element types of the operator's outputs, as far as its last graph tells."""
    return [tensor.dtype for tensor in bodies[-1][1].outputs]


def adopt(graph: GraphBase, operator: Operator, bodies: list[Body]) -> list[str]:
    """Copy the graphs into `graph`'s model; returns their names there."""
    counter = operator.type == "For"
    names = []
    for _, body in bodies:
        copy = ir.ModelDef.decode(model.to_model(body).encode())
        taken = {item.name for item in graph._model.graph}
        renamed: dict[str, str] = {}
        for item in copy.graph:
            fresh, number = item.name, 0
            while fresh in taken:
                number += 1
                fresh = f"{item.name}_{number}"
            taken.add(fresh)
            renamed[item.name] = item.name = fresh
        for item in copy.graph:
            for op in item.op:
                op.subgraph_name = [renamed.get(name, name) for name in op.subgraph_name]
        _mark(copy.graph[0], body, _leading(operator), counter)
        graph._model.graph += copy.graph
        names.append(copy.graph[0].name)
    return names


def _mark(definition: ir.GraphDef, body: GraphBase, leading: int, counter: bool) -> None:
    inputs = {tensor.node.name: data_index(tensor.node) for tensor in body.inputs}
    for op in definition.op:
        if op.name in inputs:
            index = inputs[op.name]
            place = (index and index - 1 + leading) if counter else index + leading
            op.attr[PARENT_INDEX] = ir.AttrDef(i=place)
        elif op.type == "NetOutput":
            for position, desc in enumerate(op.input_desc):
                desc.attr[PARENT_INDEX] = ir.AttrDef(i=position)


def subgraph_models(definition: ir.ModelDef) -> dict[str, ir.ModelDef]:
    """Return a model of its own for each subgraph of a model, by name."""
    return {
        item.name: ir.ModelDef(graph=[item, *(other for other in definition.graph[1:] if other is not item)])
        for item in definition.graph[1:]
    }
