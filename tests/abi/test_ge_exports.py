"""What the emulated libraries export of GE's C++ interface, against the measured facts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ge_facts import FACTS, NOT_DECLARED, methods

# Libraries that are emulated as a whole.
COMPLETE_LIBRARIES = ["libge_common_base.so", "libgraph.so", "libgraph_base.so", "libmetadef.so"]


def exports_of(library: str, with_undeclared: bool = False) -> set[str]:
    """Every symbol that CANN 9.2 exports from a library, as built with the old ``std::string``."""
    owners = [
        (fact, [m for m in methods(fact, "exported") if m["lib"]])
        for fact in FACTS["classes"]
        if fact.get("in_9_2", True)
    ]
    owners += [
        (fact, [fact])
        for kind in ("functions", "extern_c_functions")
        for fact in FACTS[kind]
        if fact.get("in_9_2", True) and fact["k"] == "exported" and fact["lib"]
    ]
    symbols: set[str] = set()
    for fact, members in owners:
        if with_undeclared or fact["header"] not in NOT_DECLARED:
            for member in members:
                if library in member["lib"]:
                    symbols |= {member[key] for key in ("sym", "sym_base") if key in member}
    return symbols


def strong_symbols(library: Path) -> set[str]:
    command = ["nm", "-D", "--defined-only", str(library)]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {line.split()[-1] for line in listing.splitlines() if line.split()[-2] in "TDBR"}


@pytest.mark.parametrize("library", COMPLETE_LIBRARIES)
def test_libraries_export_everything_that_cann_s_export(library: str, mock_lib64: Path) -> None:
    expected = exports_of(library)
    assert expected
    assert expected - strong_symbols(mock_lib64 / library) == set()


@pytest.mark.parametrize("library", COMPLETE_LIBRARIES)
def test_libraries_export_nothing_of_their_own(library: str, mock_lib64: Path) -> None:
    """Names with ``mc_`` are how our own libraries talk to each other."""
    ours = {s for s in strong_symbols(mock_lib64 / library) if not s.startswith("mc_")}
    assert ours - exports_of(library, with_undeclared=True) == set()
