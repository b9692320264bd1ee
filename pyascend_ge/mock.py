"""Control of the emulator: what it emulates, and how work is scheduled.

The emulator reads its settings when its first function is called, so they are made before that, here or by
the environment variables of the same names (``MOCK_CANN_PROFILE``, ``MOCK_CANN_THREADS``,
``MOCK_CANN_SCHEDULE``).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from pyascend_ge._native import loader

__all__ = ["PROFILES", "configure", "is_active", "path"]

PROFILES = ("atlas-a2", "atlas-a3", "atlas-300i")
"""The boxes that can be emulated: SoC, devices, cores, memory and limits."""

_SCHEDULE = re.compile(r"concurrent|deferred|random:\d+")


def path() -> Path:
    """Return the root of the emulated toolkit, laid out as CANN's: ``lib64``, ``include``, ``opp``."""
    return loader.bundled_mock()


def is_active() -> bool:
    """Whether the emulator answers in this process. Loads the backend if that has not happened."""
    return loader.backend().name == "mock"


def configure(
    *,
    profile: str | None = None,
    devices: int | None = None,
    memory: str | int | None = None,
    threads: int | None = None,
    schedule: str | None = None,
) -> None:
    """Set up the emulator and choose it as this process's backend. Before the first call of CANN.

    Parameters
    ----------
    profile : str, optional
        One of :data:`PROFILES`.
    devices : int, optional
        Number of devices, instead of the profile's.
    memory : str or int, optional
        Device memory: bytes, or a text such as ``"512M"`` or ``"8G"``.
    threads : int, optional
        Most host threads to compute with.
    schedule : str, optional
        ``"concurrent"``; ``"deferred"``: nothing runs before somebody waits; ``"random:SEED"``: a legal order
        that the seed decides, the same every time. The last two find missing synchronisation.

    Raises
    ------
    ValueError
        Naming the argument, its value and what it may be.
    BackendError
        When a backend is loaded already.
    """
    if profile is not None and profile not in PROFILES:
        raise ValueError(f"configure: profile is {profile!r}; it must be one of {', '.join(PROFILES)}")
    if devices is not None and not 1 <= devices <= 64:
        raise ValueError(f"configure: devices is {devices!r}; it must be from 1 to 64")
    if memory is not None and not re.fullmatch(r"[1-9]\d*[KMG]?", str(memory)):
        raise ValueError(
            f"configure: memory is {memory!r}; it must be a number of bytes, or like '512M' or '8G'"
        )
    if threads is not None and threads < 1:
        raise ValueError(f"configure: threads is {threads!r}; it must be 1 or more")
    if schedule is not None and not _SCHEDULE.fullmatch(schedule):
        raise ValueError(
            f"configure: schedule is {schedule!r}; it must be concurrent, deferred or random:SEED"
        )
    loader.use_backend("mock")  # raises when one is loaded: the settings would come too late
    parts = [profile or PROFILES[0]]
    parts += [
        f"{key}={value}" for key, value in (("devices", devices), ("memory", memory)) if value is not None
    ]
    if profile is not None or len(parts) > 1:
        os.environ["MOCK_CANN_PROFILE"] = ",".join(parts)
    if threads is not None:
        os.environ["MOCK_CANN_THREADS"] = str(threads)
    if schedule is not None:
        os.environ["MOCK_CANN_SCHEDULE"] = schedule
