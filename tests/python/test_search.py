"""Where a toolkit is looked for, on fake trees."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from pyascend_ge._native.search import DEFAULT_ROOTS, find_toolkits


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree that holds the one file the search asks for."""
    root = tmp_path / "Ascend" / "latest"
    (root / "lib64").mkdir(parents=True)
    (root / "lib64" / "libascendcl.so").touch()
    return root


@pytest.mark.parametrize("variable", ["ASCEND_HOME_PATH", "ASCEND_TOOLKIT_HOME"])
def test_a_toolkit_named_by_the_environment_is_found(tree: Path, variable: str) -> None:
    [(toolkit, what)], _ = find_toolkits({variable: str(tree)}, ())
    assert (toolkit.root, what) == (tree, variable)
    assert toolkit.library("libascendcl.so") == tree / "lib64" / "libascendcl.so"
    assert toolkit.library("libacl_rt.so") is None


def test_the_process_environment_is_read_by_default(tree: Path, mocker: MockerFixture) -> None:
    mocker.patch.dict(os.environ, {"ASCEND_HOME_PATH": str(tree)}, clear=True)
    assert find_toolkits(roots=())[0][0][0].root == tree


def test_a_folder_on_the_loaders_path_is_found_and_its_root_is_its_parent(tree: Path) -> None:
    [(toolkit, what)], _ = find_toolkits({"LD_LIBRARY_PATH": f"/nowhere::{tree}/lib64"}, ())
    assert (toolkit.root, what) == (tree, "LD_LIBRARY_PATH")


def test_an_install_path_under_the_home_folder_is_found(tree: Path, mocker: MockerFixture) -> None:
    mocker.patch.dict(os.environ, {"HOME": str(tree.parents[1])})
    [(toolkit, what)], _ = find_toolkits({})
    assert (toolkit.root, what) == (tree, "default install path")


def test_the_folder_named_after_the_machine_is_searched(tmp_path: Path) -> None:
    folder = tmp_path / f"{platform.machine()}-linux" / "lib64"
    folder.mkdir(parents=True)
    (folder / "libacl_rt.so").touch()
    [(toolkit, _)], _ = find_toolkits({"ASCEND_HOME_PATH": str(tmp_path)}, ())
    assert toolkit.folders == (folder, tmp_path)


def test_the_environment_comes_before_the_loaders_path_and_the_install_paths(tree: Path) -> None:
    environ = {"ASCEND_TOOLKIT_HOME": "/unset", "LD_LIBRARY_PATH": "/libs"}
    _, probes = find_toolkits(environ, [str(tree)])
    assert [probe.what for probe in probes] == [
        "ASCEND_HOME_PATH",
        "ASCEND_TOOLKIT_HOME",
        "LD_LIBRARY_PATH",
        "default install path",
    ]
    assert [probe.found for probe in probes] == [False, False, False, True]
    assert str(probes[0]) == "ASCEND_HOME_PATH: not set"
    assert str(probes[1]) == "ASCEND_TOOLKIT_HOME: /unset: no such folder"


def test_one_tree_reached_twice_is_one_toolkit(tree: Path) -> None:
    environ = {"ASCEND_HOME_PATH": str(tree), "LD_LIBRARY_PATH": f"{tree}/lib64"}
    [(_, what)], probes = find_toolkits(environ, [str(tree)])
    assert what == "ASCEND_HOME_PATH"
    assert sum(probe.found for probe in probes) == 3


@pytest.mark.parametrize("name", ["devlib", "runtime/lib64/stub"])
def test_link_time_stubs_are_never_a_toolkit(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir(parents=True)
    (folder / "libascendcl.so").touch()
    toolkits, probes = find_toolkits({"LD_LIBRARY_PATH": str(folder)}, ())
    assert toolkits == []
    assert probes[-1].detail == "holds link-time stubs only"


def test_a_link_to_the_stubs_is_not_a_toolkit_either(tmp_path: Path) -> None:
    (tmp_path / "devlib").mkdir()
    (tmp_path / "devlib" / "libascendcl.so").touch()
    (tmp_path / "lib64").symlink_to(tmp_path / "devlib")
    assert find_toolkits({"ASCEND_HOME_PATH": str(tmp_path)}, ())[0] == []


def test_a_folder_without_the_libraries_says_which(tmp_path: Path) -> None:
    _, probes = find_toolkits({"ASCEND_HOME_PATH": str(tmp_path)}, ())
    assert probes[0].detail == "has neither libascendcl.so nor libacl_rt.so"


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("version.info", "Version=9.2.0\n", "9.2.0"),
        ("compiler/version.info", "timestamp=1\nVersion=8.1.RC1\n", "8.1.RC1"),
        (f"{platform.machine()}-linux/ascend_toolkit_install.info", "package_version=8.0.0\n", "8.0.0"),
        ("version.cfg", "[latest]\nruntime_running_version=[8.2.RC1:8.2.RC1]\n", "8.2.RC1"),
        ("version.info", "nothing here\n", ""),
    ],
)
def test_the_version_comes_from_the_files_of_the_tree(tree: Path, name: str, text: str, version: str) -> None:
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    (tree / name).write_text(text)
    [(toolkit, _)], _ = find_toolkits({"ASCEND_HOME_PATH": str(tree)}, ())
    assert toolkit.version == version


def test_the_emulators_tree_is_recognised(tree: Path) -> None:
    (tree / "lib64" / "libmock_cann.so").touch()
    [(toolkit, _)], _ = find_toolkits({"ASCEND_HOME_PATH": str(tree)}, ())
    assert toolkit.emulated


def test_no_default_path_holds_stubs() -> None:
    assert not [root for root in DEFAULT_ROOTS if "stub" in root or "devlib" in root]
