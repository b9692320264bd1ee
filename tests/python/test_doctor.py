"""``pyascend-ge doctor``: what it finds on fake machines and toolkits, and what it says to do."""

from __future__ import annotations

import grp
import json
import os
from importlib import metadata
from pathlib import Path

import pytest
from command_line import environment, pyascend_ge
from pytest_mock import MockerFixture
from toolkits import broken_toolkit, build_library, toolkit_8_1, toolkit_9_2

from pyascend_ge.cli.checks.driver import check_driver, device_files
from pyascend_ge.cli.checks.environment import check_environment, check_visible_devices
from pyascend_ge.cli.checks.finding import Finding, Machine
from pyascend_ge.cli.checks.loading import Loaded, load_backend
from pyascend_ge.cli.checks.python import check_python
from pyascend_ge.cli.doctor import diagnose


def finding(findings: object, what: str) -> Finding:
    """Return the only finding about `what`."""
    assert hasattr(findings, "__iter__")
    [one] = [item for item in findings if item.what == what]
    assert isinstance(one, Finding)
    return one


def stubs(root: Path) -> Path:
    """Make a folder of link-time stubs."""
    folder = root / "runtime" / "lib64" / "stub"
    folder.mkdir(parents=True)
    (folder / "libascendcl.so").touch()
    return folder


@pytest.fixture
def box(tmp_path: Path) -> Machine:
    """A machine with a driver and two NPUs."""
    root = tmp_path / "box"
    (root / "dev").mkdir(parents=True)
    for name in ("davinci0", "davinci1", "davinci_manager", "devmm_svm", "hisi_hdc"):
        (root / "dev" / name).touch()
    (root / "etc").mkdir()
    (root / "etc" / "ascend_install.info").write_text(
        "UserName=HwHiAiUser\nDriver_Install_Path_Param=/opt/npu\n"
    )
    for part, version in (("driver", "25.2.0"), ("firmware", "7.7.0.1")):
        (root / "opt" / "npu" / part).mkdir(parents=True)
        (root / "opt" / "npu" / part / "version.info").write_text(
            f"Version={version}\npackage_version={version}\n"
        )
    hal = root / "opt" / "npu" / "driver" / "lib64" / "driver"
    hal.mkdir(parents=True)
    (hal / "libascend_hal.so").touch()
    (root / "usr" / "local" / "bin").mkdir(parents=True)
    (root / "usr" / "local" / "bin" / "npu-smi").touch()
    return Machine({"LD_LIBRARY_PATH": str(hal)}, root)


# Environment


def test_a_variable_that_leads_to_a_toolkit_says_which(tmp_path: Path) -> None:
    tree = toolkit_8_1(tmp_path / "cann")
    (tree / "opp").mkdir()
    environ = {"ASCEND_HOME_PATH": str(tree), "ASCEND_OPP_PATH": str(tree / "opp")}
    found = list(check_environment(Machine(environ)))
    assert finding(found, "ASCEND_HOME_PATH") == Finding(
        "Environment", "ASCEND_HOME_PATH", "ok", f"{tree}: CANN 8.1.RC1"
    )
    assert finding(found, "ASCEND_OPP_PATH").status == "ok"
    assert finding(found, "ASCEND_TOOLKIT_HOME").found == "not set"


@pytest.mark.parametrize("variable", ["ASCEND_HOME_PATH", "ASCEND_TOOLKIT_HOME"])
def test_a_variable_that_leads_nowhere_says_why_and_what_to_do(variable: str) -> None:
    found = finding(check_environment(Machine({variable: "/nowhere"})), variable)
    assert (found.status, found.found, found.why) == ("warning", "/nowhere", "no such folder")
    assert "set_env.sh" in found.todo


def test_a_toolkit_without_its_operators_path_is_an_error(tmp_path: Path) -> None:
    tree = toolkit_9_2(tmp_path / "cann")
    found = finding(check_environment(Machine({"ASCEND_HOME_PATH": str(tree)})), "ASCEND_OPP_PATH")
    assert (found.status, found.found) == ("error", "not set")
    wrong = finding(check_environment(Machine({"ASCEND_OPP_PATH": "/nowhere/opp"})), "ASCEND_OPP_PATH")
    assert (wrong.status, wrong.found) == ("error", "/nowhere/opp")


