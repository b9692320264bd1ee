"""``tensor[...]`` as a StridedSlice: integers, slices, ``...`` and None."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from pyascend_ge.errors import GraphError

if TYPE_CHECKING:
    from pyascend_ge.graph.tensor import Tensor

__all__ = ["strided_slice"]


def _bound(value: Any, tensor: Tensor) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise GraphError(f"tensor '{tensor.name}': {value!r} is no index (int, slice, ... or None)") from None


def strided_slice(tensor: Tensor, index: Any) -> Tensor:
    """Add the StridedSlice that numpy's basic indexing with `index` means."""
    import numpy as np

    items = index if isinstance(index, tuple) else (index,)
    if sum(item is Ellipsis for item in items) > 1:
        raise GraphError(f"tensor '{tensor.name}': an index has at most one ...")
    taken = sum(item is not Ellipsis and item is not None for item in items)
    if tensor.shape is not None and taken > len(tensor.shape):
        raise GraphError(f"tensor '{tensor.name}': {taken} indices for shape {tensor.shape}")
    begin, end, strides = [], [], []
    masks = dict.fromkeys(("begin", "end", "ellipsis", "new_axis", "shrink_axis"), 0)
    for position, item in enumerate(items):
        bit, first, last, step = 1 << position, 0, 0, 1
        if item is Ellipsis:
            masks["ellipsis"] |= bit
        elif item is None:
            masks["new_axis"] |= bit
        elif isinstance(item, slice):
            step = 1 if item.step is None else _bound(item.step, tensor)
            if step == 0:
                raise GraphError(f"tensor '{tensor.name}': a slice with step 0")
            masks["begin"] |= bit if item.start is None else 0
            masks["end"] |= bit if item.stop is None else 0
            first = 0 if item.start is None else _bound(item.start, tensor)
            last = 0 if item.stop is None else _bound(item.stop, tensor)
        else:
            first = _bound(item, tensor)
            last = first + 1 or 2**31 - 1  # the last element: an end of 0 would be the beginning
            masks["shrink_axis"] |= bit
        begin.append(first)
        end.append(last)
        strides.append(step)
    bounds = [np.array(values, np.int64) for values in (begin, end, strides)]
    named: dict[str, Any] = {f"{name}_mask": mask for name, mask in masks.items()}
    result: Tensor = tensor.graph.op("StridedSlice", tensor, *bounds, **named)
    return result
