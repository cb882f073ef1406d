from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.runtime.thermal import Zone, read_zones, slowing, too_hot
from tests.runtime.jetson_trees import AGX_ORIN, NANO, ORIN_NANO, write_tree, zones


def test_zones(tmp_path: Path) -> None:
    assert read_zones(write_tree(tmp_path, AGX_ORIN)) == (
        Zone(name="CPU-therm", celsius=52.968, passive_celsius=99.0),
        Zone(name="tj-therm", celsius=53.0, passive_celsius=None),
    )


def test_sensors_that_are_off_or_fixed_are_left_out(tmp_path: Path) -> None:
    assert [z.name for z in read_zones(write_tree(tmp_path / "a", ORIN_NANO))] == ["cpu-thermal"]
    assert [z.name for z in read_zones(write_tree(tmp_path / "b", NANO))] == ["CPU-therm"]


def test_zones_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    write_tree(tmp_path, zones(("a", "garbage", None), ("b", "", None), ("c", "41000", "x")))
    (tmp_path / "sys/class/thermal/thermal_zone9").mkdir()
    assert read_zones(tmp_path) == (Zone(name="c", celsius=41.0, passive_celsius=None),)
    assert read_zones(tmp_path / "absent") == ()


@pytest.mark.parametrize(("celsius", "hot"), [(98.9, False), (99.0, True), (104.0, True)])
def test_too_hot_from_the_passive_trip_point_on(celsius: float, hot: bool) -> None:
    zone = Zone(name="tj-thermal", celsius=celsius, passive_celsius=99.0)
    told = (f"tj-thermal at {celsius:.1f} C, slowed from 99.0 C",)
    assert too_hot((zone, Zone(name="b", celsius=200, passive_celsius=None))) == told * hot


@pytest.mark.parametrize(
    ("kind", "state", "slows"),
    [
        ("gpu-throttle-alert", "1", True),
        ("cpufreq-cpu0", "3", True),
        ("devfreq-17000000.gpu", "18", True),
        ("gpu-balanced", "1", True),
        ("cpu-throttle-alert", "0", False),
        ("pwm-fan", "3", False),
        ("cpufreq-cpu0", "garbage", False),
        ("intel_powerclamp", "-1", False),
    ],
)
def test_what_slows_and_what_only_cools(tmp_path: Path, kind: str, state: str, slows: bool) -> None:
    folder = "sys/class/thermal/cooling_device0"
    write_tree(tmp_path, {f"{folder}/type": kind, f"{folder}/cur_state": state})
    assert slowing(tmp_path) == ((kind,) if slows else ())
