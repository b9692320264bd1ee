"""Inputs of a run: read from files, or made up in the right shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from pyascend_ge._suggest import did_you_mean
from pyascend_ge.cli.console import BadInputError

if TYPE_CHECKING:
    import numpy as np

    from pyascend_ge.specs import TensorSpec

    Array: TypeAlias = np.ndarray[Any, Any]

__all__ = ["InputFile", "choose_inputs", "parse_inputs", "parse_shapes", "restore_dtype"]

_ARCHIVE, _ARRAY = ".npz", ".npy"


class InputFile(NamedTuple):
    """What ``--input`` said."""

    said: str
    path: Path
    key: str
    """The array's name in an archive; ``""`` when none was given."""


def parse_inputs(texts: Sequence[str]) -> dict[str, InputFile]:
    """Read ``name=file.npy`` and ``name=file.npz:key``."""
    found: dict[str, InputFile] = {}
    for text in texts:
        name, value = _pair("--input", text, "name=file.npy or name=file.npz:key")
        path, key = Path(value), ""
        if path.suffix not in (_ARCHIVE, _ARRAY):
            file, _, key = value.rpartition(":")
            path = Path(file)
        if path.suffix not in (_ARCHIVE, _ARRAY) or (key and path.suffix == _ARRAY):
            raise BadInputError(
                f"--input {text}: the file must end in .npy or .npz; :key may follow .npz only"
            )
        if not path.is_file():
            raise BadInputError(f"--input {text}: there is no file {path}")
        if name in found:
            raise BadInputError(f"--input {text}: '{name}' was given already, by --input {found[name].said}")
        found[name] = InputFile(text, path, key)
    return found


def parse_shapes(texts: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Read ``name=1,8,8``; ``name=`` is the shape of a scalar."""
    found: dict[str, tuple[int, ...]] = {}
    for text in texts:
        name, value = _pair("--shape", text, "name=1,8,8")
        sizes = value.split(",") if value else []
        if not all(size.isascii() and size.isdigit() for size in sizes):
            raise BadInputError(f"--shape {text}: the shape must be whole numbers with commas, such as 1,8,8")
        if name in found:
            raise BadInputError(f"--shape {text}: '{name}' was given already")
        found[name] = tuple(map(int, sizes))
    return found


def _pair(option: str, text: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise BadInputError(f"{option} {text}: it must have the form {form}")
    return name, value


def choose_inputs(
    specs: Sequence[TensorSpec],
    files: Mapping[str, InputFile],
    shapes: Mapping[str, tuple[int, ...]],
    seed: int,
) -> list[Array]:
    """Return an array for every input: from its file, else made up."""
    import numpy as np

    names = [spec.name for spec in specs]
    for option, asked in (("--input", files), ("--shape", shapes)):
        for name in asked:
            if name not in names:
                known = ", ".join(names) or "none"
                raise BadInputError(f"{option} {name}=...: the model has no such input; its inputs: {known}"
                               f"{did_you_mean(name, names)}")  # fmt: skip
    rng = np.random.default_rng(seed)
    return [
        _read(files[spec.name], spec) if spec.name in files else _made_up(spec, shapes.get(spec.name), rng)
        for spec in specs
    ]


def _fits(shape: Sequence[int], spec: TensorSpec) -> bool:
    return spec.shape is None or (
        len(shape) == len(spec.shape) and all(w in (h, -1) for h, w in zip(shape, spec.shape, strict=True))
    )


def _wanted(spec: TensorSpec) -> str:
    sizes = ", ".join("any" if size < 0 else str(size) for size in spec.shape or ())
    return f"({sizes})"


def _read(file: InputFile, spec: TensorSpec) -> Array:
    """Read one input's file and check it against the model."""
    value = restore_dtype(_loaded(file, spec.name), spec)
    if value.dtype != spec.dtype.numpy:
        raise BadInputError(
            f"--input {file.said}: it is {value.dtype}; the input '{spec.name}' must be {spec.dtype.name}: "
            "convert it first"
        )
    if not _fits(value.shape, spec):
        raise BadInputError(
            f"--input {file.said}: its shape is {value.shape}; the input '{spec.name}' must be "
            f"{_wanted(spec)}"
        )
    return value


def _loaded(file: InputFile, name: str) -> Array:
    import numpy as np

    try:
        content = np.load(file.path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise BadInputError(f"--input {file.said}: {file.path} cannot be read: {error}") from error
    if isinstance(content, np.ndarray):
        return content
    with content:
        keys = list(content.files)
        key = file.key or (name if name in keys else keys[0] if len(keys) == 1 else "")
        if not key:
            raise BadInputError(
                f"--input {file.said}: say which array, as {file.path}:key; it has {', '.join(keys)}"
            )
        if key not in keys:
            raise BadInputError(
                f"--input {file.said}: {file.path} has no array '{key}'; it has {', '.join(keys) or 'none'}"
            )
        try:
            value: Array = content[key]
        except ValueError as error:
            raise BadInputError(f"--input {file.said}: '{key}' cannot be read: {error}") from error
        return value


def restore_dtype(value: Array, spec: TensorSpec) -> Array:
    """Give back the element type that numpy's files forget: bfloat16 and its kin come back as plain bytes."""
    wanted = spec.dtype.numpy
    if value.dtype.kind == "V" and value.dtype.names is None and value.dtype.itemsize == wanted.itemsize:
        return value.view(wanted)
    return value


def _made_up(spec: TensorSpec, shape: tuple[int, ...] | None, rng: np.random.Generator) -> Array:
    """Make values up: normally distributed numbers, whole numbers below 10, or truth values."""
    if shape is None:
        if spec.shape is None:
            raise BadInputError(
                f"input '{spec.name}' has no fixed rank: say its shape, as --shape {spec.name}=1,8,8"
            )
        shape = tuple(1 if size < 0 else size for size in spec.shape)
    elif not _fits(shape, spec):
        text = ",".join(map(str, shape))
        raise BadInputError(f"--shape {spec.name}={text}: the input '{spec.name}' must be {_wanted(spec)}")
    dtype = spec.dtype.numpy
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(dtype)
    if dtype.kind in "iu":
        return rng.integers(0, 10, shape).astype(dtype)
    return rng.standard_normal(shape).astype(dtype)
