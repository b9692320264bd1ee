"""Gears: the sizes a model with dynamic batch, image or dimensions was built for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pyascend_ge._native import ffi, lib
from pyascend_ge._process import check
from pyascend_ge.errors import GraphError
from pyascend_ge.specs import TensorSpec

__all__ = ["Gears", "read_gears"]

_ALL = 2**64 - 1  # (size_t)-1: the gears of all inputs together


class Gears(NamedTuple):
    """The sizes a model was built for. At most one of the three is not empty."""

    batch: tuple[int, ...] = ()
    image: tuple[tuple[int, int], ...] = ()
    """(height, width) pairs."""
    dims: tuple[tuple[int, ...], ...] = ()
    """All dimensions of all inputs, one after the other."""

    def __bool__(self) -> bool:
        return bool(self.batch or self.image or self.dims)

    @property
    def words(self) -> int:
        """Number of values that the extra input takes."""
        return 1 if self.batch else 2 if self.image else max((len(dims) for dims in self.dims), default=1)

    def fitting(
        self, shapes: Sequence[tuple[int, ...]], specs: Sequence[TensorSpec], name: str
    ) -> tuple[str, tuple[int, ...]]:
        """Return the gear that these inputs have.

        Raises
        ------
        GraphError
            When the model has none for them.
        """
        flat = tuple(size for shape in shapes for size in shape)
        if self.dims and flat in self.dims:
            return "dims", flat
        open_axes = [
            shape[axis]
            for shape, spec in zip(shapes, specs, strict=True)
            for axis, size in enumerate(spec.shape or ())
            if size < 0
        ]
        if self.batch and len(set(open_axes)) == 1 and open_axes[0] in self.batch:
            return "batch", (open_axes[0],)
        if self.image and (pair := (open_axes[0], open_axes[1])) in self.image:
            return "image", pair
        known = self.batch or self.image or self.dims
        raise GraphError(f"{name}: the inputs' shapes {list(shapes)} fit none of its gears {list(known)}")


def read_gears(desc: Any) -> Gears:
    """Read the gears of a model's description (``aclmdlGetDynamicBatch``, ``-HW``, ``-Dims``)."""
    batch = ffi.new("aclmdlBatch *")
    check(lib.aclmdlGetDynamicBatch, desc, batch)
    if batch.batchCount:
        return Gears(batch=tuple(batch.batch[0 : batch.batchCount]))
    image = ffi.new("aclmdlHW *")
    check(lib.aclmdlGetDynamicHW, desc, _ALL, image)
    if image.hwCount:
        return Gears(image=tuple((image.hw[i][0], image.hw[i][1]) for i in range(image.hwCount)))
    count = ffi.new("size_t *")
    check(lib.aclmdlGetInputDynamicGearCount, desc, _ALL, count)
    if not count[0]:
        return Gears()
    dims = ffi.new("aclmdlIODims[]", count[0])
    check(lib.aclmdlGetInputDynamicDims, desc, _ALL, dims, count[0])
    return Gears(dims=tuple(tuple(gear.dims[0 : gear.dimCount]) for gear in dims))
