"""The modules that tests import by name lie in several folders of one path: each name stands there once."""

from __future__ import annotations

import collections
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_no_helper_module_hides_another() -> None:
    helpers = [path for path in TESTS.glob("*/*.py") if path.stem != "conftest"]
    counts = collections.Counter(path.name for path in helpers)
    assert len(helpers) > 20
    assert [name for name, count in counts.items() if count > 1] == []