def test_an_unknown_backend_is_an_error() -> None:
    found = finding(check_environment(Machine({"PYASCEND_BACKEND": "gpu"})), "PYASCEND_BACKEND")
    assert (found.status, found.found, found.why) == ("error", "gpu", "it must be one of auto, cann, mock")


def test_link_time_stubs_on_the_loaders_path_are_an_error(tmp_path: Path) -> None:
    tree = toolkit_8_1(tmp_path / "cann")
    folder = stubs(tree)
    environ = {"LD_LIBRARY_PATH": f"{folder}:{tree}/lib64"}
    first, second = [item for item in check_environment(Machine(environ)) if item.what == "LD_LIBRARY_PATH"]
    assert (first.status, first.found) == ("error", str(folder))
    assert "stubs" in first.why
    assert second.status == "ok"


def test_several_toolkits_in_one_environment_are_a_warning(tmp_path: Path) -> None:
    old, new = toolkit_8_1(tmp_path / "old"), toolkit_9_2(tmp_path / "new")
    environ = {
        "ASCEND_HOME_PATH": str(new),
        "ASCEND_TOOLKIT_HOME": str(new),
        "LD_LIBRARY_PATH": f"{old}/lib64",
    }
    found = finding(check_environment(Machine(environ)), "toolkits")
    assert found.status == "warning"
    assert str(old) in found.found
    assert str(new) in found.found


def test_one_toolkit_named_thrice_is_one(tmp_path: Path) -> None:
    tree = toolkit_8_1(tmp_path / "cann")
    (tmp_path / "latest").symlink_to(tree)
    environ = {
        "ASCEND_HOME_PATH": str(tmp_path / "latest"),
        "ASCEND_TOOLKIT_HOME": str(tree),
        "LD_LIBRARY_PATH": f"{tree}/lib64",
    }
    assert "toolkits" not in [item.what for item in check_environment(Machine(environ))]


@pytest.mark.parametrize(
    ("value", "status", "said"),
    [
        ("0", "ok", "the devices 0 are visible"),
        ("0,2,7", "ok", "the devices 0, 2, 7 are visible"),
        ("", "error", "no device is visible"),
        ("all", "error", "no device is visible"),
        (" 0", "error", "no device is visible"),
        ("8", "error", "there are 8 devices, 0 to 7"),
        ("1,0", "error", "do not ascend"),
        ("1,1", "error", "do not ascend"),
        ("0,1, 2", "warning", "only 0, 1 is visible: CANN stops reading at ' 2'"),
        ("0,9,2", "warning", "CANN stops reading at '9,2'"),
    ],
)
def test_visible_devices_are_checked_by_canns_rules(value: str, status: str, said: str) -> None:
    found = check_visible_devices(Machine({"ASCEND_RT_VISIBLE_DEVICES": value}), 8)
    assert found.status == status
    assert said in found.why


@pytest.mark.parametrize("value", ["0", "0,2,7", "", "all", " 0", "8", "1,0", "1,1", "0,1, 2", "0,9,2"])
def test_the_verdict_on_visible_devices_is_the_backends(value: str) -> None:
    found = check_visible_devices(Machine({"ASCEND_RT_VISIBLE_DEVICES": value}), 8)
    loaded = load_backend(environment(ASCEND_RT_VISIBLE_DEVICES=value))
    assert (found.status == "error") == bool(loaded.problem)
    if not loaded.problem:
        listed = found.why.split(" visible")[0].removeprefix("the devices ").removeprefix("only ")
        assert loaded.devices == listed.count(",") + 1


# Driver


