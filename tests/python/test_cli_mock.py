"""``pyascend-ge mock``: the emulated toolkit for other programs."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from command_line import environment, output_of, pyascend_ge, refusal_of
from toolkits import toolkit_8_1

from pyascend_ge._native import loader
from pyascend_ge.cli.mock import emulated_environment

TREE = loader.bundled_mock()


def test_path_is_the_tree_with_libraries_headers_and_operators() -> None:
    tree = Path(output_of("mock", "path").rstrip("\n"))
    assert tree == TREE
    assert (tree / "lib64" / "libascendcl.so").is_file()
    assert (tree / "include" / "acl" / "acl.h").is_file()
    assert (tree / "opp").is_dir()


def test_a_shell_can_evaluate_env() -> None:
    names = ("ASCEND_HOME_PATH", "ASCEND_TOOLKIT_HOME", "ASCEND_OPP_PATH", "LD_LIBRARY_PATH")
    script = 'eval "$1"; printf "%s\\n" ' + " ".join(f'"${name}"' for name in names)
    exports = output_of("mock", "env", LD_LIBRARY_PATH="/a b:/c'd")
    done = subprocess.run(["sh", "-c", script, "sh", exports], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        str(TREE),
        str(TREE),
        str(TREE / "opp"),
        f"{TREE / 'lib64'}:/a b:/c'd",
    ]


def test_exec_runs_the_program_with_that_environment() -> None:
    text = output_of(
        "mock", "exec", "--", "sh", "-c", 'echo "$ASCEND_HOME_PATH $LD_LIBRARY_PATH $0 $1"', "-x", "--help"
    )
    assert text == f"{TREE} {TREE / 'lib64'} -x --help\n"


def test_exec_needs_no_dashes_when_the_program_comes_first() -> None:
    assert output_of("mock", "exec", "printf", "%s", "--help") == "--help"


def test_exec_keeps_the_rest_of_the_environment_and_the_input() -> None:
    done = subprocess.run(
        ["pyascend-ge", "mock", "exec", "--", "sh", "-c", 'cat; echo "$MINE"'],
        input="in\n",
        env=environment(MINE="kept", PATH=_path_with_command()),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "in\nkept\n"


def _path_with_command() -> str:
    """PATH with the folder of this interpreter's scripts in front."""
    import sysconfig

    return f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"


def test_exec_gives_the_programs_exit_code() -> None:
    assert pyascend_ge("mock", "exec", "--", "sh", "-c", "exit 37").returncode == 37


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGABRT])
def test_exec_gives_the_signal_that_ended_the_program(number: signal.Signals) -> None:
    done = pyascend_ge("mock", "exec", "--", "sh", "-c", f"ulimit -c 0; kill -{number.value} $$")
    assert done.returncode == -number


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = pyascend_ge("mock", "exec", "--", "no-such-program")
    assert (done.returncode, done.stderr) == (
        127,
        "pyascend-ge mock exec: no-such-program: No such file or directory\n",
    )
    plain = tmp_path / "plain"
    plain.touch(mode=0o644)
    done = pyascend_ge("mock", "exec", "--", plain)
    assert (done.returncode, done.stderr) == (126, f"pyascend-ge mock exec: {plain}: Permission denied\n")


def test_exec_without_a_program_is_refused() -> None:
    assert "Missing argument" in refusal_of("mock", "exec")


def test_a_program_on_the_emulator_finds_its_libraries_by_name() -> None:
    code = "import ctypes; print(ctypes.CDLL('libascendcl.so').aclrtGetDeviceCount(None))"
    assert (
        output_of("mock", "exec", "--", "python3", "-c", code) == "100000\n"
    )  # ACL_ERROR_INVALID_PARAM: no pointer


def test_other_toolkits_are_taken_off_the_loaders_path(tmp_path: Path) -> None:
    real = toolkit_8_1(tmp_path / "cann")
    stub = tmp_path / "devlib"
    stub.mkdir()
    others = f"{real}/lib64:{stub}:/usr/lib::{TREE}/lib64"
    found = emulated_environment(TREE, {"LD_LIBRARY_PATH": others})
    assert found["LD_LIBRARY_PATH"] == f"{TREE}/lib64:/usr/lib"
