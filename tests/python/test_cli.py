"""The command line itself: help, version, how errors look, and what happens without its packages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import metadata

import pytest
from command_line import environment, output_of, pyascend_ge, refusal_of
from typer.testing import CliRunner

import pyascend_ge as package
from pyascend_ge.cli import app

_WITHOUT = "import sys; sys.modules['{0}'] = None; "


def test_the_help_lists_every_command() -> None:
    text = CliRunner().invoke(app, ["--help"]).output
    assert re.findall(r"^  (\w+)  ", text, re.MULTILINE) == [
        "info",
        "doctor",
        "run",
        "build",
        "graph",
        "mock",
    ]


def test_no_command_shows_the_help() -> None:
    assert "Usage: pyascend-ge" in CliRunner().invoke(app, []).output


@pytest.mark.parametrize("command", ["info", "doctor", "run", "build", "graph", "mock", "mock exec"])
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "-h"])
    assert result.exit_code == 0
    assert f"Usage: pyascend-ge {command}" in result.output


def test_the_version_is_the_packages() -> None:
    assert output_of("--version") == f"pyascend-ge {package.__version__}\n"


def test_the_installed_command_is_the_modules() -> None:
    [script] = [
        entry for entry in metadata.entry_points(group="console_scripts") if entry.name == "pyascend-ge"
    ]
    from pyascend_ge.__main__ import main

    assert script.load() is main


@pytest.mark.parametrize("package_name", ["typer", "rich"])
def test_without_its_packages_the_import_says_what_to_install(package_name: str) -> None:
    code = _WITHOUT.format(package_name) + "import pyascend_ge.cli"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd="/")
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("ImportError: ")
    assert package_name in last
    assert last.endswith("pip install 'pyascend-ge[cli]'")


def test_without_its_packages_the_command_says_it_on_one_line() -> None:
    code = _WITHOUT.format("typer") + "from pyascend_ge.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("pyascend-ge: ")
    assert line.endswith("pip install 'pyascend-ge[cli]'")


def test_importing_the_command_line_loads_no_backend() -> None:
    code = "import pyascend_ge.cli; from pyascend_ge._native import loader; print(loader.probes())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/", env=environment()
    )
    assert done.stdout == "()\n"


def test_an_unknown_command_is_refused() -> None:
    assert "No such command 'rum'" in refusal_of("rum")


def test_a_failure_is_one_line_and_code_1() -> None:
    done = pyascend_ge("info", PYASCEND_BACKEND="nvidia")
    assert done.returncode == 1
    assert (
        done.stderr
        == "pyascend-ge: error: PYASCEND_BACKEND is 'nvidia'; it must be one of auto, cann, mock\n"
    )


def test_the_fall_back_to_the_emulator_is_one_line_of_warning() -> None:
    done = pyascend_ge("info", PYASCEND_BACKEND="", ASCEND_HOME_PATH="/nowhere")
    [line] = done.stderr.splitlines()
    assert line.startswith("pyascend-ge: warning: pyascend_ge uses its emulator")


def test_info_lists_the_profiles_devices() -> None:
    text = output_of("info", MOCK_CANN_PROFILE="atlas-a2,devices=3,memory=4G")
    rows = re.findall(r"^\| (\d)     (\w+) +\| (\w+) ", text, re.MULTILINE)
    assert rows == [(str(number), "Ascend910B3", "OK") for number in range(3)]
    assert text.count("0 / 4096") == 3
    assert text.count("20 / 40") == 3
    for title in ("NPU", "Name", "Health", "Bus-Id", "AICore(%)", "HBM-Usage(MB)"):
        assert title in text
    assert "\x1b" not in text


@pytest.mark.parametrize("changes", [{"FORCE_COLOR": "1", "CI": "true"}, {}])
def test_where_nobody_watches_output_is_plain(changes: dict[str, str]) -> None:
    assert "\x1b" not in output_of("doctor", **changes)


def test_info_puts_memory_that_is_no_hbm_in_the_other_column() -> None:
    [device] = json.loads(output_of("info", "--json", MOCK_CANN_PROFILE="atlas-300i"))["devices"]
    assert device["memory"] == [0, 24 << 30]
    assert device["hbm"] is None


def test_info_lists_only_visible_devices_with_their_own_chips() -> None:
    document = json.loads(output_of("info", "--json", ASCEND_RT_VISIBLE_DEVICES="2,5"))
    assert [(row["npu"], row["chip"]) for row in document["devices"]] == [(0, 2), (1, 5)]
    assert document["backend"]["name"] == "mock"
    assert document["pyascend_ge"] == package.__version__
