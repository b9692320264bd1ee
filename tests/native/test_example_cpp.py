"""The C and C++ programs of ``examples/cpp``, built and run by the commands of their README."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
_DROPPED = ("ASCEND", "PYASCEND", "MOCK_CANN", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Example:
    """A copy of the example's folder."""

    folder: Path
    printed: list[str] = field(default_factory=list)
    """What the README's commands printed, in order."""

    def run(self, command: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run one command line as a user's shell would, with pip's packages and Ninja at hand."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
        path = f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"
        environ = {**kept, "PATH": path, "CMAKE_GENERATOR": "Ninja", "PYASCEND_BACKEND": "mock", **changes}
        return subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=environ, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip

    def output_of(self, command: str, **changes: str) -> str:
        """Return what a command that must succeed prints."""
        done = self.run(command, **changes)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout


def readme_commands() -> list[str]:
    """List the README's command lines, in order."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```$", (EXAMPLES / "cpp" / "README.md").read_text(), re.DOTALL | re.MULTILINE
    )
    return [line for block in blocks for line in block.splitlines()]


def promised() -> str:
    """Return the line that the README says the programs print, which is what training measured."""
    accuracy = float(np.load(EXAMPLES / "digits" / "digits-test.npz")["accuracy"])
    line = f"accuracy {accuracy:.2%} on 400 held-out images".replace("%", " %")
    assert f"prints `{line}`" in (EXAMPLES / "cpp" / "README.md").read_text()
    return line


def copied(folder: Path) -> Example:
    """Copy the example and its data, as a user's checkout has them."""
    for name in ("cpp", "digits"):
        shutil.copytree(
            EXAMPLES / name, folder / name, ignore=shutil.ignore_patterns("build*", "__pycache__")
        )
    return Example(folder / "cpp")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The example after all of the README's commands."""
    made = copied(tmp_path_factory.mktemp("example"))
    made.printed.extend(made.output_of(command) for command in readme_commands())
    return made


def test_the_readme_builds_and_runs_both_programs(example: Example) -> None:
    assert example.printed.count(promised() + "\n") == 2


def test_the_walk_through_works_with_the_old_string_too(tmp_path: Path) -> None:
    made = copied(tmp_path)
    made.output_of(
        "pyascend-ge mock exec -- cmake -B build -DCXX11_ABI=0 && cmake --build build --target walkthrough"
    )
    assert made.output_of("pyascend-ge mock exec -- ./build/walkthrough") == promised() + "\n"


@pytest.mark.parametrize("schedule", ["deferred", "random:1", "random:2"])
@pytest.mark.parametrize("program", ["walkthrough", "om digits.om"])
def test_the_programs_wait_for_what_they_read(example: Example, program: str, schedule: str) -> None:
    printed = example.output_of(f"pyascend-ge mock exec -- ./build/{program}", MOCK_CANN_SCHEDULE=schedule)
    assert printed == promised() + "\n"


def test_the_binaries_choose_their_toolkit_when_they_run(example: Example) -> None:
    dynamic = example.output_of("readelf -d build/walkthrough build/om")
    assert "RPATH" not in dynamic
    assert "RUNPATH" not in dynamic
    assert example.run("./build/om digits.om").returncode == 127  # no toolkit: the loader finds no library


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("walkthrough nowhere.air", "graph.LoadFromFile(file): "),
        (
            "walkthrough ../digits/digits.air acl.json",
            "acl.json: it must hold 26000 bytes: images, then labels",
        ),
        ("walkthrough ../digits/digits.air ../digits/digits-test.bin no.json", "aclInit("),
        ("om nowhere.om", "aclmdlLoadFromFile("),
        ("om", "usage: om digits.om"),
    ],
)
def test_the_programs_name_the_call_that_failed(example: Example, program: str, said: str) -> None:
    done = example.run(f"pyascend-ge mock exec -- ./build/{program}")
    assert done.returncode in (1, 2)
    assert said in done.stderr


def test_a_model_built_for_another_batch_is_refused_before_it_runs(example: Example) -> None:
    example.output_of("pyascend-ge build ../digits/digits.air -o one.om --option input_shape=images:1,1,8,8")
    done = example.run("pyascend-ge mock exec -- ./build/om one.om")
    assert done.returncode == 1
    assert done.stderr == "the model takes 64 and gives 40 bytes; it must be built for 400 images\n"


def test_the_bare_images_are_those_of_the_archive() -> None:
    archive = np.load(EXAMPLES / "digits" / "digits-test.npz")
    bare = np.fromfile(EXAMPLES / "digits" / "digits-test.bin", np.uint8)
    np.testing.assert_array_equal(bare[: 400 * 64].reshape(400, 1, 8, 8), archive["images"])
    np.testing.assert_array_equal(bare[400 * 64 :], archive["labels"])
