"""Element types and tensor formats: GE's names and numbers beside numpy's, in one table each.

GE numbers its element types twice. ``DataType.ge`` is the number of the C++ and C interfaces and of
attributes (``aclDataType`` uses the same numbers); ``DataType.proto`` is used by one field of the serialized
graph only. Nothing here imports numpy; :attr:`DataType.numpy` does when it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyascend_ge._suggest import did_you_mean

if TYPE_CHECKING:
    import numpy as np

__all__ = ["DataType", "all_dtypes", "dtype_of", "format_name", "format_number", "is_dtype"]

# name, GE's name without DT_, ge number, proto number, bits per element (0: no fixed size), numpy or
# ml_dtypes name
_TABLE = """
float32       FLOAT           0  1  32  float32
float16       FLOAT16         1  2  16  float16
int8          INT8            2  3  8   int8
int32         INT32           3  7  32  int32
uint8         UINT8           4  4  8   uint8
int16         INT16           6  5  16  int16
uint16        UINT16          7  6  16  uint16
uint32        UINT32          8  9  32  uint32
int64         INT64           9  8  64  int64
uint64        UINT64         10 10  64  uint64
float64       DOUBLE         11 12  64  float64
bool          BOOL           12 11  8   bool
string        STRING         13 13  0   -
dual_sub_int8   DUAL_SUB_INT8   14 14 8  -
dual_sub_uint8  DUAL_SUB_UINT8  15 15 8  -
complex64     COMPLEX64      16 16  64  complex64
complex128    COMPLEX128     17 17  128 complex128
qint8         QINT8          18 18  8   -
qint16        QINT16         19 19  16  -
qint32        QINT32         20 20  32  -
quint8        QUINT8         21 21  8   -
quint16       QUINT16        22 22  16  -
resource      RESOURCE       23 23  64  -
string_ref    STRING_REF     24 24  0   -
dual          DUAL           25 25  40  -
variant       VARIANT        26 26  64  -
bfloat16      BF16           27 27  16  ml:bfloat16
undefined     UNDEFINED      28  0  0   -
int4          INT4           29 28  4   ml:int4
uint1         UINT1          30 29  1   -
int2          INT2           31 30  2   ml:int2
uint2         UINT2          32 31  2   ml:uint2
complex32     COMPLEX32      33 32  32  -
hifloat8      HIFLOAT8       34 33  8   -
float8_e5m2   FLOAT8_E5M2    35 34  8   ml:float8_e5m2
float8_e4m3fn FLOAT8_E4M3FN  36 35  8   ml:float8_e4m3fn
float8_e8m0   FLOAT8_E8M0    37 36  8   ml:float8_e8m0fnu
float6_e3m2   FLOAT6_E3M2    38 37  6   ml:float6_e3m2fn
float6_e2m3   FLOAT6_E2M3    39 38  6   ml:float6_e2m3fn
float4_e2m1   FLOAT4_E2M1    40 39  4   ml:float4_e2m1fn
float4_e1m2   FLOAT4_E1M2    41 40  4   -
hifloat4      HIFLOAT4       42 41  4   -
"""

# ge::Format values in order; a gap in the numbering is written as N=name.
_FORMATS = """
NCHW NHWC ND NC1HWC0 FRACTAL_Z NC1C0HWPAD NHWC1C0 FSR_NCHW FRACTAL_DECONV C1HWNC0 FRACTAL_DECONV_TRANSPOSE
FRACTAL_DECONV_SP_STRIDE_TRANS NC1HWC0_C04 FRACTAL_Z_C04 CHWN DECONV_SP_STRIDE8_TRANS HWCN NC1KHKWHWC0
BN_WEIGHT FILTER_HWCK LOOKUP_LOOKUPS LOOKUP_KEYS LOOKUP_VALUE LOOKUP_OUTPUT LOOKUP_HITS C1HWNCoC0 MD NDHWC
RESERVED FRACTAL_NZ NCDHW DHWCN NDC1HWC0 FRACTAL_Z_3D CN NC DHWNC FRACTAL_Z_3D_TRANSPOSE FRACTAL_ZN_LSTM
FRACTAL_Z_G FORMAT_RESERVED ALL NULL ND_RNN_BIAS FRACTAL_ZN_RNN NYUV NYUV_A NCL FRACTAL_Z_WINO C1HWC0
FRACTAL_NZ_C0_16 FRACTAL_NZ_C0_32 FRACTAL_NZ_C0_2 FRACTAL_NZ_C0_4 FRACTAL_NZ_C0_8 END 255=MAX
"""


class DataType:
    """An element type of GE.

    Instances are unique, one per type. They compare equal to what names the same type (``"float32"``,
    ``numpy.float32``, ``numpy.dtype("float32")``, ``"DT_FLOAT"``), and numpy accepts them as ``dtype=``.

    Attributes
    ----------
    name : str
        Name in numpy's style: ``"float32"``, ``"bfloat16"``.
    ge_name : str
        GE's name: ``"DT_FLOAT"``.
    ge : int
        Number in ``ge::DataType`` and ``aclDataType``.
    proto : int
        Number in a serialized ``TensorDescriptor``.
    bits : int
        Bits per element; 0 when elements have no fixed size.
    """

    __slots__ = ("_numpy", "bits", "ge", "ge_name", "name", "proto")

    def __init__(self, name: str, ge_name: str, ge: int, proto: int, bits: int, numpy: str) -> None:
        self.name, self.ge_name, self.ge, self.proto, self.bits = name, ge_name, ge, proto, bits
        self._numpy = numpy

    @property
    def has_numpy(self) -> bool:
        """Whether numpy or ml_dtypes has this element type."""
        return self._numpy != "-"

    @property
    def itemsize(self) -> int:
        """Bytes per element; raises :class:`ValueError` for types without a whole number of bytes."""
        if self.bits % 8 or not self.bits:
            raise ValueError(f"elements of {self.name} have no whole number of bytes")
        return self.bits // 8

    @property
    def numpy(self) -> np.dtype[Any]:
        """The numpy dtype; raises :class:`ValueError` for types that numpy and ml_dtypes lack."""
        if not self.has_numpy:
            raise ValueError(f"numpy has no element type for {self.name} ({self.ge_name})")
        import numpy as np

        package, _, name = self._numpy.rpartition(":")
        found: np.dtype[Any] = np.dtype(name) if not package else np.dtype(_ml_dtype(name))
        return found

    dtype = numpy  # numpy.dtype() accepts any object with this attribute

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def __str__(self) -> str:
        return self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return self is other or (not isinstance(other, int) and _find(other) is self)

    def __reduce__(self) -> tuple[Any, ...]:
        return dtype_of, (self.name,)


def _ml_dtype(name: str) -> Any:
    import ml_dtypes

    return getattr(ml_dtypes, name)


def _load() -> tuple[dict[str, DataType], dict[int, DataType], dict[int, DataType]]:
    names: dict[str, DataType] = {}
    by_ge: dict[int, DataType] = {}
    by_proto: dict[int, DataType] = {}
    for line in _TABLE.strip().splitlines():
        name, ge_name, ge, proto, bits, numpy = line.split()
        entry = DataType(name, f"DT_{ge_name}", int(ge), int(proto), int(bits), numpy)
        by_ge[entry.ge] = by_proto[entry.proto] = entry
        for alias in (name, entry.ge_name, numpy.rpartition(":")[2]):
            names.setdefault(alias, entry)
    names["DT_BFLOAT16"] = names["bfloat16"]  # the text of GE's origin_data_type attribute
    names["bool_"] = names["bool"]  # the class numpy.bool_ calls itself so before numpy 2
    del names["-"]
    return names, by_ge, by_proto


_BY_NAME, _BY_GE, _BY_PROTO = _load()
# numpy's meaning of Python's own types; "float" as text is not accepted, it is 64 bits there and 32 bits in
# GE
_PYTHON = {float: "float64", int: "int64", bool: "bool", complex: "complex128"}


_KINDS = {"f": "float", "i": "int", "u": "uint", "c": "complex"}


def _of_typestring(text: str) -> DataType | None:
    """Return what numpy's short names mean: ``"f4"``, ``"<i8"``, ``"|u1"``, ``"?"``."""
    if text and text[0] in "<=|":
        text = text[1:]
    if text in ("?", "b1"):
        return _BY_NAME["bool"]
    kind, size = _KINDS.get(text[:1]), text[1:]
    return _BY_NAME.get(f"{kind}{8 * int(size)}") if kind and size.isdecimal() else None


