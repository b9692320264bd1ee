"""What ``pyascend-ge run`` is made of: inputs, labelled data, times and the report. Nothing is run."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pyascend_ge.cli.console import BadInputError
from pyascend_ge.cli.inputs import choose_inputs, parse_inputs, parse_shapes
from pyascend_ge.cli.labelled import find_labelled
from pyascend_ge.cli.report import latency_lines, tensor_table
from pyascend_ge.cli.timing import Timing, timed
from pyascend_ge.specs import TensorSpec


def spec(name: str, shape: tuple[int, ...] | None, dtype: Any = "float32") -> TensorSpec:
    return TensorSpec.make(name, shape, dtype)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with x.npy, and two.npz that holds x and y."""
    np.save(tmp_path / "x.npy", np.arange(6, dtype=np.float32).reshape(2, 3))
    np.savez(tmp_path / "two.npz", x=np.full((2, 3), 7, np.float32), y=np.zeros((2, 3), np.int64))
    np.savez(tmp_path / "one.npz", other=np.full((2, 3), 9, np.float32))
    return tmp_path


# Inputs from files


@pytest.mark.parametrize(("file", "first"), [("x.npy", 0), ("two.npz", 7), ("two.npz:x", 7), ("one.npz", 9)])
def test_an_input_comes_from_its_file(files: Path, file: str, first: float) -> None:
    [value] = choose_inputs([spec("x", (-1, 3))], parse_inputs([f"x={files}/{file}"]), {}, 0)
    assert value.dtype == np.float32
    assert value.shape == (2, 3)
    assert value[0, 0] == first


def test_bfloat16_survives_numpys_files(tmp_path: Path) -> None:
    wanted = np.arange(4).astype(ml_dtypes.bfloat16)
    np.save(tmp_path / "x.npy", wanted)
    [value] = choose_inputs([spec("x", (4,), "bfloat16")], parse_inputs([f"x={tmp_path}/x.npy"]), {}, 0)
    assert value.dtype == wanted.dtype
    np.testing.assert_array_equal(value, wanted)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("x", "it must have the form name=file.npy or name=file.npz:key"),
        ("=x.npy", "it must have the form"),
        ("x=image.png", "the file must end in .npy or .npz"),
        ("x=x.npy:key", "the file must end in .npy or .npz; :key may follow .npz only"),
        ("x=/nowhere/x.npy", "there is no file /nowhere/x.npy"),
    ],
)
def test_an_input_that_cannot_be_understood_says_the_rule(text: str, rule: str) -> None:
    with pytest.raises(BadInputError) as caught:
        parse_inputs([text])
    assert str(caught.value).startswith(f"--input {text}: ")
    assert rule in str(caught.value)


def test_one_input_given_twice_is_refused(files: Path) -> None:
    with pytest.raises(BadInputError, match=r"'x' was given already, by --input x=.*x\.npy"):
        parse_inputs([f"x={files}/x.npy", f"x={files}/one.npz"])


@pytest.mark.parametrize(
    ("wanted", "file", "rule"),
    [
        (
            spec("x", (2, 3), "float16"),
            "x.npy",
            "it is float32; the input 'x' must be float16: convert it first",
        ),
        (spec("x", (3, -1)), "x.npy", "its shape is (2, 3); the input 'x' must be (3, any)"),
        (spec("x", (2, 3, 1)), "x.npy", "its shape is (2, 3); the input 'x' must be (2, 3, 1)"),
        (spec("x", (2, 3)), "two.npz:z", "has no array 'z'; it has x, y"),
        (spec("z", (2, 3)), "two.npz", "say which array, as"),
    ],
)
def test_a_file_that_does_not_fit_says_what_is_wanted(
    files: Path, wanted: TensorSpec, file: str, rule: str
) -> None:
    with pytest.raises(BadInputError) as caught:
        choose_inputs([wanted], parse_inputs([f"{wanted.name}={files}/{file}"]), {}, 0)
    assert f"--input {wanted.name}={files}/{file}: " in str(caught.value)
    assert rule in str(caught.value)


