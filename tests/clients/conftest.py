"""What the tests with other people's programs share: their Python, and the emulated toolkit around it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from client_runs import Run, runner


def _client_python(variable: str, packages: str) -> str:
    """Return the Python of a client's environment, which a variable names, or skip."""
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"{variable} is not set: it names a Python that has {packages}")
    return python


@pytest.fixture(scope="session")
def ort_python() -> str:
    """A Python with onnxruntime-cann."""
    return _client_python("CLIENT_ORT_PYTHON", "onnxruntime-cann==1.24.4 and numpy<2")


@pytest.fixture(scope="session")
def run_ort(ort_python: str, mock_tree: Path) -> Run:
    """Run Python with onnxruntime-cann on the emulator."""
    return runner(ort_python, mock_tree)


@pytest.fixture(scope="session")
def torch_python() -> str:
    """A Python with torch_npu."""
    return _client_python("CLIENT_TORCH_PYTHON", "torch==2.13.0, torch_npu==2.13.0 and numpy")


@pytest.fixture(scope="session")
def run_torch(torch_python: str, mock_tree: Path) -> Run:
    """Run Python with torch_npu on the emulator."""
    return runner(torch_python, mock_tree)


@pytest.fixture(scope="session")
def mock_exec() -> list[str]:
    """Return the words before a command that runs it on the installed emulator."""
    return [sys.executable, "-m", "pyascend_ge", "mock", "exec", "--"]
