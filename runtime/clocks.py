"""Clocks of the CPU and of a Jetson's GPU: where they are, and how far they may go."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgegan.runtime.sysfs import matching, read_int, read_text, read_words

# Folders of the GPU below /sys/class/devfreq: Nano, TX1 and JetPack 6 (17000000.gpu); Orin on
# JetPack 5; Xavier; TX2. Thor has gpu-gpc-0.
_GPU_SUFFIXES = (".gpu", ".ga10b", ".gv11b", ".gp10b")
_GPU_PREFIX = "gpu-gpc"


@dataclass(frozen=True, kw_only=True)
class Clock:
    """One clock, MHz; None where it is not told.

    Attributes:
        name: "cpu0" for the cluster of CPU 0, or "gpu".
        current_mhz: Now.
        min_mhz: The least that is allowed now; `jetson_clocks` sets it to the maximum.
        max_mhz: The most that is allowed now, by the power mode.
        hardware_mhz: The most that the hardware knows.
    """

    name: str
    current_mhz: float | None
    min_mhz: float | None
    max_mhz: float | None
    hardware_mhz: float | None

    @property
    def locked(self) -> bool | None:
        """Whether the clock cannot move; None if that is not told."""
        if self.min_mhz is None or self.max_mhz is None:
            return None
        return self.min_mhz >= self.max_mhz


def cpu_clocks(root: Path = Path("/")) -> tuple[Clock, ...]:
    """Read the clock of each cluster of CPUs that share one."""
    policies = matching(root, "sys/devices/system/cpu/cpufreq/policy*")
    return tuple(_cpu_clock(folder) for folder in policies)


def fastest_mhz(root: Path = Path("/")) -> float | None:
    """Read the clock of the fastest processor that this process may use; None if unknown."""
    clocks = (read_int(folder / "scaling_cur_freq") for folder in _usable(root))
    return _mhz(max((clock for clock in clocks if clock), default=None), 1e3)


def governors(root: Path = Path("/")) -> str | None:
    """Read the frequency policies of those processors, each once: "performance, schedutil"."""
    names = {read_text(folder / "scaling_governor") for folder in _usable(root)}
    return ", ".join(sorted(name for name in names if name)) or None


def gpu_clock(root: Path = Path("/")) -> Clock | None:
    """Read the clock of a Jetson's GPU; None on other machines (see `edgegan.runtime.nvml`)."""
    for folder in matching(root, "sys/class/devfreq/*"):
        if folder.name.endswith(_GPU_SUFFIXES) or folder.name.startswith(_GPU_PREFIX):
            return _gpu_clock(folder)
    return None


def all_locked(clocks: Sequence[Clock]) -> bool | None:
    """Tell whether every clock is locked at its maximum, as `jetson_clocks` leaves them.

    None if there are none, or if one does not tell. (The tool also locks the memory's
    clock, which only root can read.)
    """
    states = [clock.locked for clock in clocks]
    if not states or None in states:
        return None
    return all(states)


def _usable(root: Path) -> list[Path]:
    """List the folders of the processors that this process may use, in their order."""
    if hasattr(os, "sched_getaffinity"):
        numbers = sorted(os.sched_getaffinity(0))
    else:
        numbers = list(range(os.cpu_count() or 1))
    return [root / f"sys/devices/system/cpu/cpu{number}/cpufreq" for number in numbers]


def _cpu_clock(folder: Path) -> Clock:
    return Clock(
        name=folder.name.replace("policy", "cpu"),
        current_mhz=_mhz(read_int(folder / "scaling_cur_freq"), 1e3),
        min_mhz=_mhz(read_int(folder / "scaling_min_freq"), 1e3),
        max_mhz=_mhz(read_int(folder / "scaling_max_freq"), 1e3),
        hardware_mhz=_mhz(read_int(folder / "cpuinfo_max_freq"), 1e3),
    )


def _gpu_clock(folder: Path) -> Clock:
    known = read_words(folder / "available_frequencies")
    hertz = [int(word) for word in known if word.isdecimal()]
    return Clock(
        name="gpu",
        current_mhz=_mhz(read_int(folder / "cur_freq"), 1e6),
        min_mhz=_mhz(read_int(folder / "min_freq"), 1e6),
        max_mhz=_mhz(read_int(folder / "max_freq"), 1e6),
        hardware_mhz=_mhz(max(hertz, default=None), 1e6),
    )


def _mhz(value: int | None, per_mhz: float) -> float | None:
    return None if value is None else value / per_mhz
