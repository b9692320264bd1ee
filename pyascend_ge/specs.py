"""What a model or graph says about one of its tensors."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

from pyascend_ge.dtypes import DataType, dtype_of, format_name
from pyascend_ge.errors import GraphError

__all__ = ["TensorSpec", "numpy_dtype"]


_ACL_UNDEFINED = -1  # ACL_DT_UNDEFINED; GE's own number for it is another
_ANY_RANK = (-2,)


class TensorSpec(NamedTuple):
    """Name, shape, element type, format and size of an input or output.

    Attributes
    ----------
    name : str
        Its name in the model.
    shape : tuple of int or None
        Dimensions; -1 where any length is accepted, None when even the rank is open.
    dtype : DataType
        Compares equal to numpy's: ``spec.dtype == np.float32``.
    format : str
        ``"ND"``, ``"NCHW"``, ...
    nbytes : int
        Bytes of the largest value; 0 when unbounded.
    """

    name: str
    shape: tuple[int, ...] | None
    dtype: DataType
    format: str
    nbytes: int

    @classmethod
    def make(
        cls, name: str, shape: tuple[int, ...] | None, dtype: Any, layout: int = 2, nbytes: int = -1
    ) -> TensorSpec:
        """Build a spec from GE's numbers; nbytes is worked out when it is not given."""
        known = dtype_of("undefined" if dtype == _ACL_UNDEFINED else dtype)
        shape = None if shape == _ANY_RANK else shape
        if nbytes < 0:
            fixed = shape is not None and min(shape, default=0) >= 0
            nbytes = (prod(shape or ()) * known.bits + 7) // 8 if fixed else 0
        return cls(name, shape, known, format_name(layout), nbytes)

    def __repr__(self) -> str:
        shape = "?" if self.shape is None else ", ".join("?" if dim < 0 else str(dim) for dim in self.shape)
        return f"<{self.name or 'tensor'}: {self.dtype.name}[{shape}]>"


def numpy_dtype(dtype: Any) -> Any:
    """Return the numpy dtype for anything that names an element type.

    Raises
    ------
    GraphError
        When numpy has no such type.
    """
    try:
        return dtype_of(dtype).numpy
    except ValueError as error:
        raise GraphError(str(error)) from None
