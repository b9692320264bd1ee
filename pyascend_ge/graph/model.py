"""Between a graph and its ``ModelDef``."""

from __future__ import annotations

import heapq
from typing import TypeVar

from pyascend_ge._suggest import did_you_mean
from pyascend_ge.errors import GraphError
from pyascend_ge.graph import descriptors, ir
from pyascend_ge.graph.base import GraphBase, data_index
from pyascend_ge.graph.indexmaps import index_maps, names_in
from pyascend_ge.graph.tensor import Node, Tensor

__all__ = ["from_model", "to_model"]

OUTPUT_NODE = "Node_Output"
_SIZES = ("memory_size", "p2p_memory_size", "stream_num", "event_num", "label_num", "weight_size")
G = TypeVar("G", bound=GraphBase)


def to_model(graph: GraphBase) -> ir.ModelDef:
    """Return the model file of a graph: nodes in topological order, the output node last."""
    indexes = [data_index(tensor.node) for tensor in graph.inputs]
    if not graph._loaded and indexes != list(range(len(indexes))):
        raise GraphError(
            f"graph '{graph.name}': its inputs have the indexes {indexes}; they count from 0 without gaps"
        )
    definition = graph._definition
    definition.op = [node.definition for node in _ordered(graph.nodes)]
    if graph._net_output is not None:
        definition.op.append(graph._net_output)
    elif graph.outputs or graph._targets:
        definition.op.append(_output_node(graph))
    for position, op in enumerate(definition.op):
        op.id = position
    definition.input = [f"{tensor.node.name}:0" for tensor in graph.inputs]
    definition.output = [_source(tensor) for tensor in graph.outputs]
    model = graph._model
    if not graph._loaded:
        model.attr = {name: ir.AttrDef(i=0) for name in _SIZES}
        model.attr["target_type"] = ir.AttrDef(s=b"")
    return model


def _source(tensor: Tensor) -> str:
    return f"{tensor.node.name}:{tensor.index}"


def _output_node(graph: GraphBase) -> ir.OpDef:
    names = [f"__input{position}" for position in range(len(graph.outputs))]
    op = ir.OpDef(name=OUTPUT_NODE, type="NetOutput")
    op.input = [*map(_source, graph.outputs), *(f"{node.name}:-1" for node in graph._targets)]
    op.input_desc = [
        descriptors.renamed(tensor.descriptor, name)
        for tensor, name in zip(graph.outputs, names, strict=True)
    ]
    op.is_input_const = [tensor.node.type == "Const" for tensor in graph.outputs]
    op.attr = {"_inner_net_output": ir.AttrDef(b=True), **index_maps("NetOutput", names, [])}
    return op


def _ordered(nodes: tuple[Node, ...]) -> list[Node]:
    """Return the nodes so that each follows what it depends on; those on a cycle come last."""
    place = {node.name: position for position, node in enumerate(nodes)}
    waits = [0] * len(nodes)
    users: list[list[int]] = [[] for _ in nodes]
    for position, node in enumerate(nodes):
        sources = {item.node.name for item in node.inputs if item is not None} | {
            item.name for item in node.control
        }
        waits[position] = len(sources)
        for name in sources:
            users[place[name]].append(position)
    ready = [position for position, count in enumerate(waits) if not count]
    order: list[int] = []
    while ready:
        position = heapq.heappop(ready)
        order.append(position)
        for user in users[position]:
            waits[user] -= 1
            if not waits[user]:
                heapq.heappush(ready, user)
    order += [position for position, count in enumerate(waits) if count]
    return [nodes[position] for position in order]


def from_model(cls: type[G], model: ir.ModelDef) -> G:
    """Return the graph in a model file; a file that contradicts itself is a GraphError."""
    if not model.graph:
        raise GraphError("there is no graph in it: it is empty, or not a graph of GE")
    definition = model.graph[0]
    graph = cls(definition.name or "graph")
    graph._loaded, graph._model, graph._definition = True, model, definition
    outputs = [op for op in definition.op if op.type == "NetOutput"]
    if len(outputs) > 1:
        raise GraphError(f"graph '{graph.name}' has {len(outputs)} NetOutput nodes, at most one is possible")
    for op in definition.op:
        if op.name in graph._nodes or not op.name:
            fault = f"has several nodes named '{op.name}'" if op.name else "has a node without a name"
            raise GraphError(f"graph '{graph.name}' {fault}")
        if op.type != "NetOutput":
            names = names_in(op, "output", len(op.output_desc))
            graph._nodes[op.name] = Node(graph, op, (), names)  # type: ignore[arg-type]
    for node in graph._nodes.values():
        node.inputs, node.control = _edges(graph, node.definition)
        node.input_names = names_in(node.definition, "input", len(node.inputs))
    if outputs:
        graph._net_output = outputs[0]
        sources, targets = _edges(graph, outputs[0])
        graph._outputs = [tensor for tensor in sources if tensor is not None]
        graph._targets = list(targets)
    else:
        named = [_tensor(graph, text, "its output list") for text in definition.output]
        graph._outputs = [tensor for tensor in named if tensor is not None]
    return graph


def _edges(graph: GraphBase, op: ir.OpDef) -> tuple[tuple[Tensor | None, ...], tuple[Node, ...]]:
    where = f"{op.type} '{op.name}'"
    inputs: list[Tensor | None] = []
    control: list[Node] = []
    for text in op.input:
        name, colon, port = text.rpartition(":")
        if colon and port == "-1":
            control.append(_node(graph, name, where))
        else:
            inputs.append(_tensor(graph, text, where))
    return tuple(inputs), tuple(control)


def _node(graph: GraphBase, name: str, where: str) -> Node:
    node = graph._nodes.get(name)
    if node is None:
        near = did_you_mean(name, graph._nodes)
        raise GraphError(
            f"graph '{graph.name}': {where} reads from node '{name}', which does not exist{near}"
        )
    return node


def _tensor(graph: GraphBase, text: str, where: str) -> Tensor | None:
    name, colon, port = text.rpartition(":")
    if not colon:
        return None  # GE reads a text without a port as: not connected
    node = _node(graph, name, where)
    index = int(port) if port.isascii() and port.isdigit() and len(port) < 10 else -1
    if not 0 <= index < len(node.outputs):
        count = len(node.outputs)
        raise GraphError(
            f"graph '{graph.name}': {where} reads '{text}', but node '{name}' has {count} outputs"
        )
    return node.outputs[index]
