"""Small graphs through ``run``, host arrays in and out, beside ONNX Runtime's ``session.run`` of the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

import pyascend_ge as ge
from benchmarks.models import ADD, CHAIN, ONNX_NAMES, chain
from benchmarks.peers.onnx_runtime import session as onnx_session
from benchmarks.table import Row
from benchmarks.timing import compare


def rows() -> Iterator[Row]:
    """Run one Add, and a chain of a hundred operators; every result is compared once."""
    left, right = np.array([1, -2, 3, 4], np.float32), np.array([0.5, 1, -1, 0.25], np.float32)
    with ge.Runtime(device=0), ge.GeSession() as session:
        for what, operators, bound in (
            ("run: one Add on four floats", ADD, 0.5),
            ("run: chain of 100", CHAIN, 0.2),
        ):
            run = partial(session.add_graph(chain(operators)).run, left, right)
            peer = onnx_session([ONNX_NAMES.get(name, name) for name in operators])
            run_peer = partial(peer.run, None, {"left": left, "right": right})
            np.testing.assert_allclose(run()[0], run_peer()[0], rtol=1e-6)
            ours, theirs, ratio = compare(run, run_peer)
            yield Row(what, ours, theirs, "ONNX Runtime", ratio, bound)
