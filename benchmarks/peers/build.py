"""Compile the hand-written extension, as a package's setup would: optimised, for this interpreter."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path


def build(folder: Path) -> None:
    """Put the module ``peer_extension`` into `folder`."""
    source = Path(__file__).with_name("extension.c")
    target = folder / f"peer_extension{sysconfig.get_config_var('EXT_SUFFIX')}"
    include = sysconfig.get_path("include")
    command = ["cc", "-O2", "-shared", "-fPIC", f"-I{include}", str(source), "-o", str(target), "-ldl"]
    subprocess.run(command, check=True)