def _find(value: Any) -> DataType | None:
    if isinstance(value, DataType):
        return value
    if isinstance(value, str):
        return _BY_NAME.get(value) or _of_typestring(value)
    if isinstance(value, type):
        return _BY_NAME.get(_PYTHON.get(value, value.__name__))
    if isinstance(value, int) and not isinstance(value, bool):
        return _BY_GE.get(value)
    dtype = getattr(value, "dtype", value)
    if isinstance(dtype, DataType):
        return dtype
    name = getattr(dtype, "name", None)
    return _BY_NAME.get(name) if isinstance(name, str) and hasattr(dtype, "itemsize") else None


def dtype_of(value: Any) -> DataType:
    """Return the element type that `value` names or has.

    Parameters
    ----------
    value : DataType, str, type, numpy.dtype, array or int
        A name (``"float32"``, ``"DT_FLOAT"``), a numpy or ml_dtypes type or dtype, anything with a ``dtype``
        attribute, a Python type (with numpy's meaning: ``float`` is 64 bits wide), or a ``ge::DataType``
        number.

    Raises
    ------
    ValueError
        If nothing is known under that name; the message lists close matches.
    """
    found = _find(value)
    if found is not None:
        return found
    if value == "float":
        raise ValueError("'float' is float64 for numpy and float32 for GE: write 'float32' or 'float64'")
    shown = str(getattr(value, "name", value))
    raise ValueError(f"{value!r} is not an element type of GE{did_you_mean(shown, _BY_NAME)}")


