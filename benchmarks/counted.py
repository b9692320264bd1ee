"""The program that callgrind watches: each statement of :data:`CASES`, many times between two marks.

Usage: ``valgrind --tool=callgrind python -m benchmarks.counted FOLDER``, with ``peer_extension`` in FOLDER.
The statements run on a small device (valgrind has no room for a large one's addresses) and with the deferred
schedule, so that no worker's instructions get between the marks.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import pyascend_ge as ge
from benchmarks.models import ADD, chain
from pyascend_ge.bound import NativeCall

# Each statement is counted at both lengths: the difference is free of what surrounds the loop.
SHORT, LONG = 100, 400
# name: (ours, the same C function through cffi or the hand-written extension)
CASES = {
    "nothing": ("pass", "pass"),
    "record an event": ("event.record(stream)", "record(event_p, stream_p)"),
    "query an event": ("event.query()", "query(event_p, status_p)"),
    "launch a copy": ("y.copy_from(x, stream)", "copy(y_p, 16, x_p, 16, 3, stream_p)"),
    "run a bound graph on a stream": ("bound(stream)", "launch(call_h, stream_h)"),
    "stream.synchronize()": ("stream.synchronize()", "synchronize(stream_h)"),
}


def loop(statement: str, names: dict[str, Any]) -> Callable[[int], None]:
    """Compile a loop whose names are locals, as timeit does."""
    parameters = ", ".join(f"{name}={name}" for name in names)
    source = f"def run(count, {parameters}):\n for _ in range(count): {statement}"
    made: dict[str, Any] = {}
    exec(source, dict(names), made)
    return made["run"]  # type: ignore[no-any-return]


@contextmanager
def subjects(extension: Any) -> Iterator[dict[str, Any]]:
    """Open what the statements use."""
    lib, ffi = ge.lib, ge.ffi
    with ge.Runtime(device=0), ge.GeSession() as session, ge.Stream() as stream, ge.Event() as event:
        x, y = ge.array(np.ones(4, np.float32)), ge.empty(4)
        graph = session.add_graph(chain(ADD))
        bound, native = graph.bind([x, x], [y]), NativeCall(graph, [x, x], [y])
        bound(stream)
        stream.synchronize()
        extension.bind(str(ge.backend().path / "lib64" / "libacl_rt.so"))
        yield {
            "stream": stream, "event": event, "x": x, "y": y, "bound": bound,
            "record": lib.aclrtRecordEvent, "query": lib.aclrtQueryEventStatus, "copy": lib.aclrtMemcpyAsync,
            "launch": lib.pge_v2_call_launch, "synchronize": extension.stream_synchronize,
            "event_p": ffi.cast("aclrtEvent", event.handle),
            "stream_p": ffi.cast("aclrtStream", stream.handle),
            "x_p": ffi.cast("void *", x.data_ptr), "y_p": ffi.cast("void *", y.data_ptr),
            "status_p": ffi.new("aclrtEventRecordedStatus *"),
            "call_h": native._h, "stream_h": stream.handle,
        }  # fmt: skip


def main(folder: str) -> None:
    """Run everything between marks named ``case/ours/100`` and the like."""
    sys.path.append(folder)
    extension = importlib.import_module("peer_extension")
    with subjects(extension) as names:
        for case, statements in CASES.items():
            for side, statement in zip(("ours", "peer"), statements, strict=True):
                run = loop(statement, names)
                for count in (SHORT, SHORT, LONG):  # the first is the warm-up: its mark is overwritten
                    names["stream"].synchronize()
                    extension.count_from_here()
                    run(count)
                    extension.count_to_here(f"{case}/{side}/{count}")
        names["stream"].synchronize()


if __name__ == "__main__":
    main(sys.argv[1])
