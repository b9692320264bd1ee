"""C programs over AscendCL and the emulator's own interface."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from programs import Toolchain

SOURCES = Path(__file__).parent / "runtime"
LIBRARIES = {"control": ["ascendcl", "mock_cann"], "log": ["ascendcl"]}


def test_every_program_is_in_the_table() -> None:
    assert {p.stem for p in SOURCES.glob("*.c")} == set(LIBRARIES)


@pytest.mark.parametrize("program", sorted(LIBRARIES))
def test_program_passes_its_own_checks(program: str, toolchain: Toolchain, tmp_path: Path) -> None:
    binary = toolchain.build([SOURCES / f"{program}.c"], tmp_path / program, LIBRARIES[program])
    done = toolchain.run([str(binary)], env={"ASCEND_PROCESS_LOG_PATH": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr


LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"]
TEXTS = ["debug 1", "info two", "warning", "error 4.5"]


def _log(toolchain: Toolchain, folder: Path, **variables: str) -> str:
    binary = toolchain.build([SOURCES / "log.c"], folder / "log", LIBRARIES["log"])
    unset = {name: "" for name in os.environ if name.startswith("ASCEND_") and "LOG" in name}
    done = toolchain.run([str(binary)], env={**unset, "HOME": str(folder), **variables})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("variables", "first"),
    [
        ({}, 3),
        ({"ASCEND_GLOBAL_LOG_LEVEL": "0"}, 0),
        ({"ASCEND_GLOBAL_LOG_LEVEL": "2"}, 2),
        ({"ASCEND_GLOBAL_LOG_LEVEL": "4"}, 4),
        ({"ASCEND_GLOBAL_LOG_LEVEL": "4", "ASCEND_MODULE_LOG_LEVEL": "GE=0:APP=1"}, 1),
        ({"ASCEND_GLOBAL_LOG_LEVEL": "1", "ASCEND_MODULE_LOG_LEVEL": "MYAPP=0:GE=0"}, 1),
        ({"ASCEND_GLOBAL_LOG_LEVEL": "loud"}, 3),
    ],
)
def test_lines_from_a_level_on_are_printed_in_canns_form(
    toolchain: Toolchain, tmp_path: Path, variables: dict[str, str], first: int
) -> None:
    lines = _log(toolchain, tmp_path, ASCEND_LOG_PRINT_TO_STDOUT="1", **variables).splitlines()
    assert len(lines) == 4 - first
    for level, text, line in zip(LEVELS[first:], TEXTS[first:], lines, strict=True):
        form = rf"\[{level}\] APP\(\d+,log\):\d{{4}}-\d\d-\d\d-[\d:.]+ \[\S*log\.c:\d+\]\d+ main:{text}"
        assert re.fullmatch(form, line), line


def test_the_newer_name_of_the_print_variable_wins(toolchain: Toolchain, tmp_path: Path) -> None:
    assert "error 4.5" in _log(toolchain, tmp_path, ASCEND_SLOG_PRINT_TO_STDOUT="1")
    assert not _log(toolchain, tmp_path, ASCEND_SLOG_PRINT_TO_STDOUT="1", ASCEND_LOG_PRINT_TO_STDOUT="0")


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({}, "ascend/log"),
        ({"ASCEND_WORK_PATH": "{}/work"}, "work/log"),
        ({"ASCEND_WORK_PATH": "{}/work", "ASCEND_PROCESS_LOG_PATH": "{}/logs"}, "logs"),
    ],
)
def test_lines_go_to_a_file_of_the_process(
    toolchain: Toolchain, tmp_path: Path, variables: dict[str, str], place: str
) -> None:
    assert not _log(toolchain, tmp_path, **{n: v.format(tmp_path) for n, v in variables.items()})
    [written] = tmp_path.glob("**/plog-*.log")
    assert written.parent == tmp_path / place / "debug" / "plog"
    assert re.fullmatch(r"plog-\d+_\d{17}\.log", written.name)
    assert written.read_text().startswith("[ERROR] APP(")