def is_dtype(value: Any) -> bool:
    """Whether :func:`dtype_of` accepts `value`."""
    return _find(value) is not None


def dtype_of_proto(number: int) -> DataType:
    """Return the element type with a number of the serialized form; unknown numbers give ``undefined``."""
    return _BY_PROTO.get(number, _BY_NAME["undefined"])


def all_dtypes() -> tuple[DataType, ...]:
    """All element types in the order of their GE numbers."""
    return tuple(_BY_GE.values())


def _load_formats() -> dict[str, int]:
    formats: dict[str, int] = {}
    for position, word in enumerate(_FORMATS.split()):
        number, _, name = word.rpartition("=")
        formats[name] = int(number) if number else position
    return formats


_FORMAT_NUMBER = _load_formats()
_FORMAT_NAME = {number: name for name, number in _FORMAT_NUMBER.items()}


def format_number(name: str) -> int:
    """Return the ``ge::Format`` number of a format such as ``"ND"``; ``FORMAT_`` may precede it.

    Raises
    ------
    ValueError
        If no format has that name; the message lists close matches.
    """
    text = str(name)
    number = _FORMAT_NUMBER.get(text, _FORMAT_NUMBER.get(text.removeprefix("FORMAT_")))
    if number is not None:
        return number
    raise ValueError(f"{name!r} is not a tensor format of GE{did_you_mean(text, _FORMAT_NUMBER)}")


def format_name(number: int) -> str:
    """Return the name GE writes for a ``ge::Format`` number; bits above the low byte hold the sub-format."""
    return _FORMAT_NAME.get(number & 0xFF, "ND")
