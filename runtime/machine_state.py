"""What of a machine changes while it works: clocks, temperatures, load.

Read from Linux's /sys and /proc; what is not there is None or empty, as in most virtual
machines. Nothing is changed and no program is started.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_CPUS = "sys/devices/system/cpu"
_ZONES = "sys/class/thermal"


@dataclass(frozen=True, kw_only=True)
class MachineState:
    """The state at one moment.

    Attributes:
        clock_mhz: Of the fastest processor that this process may use.
        governor: The frequency policies of those processors, each named once.
        temperature_c: By the names of the thermal zones; of equal names the warmest.
        load_average: Over the last minute.
    """

    clock_mhz: float | None
    governor: str | None
    temperature_c: dict[str, float]
    load_average: float | None


def machine_state(root: Path = Path("/")) -> MachineState:
    """Read the state now; `root` is where /sys and /proc lie."""
    governors = (_text(_cpufreq(root, cpu) / "scaling_governor") for cpu in _usable_cpus())
    load = _text(root / "proc/loadavg")
    return MachineState(
        clock_mhz=clock_mhz(root),
        governor=", ".join(sorted({name for name in governors if name})) or None,
        temperature_c=_temperatures(root),
        load_average=float(load.split()[0]) if load else None,
    )


def clock_mhz(root: Path = Path("/")) -> float | None:
    """Read the clock of the fastest processor that this process may use; None if unknown."""
    clocks = [_number(_cpufreq(root, cpu) / "scaling_cur_freq") for cpu in _usable_cpus()]
    return max((clock / 1e3 for clock in clocks if clock), default=None)  # they are in kHz


def _usable_cpus() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _cpufreq(root: Path, cpu: int) -> Path:
    return root / _CPUS / f"cpu{cpu}" / "cpufreq"


def _temperatures(root: Path) -> dict[str, float]:
    warmest: dict[str, float] = {}
    for zone in sorted((root / _ZONES).glob("thermal_zone*")):
        name, value = _text(zone / "type"), _number(zone / "temp")
        if name and value is not None:  # they are in thousandths of a degree
            warmest[name] = max(warmest.get(name, value / 1e3), value / 1e3)
    return warmest


def _number(path: Path) -> float | None:
    text = _text(path)
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:  # absent, or a sensor that is asleep
        return None
