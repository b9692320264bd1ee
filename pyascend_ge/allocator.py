"""External allocators: device memory for GE from Python."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pyascend_ge.stream import Stream

__all__ = ["Adapter", "Allocator"]


class Allocator(Protocol):
    """Where GE takes device memory from; see ``session.register_external_allocator``.

    GE gives memory back while work that uses it is queued: it may be used again by later work on the same
    stream at once, and by anything else only after the stream was synchronised. Arrays are kept until then by
    themselves.
    """

    def allocate(self, size: int) -> Any:
        """Return `size` bytes of device memory, as an address or a DeviceArray; 0 when there is none."""

    def free(self, address: int) -> None:
        """Take back what :meth:`allocate` returned at `address`."""


class Adapter:
    """Stands between GE and a user's allocator: holds arrays by address, and keeps what went wrong.

    Called from several threads; `lock` guards the table and is not held while the user's code runs.
    """

    def __init__(self, allocator: Allocator, stream: Stream) -> None:
        for method in ("allocate", "free"):
            if not callable(getattr(allocator, method, None)):
                kind = type(allocator).__name__
                raise TypeError(
                    f"allocator is a {kind} without {method}(); it needs allocate(size) and free(address)"
                )
        self.allocator = allocator
        self.stream = weakref.ref(stream)
        self.failure: BaseException | None = None
        self.lock = threading.Lock()
        self.blocks: dict[int, Any] = {}

    def allocate(self, size: int, advised: int) -> int:
        """Ask for memory; 0 when there is none, and then `failure` may say why."""
        advise = getattr(self.allocator, "allocate_near", None)
        try:
            block = advise(size, advised) if advised and advise else self.allocator.allocate(size)
        except Exception as error:  # noqa: BLE001 (it becomes the cause of the run's failure)
            self.failure = error
            return 0
        if block is None or block == 0:
            return 0
        address = int(getattr(block, "data_ptr", block))
        with self.lock:
            self.blocks[address] = block
        return address

    def free(self, address: int, _size: int) -> None:
        """Give memory back."""
        with self.lock:
            block = self.blocks.pop(address, None)
        self.allocator.free(address)
        stream = self.stream()
        if block is not None and stream is not None and not stream.closed:
            stream._note(None, block)  # work that uses it may still be queued
