"""Element types and formats against the measured tables."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from pyascend_ge import dtypes
from pyascend_ge.dtypes import dtype_of

GE = json.loads((Path(__file__).parents[1] / "abi" / "ge.json").read_text())


def test_every_type_has_its_measured_numbers_and_size() -> None:
    for row in GE["datatype_table"]:
        dtype = dtype_of(row["name"])
        assert (dtype.ge, dtype.proto) == (row["ge"], row["proto"])
        assert dtype_of(row["serial"]) is dtype
        assert dtype.bits == (row["size"] - 1000 if row["size"] > 1000 else max(row["size"], 0) * 8)
    assert len(dtypes.all_dtypes()) == len(GE["datatype_table"])


def test_every_format_has_its_measured_number() -> None:
    for row in GE["format_table"]:
        assert dtypes.format_number(row["serial"]) == row["ge"]
        assert dtypes.format_name(row["ge"]) == row["serial"]


@pytest.mark.parametrize("dtype", [item for item in dtypes.all_dtypes() if item.has_numpy], ids=str)
def test_numpy_and_ge_agree_on_the_type_in_both_directions(dtype: dtypes.DataType) -> None:
    assert dtype_of(dtype.numpy) is dtype
    assert dtype_of(dtype.numpy.type) is dtype
    assert np.dtype(dtype) == dtype.numpy
    assert dtype == dtype.numpy
    assert dtype_of(np.zeros(2, dtype.numpy)) is dtype
    if dtype.bits % 8 == 0:
        assert dtype.itemsize == dtype.numpy.itemsize


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (float, "float64"),
        (int, "int64"),
        (bool, "bool"),
        (np.bool_, "bool"),
        (ml_dtypes.bfloat16, "bfloat16"),
        ("DT_BF16", "bfloat16"),
        (np.dtype(">i4"), "int32"),
        (27, "bfloat16"),
        ("float8_e8m0fnu", "float8_e8m0"),
        ("f4", "float32"),
        ("<i8", "int64"),
        ("|u1", "uint8"),
        ("?", "bool"),
        ("c8", "complex64"),
    ],
)
def test_dtype_of_takes_everything_that_names_a_type(value: Any, name: str) -> None:
    assert dtype_of(value).name == name


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (">f4", "not an element type"),
        ("f3", "not an element type"),
        ("flot32", "did you mean float32"),
        ("float", "float64 for numpy and float32 for GE"),
        (np.dtype("U3"), "not an element type"),
        (999, "999 is not an element type"),
        (None, "None is not"),
        (True, "True is not"),
        (object(), "not an element type"),
    ],
)
def test_unknown_types_are_refused_with_close_matches(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dtype_of(value)


def test_types_compare_with_names_and_numpy_but_not_with_numbers() -> None:
    float32 = dtype_of("float32")
    assert float32 == "float32"
    assert float32 == np.float32
    assert float32 != "int32"
    assert float32 != 0
    assert pickle.loads(pickle.dumps(float32)) is float32
    assert {float32: 1}[dtype_of("DT_FLOAT")] == 1


def test_types_without_a_numpy_counterpart_say_so() -> None:
    with pytest.raises(ValueError, match="DT_STRING"):
        _ = dtype_of("string").numpy
    with pytest.raises(ValueError, match="int4 have no whole number of bytes"):
        _ = dtype_of("int4").itemsize


def test_unknown_formats_are_refused_with_close_matches() -> None:
    with pytest.raises(ValueError, match=r"did you mean .*NCHW"):
        dtypes.format_number("NCWH")
    assert dtypes.format_number("FORMAT_NHWC") == 1
    assert dtypes.format_name(0x1004) == "FRACTAL_Z"  # the sub-format stands above the low byte
