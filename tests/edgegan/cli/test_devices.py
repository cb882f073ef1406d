"""`edgegan devices`: what it shows."""

from __future__ import annotations

import json
from pathlib import Path

from edgegan.cli.devices import describe, row
from edgegan.runtime.devices import read_devices
from tests.edgegan.cli.command import Command
from tests.runtime.fake_nvml import FakeNvml
from tests.runtime.jetson_trees import NANO, ORIN_NANO, write_tree


def test_devices(command: Command) -> None:
    done = command("devices")
    assert done.code == 0
    header, cpu, *_ = done.out.splitlines()
    assert header.split()[:2] == ["device", "name"]
    assert cpu.startswith("cpu ")
    assert "cores usable; instruction sets: " in done.out


def test_devices_json(command: Command) -> None:
    done = command("devices", "--json")
    content = json.loads(done.out)
    assert content["devices"][0]["id"] == "cpu"
    assert set(content) == {"devices", "jetson", "driver", "onnxruntime_providers"}


def test_a_desktop_gpu(tmp_path: Path) -> None:
    report = read_devices(tmp_path, FakeNvml())
    (cells,) = [row(device) for device in report.devices if device.id == "cuda:0"]
    assert cells[:5] == [
        "cuda:0",
        "NVIDIA GeForce RTX 4090",
        "24.0 GiB",
        "2100 of 3105",
        "123 of 450",
    ]
    lines = describe(report)
    assert "cuda:0: compute capability 8.9" in lines
    assert "cuda:0: 2 process(es) compute on it, 1.0 GiB used" in lines
    assert "cuda:0: throttled now: power cap, software thermal slowdown" in lines
    assert "NVIDIA driver: 580.95.05" in lines


def test_a_jetson(tmp_path: Path) -> None:
    lines = describe(read_devices(write_tree(tmp_path, ORIN_NANO), object()))
    start = lines.index(
        "board: NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super, "
        "L4T 36.4.3, JetPack 6.2"
    )
    assert lines[start + 1 : start + 6] == [
        "power mode: MAXN_SUPER, number 2; others: 15W, 25W",
        "jetson_clocks: off: clocks move with the load",
        "hottest: cpu-thermal, 46.5 C",
        "power: 5.7 W (VDD_IN)",
        "current cut down 7 times since it was started",
    ]


def test_a_jetson_that_is_hot_and_unknown(tmp_path: Path) -> None:
    tree = {**NANO, "etc/nv_tegra_release": "# R40 (release), REVISION: 1.0"}
    lines = describe(read_devices(write_tree(tmp_path, tree), object()))
    assert any(line.endswith("L4T 40.1.0, unknown JetPack") for line in lines)
    assert "cuda:0: throttled now: CPU-therm at 98.0 C, slowed from 97.0 C" in lines


def test_a_board_that_tells_only_its_chip(tmp_path: Path) -> None:
    tree = {"proc/device-tree/compatible": "nvidia,tegra264"}
    report = read_devices(write_tree(tmp_path, tree), object())
    assert "board: unknown, L4T unknown, unknown JetPack" in describe(report)
    assert "jetson_clocks: unknown" in describe(report)
    assert row(report.devices[1])[:5] == ["cuda:0", "tegra264", "", "", ""]
