from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgegan.runtime.machine_state import machine_state


@pytest.fixture
def usable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 2}, raising=False)


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def machine(root: Path) -> Path:
    """Write what a small board tells, of which this process may use two processors."""
    for cpu, (clock, governor) in enumerate([(1200000, "b"), (2400000, "c"), (1800000, "a")]):
        folder = f"sys/devices/system/cpu/cpu{cpu}/cpufreq"
        write(root, f"{folder}/scaling_cur_freq", f"{clock}\n")
        write(root, f"{folder}/scaling_governor", f"{governor}\n")
    for zone, (kind, value) in enumerate([("cpu", "45500"), ("gpu", "51000"), ("cpu", "61250")]):
        write(root, f"sys/class/thermal/thermal_zone{zone}/type", f"{kind}\n")
        write(root, f"sys/class/thermal/thermal_zone{zone}/temp", f"{value}\n")
    write(root, "sys/class/thermal/cooling_device0/type", "fan\n")
    write(root, "proc/loadavg", "0.52 0.48 0.31 2/1234 5678\n")
    return root


@pytest.mark.usefixtures("usable")
def test_what_a_board_tells(tmp_path: Path) -> None:
    state = machine_state(machine(tmp_path))
    assert state.clock_mhz == 1800.0  # of those it may use
    assert state.governor == "a, b"
    assert state.temperature_c == {"cpu": 61.25, "gpu": 51.0}
    assert state.load_average == 0.52


@pytest.mark.usefixtures("usable")
def test_sensors_that_tell_nothing_are_left_out(tmp_path: Path) -> None:
    root = machine(tmp_path)
    (root / "sys/class/thermal/thermal_zone1/temp").unlink()
    write(root, "sys/class/thermal/thermal_zone2/temp", "<unknown>\n")
    write(root, "sys/devices/system/cpu/cpu2/cpufreq/scaling_cur_freq", "\n")
    state = machine_state(root)
    assert state.temperature_c == {"cpu": 45.5}
    assert state.clock_mhz == 1200.0


def test_a_machine_that_tells_nothing(tmp_path: Path) -> None:
    state = machine_state(tmp_path)
    assert (state.clock_mhz, state.governor, state.load_average) == (None, None, None)
    assert state.temperature_c == {}


def test_this_machine_can_be_asked() -> None:
    assert (machine_state().load_average or 0.0) >= 0.0
