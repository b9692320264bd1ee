"""GE's serialized graph: the messages of a ``ModelDef``, as in CANN 9.2 (a superset of 8.1).

Element types in :class:`TensorDescriptor` use the proto numbering, in attributes (``dt``) the one of
``ge::DataType``; :mod:`pyascend_ge.dtypes` has both. ``attr_groups`` (symbolic shapes) are carried along
unread.
"""

from __future__ import annotations

from pyascend_ge.graph.message import Message, field

__all__ = [
    "AttrDef",
    "GraphDef",
    "ListValue",
    "ModelDef",
    "NamedAttrs",
    "OpDef",
    "ShapeDef",
    "TensorDef",
    "TensorDescriptor",
]

LIST_NONE, LIST_STRING, LIST_INT, LIST_FLOAT, LIST_BOOL, LIST_BYTES = range(6)
LIST_TENSOR_DESC, LIST_TENSOR, LIST_GRAPH, LIST_NAMED_ATTRS, LIST_DATA_TYPE = range(6, 11)


class ShapeDef(Message):
    """Dimensions; none for a scalar, -1 for an unknown one, a single -2 for an unknown rank."""

    dim: list[int] = field(1, "int64", "repeated")


class TensorDescriptor(Message):
    """Element type, shape, format and place of a tensor."""

    name: str = field(1, "string")
    dtype: int = field(2, "enum")
    shape: ShapeDef | None = field(3, lambda: ShapeDef)
    layout: str = field(4, "string")
    attr: dict[str, AttrDef] = field(5, lambda: AttrDef, "map")
    attr_groups: bytes = field(6, "bytes")
    has_out_attr: bool = field(9, "bool")
    size: int = field(10, "int64")
    weight_size: int = field(11, "int64")
    reuse_input: bool = field(12, "bool")
    output_tensor: bool = field(13, "bool")
    device_type: str = field(14, "string")
    input_tensor: bool = field(15, "bool")
    real_dim_cnt: int = field(16, "int64")
    reuse_input_index: int = field(17, "int64")
    data_offset: int = field(18, "int64")
    cmps_size: int = field(19, "int64")
    cmps_tab: str = field(20, "string")
    cmps_tab_offset: int = field(21, "int64")


class TensorDef(Message):
    """A constant: descriptor and raw little-endian bytes."""

    desc: TensorDescriptor | None = field(1, lambda: TensorDescriptor)
    data: bytes = field(2, "bytes")


class NamedAttrs(Message):
    """A named set of attributes."""

    name: str = field(1, "string")
    attr: dict[str, AttrDef] = field(2, lambda: AttrDef, "map")


class ListValue(Message):
    """A list attribute; `val_type` says which of the lists is meant, also when it is empty."""

    s: list[bytes] = field(2, "bytes", "repeated")
    i: list[int] = field(3, "int64", "repeated")
    f: list[float] = field(4, "float", "repeated")
    b: list[bool] = field(5, "bool", "repeated")
    bt: list[bytes] = field(7, "bytes", "repeated")
    td: list[TensorDescriptor] = field(8, lambda: TensorDescriptor, "repeated")
    t: list[TensorDef] = field(9, lambda: TensorDef, "repeated")
    g: list[GraphDef] = field(10, lambda: GraphDef, "repeated")
    na: list[NamedAttrs] = field(11, lambda: NamedAttrs, "repeated")
    dt: list[int] = field(12, "int64", "repeated")
    val_type: int = field(20, "enum")


class ListInt(Message):
    """One row of a list of lists of integers."""

    list_i: list[int] = field(1, "int64", "repeated")


class ListListInt(Message):
    """A list of lists of integers."""

    list_list_i: list[ListInt] = field(1, lambda: ListInt, "repeated")


class ListFloat(Message):
    """One row of a list of lists of floats."""

    list_f: list[float] = field(1, "float", "repeated")


class ListListFloat(Message):
    """A list of lists of floats."""

    list_list_f: list[ListFloat] = field(1, lambda: ListFloat, "repeated")


class AttrDef(Message):
    """An attribute's value: exactly one of these is not None."""

    list: ListValue | None = field(1, lambda: ListValue, "oneof")
    s: bytes | None = field(2, "bytes", "oneof")
    i: int | None = field(3, "int64", "oneof")
    f: float | None = field(4, "float", "oneof")
    b: bool | None = field(5, "bool", "oneof")
    bt: bytes | None = field(7, "bytes", "oneof")
    func: NamedAttrs | None = field(10, lambda: NamedAttrs, "oneof")
    td: TensorDescriptor | None = field(11, lambda: TensorDescriptor, "oneof")
    t: TensorDef | None = field(12, lambda: TensorDef, "oneof")
    g: GraphDef | None = field(13, lambda: GraphDef, "oneof")
    list_list_int: ListListInt | None = field(14, lambda: ListListInt, "oneof")
    dt: int | None = field(15, "int64", "oneof")
    list_list_float: ListListFloat | None = field(16, lambda: ListListFloat, "oneof")
    expression: bytes | None = field(17, "bytes", "oneof")

    @property
    def kind(self) -> str:
        """Name of the member that is set, or an empty text."""
        return next((item.name for item in self.fields if getattr(self, item.name) is not None), "")


class OpDef(Message):
    """A node; ``input`` has ``node:port`` per input (empty: open), then ``node:-1`` per control edge."""

    name: str = field(1, "string")
    type: str = field(2, "string")
    input: list[str] = field(5, "string", "repeated")
    attr: dict[str, AttrDef] = field(10, lambda: AttrDef, "map")
    attr_groups: bytes = field(11, "bytes")
    has_out_attr: bool = field(20, "bool")
    id: int = field(21, "int64")
    stream_id: int = field(22, "int64")
    input_name: list[str] = field(23, "string", "repeated")
    src_name: list[str] = field(24, "string", "repeated")
    src_index: list[int] = field(25, "int64", "repeated")
    dst_name: list[str] = field(26, "string", "repeated")
    dst_index: list[int] = field(27, "int64", "repeated")
    input_i: list[int] = field(28, "int64", "repeated")
    output_i: list[int] = field(29, "int64", "repeated")
    workspace: list[int] = field(30, "int64", "repeated")
    workspace_bytes: list[int] = field(31, "int64", "repeated")
    is_input_const: list[bool] = field(32, "bool", "repeated")
    input_desc: list[TensorDescriptor] = field(33, lambda: TensorDescriptor, "repeated")
    output_desc: list[TensorDescriptor] = field(34, lambda: TensorDescriptor, "repeated")
    subgraph_name: list[str] = field(35, "string", "repeated")


class GraphDef(Message):
    """A graph: nodes, and its inputs and outputs as ``node:port``."""

    name: str = field(1, "string")
    input: list[str] = field(4, "string", "repeated")
    output: list[str] = field(5, "string", "repeated")
    op: list[OpDef] = field(6, lambda: OpDef, "repeated")
    attr: dict[str, AttrDef] = field(11, lambda: AttrDef, "map")
    attr_groups: bytes = field(12, "bytes")


class ModelDef(Message):
    """A file: ``graph[0]`` is the root, the others are sub-graphs found by name."""

    name: str = field(1, "string")
    version: int = field(2, "uint32")
    custom_version: str = field(3, "string")
    graph: list[GraphDef] = field(7, lambda: GraphDef, "repeated")
    attr: dict[str, AttrDef] = field(11, lambda: AttrDef, "map")
    attr_groups: bytes = field(12, "bytes")
