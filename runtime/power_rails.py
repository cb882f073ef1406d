"""Power rails of a Jetson, from the INA3221 sensors on its board.

A sensor of the kernel's hwmon driver tells millivolts and milliamperes of each rail; that
of JetPack 4 (an iio device) tells milliwatts. Each reading is one transfer over I2C, and
what it tells is the sensor's own mean over the last milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgegan.runtime.sysfs import matching, read_int, read_text

# Rails that together feed the whole module. TX2, Xavier NX, Orin Nano and NX; Nano; AGX Orin,
# whose VDDQ_VDD2_1V8AO is left out because VIN_SYS_5V0 feeds it.
_INPUTS = (("VDD_IN",), ("POM_5V_IN",), ("VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"))
_NOT_CONNECTED = "NC"
_SUM = "sum of shunt voltages"  # a channel of the driver that is no rail


@dataclass(frozen=True, kw_only=True)
class Rail:
    """A rail, and how to read it.

    Attributes:
        name: Such as "VDD_IN".
        factors: The files whose product is its power: millivolts and milliamperes, or
            milliwatts alone.
        alarms: Files that tell 1 when its current is above a limit.
    """

    name: str
    factors: tuple[Path, ...]
    alarms: tuple[Path, ...] = ()

    def watts(self) -> float | None:
        """Read its power now; None if that fails."""
        product = 1.0
        for path in self.factors:
            value = read_int(path)
            if value is None:
                return None
            product *= value / 1e3
        return product

    def alarming(self) -> bool:
        """Tell whether the sensor says that its current is, or was just, above a limit."""
        return any(read_int(path) == 1 for path in self.alarms)


def find_rails(root: Path = Path("/")) -> tuple[Rail, ...]:
    """Find the rails of all sensors; empty on a machine without."""
    drivers = root / "sys/bus/i2c/drivers"
    labels = matching(drivers, "ina3221/*/hwmon/hwmon*/in*_label")
    rails = [_hwmon_rail(label) for label in labels]
    rails += [_iio_rail(name) for name in matching(drivers, "ina3221x/*/iio:device*/rail_name_*")]
    return tuple(rail for rail in rails if rail is not None and rail.watts() is not None)


def input_rails(rails: Sequence[Rail]) -> tuple[Rail, ...]:
    """Choose those that together are the power of the module; all where that is not known."""
    by_name = {rail.name: rail for rail in rails}
    for names in _INPUTS:
        if all(name in by_name for name in names):
            return tuple(by_name[name] for name in names)
    return tuple(rails)


def total_watts(rails: Sequence[Rail]) -> float | None:
    """Add up the rails' power now; None if there are none, or one cannot be read."""
    readings = [rail.watts() for rail in rails]
    known = [watts for watts in readings if watts is not None]
    return sum(known) if known and len(known) == len(readings) else None


def rail_title(rails: Sequence[Rail]) -> str:
    """Name what `total_watts` tells: "VDD_IN", or "sum of ...": a sum is an estimate."""
    names = " + ".join(rail.name for rail in rails)
    return names if len(rails) == 1 else f"sum of {names}"


def _hwmon_rail(label: Path) -> Rail | None:
    name = read_text(label) or ""
    folder, channel = label.parent, label.name.removeprefix("in").removesuffix("_label")
    if name in ("", _NOT_CONNECTED, _SUM):
        return None
    return Rail(
        name=name,
        factors=(folder / f"in{channel}_input", folder / f"curr{channel}_input"),
        alarms=tuple(folder / f"curr{channel}_{kind}_alarm" for kind in ("max", "crit")),
    )


def _iio_rail(label: Path) -> Rail | None:
    name = read_text(label) or ""
    if name in ("", _NOT_CONNECTED):
        return None
    number = label.name.removeprefix("rail_name_")
    return Rail(name=name, factors=(label.with_name(f"in_power{number}_input"),))
