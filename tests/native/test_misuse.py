"""Misuse of AscendCL, one child process a case: the status, the last error and the text it leaves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from misuse_table import CASES
from programs import Toolchain

SOURCES = Path(__file__).parent / "misuse"
EXPECTED = {name: status for family in CASES.values() for name, status in family.items()}

# The runtime layer sets the thread's last error, the acl layer does not. These sequences end elsewhere.
LAST_ERROR = {
    "a_new_thread_has_no_context": 0,
    "memcpy_between_devices_without_peer_access": 507899,
    "recent_text_is_read_once": 107001,
    "wait_for_a_future_record_expires": 507047,
}
# What is answered without a text, or whose text the case has read itself.
NO_TEXT = {"init_twice", "a_new_thread_has_no_context", "last_error_is_taken_once"}
FAULT = "host_touches_device_memory"


@pytest.fixture(scope="module")
def misuse(toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toolchain.build(
        sorted(SOURCES.glob("*.c")), tmp_path_factory.mktemp("misuse") / "misuse", ["ascendcl", "pthread"]
    )


def run(binary: Path, toolchain: Toolchain, *arguments: str) -> subprocess.CompletedProcess[str]:
    return toolchain.run([str(binary), *arguments])


def test_every_case_is_in_the_table(misuse: Path, toolchain: Toolchain) -> None:
    assert set(run(misuse, toolchain).stdout.split()) == set(EXPECTED) | {FAULT}


@pytest.mark.parametrize("case", EXPECTED)
def test_misuse(case: str, misuse: Path, toolchain: Toolchain) -> None:
    done = run(misuse, toolchain, case)
    assert done.returncode == 0, done.stderr
    status, last, text = done.stdout.split("\n", 2)
    assert int(status) == EXPECTED[case], text
    runtime_layer = EXPECTED[case] // 1000 % 100 == 7  # 107xxx, 207xxx, 507xxx
    assert int(last) == LAST_ERROR.get(case, EXPECTED[case] if runtime_layer else 0)
    if EXPECTED[case] != 0 and case not in NO_TEXT:
        assert text.startswith("[PID: "), text


def test_a_host_access_to_device_memory_stops_the_program_and_names_the_allocation(
    misuse: Path, toolchain: Toolchain
) -> None:
    done = run(misuse, toolchain, FAULT)
    assert done.returncode != 0
    assert "the host touched device memory" in done.stderr
    assert "byte 0 of allocation #1 (96 bytes at " in done.stderr
