"""GE's serialized graph as classes of Google's protobuf, made from the facts in ``ge_ir.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FACTS: dict[str, list[list[Any]]] = json.loads(Path(__file__).with_name("ge_ir.json").read_text())
_TYPES = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "int64": _TYPES.TYPE_INT64,
    "uint32": _TYPES.TYPE_UINT32,
    "bool": _TYPES.TYPE_BOOL,
    "float": _TYPES.TYPE_FLOAT,
    "string": _TYPES.TYPE_STRING,
    "bytes": _TYPES.TYPE_BYTES,
}


def _classes() -> dict[str, Any]:
    ge = json.loads(Path(__file__).with_name("ge.json").read_text())
    file = descriptor_pb2.FileDescriptorProto(name="ge_ir.proto", package="ge.proto", syntax="proto3")
    dtypes = file.enum_type.add(name="DataType")
    for row in sorted(ge["datatype_table"], key=lambda row: row["proto"]):
        dtypes.value.add(name=row["name"], number=row["proto"])
    kinds = "NONE STRING INT FLOAT BOOL BYTES TENSOR_DESC TENSOR GRAPH NAMED_ATTRS DATA_TYPE"
    lists = file.enum_type.add(name="ListValueType")
    for number, kind in enumerate(kinds.split()):
        lists.value.add(name=f"VT_LIST_{kind}", number=number)
    enums = {"DataType", "ListValueType"}
    for name, fields in FACTS.items():
        message = file.message_type.add(name=name)
        for number, field_name, type_, label in fields:
            field = message.field.add(name=field_name, number=number)
            field.label = _TYPES.LABEL_REPEATED if label in ("repeated", "map") else _TYPES.LABEL_OPTIONAL
            if label == "oneof":
                if not message.oneof_decl:
                    message.oneof_decl.add(name="value")
                field.oneof_index = 0
            if label == "map":
                entry_name = "".join(part.capitalize() for part in field_name.split("_")) + "Entry"
                entry = message.nested_type.add(name=entry_name)
                entry.options.map_entry = True
                entry.field.add(name="key", number=1, type=_TYPES.TYPE_STRING, label=_TYPES.LABEL_OPTIONAL)
                value = entry.field.add(name="value", number=2, type=_TYPES.TYPE_MESSAGE)
                value.label, value.type_name = _TYPES.LABEL_OPTIONAL, f".ge.proto.{type_}"
                field.type, field.type_name = _TYPES.TYPE_MESSAGE, f".ge.proto.{name}.{entry_name}"
            elif type_ in _SCALARS:
                field.type = _SCALARS[type_]
            else:
                field.type = _TYPES.TYPE_ENUM if type_ in enums else _TYPES.TYPE_MESSAGE
                field.type_name = f".ge.proto.{type_}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"ge.proto.{name}"))
        for name in FACTS
    }


CLASSES = _classes()
