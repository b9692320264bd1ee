"""C programs over AscendCL's models and their host objects, built as a user builds them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from model_files import make
from model_misuse_table import CASES
from programs import Toolchain

HERE = Path(__file__).parent
EXPECTED = {name: status for family in CASES.values() for name, status in family.items()}
LIBRARIES = {"8.1": ["ascendcl"], "9.2": ["acl_mdl", "acl_rt"]}


@pytest.fixture(scope="module")
def models(toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the compiled models."""
    return make(toolchain, tmp_path_factory.mktemp("models"))


@pytest.mark.parametrize("split", LIBRARIES)
def test_buffers_datasets_and_descriptions(split: str, toolchain: Toolchain, tmp_path: Path) -> None:
    binary = toolchain.build([HERE / "models" / "objects.c"], tmp_path / "objects", [*LIBRARIES[split], "m"])
    done = toolchain.run([str(binary)])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("split", LIBRARIES)
@pytest.mark.parametrize("program", ["flows/flow5_execute_async", "models/describe", "models/shapes"])
def test_program(program: str, split: str, toolchain: Toolchain, models: Path, tmp_path: Path) -> None:
    binary = toolchain.build([HERE / f"{program}.c"], tmp_path / "program", [*LIBRARIES[split], "pthread"])
    done = toolchain.run([str(binary), str(models)])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("schedule", ["deferred", "random:1", "random:2"])
def test_execution_is_right_under_every_legal_schedule(
    schedule: str, toolchain: Toolchain, models: Path, tmp_path: Path
) -> None:
    binary = toolchain.build(
        [HERE / "flows" / "flow5_execute_async.c"], tmp_path / "program", ["ascendcl", "pthread"]
    )
    done = toolchain.run([str(binary), str(models)], env={"MOCK_CANN_SCHEDULE": schedule})
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def misuse(toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    sources = [HERE / "misuse" / "main.c", *sorted((HERE / "models").glob("misuse_*.c"))]
    return toolchain.build(sources, tmp_path_factory.mktemp("misuse") / "misuse", ["ascendcl", "pthread"])


def run_case(
    binary: Path, toolchain: Toolchain, models: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    # A case ends at the call it is about and gives nothing back.
    asan = f"{os.environ.get('ASAN_OPTIONS', '')}:detect_leaks=0"
    return toolchain.run(
        [str(binary), *arguments], env={"MODEL_FILES": str(models), "ASAN_OPTIONS": asan.lstrip(":")}
    )


def test_every_case_is_in_the_table(misuse: Path, toolchain: Toolchain, models: Path) -> None:
    assert set(run_case(misuse, toolchain, models).stdout.split()) == set(EXPECTED)


@pytest.mark.parametrize("case", EXPECTED)
def test_misuse(case: str, misuse: Path, toolchain: Toolchain, models: Path) -> None:
    done = run_case(misuse, toolchain, models, case)
    assert done.returncode == 0, done.stderr
    status, last, text = done.stdout.split("\n", 2)
    assert int(status) == EXPECTED[case], text
    runtime_layer = EXPECTED[case] // 1000 % 100 == 7 and EXPECTED[case] != 507008  # GE compares the chips
    assert int(last) == (EXPECTED[case] if runtime_layer else 0)
    assert (text != "") == (EXPECTED[case] != 0)


def test_a_model_for_silicon_is_refused_with_what_to_do(
    misuse: Path, toolchain: Toolchain, models: Path
) -> None:
    text = run_case(misuse, toolchain, models, "load_mem_compiled_for_silicon").stdout
    assert "compiled by CANN for a real Ascend chip" in text
    assert "aclgrphBuildModel" in text
