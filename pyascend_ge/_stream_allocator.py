"""External allocators of streams, for models with changing shapes (``aclrtAllocatorRegister``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyascend_ge import _callbacks
from pyascend_ge._native import ffi, lib
from pyascend_ge._process import check
from pyascend_ge.allocator import Adapter, Allocator

if TYPE_CHECKING:
    from pyascend_ge.stream import Stream

__all__ = ["StreamAllocator"]


def _function(kind: str, name: str) -> Any:
    return ffi.cast(kind, ffi.addressof(lib, name))


class StreamAllocator:
    """One registration: AscendCL's description of a Python allocator, and what it points to."""

    def __init__(self, stream: Stream, allocator: Allocator) -> None:
        self.adapter = Adapter(allocator, stream)
        self._user = _callbacks.keep(self.adapter)
        self._object = lib.pge_base_acl_allocator(lib.pyascend_allocate, lib.pyascend_free, self._user)
        desc = lib.aclrtAllocatorCreateDesc()
        try:
            check(lib.aclrtAllocatorSetObjToDesc, desc, ffi.cast("void *", self._object))
            for setter, kind, name in (
                (lib.aclrtAllocatorSetAllocFuncToDesc, "aclrtAllocatorAllocFunc", "pge_base_acl_allocate"),
                (lib.aclrtAllocatorSetFreeFuncToDesc, "aclrtAllocatorFreeFunc", "pge_base_acl_release"),
                (
                    lib.aclrtAllocatorSetAllocAdviseFuncToDesc,
                    "aclrtAllocatorAllocAdviseFunc",
                    "pge_base_acl_allocate_near",
                ),
                (
                    lib.aclrtAllocatorSetGetAddrFromBlockFuncToDesc,
                    "aclrtAllocatorGetAddrFromBlockFunc",
                    "pge_base_acl_address",
                ),
            ):
                check(setter, desc, _function(kind, name))
            check(lib.aclrtAllocatorRegister, stream._p, desc)
        except BaseException:
            self._end()
            raise
        finally:
            lib.aclrtAllocatorDestroyDesc(desc)  # its content was copied

    def unregister(self, pointer: Any) -> None:
        """Take it out of the registry. The object stays when blocks are still out."""
        check(lib.aclrtAllocatorUnregister, pointer)
        if not self.adapter.blocks:
            self._end()

    def _end(self) -> None:
        lib.pge_base_acl_allocator_free(self._object)
        _callbacks.let_go(self._user)
