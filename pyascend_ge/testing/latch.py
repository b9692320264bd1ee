"""A latch: holds a stream until the test lets it go, which makes asynchronous tests deterministic."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyascend_ge.stream import Stream

__all__ = ["Latch"]


class Latch:
    """Stops a stream until :meth:`release`.

    Parameters
    ----------
    stream : Stream
        What was queued before goes on; what is queued after waits.
    limit : float
        Seconds after which the stream goes on by itself, so that a failing test ends.

    Examples
    --------
    >>> with Latch(stream) as latch:  # doctest: +SKIP
    ...     graph.run_on_stream(stream, [x], [y])
    ...     assert not stream.query()
    """

    def __init__(self, stream: Stream, limit: float = 60.0) -> None:
        self._open = threading.Event()
        stream.call(self._open.wait, limit)

    def release(self) -> None:
        """Let the stream go on. Harmless when it did already."""
        self._open.set()

    @property
    def released(self) -> bool:
        """Whether the stream may go on."""
        return self._open.is_set()

    def __enter__(self) -> Latch:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.release()

    def __repr__(self) -> str:
        return f"<Latch {'released' if self.released else 'holding'}>"
