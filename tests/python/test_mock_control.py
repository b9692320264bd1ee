"""Control of the emulator, and the pytest plugin."""

from __future__ import annotations

import pytest
from children import child_output

import pyascend_ge as ge

pytest_plugins = ["pytester"]


def test_the_tree_is_laid_out_as_a_toolkit() -> None:
    assert all((ge.mock.path() / name).is_dir() for name in ("lib64", "include", "opp"))


def test_the_licence_of_what_is_bundled_travels_with_it() -> None:
    for library in ge.mock.path().glob("lib64/libscipy_openblas*"):
        licence = ge.mock.path() / "licenses" / "scipy-openblas32" / "LICENSE.txt"
        assert "Redistributions in binary form" in licence.read_text(), library


@pytest.mark.emulator
def test_the_emulator_says_so() -> None:
    assert ge.mock.is_active()


def test_a_profile_decides_devices_and_memory() -> None:
    code = """
ge.mock.configure(profile='atlas-a3', devices=3, memory='512M')
with ge.Runtime() as runtime:
    print(ge.device_count(), runtime.device.memory_info().total)
"""
    assert child_output(code, PYASCEND_BACKEND="auto") == f"3 {512 << 20}"


@pytest.mark.parametrize("schedule", ["deferred", "random:7", "concurrent"])
def test_a_schedule_runs_everything_in_the_end(schedule: str) -> None:
    code = f"""
ge.mock.configure(schedule={schedule!r}, threads=2)
seen = []
with ge.Runtime(), ge.Stream() as stream:
    for number in range(10):
        stream.call(seen.append, number)
    stream.synchronize()
print(seen == list(range(10)))
"""
    assert child_output(code) == "True"


@pytest.mark.parametrize(
    "setting",
    [{"profile": "atlas-9"}, {"devices": 0}, {"memory": "lots"}, {"threads": 0}, {"schedule": "maybe"}],
)
def test_a_bad_setting_is_named(setting: dict[str, object]) -> None:
    ((name, value),) = setting.items()
    with pytest.raises(ValueError, match=f"{name} is {value!r}"):
        ge.mock.configure(**setting)  # type: ignore[arg-type]


def test_settings_after_loading_are_refused() -> None:
    ge.backend()
    with pytest.raises(ge.BackendError, match="loaded"):
        ge.mock.configure(threads=1)


def test_the_plugin_gives_a_stream_and_a_latch(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        def test_held(ascend_stream, ascend_latch):
            latch = ascend_latch(ascend_stream)
            assert not ascend_stream.query()
            latch.release()
            ascend_stream.synchronize()

        @pytest.mark.devices(1000)
        def test_too_many():
            raise AssertionError

        @pytest.mark.npu
        @pytest.mark.emulator
        def test_nowhere():
            raise AssertionError
        """
    )
    done = pytester.runpytest_subprocess("-rs")
    done.assert_outcomes(passed=1, skipped=2)
    done.stdout.fnmatch_lines(["*needs 1000 devices*"])


def test_the_plugin_loads_no_library_by_itself(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_nothing_loaded():
            assert "acl" not in " ".join(line.rsplit("/")[-1] for line in open("/proc/self/maps"))
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
