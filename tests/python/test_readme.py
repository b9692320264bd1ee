"""The README's Python runs as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def blocks() -> list[str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", readme, re.DOTALL)


def run(source: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "examples").symlink_to(ROOT / "examples")
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", source],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=120,
        env={**os.environ, "PYASCEND_BACKEND": "mock"},
    )


def test_the_ten_lines_reach_the_example_s_accuracy_in_every_way_of_running(tmp_path: Path) -> None:
    ten_lines, every_way, *_ = blocks()
    done = run(f"{ten_lines}\n{every_way}\nprint((p.argmax(axis=1) == test['labels']).mean())", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0.9825", "0.9825"]
    assert (tmp_path / "digits.om").stat().st_size > 0


def test_the_graph_is_built_and_saved(tmp_path: Path) -> None:
    _, _, build, _ = blocks()
    given = (
        "import numpy as np, pyascend_ge as ge; weights, bias = np.ones((64, 10), 'f4'), np.ones(10, 'f4')"
    )
    done = run(given + "\n" + build + "\nprint(ge.Graph.load('mlp.air'))", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Relu" in done.stdout


def test_the_emulator_tells_what_it_did(tmp_path: Path) -> None:
    *_, counters = blocks()
    script = tmp_path / "script.py"
    ran = """
import numpy as np, pyascend_ge as ge
with ge.Runtime(device=0), ge.GeSession() as session:
    graph = ge.Graph("g")
    graph.output(graph.op("Relu", graph.input("x", shape=(2,), dtype="float32")))
    session.add_graph(graph).run(np.ones(2, np.float32))
"""
    for given, returncode in ((ran, 0), ("", 1)):
        script.write_text(given + counters)
        command = [sys.executable, "-m", "pyascend_ge", "mock", "exec", "--", sys.executable, str(script)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == returncode, done.stderr