def test_a_complete_driver_is_found(box: Machine, mocker: MockerFixture) -> None:
    mocker.patch.object(grp, "getgrnam", return_value=grp.struct_group(("HwHiAiUser", "x", 1000, [])))
    mocker.patch.object(os, "geteuid", return_value=1001)
    mocker.patch.object(os, "getgroups", return_value=[100, 1000])
    found = list(check_driver(box))
    assert {item.status for item in found} == {"ok"}
    assert [item.what for item in found[:5]] == [
        "/dev/davinci0", "/dev/davinci1", "/dev/davinci_manager", "/dev/devmm_svm", "/dev/hisi_hdc",
    ]  # fmt: skip
    assert finding(found, "driver").found == "25.2.0"
    assert finding(found, "firmware").found == "7.7.0.1"
    assert finding(found, "group HwHiAiUser").found == "this user belongs to it"


def test_devices_are_counted_by_number_and_the_manager_is_none(box: Machine) -> None:
    (box.root / "dev" / "davinci10").touch()
    assert [path.name for path in device_files(box)] == ["davinci0", "davinci1", "davinci10"]


def test_a_machine_without_a_driver_says_so(tmp_path: Path, mocker: MockerFixture) -> None:
    mocker.patch.object(grp, "getgrnam", side_effect=KeyError)
    found = list(check_driver(Machine({}, tmp_path)))
    missing = [item.what for item in found if item.status == "error"]
    assert missing == [
        "/dev/davinci0", "/dev/davinci_manager", "/dev/devmm_svm", "/dev/hisi_hdc",
        "driver", "libascend_hal.so",
    ]  # fmt: skip
    assert all(item.found == "missing" and item.why for item in found if item.status == "error")
    assert "--device=/dev/davinci0" in finding(found, "/dev/davinci0").todo


def test_a_device_file_without_permission_names_the_group(box: Machine, mocker: MockerFixture) -> None:
    locked = box.root / "dev" / "davinci1"
    mocker.patch.object(os, "access", side_effect=lambda path, _mode: path != locked)
    found = list(check_driver(box))
    assert finding(found, "/dev/davinci0").status == "ok"
    assert finding(found, "/dev/davinci1").found == "no permission"
    assert finding(found, "/dev/davinci1").todo.startswith("sudo usermod -aG HwHiAiUser")


def test_a_user_outside_the_group_is_told_to_join(box: Machine, mocker: MockerFixture) -> None:
    mocker.patch.object(grp, "getgrnam", return_value=grp.struct_group(("HwHiAiUser", "x", 1000, [])))
    mocker.patch.object(os, "geteuid", return_value=1001)
    mocker.patch.object(os, "getegid", return_value=100)
    mocker.patch.object(os, "getgroups", return_value=[100])
    found = finding(check_driver(box), "group HwHiAiUser")
    assert (found.status, found.found) == ("warning", "this user does not belong to it")


def test_a_driver_library_off_the_loaders_path_is_a_warning(box: Machine) -> None:
    found = finding(check_driver(Machine({}, box.root)), "libascend_hal.so")
    assert found.status == "warning"
    assert found.todo.startswith(f"export LD_LIBRARY_PATH={box.root}/opt/npu/driver/lib64/driver:")


# Python


def test_a_missing_package_and_an_old_one_are_errors(mocker: MockerFixture) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name == "ml_dtypes":
            raise metadata.PackageNotFoundError(name)
        return "1.9.5" if name == "numpy" else real(name)

    mocker.patch.object(metadata, "version", side_effect=version)
    found = list(check_python())
    assert finding(found, "ml_dtypes").found == "missing"
    assert finding(found, "ml_dtypes").todo.startswith("pip install 'ml_dtypes>=")
    assert (finding(found, "numpy").status, finding(found, "numpy").found) == ("error", "1.9.5")
    assert finding(found, "cffi").status == "ok"


# Loading


def test_the_emulator_is_loaded_and_counted() -> None:
    loaded = load_backend(environment(MOCK_CANN_PROFILE="atlas-a3"))
    assert loaded.problem == ""
    assert loaded.backend is not None
    assert loaded.backend["name"] == "mock"
    assert (loaded.devices, loaded.soc) == (16, "Ascend910_9392")


