"""What compiling a graph found out."""

from __future__ import annotations

from typing import Any, NamedTuple

from pyascend_ge._ge import raise_ge
from pyascend_ge._native import ffi, lib
from pyascend_ge.specs import TensorSpec

__all__ = ["FeatureMemory", "Summary", "read_summary"]


class FeatureMemory(NamedTuple):
    """One kind of work memory of a graph."""

    type: int
    """``ge::MemoryType``: 0 ordinary, 1 reachable by other devices."""
    nbytes: int
    is_fixed: bool
    """Whether its address must not change between runs."""


class Summary(NamedTuple):
    """What a compiled graph needs (``ge::CompiledGraphSummary``).

    Sizes are bytes, None where such a graph does not tell. GE reports a size of 0 as 512.
    """

    is_static: bool
    """Whether every shape is known, so that memory can be given beforehand."""
    const_memory_size: int | None
    feature_memory_size: int | None
    fixed_feature_memory_size: int | None
    refreshable_feature_memory_size: int | None
    is_refreshable: bool
    """Whether the feature memory may move between runs (option ``ge.featureBaseRefreshable``)."""
    stream_count: int | None
    event_count: int | None
    outputs: tuple[TensorSpec, ...] | None
    feature_memory: tuple[FeatureMemory, ...]
    shared_io: tuple[tuple[int, int], ...]
    """Pairs (input, output) that use one address."""


def read_summary(handle: int) -> Summary:
    """Read all of a summary; `handle` is destroyed."""
    try:
        info = ffi.new("pge_summary_info *")
        result = lib.pge_compiler_summary_info(handle, info)
        if result < 0:
            raise_ge(-result, "CompiledGraphSummary")
        outputs = tuple(_output(handle, index) for index in range(max(0, info.output_count)))
        return Summary(
            bool(info.is_static),
            _known(info.const_size),
            _known(info.feature_size),
            _known(info.fixed_feature_size),
            _known(info.refreshable_feature_size),
            bool(info.refreshable),
            _known(info.stream_count),
            _known(info.event_count),
            outputs if info.output_count >= 0 else None,
            tuple(_feature(handle, index) for index in range(info.feature_kind_count)),
            _shared(handle),
        )
    finally:
        lib.pge_compiler_summary_destroy(handle)


def _known(value: int) -> int | None:
    return None if value < 0 else int(value)


def _output(handle: int, index: int) -> TensorSpec:
    tensor: Any = ffi.new("pge_tensor *")
    result = lib.pge_compiler_summary_output(handle, index, tensor)
    if result < 0:
        raise_ge(-result, "CompiledGraphSummary::GetOutputShapes")
    return TensorSpec.make(
        f"output{index}", tuple(tensor.dims[0 : tensor.rank]), int(tensor.dtype), tensor.format
    )


def _feature(handle: int, index: int) -> FeatureMemory:
    memory: Any = ffi.new("pge_feature_memory *")
    result = lib.pge_compiler_summary_feature(handle, index, memory)
    if result < 0:
        raise_ge(-result, "CompiledGraphSummary::GetAllFeatureMemoryTypeSize")
    return FeatureMemory(int(memory.type), int(memory.size), bool(memory.is_fixed))


def _shared(handle: int) -> tuple[tuple[int, int], ...]:
    count = lib.pge_compiler_summary_shared_io(handle, ffi.NULL, 0)
    if count <= 0:
        return ()
    pairs: Any = ffi.new("uint32_t[]", 2 * count)
    lib.pge_compiler_summary_shared_io(handle, pairs, count)
    return tuple((pairs[2 * i], pairs[2 * i + 1]) for i in range(count))
