from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.runtime.power_rails import Rail, find_rails, input_rails, rail_title, total_watts
from tests.runtime.jetson_trees import AGX_ORIN, NANO, ORIN_NANO, XAVIER, sensor, write_tree


def test_a_rail_is_volts_times_amperes(tmp_path: Path) -> None:
    rails = find_rails(write_tree(tmp_path, ORIN_NANO))
    assert {rail.name: rail.watts() for rail in rails} == {
        "VDD_IN": pytest.approx(4.984 * 1.144),
        "VDD_CPU_GPU_CV": pytest.approx(4.984 * 0.160),
        "VDD_SOC": pytest.approx(4.976 * 0.328),
    }


@pytest.mark.parametrize(
    ("tree", "title", "watts"),
    [
        (ORIN_NANO, "VDD_IN", 4.984 * 1.144),
        (NANO, "POM_5V_IN", 2.532),
        (AGX_ORIN, "sum of VDD_GPU_SOC + VDD_CPU_CV + VIN_SYS_5V0", 3.8 + 1.9 + 3.5),
        (XAVIER, "sum of GPU + CPU + SOC + CV + VDDRQ + SYS5V", 19 * 0.08 + 1.5),
    ],
)
def test_the_power_of_the_module(
    tmp_path: Path, tree: dict[str, str], title: str, watts: float
) -> None:
    inputs = input_rails(find_rails(write_tree(tmp_path, tree)))
    assert rail_title(inputs) == title
    assert total_watts(inputs) == pytest.approx(watts)


def test_rails_of_two_sensors_without_what_is_not_connected(tmp_path: Path) -> None:
    rails = find_rails(write_tree(tmp_path, AGX_ORIN))
    names = ["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0", "VDDQ_VDD2_1V8AO"]
    assert [rail.name for rail in rails] == names


def test_no_sensor(tmp_path: Path) -> None:
    assert find_rails(tmp_path) == ()
    assert total_watts(()) is None


def test_a_rail_without_a_current_is_none(tmp_path: Path) -> None:
    tree = sensor("1-0040", ("VDD_IN", 5000, 100), ("VDD_SOC", 5000, 100), hwmon=1)
    folder = "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1"
    write_tree(tmp_path, tree | {f"{folder}/curr2_input": "garbage"})
    assert [rail.name for rail in find_rails(tmp_path)] == ["VDD_IN"]


def test_a_sum_with_a_gap_is_no_sum(tmp_path: Path) -> None:
    rails = find_rails(write_tree(tmp_path, XAVIER))
    rails[2].factors[1].unlink()
    assert rails[2].watts() is None
    assert total_watts(rails) is None


def test_alarms(tmp_path: Path) -> None:
    folder = "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1"
    write_tree(tmp_path, ORIN_NANO | {f"{folder}/curr1_crit_alarm": "1\n"})
    assert [rail.alarming() for rail in find_rails(tmp_path)] == [True, False, False]
    assert not Rail(name="a", factors=()).alarming()