def test_a_library_that_kills_the_process_is_survived(tmp_path: Path) -> None:
    build_crashing_library(tmp_path / "lib64" / "libascendcl.so")
    loaded = load_backend(environment(PYASCEND_BACKEND="cann", ASCEND_HOME_PATH=str(tmp_path)))
    assert loaded.backend is None
    assert loaded.problem == "the process that loaded it died of SIGABRT"


def build_crashing_library(path: Path) -> None:
    """Compile a library that aborts whoever loads it."""
    import subprocess

    path.parent.mkdir(parents=True)
    source = "void abort(void); __attribute__((constructor)) static void crash(void) { abort(); }"
    command = ["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(path)]
    subprocess.run(command, input=source, text=True, check=True)


def test_a_library_that_hangs_is_given_up(mocker: MockerFixture) -> None:
    loaded = load_backend(environment(), seconds=0.001)
    assert loaded == Loaded(problem="loading it did not end within 0.001 s")


# The whole command


def test_on_the_emulator_everything_is_usable() -> None:
    done = pyascend_ge("doctor")
    assert done.returncode == 0, done.stdout
    assert done.stdout.rstrip().endswith("Usable: mock 9.2.0 with 8 devices.")
    assert "FAIL" not in done.stdout
    assert "\x1b" not in done.stdout


def test_a_toolkit_was_asked_for_and_there_is_none(tmp_path: Path) -> None:
    done = pyascend_ge("doctor", PYASCEND_BACKEND="cann", ASCEND_HOME_PATH=str(tmp_path), HOME=str(tmp_path))
    assert done.returncode == 1
    assert "Not usable: " in done.stdout
    assert "has neither libascendcl.so nor libacl_rt.so" in done.stdout


def test_a_toolkit_whose_library_cannot_load_names_what_it_lacks(tmp_path: Path) -> None:
    tree = broken_toolkit(tmp_path)
    found, loaded = diagnose(
        Machine(environment(PYASCEND_BACKEND="cann", ASCEND_HOME_PATH=str(tree)), tmp_path)
    )
    assert loaded.backend is None
    library = finding(found, "libascendcl.so")
    assert "libascend_hal.so" in library.why
    assert library.todo.startswith("see what it lacks: ldd ")
    assert finding(found, "backend").status == "error"


def test_on_the_emulator_a_missing_driver_is_no_error(tmp_path: Path) -> None:
    found, _ = diagnose(Machine(environment(), tmp_path))
    assert finding(found, "/dev/davinci0").status == "note"
    assert "error" not in [item.status for item in found]


def test_a_toolkit_without_devices_is_not_usable(tmp_path: Path) -> None:
    answers = {"aclrtGetDeviceCount": 507899, "aclGetRecentErrMsg": 0}
    build_library(tmp_path / "lib64" / "libascendcl.so", answers)
    found, loaded = diagnose(
        Machine(environment(PYASCEND_BACKEND="cann", ASCEND_HOME_PATH=str(tmp_path)), tmp_path)
    )
    assert loaded.backend is not None
    assert loaded.backend["name"] == "cann"
    assert "507899" in finding(found, "devices").why
    assert finding(found, "/dev/davinci0").status == "error"


def test_invisible_devices_are_an_error_that_counts_what_is_there() -> None:
    done = pyascend_ge(
        "doctor", "--json", ASCEND_RT_VISIBLE_DEVICES="9", MOCK_CANN_PROFILE="atlas-a2,devices=2"
    )
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["usable"] is False
    [visible] = [item for item in document["findings"] if item["what"] == "ASCEND_RT_VISIBLE_DEVICES"]
    assert visible["status"] == "error"
    assert "there are 2 devices, 0 to 1" in visible["why"]


def test_json_has_every_finding_with_its_reason() -> None:
    done = pyascend_ge("doctor", "--json")
    document = json.loads(done.stdout)
    assert document["usable"] is True
    assert document["backend"]["name"] == "mock"
    assert document["devices"] == 8
    assert {item["section"] for item in document["findings"]} == {
        "Python", "Environment", "Driver", "Toolkit", "Backend",
    }  # fmt: skip
    assert all(set(item) == set(Finding._fields) for item in document["findings"])
