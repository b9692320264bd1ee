"""What the native tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import Toolchain


@pytest.fixture(scope="session")
def toolchain(mock_tree: Path) -> Toolchain:
    """The compiler with the emulated toolkit."""
    return Toolchain(mock_tree)
