"""What every graph can do without being changed: be looked at, saved, loaded and drawn."""

from __future__ import annotations

import collections
import os
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

from pyascend_ge._suggest import did_you_mean
from pyascend_ge.errors import GraphError
from pyascend_ge.graph import ir
from pyascend_ge.graph.tensor import Node, Tensor

if TYPE_CHECKING:
    from pyascend_ge.graph.summary import Summary

__all__ = ["GraphBase", "checked_name", "data_index"]

G = TypeVar("G", bound="GraphBase")


def checked_name(name: object, what: str) -> str:
    """Return `name` when it can name something in a file."""
    if not isinstance(name, str) or not name:
        raise GraphError(f"the name of {what} is a str that is not empty, not {name!r}")
    if not name.isprintable() or any("\ud800" <= letter <= "\udfff" for letter in name):
        raise GraphError(f"the name of {what} has characters that cannot be printed: {name!r}")
    return name


def data_index(node: Node) -> int:
    """Return the position of a Data node among the arguments of a run."""
    held = node.definition.attr.get("index")
    return held.i if held is not None and held.i is not None else 0


class GraphBase:
    """Holds the nodes of a graph; :class:`~pyascend_ge.graph.builder.Graph` adds them."""

    def __init__(self, name: str = "graph") -> None:
        self._definition = ir.GraphDef(name=checked_name(name, "the graph"))
        self._model = ir.ModelDef(graph=[self._definition])
        self._nodes: dict[str, Node] = {}
        self._outputs: list[Tensor] = []
        self._loaded = False
        self._net_output: ir.OpDef | None = None  # as it was loaded
        self._targets: list[Node] = []  # control inputs of the output node
        self._counters: collections.Counter[str] = collections.Counter()

    @property
    def name(self) -> str:
        """The graph's name."""
        return self._definition.name

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, in the order they were added."""
        return tuple(self._nodes.values())

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The run-time inputs in the order of their ``index``."""
        data = [node for node in self._nodes.values() if node.type in ("Data", "RefData") and node.outputs]
        return tuple(node.outputs[0] for node in sorted(data, key=data_index))

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """The declared outputs, in order."""
        return tuple(self._outputs)

    @property
    def subgraphs(self: G) -> dict[str, G]:
        """The graphs that nodes of this one run, and those that they run, by name: copies, to look at."""
        from pyascend_ge.graph import model, subgraphs

        return {
            name: model.from_model(type(self), ir.ModelDef.decode(item.encode()))
            for name, item in subgraphs.subgraph_models(self._model).items()
        }

    def node(self, name: str) -> Node:
        """Return the node called `name`."""
        try:
            return self._nodes[name]
        except KeyError:
            raise GraphError(
                f"graph '{self.name}' has no node '{name}'{did_you_mean(name, self._nodes)}"
            ) from None

    def __len__(self) -> int:
        return len(self._nodes)

    def __bool__(self) -> bool:
        return True

    def __contains__(self, name: object) -> bool:
        return name in self._nodes

    def __repr__(self) -> str:
        counts = ((len(self), "node"), (len(self.inputs), "input"), (len(self._outputs), "output"))
        text = ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in counts)
        return f"<Graph '{self.name}': {text}>"

    def __str__(self) -> str:
        from pyascend_ge.graph.printing import table

        return table(self)

    def to_bytes(self) -> bytes:
        """Return the serialized graph (a ``ModelDef``); the same graph always gives the same bytes."""
        from pyascend_ge.graph import model

        return model.to_model(self).encode()

    __bytes__ = to_bytes

    def to_text(self) -> str:
        """Return the serialized graph in protobuf's text form."""
        from pyascend_ge.graph import model, text

        return text.dumps(model.to_model(self))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the graph: protobuf text to ``.pbtxt`` and ``.txt``, else GE's binary file (``.air``)."""
        from pyascend_ge.graph import files

        files.save(self, path)

    @classmethod
    def load(cls: type[G], path: str | os.PathLike[str]) -> G:
        """Read a graph that GE, MindSpore or :meth:`save` wrote; binary or protobuf text.

        Raises
        ------
        GraphError
            If the file holds no graph; :class:`OSError` if it cannot be read.
        """
        from pyascend_ge.graph import files

        return files.load(cls, path)

    @classmethod
    def from_bytes(cls: type[G], data: bytes | bytearray | memoryview) -> G:
        """Read a serialized graph (a ``ModelDef``)."""
        from pyascend_ge.graph import model

        return model.from_model(cls, ir.ModelDef.decode(data))

    @classmethod
    def from_text(cls: type[G], text: str) -> G:
        """Read a graph in protobuf's text form."""
        from pyascend_ge.graph import model, text_reader

        return model.from_model(cls, text_reader.loads(text, ir.ModelDef))

    @classmethod
    def from_onnx(cls: type[G], model: Any, options: Mapping[str, str] | None = None) -> G:
        """Convert an ONNX model (``aclgrphParseONNX``, ``aclgrphParseONNXFromMem``).

        Parameters
        ----------
        model : path, bytes or onnx.ModelProto
            A path is needed when weights are in files of their own (external data).
        options : mapping, optional
            The parser's options: ``input_shape`` (``"x:1,3,-1,224;mask:8"``, -1 is unknown), ``out_nodes`` or
            ``ge.outputNodeName`` (``"node:0;value"``), ``input_data_names`` (``"b;a"``, their order),
            ``output`` (the graph's name), ... The emulator refuses options that it does not know, and
            those that ask for the hardware's own layouts or for float16 inputs.

        Returns
        -------
        Graph
            Inputs and outputs in the model's order; dims without a number are -1.

        Raises
        ------
        GraphError
            If the model cannot be read or has operators that cannot be converted: every one is named, with
            its node and opset. The emulator converts opsets 7 to 28.
        """
        from pyascend_ge.graph.onnx_import import converted

        return cls.from_bytes(converted(model, options or {}))

    def infer_shapes(self: G) -> G:
        """Fill in the element types and shapes that follow from the inputs', and return the graph.

        Sizes that depend on unknown ones (-1) stay -1, tensors about which nothing can be said stay as they
        are. The inference is the emulator's, whatever backend is in use; it needs no device.

        Raises
        ------
        GraphError
            Naming the node that is not emulated, or that does not fit its inputs.
        """
        from pyascend_ge.graph import shapes

        shapes.fill_in(self)
        return self

    def summary(self) -> Summary:
        """Return what the graph is made of: operators, parameters, floating-point operations, memory.

        Printing it gives a table; a notebook shows one too. Sizes that are not known count as 1.
        """
        from pyascend_ge.graph import summary

        return summary.summarize(self)

    def to_dot(self) -> str:
        """Return the graph in Graphviz's language: types on the edges, scopes of names as clusters."""
        from pyascend_ge.graph import drawing

        return drawing.dot(self)

    def to_svg(self) -> str:
        """Return a picture of the graph as SVG.

        Constants are written inside the nodes that use them, known types on the edges, and nodes whose names
        share a scope (``layer1/conv``) are framed together. :meth:`infer_shapes` makes more types known.

        Raises
        ------
        ImportError
            Without pygraphviz, which lays the picture out (the ``draw`` extra).
        """
        from pyascend_ge.graph import drawing

        return drawing.svg(self)

    def _repr_svg_(self) -> str | None:
        try:
            return self.to_svg()
        except ImportError:
            return None

    def _repr_html_(self) -> str:
        try:
            return self.to_svg()
        except ImportError as missing:
            return f"<div><pre>{escape(str(self))}</pre><p>{escape(str(missing))}</p></div>"
