from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from edgegan.runtime.clocks import (
    Clock,
    all_locked,
    cpu_clocks,
    fastest_mhz,
    governors,
    gpu_clock,
)
from tests.runtime.jetson_trees import AGX_ORIN, NANO, ORIN_NANO, XAVIER, devfreq, write_tree

FREE = Clock(name="gpu", current_mhz=306, min_mhz=306, max_mhz=1020, hardware_mhz=1020)
LOCKED = replace(FREE, min_mhz=1020)
UNTOLD = replace(FREE, min_mhz=None)


def test_clocks_are_in_megahertz(tmp_path: Path) -> None:
    root = write_tree(tmp_path, ORIN_NANO)
    assert gpu_clock(root) == FREE
    assert cpu_clocks(root) == (
        Clock(name="cpu0", current_mhz=1728, min_mhz=729.6, max_mhz=1728, hardware_mhz=1728),
        Clock(name="cpu4", current_mhz=729.6, min_mhz=729.6, max_mhz=1728, hardware_mhz=1728),
    )


def test_what_the_processors_that_one_may_use_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 2, 3}, raising=False)
    tree = {}
    for cpu, (khz, governor) in enumerate([("1200000", "b"), ("2400000", "c"), ("", "a")]):
        tree[f"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_cur_freq"] = khz
        tree[f"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor"] = governor
    assert (fastest_mhz(tmp_path), governors(tmp_path)) == (None, None)
    root = write_tree(tmp_path, tree)
    assert (fastest_mhz(root), governors(root)) == (1200.0, "a, b")


@pytest.mark.parametrize(
    ("tree", "mhz"),
    [
        (AGX_ORIN, 1300.5),
        (XAVIER, 1377.0),
        (NANO, 640.0),
        (devfreq("gpu-gpc-0", 9, 9, 1_575_000_000), 1575.0),
        (devfreq("17000000.gp10b", 9, 9, 1_300_000_000), 1300.0),
    ],
)
def test_the_gpu_has_another_name_on_each_board(
    tmp_path: Path, tree: dict[str, str], mhz: float
) -> None:
    clock = gpu_clock(write_tree(tmp_path, tree))
    assert clock is not None
    assert clock.max_mhz == mhz


def test_the_power_mode_caps_the_clock_below_the_hardware(tmp_path: Path) -> None:
    clock = gpu_clock(write_tree(tmp_path, NANO))
    assert clock is not None
    assert (clock.max_mhz, clock.hardware_mhz) == (640.0, 921.6)


def test_other_devices_are_no_gpu(tmp_path: Path) -> None:
    assert gpu_clock(write_tree(tmp_path, devfreq("15340000.vic", 1, 1, 1))) is None
    assert cpu_clocks(tmp_path) == ()


def test_what_a_clock_does_not_tell(tmp_path: Path) -> None:
    tree = {"sys/class/devfreq/17000000.gpu/cur_freq": "garbage"}
    clock = gpu_clock(write_tree(tmp_path, tree))
    empty = Clock(name="gpu", current_mhz=None, min_mhz=None, max_mhz=None, hardware_mhz=None)
    assert clock == empty


@pytest.mark.parametrize(
    ("clocks", "locked"),
    [
        ([LOCKED, LOCKED], True),
        ([LOCKED, FREE], False),
        ([FREE], False),
        ([LOCKED, UNTOLD], None),
        ([], None),
    ],
)
def test_jetson_clocks_locks_all(clocks: list[Clock], locked: bool | None) -> None:
    assert all_locked(clocks) is locked
