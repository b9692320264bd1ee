"""Other people's programs find every symbol they were linked against or look up, where they look for it.

``clients.json`` holds what was read from the wheels: the libraries they name, the symbols they need to load,
and what they look up by name in which library.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

CLIENTS = json.loads((Path(__file__).parent / "clients.json").read_text())
COUNTS = {"onnxruntime-cann 1.24.4": 67, "torch_npu 2.13.0": 84, "torchair 2.13.0": 103}


@cache
def needed(library: Path) -> tuple[str, ...]:
    """Names of the libraries that a library says it needs."""
    dynamic = subprocess.run(
        ["readelf", "-d", "-W", str(library)], capture_output=True, text=True, check=True
    ).stdout
    return tuple(row.split("[")[1].rstrip("]") for row in dynamic.splitlines() if "(NEEDED)" in row)


@cache
def exported(library: Path) -> frozenset[str]:
    """Symbols that a library defines for others."""
    command = ["nm", "-D", "--defined-only", str(library)]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return frozenset(row.split()[-1] for row in table.splitlines())


def reachable(lib64: Path, names: list[str]) -> set[str]:
    """What the loader finds through libraries and everything they need, among the toolkit's."""
    symbols: set[str] = set()
    waiting, seen = list(names), set()
    while waiting:
        name = waiting.pop()
        library = lib64 / name
        if name not in seen and library.exists():
            seen.add(name)
            symbols |= exported(library)
            waiting += needed(library)
    return symbols


@pytest.mark.parametrize("client", CLIENTS)
def test_every_library_a_client_names_is_there(client: str, mock_lib64: Path) -> None:
    assert [name for name in CLIENTS[client]["libraries"] if not (mock_lib64 / name).exists()] == []


@pytest.mark.parametrize("client", CLIENTS)
def test_every_symbol_a_client_needs_arrives_through_the_libraries_it_names(
    client: str, mock_lib64: Path
) -> None:
    facts = CLIENTS[client]
    assert len(facts["symbols"]) == COUNTS[client]
    assert set(facts["symbols"]) - reachable(mock_lib64, facts["libraries"]) == set()


@pytest.mark.parametrize(
    ("client", "library"), [(c, lib) for c, facts in CLIENTS.items() for lib in facts["looked_up"]]
)
def test_every_symbol_a_client_looks_up_is_found_in_that_library(
    client: str, library: str, mock_lib64: Path
) -> None:
    names = set(CLIENTS[client]["looked_up"][library])
    assert names - reachable(mock_lib64, [library]) == set()


@pytest.mark.parametrize(
    ("library", "function"),
    [
        ("libhccl.so", "HcclAllReduce"),
        ("libruntime.so", "rtKernelLaunch"),
        ("libshmem.so", "aclshmemx_init_attr"),
        ("libascend_hal.so", "halGetDeviceInfo"),
    ],
)
def test_what_is_not_emulated_refuses_and_says_its_name(
    library: str, function: str, mock_lib64: Path
) -> None:
    program = f"""
import ctypes
acl = ctypes.CDLL({str(mock_lib64 / "libascendcl.so")!r})
acl.aclGetRecentErrMsg.restype = ctypes.c_char_p
print(getattr(ctypes.CDLL({str(mock_lib64 / library)!r}), {function!r})())
print(acl.aclGetRecentErrMsg().decode())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    status, _, text = done.stdout.partition("\n")
    assert status == "207000"
    assert function in text


def test_bounded_string_functions_never_write_beyond_their_room(mock_lib64: Path) -> None:
    c_sec = ctypes.CDLL(str(mock_lib64 / "libc_sec.so"))
    room = ctypes.create_string_buffer(b"#" * 16, 16)

    def put(*arguments: object) -> tuple[int, bytes]:
        room.raw = b"#" * 16
        result = c_sec.snprintf_s(room, *arguments)
        return result, room.raw

    size = ctypes.c_size_t
    assert put(size(8), size(7), b"%s", b"seven..") == (7, b"seven..\0" + b"#" * 8)
    assert put(size(8), size(7), b"%s", b"and eight")[0] == -1
    assert room.raw[:1] == b"\0"
    assert room.raw[8:] == b"#" * 8
    assert put(size(8), size(3), b"%s", b"and eight")[0] == -1
    assert room.raw.startswith(b"and\0")
    assert room.raw[8:] == b"#" * 8
    room.raw = b"#" * 16
    assert c_sec.strcpy_s(room, size(4), b"abc") == 0
    assert room.raw == b"abc\0" + b"#" * 12
    assert c_sec.strcpy_s(room, size(4), b"abcd") != 0
    assert room.raw == b"\0bc\0" + b"#" * 12
    assert c_sec.strcpy_s(room, size(4), None) != 0
    assert c_sec.strcpy_s(None, size(4), b"abc") != 0
