"""The report of ONNX's tests: what passes, by operator."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

import pytest

_results: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what prints the report."""
    parser.addoption("--onnx-report", action="store_true", help="say how many ONNX node tests pass")


def pytest_runtest_logreport(report: Any) -> None:
    """Count results of node tests."""
    properties = dict(report.user_properties)
    if report.when == "call" and "onnx_operator" in properties:
        _results[properties["onnx_operator"]][properties["onnx_result"]] += 1


def _lines() -> Iterator[str]:
    for operator, counts in sorted(_results.items()):
        total = sum(counts.values())
        mark = "" if counts["passed"] == total else "  <--"
        yield f"{operator:32} {counts['passed']:4} of {total:4}{mark}"


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the report."""
    if _results and config.getoption("--onnx-report"):
        terminalreporter.section("ONNX node tests by operator")
        for line in _lines():
            terminalreporter.line(line)
        passed = sum(counts["passed"] for counts in _results.values())
        total = sum(sum(counts.values()) for counts in _results.values())
        terminalreporter.line(f"{passed} of {total} pass")
