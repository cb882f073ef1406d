from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from edgegan.runtime.jetson import Jetson, read_jetson, throttled_between
from tests.runtime.jetson_trees import (
    AGX_ORIN,
    NANO,
    ORIN_NANO,
    XAVIER,
    devfreq,
    write_tree,
    zones,
)

RAILS = "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1"


def read(root: Path, tree: dict[str, str]) -> Jetson:
    found = read_jetson(write_tree(root, tree))
    assert found is not None
    return found


def test_an_orin_nano(tmp_path: Path) -> None:
    found = read(tmp_path, ORIN_NANO)
    assert found.board.jetpack == "6.2"
    assert found.power_mode is not None
    assert found.power_mode.name == "MAXN_SUPER"
    assert [clock.name for clock in found.clocks] == ["cpu0", "cpu4", "gpu"]
    assert found.jetson_clocks is False
    assert found.temperatures_c == {"cpu-thermal": 46.531}
    assert found.rails_w["VDD_SOC"] == pytest.approx(4.976 * 0.328)
    assert found.total_w == pytest.approx(4.984 * 1.144)
    assert found.total_rail == "VDD_IN"
    assert found.throttling == ()
    assert found.overcurrent_events == 7


def test_an_agx_orin_with_locked_clocks(tmp_path: Path) -> None:
    found = read(tmp_path, AGX_ORIN)
    assert found.jetson_clocks is True
    assert found.throttling == ()
    assert found.overcurrent_events is None
    assert found.total_w == pytest.approx(9.2)


def test_a_hot_nano(tmp_path: Path) -> None:
    found = read(tmp_path, NANO)
    assert found.throttling == ("CPU-therm at 98.0 C, slowed from 97.0 C",)
    assert found.total_rail == "POM_5V_IN"


def test_a_xavier_that_tells_little(tmp_path: Path) -> None:
    found = read(tmp_path, XAVIER)
    assert (found.power_mode, found.temperatures_c, found.jetson_clocks) == (None, {}, False)


def test_a_board_that_tells_nothing_but_its_name(tmp_path: Path) -> None:
    found = read(tmp_path, {"proc/device-tree/compatible": "nvidia,tegra234"})
    assert (found.clocks, found.rails_w, found.total_w, found.total_rail) == ((), {}, None, None)
    assert found.jetson_clocks is None
    assert found.throttling == ()


def test_folders_and_garbage_in_the_place_of_files(tmp_path: Path) -> None:
    for name in ORIN_NANO:
        if not name.startswith("proc/"):
            (tmp_path / name).mkdir(parents=True)
    found = read(tmp_path, {k: v for k, v in ORIN_NANO.items() if k.startswith("proc/")})
    assert (found.power_mode, found.temperatures_c, found.rails_w) == (None, {}, {})
    garbage = {k: v if k.startswith("proc/") else "\ufffd\0 x" for k, v in ORIN_NANO.items()}
    assert read(tmp_path / "b", garbage).overcurrent_events is None


def test_other_machines(tmp_path: Path) -> None:
    assert read_jetson(tmp_path) is None


@pytest.mark.parametrize(("mhz", "told"), [(1020, False), (1000, False), (714, True), (0, False)])
def test_a_locked_clock_that_was_taken_down(tmp_path: Path, mhz: int, told: bool) -> None:
    hertz = 1_020_000_000
    found = read(tmp_path, ORIN_NANO | devfreq("17000000.gpu", mhz * 10**6, hertz, hertz, hertz))
    reason = f"gpu clock at {mhz} of 1020 MHz, though locked"
    assert found.throttling == ((reason,) if told else ())


def test_every_sign_of_throttling(tmp_path: Path) -> None:
    tree = ORIN_NANO | zones(("tj-thermal", "99500", "99000"))
    tree |= {"sys/class/thermal/cooling_device1/cur_state": "1", f"{RAILS}/curr1_max_alarm": "1"}
    assert read(tmp_path, tree).throttling == (
        "gpu-throttle-alert",
        "tj-thermal at 99.5 C, slowed from 99.0 C",
        "current of VDD_IN above its limit",
    )


def test_throttling_between_two_readings(tmp_path: Path) -> None:
    calm = read(tmp_path, ORIN_NANO)
    hot = replace(calm, throttling=("gpu-throttle-alert",), overcurrent_events=10)
    assert throttled_between(calm, calm) == ()
    assert throttled_between(calm, hot) == ("gpu-throttle-alert", "current cut down 3 times")
    assert throttled_between(hot, calm) == ("gpu-throttle-alert",)
    assert throttled_between(replace(calm, overcurrent_events=None), calm) == ()


def test_it_can_be_written_as_json(tmp_path: Path) -> None:
    content = json.loads(json.dumps(asdict(read(tmp_path, AGX_ORIN))))
    assert content["board"]["compute_capability"] == "8.7"
    assert content["clocks"][-1]["max_mhz"] == 1300.5
