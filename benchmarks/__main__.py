"""``python -m benchmarks [--only NAME ...] [--json] [--markdown FILE]``."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

from benchmarks.table import Row, cells, machine, markdown

NAMES = ("hot_calls", "blocking_call", "launch", "copies", "graphs", "startup", "memory", "whole_models")


def main() -> int:
    """Run the benchmarks and print the table. 1 when a bound is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the table to FILE")
    chosen = parser.parse_args()
    described, rows = machine(), []
    if not chosen.json:
        print(described, flush=True)
    for name in chosen.only or NAMES:
        for row in importlib.import_module(f"benchmarks.{name}").rows():
            rows.append(row)
            if not chosen.json:
                _print(row)
    if chosen.json:
        print(json.dumps({"machine": described, "rows": [row.as_dict() for row in rows]}, indent=1))
    if chosen.markdown:
        chosen.markdown.write_text(f"# Results\n\n{described}\n\n{markdown(rows)}\n")
    return 0 if all(row.ok for row in rows) else 1


def _print(row: Row) -> None:
    what, ours, peer, ratio, bound, verdict = cells(row)
    print(f"{what:58} {ours:>14} {peer:>36} {ratio:>8} {bound:>6} {verdict}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
