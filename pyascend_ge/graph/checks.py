"""Small checks and conversions that the builder's methods share."""

from __future__ import annotations

import collections
import functools
from typing import Any

from pyascend_ge.dtypes import DataType, dtype_of, format_number
from pyascend_ge.errors import GraphError
from pyascend_ge.graph import descriptors, ir, operators
from pyascend_ge.graph.tensor import Node

__all__ = ["apply_data_format", "checked_dtype", "checked_format", "declared", "named_results"]


def named_results(node: Node, operator: operators.Operator) -> Any:
    """Return what a call of ``op`` returns: the tensor, a named tuple of tensors and tuples, or the node."""
    if not operator.outputs:
        return node
    left = list(node.outputs)
    dynamic = len(left) - sum(item.kind != "dynamic" for item in operator.outputs)
    found: list[Any] = []
    for item in operator.outputs:
        if item.kind == "dynamic":
            found.append(tuple(left[:dynamic]))
            del left[:dynamic]
        else:
            found.append(left.pop(0))
    return found[0] if len(found) == 1 else _named_tuple(operator.type)._make(found)


@functools.cache
def _named_tuple(type_: str) -> Any:
    names = [item.name for item in operators.lookup(type_).outputs]
    return collections.namedtuple(f"{type_}Outputs", names, rename=True)


def declared(
    name: str, dtype: Any, shape: tuple[int, ...], layout: str | None, where: str
) -> ir.TensorDescriptor:
    """Return the descriptor of a tensor whose type, shape and layout the user said."""
    chosen = checked_format(layout, where)
    desc: ir.TensorDescriptor = descriptors.make(
        name, checked_dtype(dtype, where), shape, chosen, bool(chosen)
    )
    return desc


def apply_data_format(x: ir.TensorDescriptor, y: ir.TensorDescriptor, layout: str) -> None:
    """Say in the descriptors what ``data_format`` says; the engine judges a value that is no format."""
    try:
        format_number(layout)
    except ValueError:
        return
    if descriptors.format_in(x) == "ND":
        descriptors.set_format(x, layout)
    descriptors.set_format(y, layout)


def checked_dtype(dtype: Any, where: str) -> DataType:
    """Return the element type `dtype` means; `where` begins the message when there is none."""
    try:
        found = dtype_of(dtype)
    except ValueError as error:
        raise GraphError(f"{where}: {error}") from None
    if found == "undefined":
        raise GraphError(f"{where}: the element type cannot be undefined")
    return found


def checked_format(layout: str | None, where: str) -> str:
    """Return the layout, empty when not given."""
    if layout is None:
        return ""
    try:
        format_number(layout)
    except ValueError as error:
        raise GraphError(f"{where}: {error}") from None
    return layout
