"""Temperatures, and whether heat holds the clocks down, by the kernel's thermal framework."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgegan.runtime.sysfs import matching, read_int, read_text

_OFF_C = -100.0  # a sensor of a part that has no power tells -256
_FIXED = "PMIC"  # on boards up to Xavier this zone tells 100, whatever the temperature
# Devices by which heat slows the machine; others, such as pwm-fan, only cool it. Those with
# the suffixes are NVIDIA's: they tell what hardware and firmware do below Linux.
_SLOWING = ("cpufreq-", "devfreq-", "thermal-cpufreq-", "thermal-devfreq-", "Processor")
_SLOWING_SUFFIXES = ("-alert", "-balanced")


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A part of the chip with a sensor.

    Attributes:
        name: Such as "tj-thermal".
        celsius: Its temperature.
        passive_celsius: From here on the kernel slows the chip; None if it never does.
    """

    name: str
    celsius: float
    passive_celsius: float | None


def read_zones(root: Path = Path("/")) -> tuple[Zone, ...]:
    """Read the temperatures; sensors that are off or fixed are left out."""
    zones = (_zone(folder) for folder in matching(root, "sys/class/thermal/thermal_zone*"))
    return tuple(zone for zone in zones if zone is not None)


def slowing(root: Path = Path("/")) -> tuple[str, ...]:
    """Name the cooling devices that slow the machine now, such as "gpu-throttle-alert"."""
    found = []
    for folder in matching(root, "sys/class/thermal/cooling_device*"):
        kind = read_text(folder / "type") or ""
        slows = kind.startswith(_SLOWING) or kind.endswith(_SLOWING_SUFFIXES)
        if slows and (read_int(folder / "cur_state") or 0) > 0:
            found.append(kind)
    return tuple(found)


def too_hot(zones: tuple[Zone, ...]) -> tuple[str, ...]:
    """Describe the zones that have reached the temperature from which the kernel slows."""
    return tuple(
        f"{zone.name} at {zone.celsius:.1f} C, slowed from {zone.passive_celsius:.1f} C"
        for zone in zones
        if zone.passive_celsius is not None and zone.celsius >= zone.passive_celsius
    )


def _zone(folder: Path) -> Zone | None:
    millidegrees = read_int(folder / "temp")
    name = read_text(folder / "type") or folder.name
    if millidegrees is None or millidegrees / 1e3 <= _OFF_C or name.startswith(_FIXED):
        return None
    return Zone(name=name, celsius=millidegrees / 1e3, passive_celsius=_passive(folder))


def _passive(folder: Path) -> float | None:
    points = []
    for kind in matching(folder, "trip_point_*_type"):
        point = read_int(kind.with_name(kind.name.replace("_type", "_temp")))
        if read_text(kind) == "passive" and point is not None and point > 0:
            points.append(point / 1e3)
    return min(points, default=None)
