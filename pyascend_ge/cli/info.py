"""``pyascend-ge info``: the devices, in the layout people know from ``npu-smi info``."""

from __future__ import annotations

import json
from typing import Annotated, Any, NamedTuple

import typer
from rich import box
from rich.table import Table

from pyascend_ge.cli.console import output

__all__ = ["DeviceRow", "device_table", "info"]

_MIB = 1 << 20
_DDR, _HBM = 0, 1  # ACL_DDR_MEM, ACL_HBM_MEM
_CUBE, _VECTOR, _AICORE, _CHIP = 102, 201, 101, 402  # ACL_DEV_ATTR_*_CORE_NUM, ACL_DEV_ATTR_PHY_CHIP_ID
_HEALTH = {0: "OK", 1: "Abnormal"}
_BUS_ID_BYTES = 32
_WITHOUT_HBM = "Ascend310"


class DeviceRow(NamedTuple):
    """What AscendCL tells about a device; None where it tells nothing."""

    npu: int
    name: str
    health: str | None
    chip: int | None
    bus_id: str | None
    cube_cores: int | None
    vector_cores: int | None
    core_use: int | None
    """Percent."""
    memory: tuple[int, int] | None
    """Used and total bytes of DDR."""
    hbm: tuple[int, int] | None
    """Used and total bytes of HBM."""


def info(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the devices, the backend and its version."""
    import pyascend_ge as ge

    count = ge.device_count()
    with ge.Runtime():
        rows = [_read(number) for number in range(count)]
    backend = ge.backend()
    if as_json:
        document = {
            "pyascend_ge": ge.__version__,
            "backend": {**backend._asdict(), "path": str(backend.path)},
            "devices": [row._asdict() for row in rows],
        }
        typer.echo(json.dumps(document, indent=2))
        return
    console = output()
    kind = "the emulator, no NPU" if backend.name == "mock" else "CANN"
    console.print(
        f"pyascend-ge {ge.__version__}   {backend.name} {backend.version or '(version unknown)'} ({kind})\n"
        f"{backend.path}   ({backend.why})",
        soft_wrap=True,
        markup=False,
    )
    console.print(device_table(rows))
    console.print(
        "AscendCL does not tell power, temperature or other processes; npu-smi does.", soft_wrap=True
    )


def _asked(function: str, *arguments: Any) -> bool:
    """Call a function of AscendCL; whether it answered."""
    from pyascend_ge import lib
    from pyascend_ge.errors import NotAvailableError

    try:
        return bool(getattr(lib, function)(*arguments) == 0)
    except NotAvailableError:
        return False


def _value(kind: str, function: str, *arguments: Any) -> int | None:
    """Return the number that a function writes to its last argument."""
    from pyascend_ge import ffi

    out = ffi.new(f"{kind} *")
    return int(out[0]) if _asked(function, *arguments, out) else None


def _read(number: int) -> DeviceRow:
    import pyascend_ge as ge

    device = ge.Device(number).use()
    bus_id = ge.ffi.new("char[]", _BUS_ID_BYTES)
    use: Any = ge.ffi.new("aclrtUtilizationInfo *")
    status = _value("aclrtDeviceStatus", "aclrtQueryDeviceStatus", number)

    def attribute(which: int) -> int | None:
        return _value("int64_t", "aclrtGetDeviceInfo", number, which)

    name = device.soc_name
    memory, hbm = _memory(_DDR), _memory(_HBM)
    if memory == hbm:  # there is one kind of memory, and AscendCL tells it for every kind
        memory, hbm = (memory, None) if name.startswith(_WITHOUT_HBM) else (None, hbm)
    return DeviceRow(
        npu=number,
        name=name,
        health=None if status is None else _HEALTH.get(status, f"code {status}"),
        chip=attribute(_CHIP),
        bus_id=(
            ge.ffi.string(bus_id).decode()
            if _asked("aclrtDeviceGetPCIBusId", number, bus_id, _BUS_ID_BYTES)
            else None
        ),
        cube_cores=attribute(_CUBE) or attribute(_AICORE),
        vector_cores=attribute(_VECTOR),
        core_use=use.cubeUtilization if _asked("aclrtGetDeviceUtilizationRate", number, use) else None,
        memory=memory,
        hbm=hbm,
    )


def _memory(kind: int) -> tuple[int, int] | None:
    """Return used and total bytes of one kind of memory of this thread's device."""
    from pyascend_ge import ffi

    free: Any = ffi.new("size_t *")
    total: Any = ffi.new("size_t *")
    if not _asked("aclrtGetMemInfo", kind, free, total) or not total[0]:
        return None
    return int(total[0] - free[0]), int(total[0])


def device_table(rows: list[DeviceRow]) -> Table:
    """Lay devices out as ``npu-smi info`` does: two lines for each."""
    table = Table(box=box.ASCII_DOUBLE_HEAD, show_lines=True, highlight=False)
    table.add_column(f"{'NPU':<5} Name\n{'Chip':<5}", no_wrap=True)
    table.add_column("Health\nBus-Id", no_wrap=True)
    table.add_column(
        f"{'Power(W)':<11}{'Temp(C)':<19}Cores(cube/vector)\n{'AICore(%)':<11}{'Memory-Usage(MB)':<19}HBM-Usage(MB)",
        no_wrap=True,
    )
    for row in rows:
        cores = f"{_known(row.cube_cores)} / {_known(row.vector_cores)}"
        usage = f"{_known(row.core_use):<11}{_usage(row.memory):<19}{_usage(row.hbm)}"
        table.add_row(
            f"{row.npu:<5} {row.name}\n{_known(row.chip):<5}",
            f"{_known(row.health)}\n{_known(row.bus_id)}",
            f"{'-':<11}{'-':<19}{cores}\n{usage}",
        )
    return table


def _known(value: object) -> str:
    return "-" if value is None else str(value)


def _usage(memory: tuple[int, int] | None) -> str:
    return "-" if memory is None else f"{memory[0] // _MIB} / {memory[1] // _MIB}"