def test_an_unknown_input_names_the_known_ones(files: Path) -> None:
    with pytest.raises(BadInputError, match="the model has no such input; its inputs: images, mask"):
        choose_inputs([spec("images", (1,)), spec("mask", (1,))], parse_inputs([f"x={files}/x.npy"]), {}, 0)
    with pytest.raises(BadInputError, match=r"--shape imges=.*did you mean images"):
        choose_inputs([spec("images", (1,))], {}, {"imges": (1,)}, 0)


@pytest.mark.parametrize("content", [b"", b"not an array", b"\x93NUMPY\x01\x00"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.npy"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"x\.npy cannot be read"):
        choose_inputs([spec("x", (1,))], parse_inputs([f"x={path}"]), {}, 0)


def test_python_objects_in_a_file_are_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(BadInputError, match=r"x\.npy cannot be read"):
        choose_inputs([spec("x", (1,))], parse_inputs([f"x={tmp_path}/x.npy"]), {}, 0)


# Inputs that are made up


@given(
    st.lists(st.integers(-1, 4), max_size=4),
    st.sampled_from(["float32", "bfloat16", "int8", "uint8", "bool"]),
)
def test_made_up_inputs_have_the_models_type_and_shape(dims: list[int], dtype: str) -> None:
    [value] = choose_inputs([spec("x", tuple(dims), dtype)], {}, {}, 0)
    assert value.shape == tuple(1 if size < 0 else size for size in dims)
    assert value.dtype == spec("x", (), dtype).dtype.numpy
    assert np.isfinite(value.astype(np.float64)).all()


def test_the_seed_decides_what_is_made_up() -> None:
    first, again, other = (choose_inputs([spec("x", (64,))], {}, {}, seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_shape_may_be_said_for_what_the_model_leaves_open() -> None:
    shapes = parse_shapes(["x=5,3", "y=2,2", "z="])
    specs = [spec("x", (-1, 3)), spec("y", None), spec("z", ())]
    assert [value.shape for value in choose_inputs(specs, {}, shapes, 0)] == [(5, 3), (2, 2), ()]


def test_a_shape_against_the_model_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"--shape x=5,4: the input 'x' must be \(any, 3\)"):
        choose_inputs([spec("x", (-1, 3))], {}, {"x": (5, 4)}, 0)
    with pytest.raises(BadInputError, match="input 'x' has no fixed rank: say its shape, as --shape x="):
        choose_inputs([spec("x", None)], {}, {}, 0)


@pytest.mark.parametrize("text", ["x=1,,2", "x=a", "x=-1,2", "x=1.5", "x=1, 2"])
def test_a_shape_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="must be whole numbers with commas"):
        parse_shapes([text])


# Labelled data


def labelled_file(folder: Path, **arrays: Any) -> Path:
    np.savez(folder / "net-test.npz", **arrays)
    return folder / "net.air"


def test_labelled_data_is_found_by_its_names(tmp_path: Path) -> None:
    model = labelled_file(tmp_path, x=np.zeros((3, 2), np.float32), labels=np.arange(3))
    assert find_labelled(model, [spec("x", (-1, 2))]) is not None
    assert find_labelled(model, [spec("y", (-1, 2))]) is None
    assert find_labelled(tmp_path / "other.air", [spec("x", (-1, 2))]) is None


@pytest.mark.parametrize(("batch", "sizes"), [(-1, [10]), (4, [4, 4, 4]), (5, [5, 5]), (16, [16])])
def test_samples_are_cut_into_the_batches_a_model_takes(tmp_path: Path, batch: int, sizes: list[int]) -> None:
    images = np.arange(20, dtype=np.float32).reshape(10, 2)
    data = find_labelled(labelled_file(tmp_path, x=images, labels=np.arange(10)), [spec("x", (batch, 2))])
    assert data is not None
    batches = data.batches([spec("x", (batch, 2))])
    assert [len(arrays[0]) for arrays in batches] == sizes
    [joined] = data.joined([[arrays[0] + 1] for arrays in batches])
    np.testing.assert_array_equal(joined, images + 1)


def test_the_accuracy_counts_rows_whose_highest_score_is_the_label(tmp_path: Path) -> None:
    labels = np.array([0, 1, 2, 0])
    data = find_labelled(
        labelled_file(tmp_path, x=np.zeros((4, 1), np.float32), labels=labels), [spec("x", (-1, 1))]
    )
    assert data is not None
    scores = np.array([[9, 1, 1], [1, 9, 1], [9, 1, 1], [1, 1, 9]], np.float32)
    assert data.verdict(scores) == "accuracy 50.00 % on 4 held-out x of net-test.npz"
    assert data.verdict(np.array([0, 1, 2, 1])) == "accuracy 75.00 % on 4 held-out x of net-test.npz"
    with pytest.raises(BadInputError, match=r"there are 4 labels, and the output has the shape \(3, 3\)"):
        data.verdict(scores[:3])


def test_labels_of_another_number_are_refused(tmp_path: Path) -> None:
    model = labelled_file(tmp_path, x=np.zeros((4, 1), np.float32), labels=np.arange(3))
    with pytest.raises(BadInputError, match="first axes must count the same samples"):
        find_labelled(model, [spec("x", (-1, 1))])


# Times


def ticking(step: float) -> Any:
    """A clock that moves by `step` seconds whenever it is read."""
    ticks = itertools.count()
    return lambda: next(ticks) * step


def test_every_batch_runs_once_and_then_as_often_as_asked() -> None:
    ran: list[int] = []

    def run(batch: int) -> int:
        ran.append(batch)
        return batch * 10

    results, timing = timed(run, [1, 2, 3], 4, ticking(0.25))
    assert ran == [1, 2, 3, 1, 2, 3, 1]
    assert results == [10, 20, 30]
    assert timing == Timing(0.25, [0.25] * 6)


@pytest.mark.parametrize(("step", "runs"), [(0.001, 10), (0.5, 3), (60.0, 0)])
def test_by_default_slow_models_are_not_repeated_for_long(step: float, runs: int) -> None:
    _, timing = timed(lambda batch: batch, [0], None, ticking(step))
    assert len(timing.runs) == runs


# Report


def text_of(table: Any) -> str:
    console = Console(width=200, no_color=True)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_the_table_tells_type_shape_and_values() -> None:
    values = np.array([[1, 5, 2], [7, 0, -3]], np.float32)
    row = text_of(tensor_table("output", ["scores"], [values])).splitlines()[-1].split()
    assert row == ["scores", "float32", "2x3", "-3", "2", "7", "1", "0"]


def test_values_that_are_not_finite_are_counted_and_left_out() -> None:
    values = np.array([1, np.nan, np.inf, 3], ml_dtypes.bfloat16)
    row = text_of(tensor_table("output", ["y"], [values])).splitlines()[-1].split()
    assert row[:7] == ["y", "bfloat16", "4", "1", "2", "3", "2"]


@pytest.mark.parametrize(
    "values", [np.zeros((0, 3), np.float32), np.array(4, np.int64), np.array([True, False])]
)
def test_odd_arrays_have_a_row_too(values: Any) -> None:
    assert str(values.dtype) in text_of(tensor_table("output", ["y"], [values]))


def test_latency_is_told_in_percentiles() -> None:
    runs = [number / 1000 for number in range(1, 101)]
    first, rest = latency_lines(Timing(1.5, runs))
    assert first == "first run 1.5 s (with compiling and loading)"
    marks = [f"p{mark} {np.percentile(np.arange(1, 101), mark):.3g} ms" for mark in (50, 90, 99)]
    assert rest == f"latency of 100 more runs: min 1 ms, {', '.join(marks)}, max 100 ms"
    assert latency_lines(Timing(0.25, [])) == ["first run 250 ms (with compiling and loading)"]
    assert "min 12.5 us" in latency_lines(Timing(1, [0.0000125]))[1]
