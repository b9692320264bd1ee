"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# The tests run on the emulator; PYASCEND_BACKEND=cann runs them on the machine's CANN.
os.environ.setdefault("PYASCEND_BACKEND", "mock")


@pytest.fixture(scope="session")
def mock_tree() -> Path:
    """The emulated toolkit: ``MOCK_CANN_HOME``, else the one in the installed package."""
    if home := os.environ.get("MOCK_CANN_HOME"):
        return Path(home)
    from pyascend_ge._native import loader

    return loader.bundled_mock()


@pytest.fixture(scope="session")
def mock_lib64(mock_tree: Path) -> Path:
    """The folder of the emulated libraries."""
    return mock_tree / "lib64"
