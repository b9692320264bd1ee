"""A model that is ready to run, whatever kind of file it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pyascend_ge.cli.console import BadInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyascend_ge.cli.inputs import Array
    from pyascend_ge.graph import Graph
    from pyascend_ge.specs import TensorSpec

__all__ = ["GRAPH_SUFFIXES", "Target", "load_graph", "opened"]

GRAPH_SUFFIXES = (".air", ".pbtxt", ".txt", ".onnx")
_SESSIONS = {"v1": "Session", "v2": "GeSession"}


class Target(NamedTuple):
    """Something that runs."""

    title: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    run: Callable[..., list[Array]]

    def __str__(self) -> str:
        return self.title


def load_graph(path: Path) -> Graph:
    """Read a graph file; a GraphError says what is wrong with it."""
    from pyascend_ge.graph import Graph

    if path.suffix not in GRAPH_SUFFIXES:
        kinds = ", ".join(GRAPH_SUFFIXES)
        raise BadInputError(f"MODEL {path}: it must be a graph, a file that ends in {kinds}")
    return Graph.from_onnx(path) if path.suffix == ".onnx" else Graph.load(path)


@contextmanager
def opened(path: Path, device: int, session: str | None) -> Iterator[Target]:
    """Bring the device up, make the model ready, and undo both after the block.

    Parameters
    ----------
    path
        A graph or a compiled model.
    device
        The device's number.
    session
        ``"v1"``, ``"v2"`` or None; graphs only.
    """
    compiled = path.suffix == ".om"
    if compiled and session:
        raise BadInputError(f"--session {session}: {path} is a compiled model, which runs without a session")
    if session not in {None, *_SESSIONS}:
        raise BadInputError(f"--session {session}: it must be v1 or v2")
    if not compiled and path.suffix not in GRAPH_SUFFIXES:
        kinds = ", ".join([*GRAPH_SUFFIXES, ".om"])
        raise BadInputError(f"MODEL {path}: its name must end in one of {kinds}")
    graph = None if compiled else load_graph(path)

    import pyascend_ge as ge

    if device >= (count := ge.device_count()):
        raise BadInputError(f"--device {device}: there are {count} devices here; it must be 0 to {count - 1}")
    with ge.Runtime(device=device) as runtime:
        where = f"{ge.backend().name} {ge.backend().version}, device {device}, {runtime.device.soc_name}"
        if graph is None:
            with ge.Model.load(path) as model:
                yield Target(f"{path.name} on {where}", model.inputs, model.outputs, model.run)
        else:
            name = _SESSIONS[session or "v2"]
            with getattr(ge, name)() as opened_session:
                handle = opened_session.add_graph(graph)
                title = f"{path.name} in a {name} on {where}"
                yield Target(title, handle.inputs, handle.outputs, handle.run)
