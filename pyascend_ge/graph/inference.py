"""What the prototype tells about an output's element type; real inference is the engine's.

It is needed to give Python numbers the right type in ``graph.op("Exp", x) * 2``.
"""

from __future__ import annotations

from pyascend_ge.dtypes import DataType, dtype_of
from pyascend_ge.graph.binding import Bound
from pyascend_ge.graph.operators import Operator, Parameter

__all__ = ["output_dtype"]


def output_dtype(bound: Bound, output: Parameter, first: bool) -> DataType | None:
    """Return the element type of an output, None when the prototype does not tell."""
    if len(output.dtypes) == 1:
        return output.dtypes[0]
    said = _said(bound, output, first)
    if said is not None:
        return said
    known = [
        (bound.operator.input(slot.name) or _dynamic_owner(bound.operator, slot.name), slot.value.dtype)
        for slot in bound.slots
        if slot.value is not None and slot.value.dtype is not None
    ]
    types = [(set(item.dtypes) if item else set(), dtype_of(dtype)) for item, dtype in known]
    if not output.dtypes:
        kinds = {dtype for _, dtype in types}
        return kinds.pop() if len(kinds) == 1 and len(known) == len(bound.slots) else None
    allowed = set(output.dtypes)
    for accepted, dtype in types:
        if accepted == allowed:
            return dtype
    for accepted, dtype in types[:1]:  # the sets differ by a few types only: the first input's type is meant
        if dtype in allowed and 2 * len(accepted & allowed) > len(allowed):
            return dtype
    return None


def _dynamic_owner(operator: Operator, slot: str) -> Parameter | None:
    return operator.input(slot.rstrip("0123456789"))


def _said(bound: Bound, output: Parameter, first: bool) -> DataType | None:
    names = (f"{output.name}_dtype", *(("dtype", "dst_type", "out_type", "output_type") if first else ()))
    for name in names:
        held = bound.attrs.get(name)
        number = None if held is None else held.dt if held.dt is not None else held.i
        if number is None:
            continue
        try:
            dtype = dtype_of(number)
        except ValueError:
            continue
        if dtype in output.dtypes:
            return dtype
    return None
