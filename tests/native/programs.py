"""Building C and C++ programs as a user does: only the toolkit's ``include/`` and ``lib64/``."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Toolchain:
    """A compiler and a toolkit tree.

    ``MOCK_CANN_SANITIZE`` (``address,undefined`` or ``thread``) builds the programs with these sanitizers;
    the tree must have been built with the same.
    """

    tree: Path
    sanitize: str = field(default_factory=lambda: os.environ.get("MOCK_CANN_SANITIZE", ""))

    @property
    def lib64(self) -> Path:
        """The folder of the libraries."""
        return self.tree / "lib64"

    def build(
        self,
        sources: list[Path],
        binary: Path,
        libraries: list[str],
        *,
        abi: int = 1,
        standard: str = "c++17",
    ) -> Path:
        """Compile and link; C or C++ by the first source's suffix."""
        cxx = sources[0].suffix == ".cc"
        command = (
            ["g++", f"-std={standard}", f"-D_GLIBCXX_USE_CXX11_ABI={abi}"] if cxx else ["gcc", "-std=gnu11"]
        )
        command += ["-g", "-Wall", "-Wextra", "-Werror", f"-I{self.tree / 'include'}"]
        if self.sanitize:  # checks make optimised C++ take three times as long to compile
            command += ["-O0", f"-fsanitize={self.sanitize}", "-fno-omit-frame-pointer"]
        else:
            command += ["-O1"]
        command += [*map(str, sources), "-o", str(binary), f"-L{self.lib64}", f"-Wl,-rpath,{self.lib64}"]
        command += [f"-l{name}" for name in libraries]
        built = subprocess.run(command, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stderr[:6000]
        return binary

    def run(
        self,
        command: list[str],
        *,
        env: dict[str, str] | None = None,
        timeout: float = 120.0,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program; a sanitizer's finding is a non-zero exit."""
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            cwd=cwd,
            env={**os.environ, **(env or {})},
        )
