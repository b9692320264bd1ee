"""``python -m pyascend_ge`` and the ``pyascend-ge`` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, or say on one line what it lacks."""
    try:
        from pyascend_ge.cli import main as run
    except ImportError as missing:
        sys.exit(f"pyascend-ge: {missing}")
    run()


if __name__ == "__main__":
    main()
