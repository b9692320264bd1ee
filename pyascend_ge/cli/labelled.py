"""Labelled data beside a model: ``<model>-test.npz`` with arrays named like its inputs, and ``labels``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pyascend_ge.cli.console import BadInputError
from pyascend_ge.cli.inputs import restore_dtype

if TYPE_CHECKING:
    from pyascend_ge.cli.inputs import Array
    from pyascend_ge.specs import TensorSpec

__all__ = ["LabelledSet", "find_labelled"]


class LabelledSet(NamedTuple):
    """Samples and what a classifier must say of them; the first axis of every array counts samples."""

    path: Path
    inputs: dict[str, Array]
    labels: Array

    def batches(self, specs: Sequence[TensorSpec]) -> list[list[Array]]:
        """Cut the samples into batches the model takes; the last one is filled up with the last sample."""
        import numpy as np

        arrays = [self.inputs[spec.name] for spec in specs]
        sizes = {spec.shape[0] for spec in specs if spec.shape}
        if sizes <= {-1}:
            return [arrays]
        size = max(sizes)
        count = len(self.labels)
        picks = [np.minimum(np.arange(start, start + size), count - 1) for start in range(0, count, size)]
        return [[np.ascontiguousarray(array[pick]) for array in arrays] for pick in picks]

    def joined(self, results: Sequence[Sequence[Array]]) -> list[Array]:
        """Put the batches' outputs together again, without what filled up the last batch."""
        import numpy as np

        columns = zip(*results, strict=True)
        return [np.concatenate([*map(np.atleast_1d, parts)])[: len(self.labels)] for parts in columns]

    def verdict(self, scores: Array) -> str:
        """Compare the model's first output with the labels: the highest score of each row is the answer."""
        import numpy as np

        count = len(self.labels)
        if len(scores) != count or scores.ndim not in (1, 2):
            raise BadInputError(
                f"{self.path}: there are {count} labels, and the output has the shape {scores.shape}; "
                "one row of scores or one answer per label is needed"
            )
        answers = scores.argmax(axis=1) if scores.ndim == 2 else scores
        right = int(np.count_nonzero(answers == self.labels))
        what = next(iter(self.inputs))
        return f"accuracy {100 * right / count:.2f} % on {count} held-out {what} of {self.path.name}"


def find_labelled(model: Path, specs: Sequence[TensorSpec]) -> LabelledSet | None:
    """Read the labelled data beside `model`; None when there is none that fits it by name."""
    import numpy as np

    path = model.with_name(f"{model.stem}-test.npz")
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as content:
        if not {"labels", *(spec.name for spec in specs)} <= set(content.files):
            return None
        labels = content["labels"]
        inputs = {spec.name: restore_dtype(content[spec.name], spec) for spec in specs}
    for name, value in inputs.items():
        if labels.ndim != 1 or value.ndim == 0 or len(value) != len(labels) or not len(labels):
            raise BadInputError(
                f"{path}: '{name}' has the shape {value.shape} and 'labels' {labels.shape}; their first axes "
                "must count the same samples, one at least"
            )
    return LabelledSet(path, inputs, labels)
