"""What of a machine changes while it works: clocks, temperatures, load.

What is not told is None or empty, as in most virtual machines. Nothing is changed and no
program is started.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgegan.runtime.clocks import fastest_mhz, governors
from edgegan.runtime.sysfs import read_words
from edgegan.runtime.thermal import read_zones


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
    load = read_words(root / "proc/loadavg")
    return MachineState(
        clock_mhz=fastest_mhz(root),
        governor=governors(root),
        temperature_c=_temperatures(root),
        load_average=float(load[0]) if load else None,
    )


def _temperatures(root: Path) -> dict[str, float]:
    warmest: dict[str, float] = {}
    for zone in read_zones(root):
        warmest[zone.name] = max(warmest.get(zone.name, zone.celsius), zone.celsius)
    return warmest
