"""Element types of 1, 2 and 4 bits: a byte each in numpy; in GE they share bytes, the first lowest."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from pyascend_ge.dtypes import DataType, dtype_of

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Packed", "is_packed", "packed_bytes", "unpacked"]

_WIDTHS = (1, 2, 4)
_SIGNED = ("int4", "int2")


def is_packed(dtype: Any) -> bool:
    """Whether several elements of a type share a byte."""
    return dtype_of(dtype).bits in _WIDTHS


def packed_bytes(dtype: Any, shape: tuple[int, ...]) -> int:
    """Return the bytes of a packed tensor."""
    return (prod(shape) * dtype_of(dtype).bits + 7) // 8


class Packed:
    """An array as GE wants it: shape and dtype of the original, bytes of its own."""

    __slots__ = ("dtype", "memory", "shape")

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        import numpy as np

        self.shape, self.dtype = array.shape, array.dtype
        bits = dtype_of(array.dtype).bits
        codes = array.reshape(-1).view(np.uint8) & np.uint8((1 << bits) - 1)
        rows = np.zeros((packed_bytes(array.dtype, array.shape), 8 // bits), np.uint8)
        rows.reshape(-1)[: codes.size] = codes
        self.memory = np.bitwise_or.reduce(rows << _shifts(bits), axis=1)

    @property
    def nbytes(self) -> int:
        """Bytes of the packed elements."""
        return int(self.memory.nbytes)


def unpacked(memory: np.ndarray[Any, Any], dtype: Any, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return the elements of packed bytes, each in a byte of its own."""
    import numpy as np

    kind: DataType = dtype_of(dtype)
    mask = np.uint8((1 << kind.bits) - 1)
    codes = ((memory[:, None] >> _shifts(kind.bits)) & mask).reshape(-1)[: prod(shape)]
    found: np.ndarray[Any, Any]
    if kind.name in _SIGNED:
        sign = 1 << (kind.bits - 1)
        found = ((codes ^ sign).astype(np.int8) - np.int8(sign)).astype(kind.numpy)
    elif kind.name.startswith("float"):
        found = codes.view(kind.numpy)
    else:
        found = codes.astype(kind.numpy)
    return found.reshape(shape)


def _shifts(bits: int) -> np.ndarray[Any, Any]:
    import numpy as np

    return np.arange(0, 8, bits, dtype=np.uint8)
