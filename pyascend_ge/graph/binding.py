"""Binding the arguments of ``graph.op()`` to an operator's prototype.

Everything is checked before the graph changes: a refused call leaves no constants behind.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pyascend_ge._suggest import did_you_mean
from pyascend_ge.dtypes import DataType, dtype_of
from pyascend_ge.errors import GraphError
from pyascend_ge.graph import attributes, descriptors, ir
from pyascend_ge.graph.operators import Operator, Parameter
from pyascend_ge.graph.tensor import Tensor

if TYPE_CHECKING:
    import numpy as np

    from pyascend_ge.graph.builder import Graph

__all__ = ["Bound", "Slot", "bind"]

# Attributes that say how many outputs a dynamic output has.
_COUNTS = ("num_split", "num", "num_partitions", "output_num")


class Slot(NamedTuple):
    """One input anchor: its name and what comes in (a tensor, an array to become a constant, or nothing)."""

    name: str
    value: Tensor | np.ndarray[Any, Any] | None


class Bound(NamedTuple):
    """A checked call: the input anchors in order, all attributes, the outputs in order (name, IR name)."""

    operator: Operator
    slots: list[Slot]
    attrs: dict[str, ir.AttrDef]
    outputs: list[tuple[str, Parameter]]


def bind(
    graph: Graph,
    operator: Operator,
    where: str,
    inputs: tuple[Any, ...],
    named: Mapping[str, Any],
    count: int | None,
) -> Bound:
    """Check a call of `operator` and arrange its arguments; `where` begins every message."""
    given = _by_input(operator, where, inputs, named)
    attrs = _attributes(operator, where, named)
    slots: list[Slot] = []
    for parameter in operator.inputs:
        value = given.get(parameter.name)
        anchors, values = [parameter.name], [value]
        if parameter.kind == "dynamic":
            values = _dynamic(operator, parameter, value, where)
            anchors = [f"{parameter.name}{position}" for position in range(len(values))]
            attrs[f"__dynamic_input_{parameter.name}_cnt"] = ir.AttrDef(i=len(values))
        elif value is None and parameter.kind == "required":
            raise GraphError(f"{where}: input {parameter.name} is missing; {operator.signature}")
        for name, item in zip(anchors, values, strict=True):
            _own(graph, item, f"{where}: input {name}")
            slots.append(Slot(name, _literal(operator, parameter, item, given, f"{where}: input {name}")))
    _count_attribute(operator, given, named, attrs, where)
    return Bound(operator, slots, attrs, _outputs(operator, where, attrs, given, count))


def _by_input(
    operator: Operator, where: str, inputs: tuple[Any, ...], named: Mapping[str, Any]
) -> dict[str, Any]:
    if len(inputs) > len(operator.inputs):
        takes = f"takes {len(operator.inputs)} inputs" if len(operator.inputs) != 1 else "takes one input"
        hint = (
            "; the many go in as one list" if any(item.kind == "dynamic" for item in operator.inputs) else ""
        )
        raise GraphError(f"{where}: {len(inputs)} inputs given, it {takes}{hint}; {operator.signature}")
    given = {item.name: value for item, value in zip(operator.inputs, inputs, strict=False)}
    for name, value in named.items():
        if operator.input(name) is not None:
            if name in given:
                raise GraphError(f"{where}: input {name} is given twice, by position and by name")
            given[name] = value
        elif operator.attribute(name) is None:
            known = [item.name for item in operator.inputs] + [item.name for item in operator.attributes]
            known += operator.subgraphs
            near = did_you_mean(name, known)
            raise GraphError(f"{where}: no input or attribute is called {name}{near}; {operator.signature}")
    return given


def _attributes(operator: Operator, where: str, named: Mapping[str, Any]) -> dict[str, ir.AttrDef]:
    attrs = defaults(operator)
    for attribute in operator.attributes:
        if attribute.name in named:
            value = named[attribute.name]
            if isinstance(value, Tensor):
                what = f"{attribute.name} is an attribute ({attribute.type_text})"
                raise GraphError(f"{where}: {what}, it cannot take tensor '{value.name}'")
            attrs[attribute.name] = attributes.serialized(attribute, value, where)
        elif attribute.required and attribute.name != "N":
            what = f"attribute {attribute.name} ({attribute.type_text})"
            raise GraphError(f"{where}: {what} is missing; {operator.signature}")
    return attrs


def defaults(operator: Operator) -> dict[str, ir.AttrDef]:
    """Return the attributes of a node whose author set none."""
    return {
        item.name: attributes.serialized(item, item.default, operator.type)
        for item in operator.attributes
        if not item.required and item.type != "Tensor"
    }


def _dynamic(operator: Operator, parameter: Parameter, value: Any, where: str) -> list[Any]:
    if isinstance(value, Tensor):
        got = f"got the single tensor '{value.name}'"
        raise GraphError(f"{where}: input {parameter.name} takes a list of tensors, {got}")
    if value is not None and not isinstance(value, (list, tuple)):
        raise GraphError(f"{where}: input {parameter.name} takes a list of tensors, not {value!r}")
    values = list(value or ())
    if not values and len(operator.inputs) == 1:
        raise GraphError(f"{where}: input {parameter.name} needs at least one tensor")
    for position, item in enumerate(values):
        if item is None:
            raise GraphError(f"{where}: input {parameter.name}{position} is None")
    return values


def _own(graph: Graph, value: Any, where: str) -> None:
    if isinstance(value, Tensor) and value.graph is not graph:
        raise GraphError(
            f"{where}: tensor '{value.name}' belongs to graph '{value.graph.name}', not to '{graph.name}'"
        )


def _literal(
    operator: Operator, parameter: Parameter, value: Any, given: Mapping[str, Any], where: str
) -> Any:
    """Leave tensors alone; make an array of the right element type out of numbers, lists and arrays."""
    if value is None or isinstance(value, Tensor):
        return value
    if isinstance(value, (list, tuple)) and any(isinstance(item, Tensor) for item in value):
        raise GraphError(f"{where}: it takes one tensor, not a list; join tensors with Pack or ConcatD first")
    if isinstance(value, (str, bytes, dict)):
        raise GraphError(f"{where}: it takes a tensor, number or array, not {value!r}")
    return descriptors.to_array(
        value, None if hasattr(value, "dtype") else _wanted(operator, parameter, given), where
    )


def _wanted(operator: Operator, parameter: Parameter, given: Mapping[str, Any]) -> DataType | None:
    """Return the element type for a number: that of an input with the same type set, else the index type."""
    for item in operator.inputs:
        if set(item.dtypes) == set(parameter.dtypes):
            value = given.get(item.name)
            for tensor in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(tensor, Tensor) and tensor.dtype is not None:
                    return tensor.dtype
    allowed = set(parameter.dtypes)
    for name in ("int64", "int32"):
        if dtype_of(name) in allowed and allowed <= {dtype_of("int64"), dtype_of("int32")}:
            return dtype_of(name)
    return next(iter(allowed)) if len(allowed) == 1 else None


def _count_attribute(
    operator: Operator,
    given: Mapping[str, Any],
    named: Mapping[str, Any],
    attrs: dict[str, ir.AttrDef],
    where: str,
) -> None:
    """``N`` is the number of tensors in the dynamic input: fill it in, or check it."""
    declared = operator.attribute("N")
    if declared is None:
        return
    dynamic = [item.name for item in operator.inputs if item.kind == "dynamic"]
    if not dynamic:
        if "N" not in attrs:
            raise GraphError(f"{where}: attribute N (int) is missing; {operator.signature}")
        return
    size = len(given.get(dynamic[0]) or ())
    if "N" in named and _product(attrs["N"]) != size:
        raise GraphError(f"{where}: attribute N is {named['N']}, but input {dynamic[0]} has {size} tensors")
    if declared.type != "ListInt":
        attrs["N"] = ir.AttrDef(i=size)
    elif "N" not in attrs:
        attrs["N"] = ir.AttrDef(list=ir.ListValue(i=[size], val_type=ir.LIST_INT))


def _product(count: ir.AttrDef) -> int:
    """Return a number, or the product of numbers along several axes."""
    return count.i or 0 if count.list is None else math.prod(count.list.i)


def _outputs(
    operator: Operator,
    where: str,
    attrs: Mapping[str, ir.AttrDef],
    given: Mapping[str, Any],
    count: int | None,
) -> list[tuple[str, Parameter]]:
    dynamic = [item for item in operator.outputs if item.kind == "dynamic"]
    if count is not None and (
        not dynamic or isinstance(count, bool) or not isinstance(count, int) or count < 1
    ):
        fixed = "it has a fixed number of outputs" if not dynamic else "a positive int is expected"
        raise GraphError(f"{where}: outputs={count!r}: {fixed}; {operator.signature}")
    found: list[tuple[str, Parameter]] = []
    for item in operator.outputs:
        if item.kind != "dynamic":
            found.append((item.name, item))
            continue
        size = count if count is not None else _implied(operator, attrs, given)
        if size is None or size < 1:
            raise GraphError(f"{where}: say how many outputs {item.name} has: outputs=...")
        found += [(f"{item.name}{position}", item) for position in range(size)]
    return found


def _implied(operator: Operator, attrs: Mapping[str, ir.AttrDef], given: Mapping[str, Any]) -> int | None:
    for name in _COUNTS:
        if name in attrs:
            return _product(attrs[name])
    for item in operator.inputs:
        value = given.get(item.name)
        if item.kind == "dynamic" and isinstance(value, Iterable):
            return len(list(value))
    return None
