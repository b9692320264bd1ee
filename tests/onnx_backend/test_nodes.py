"""The onnx package's node tests: every operator of ONNX's default domain, converted, compiled and run.

A case in expected_failures.txt must fail, so that the list can only shrink.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ge_backend import GeBackend, array_of
from onnx.backend.test.runner import Runner
from onnx_cases import cases, expected_failures, operator

import pyascend_ge as ge


@pytest.fixture(scope="module")
def backend() -> Iterator[type[GeBackend]]:
    """The backend with its session open."""
    with ge.Runtime(device=0):
        GeBackend.open()
        yield GeBackend
        GeBackend.close()


def _agrees(backend: type[GeBackend], case: Any) -> None:
    prepared = backend.prepare(case.model)
    try:
        for inputs, outputs in case.data_sets:
            references = [array_of(item) for item in outputs]
            Runner.assert_similar_outputs(references, prepared.run(inputs), rtol=case.rtol, atol=case.atol)
    finally:
        prepared.close()


@pytest.mark.parametrize("name", sorted(cases()))
def test_node(backend: type[GeBackend], name: str, record_property: Any) -> None:
    case = cases()[name]
    record_property("onnx_operator", operator(case))
    record_property("onnx_result", "failed")
    try:
        _agrees(backend, case)
    except Exception:
        if name in expected_failures():
            pytest.xfail(expected_failures()[name])
        raise
    record_property("onnx_result", "passed")
    assert name not in expected_failures(), "it passes: take it off expected_failures.txt"


def test_expected_failures_names_only_cases_that_exist() -> None:
    assert not set(expected_failures()) - set(cases())
