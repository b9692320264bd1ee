"""Graphs: built, printed, drawn, saved and loaded in GE's own representation, without any library."""

from pyascend_ge.graph.builder import Graph
from pyascend_ge.graph.tensor import Node, Tensor

__all__ = ["Graph", "Node", "Tensor"]
