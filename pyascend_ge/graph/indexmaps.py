"""The reserved attributes in which a serialized node keeps the names of its inputs and outputs."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from pyascend_ge.graph import ir, operators

__all__ = ["INDEX_MAPS", "index_maps", "names_in"]

_KINDS = {"required": 0, "optional": 1, "dynamic": 2}
INDEX_MAPS = frozenset(
    f"_{name}"
    for name in (
        *("input_name_key", "input_name_value", "output_name_key", "output_name_value", "opt_input"),
        *("ir_attr_names", "ir_inputs_key", "ir_inputs_value", "ir_outputs_key", "ir_outputs_value"),
    )
)


def _texts(values: Sequence[str]) -> ir.AttrDef:
    return ir.AttrDef(list=ir.ListValue(s=[value.encode() for value in values]))


def _numbers(values: Sequence[int]) -> ir.AttrDef:
    return ir.AttrDef(list=ir.ListValue(i=list(values)))


def index_maps(type_: str, inputs: Sequence[str], outputs: Sequence[str]) -> Mapping[str, ir.AttrDef]:
    """Return the index maps of a node of operator `type_` with these input and output anchors."""
    return _index_maps(type_, tuple(inputs), tuple(outputs))


@functools.lru_cache(maxsize=512)
def _index_maps(type_: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Mapping[str, ir.AttrDef]:
    maps: dict[str, ir.AttrDef] = {}
    for side, names in (("input", inputs), ("output", outputs)):
        if names:
            maps[f"_{side}_name_key"] = _texts(sorted(names))
            maps[f"_{side}_name_value"] = _numbers([names.index(name) for name in sorted(names)])
    operator = operators.find(type_)
    if operator is None:
        return maps
    optional = [item.name for item in operator.inputs if item.kind == "optional"]
    if optional:
        maps["_opt_input"] = _texts(optional)
    if operator.attributes:
        maps["_ir_attr_names"] = _texts([item.name for item in operator.attributes])
    if operator.inputs:
        maps["_ir_inputs_key"] = _texts([item.name for item in operator.inputs])
        maps["_ir_inputs_value"] = _numbers([_KINDS[item.kind] for item in operator.inputs])
    if operator.outputs:
        maps["_ir_outputs_key"] = _texts([item.name for item in operator.outputs])
        maps["_ir_outputs_value"] = _numbers([int(item.kind == "dynamic") for item in operator.outputs])
    return maps


def names_in(definition: ir.OpDef, side: str, count: int) -> tuple[str, ...]:
    """Return the names of a loaded node's inputs or outputs (`side`), made up where the file has none."""
    descs = definition.input_desc if side == "input" else definition.output_desc
    names = [desc.name for desc in descs[:count]] + [""] * (count - len(descs))
    keys, values = (definition.attr.get(f"_{side}_name_{part}") for part in ("key", "value"))
    if keys is not None and values is not None and keys.list is not None and values.list is not None:
        for name, index in zip(keys.list.s, values.list.i, strict=False):
            if 0 <= index < count:
                names[index] = name.decode("utf-8", "replace")
    return tuple(name or f"__{side}{position}" for position, name in enumerate(names))
