from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from edgegan.runtime import devices, nvml
from edgegan.runtime.devices import Device, DeviceReport, openvino_devices, read_devices
from tests.runtime.fake_nvml import FakeNvml
from tests.runtime.jetson_trees import NANO, ORIN_NANO, write_tree


def by_id(report: DeviceReport) -> dict[str, Device]:
    return {device.id: device for device in report.devices}


def test_the_cpu_is_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvml, "_LIBRARY", "libabsent.so.1")
    tree = {
        "proc/cpuinfo": "model name : A CPU\nflags : avx2 avx_vnni\n",
        "proc/meminfo": "MemTotal: 1048576 kB\n",
    }
    report = read_devices(write_tree(tmp_path, tree))
    cpu = report.devices[0]
    assert (cpu.id, cpu.name) == ("cpu", "A CPU")
    assert cpu.details["memory_bytes"] == 2**30
    assert cpu.precisions == ("fp32", "int8")
    assert (report.jetson, report.driver) == (None, None)
    assert "cuda:0" not in by_id(report)


def test_a_gpu_of_its_own(tmp_path: Path) -> None:
    report = read_devices(tmp_path, FakeNvml())
    gpu = by_id(report)["cuda:0"]
    assert (report.driver, gpu.name) == ("580.95.05", "NVIDIA GeForce RTX 4090")
    assert gpu.precisions == ("fp32", "fp16", "bf16", "int8")
    assert gpu.details["power_limit_w"] == 450.0
    assert gpu.details["compute_capability"] == "8.9"
    assert gpu.details["throttling"] == ("power cap", "software thermal slowdown")


@pytest.mark.parametrize(
    ("tree", "capability", "clocks"),
    [(ORIN_NANO, "8.7", (306.0, 1020.0)), (NANO, "5.3", (76.8, 640.0))],
)
def test_a_jetson_s_gpu_is_known_by_its_board(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tree: dict[str, str],
    capability: str,
    clocks: tuple[float, float],
) -> None:
    monkeypatch.setattr(nvml, "_LIBRARY", "libabsent.so.1")
    report = read_devices(write_tree(tmp_path, tree))
    gpu = by_id(report)["cuda:0"]
    assert report.jetson is not None
    assert gpu.name == report.jetson.board.soc
    assert gpu.details["compute_capability"] == capability
    assert (gpu.details["clock_mhz"], gpu.details["max_clock_mhz"]) == clocks
    assert gpu.details["memory_bytes"] is None
    assert "tensorrt-rtx" not in gpu.backends


def test_a_jetson_whose_driver_has_nvml(tmp_path: Path) -> None:
    refused = ("nvmlDeviceGetCudaComputeCapability",)
    report = read_devices(write_tree(tmp_path, ORIN_NANO), FakeNvml(refused=refused))
    gpu = by_id(report)["cuda:0"]
    assert [d.id for d in report.devices if d.id.startswith("cuda")] == ["cuda:0"]
    assert gpu.name == "NVIDIA GeForce RTX 4090"  # as that driver says
    assert gpu.details["compute_capability"] == "8.7"


def test_onnx_runtime_s_providers(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    assert read_devices(tmp_path).onnxruntime_providers == tuple(
        onnxruntime.get_available_providers()
    )


def test_packages_that_kill_their_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("onnxruntime", "openvino"):
        (tmp_path / f"{package}.py").write_text("import os\nos.abort()\n")
        monkeypatch.delitem(sys.modules, package, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    report = read_devices(tmp_path, FakeNvml())
    assert report.onnxruntime_providers is None
    assert [device.id for device in report.devices] == ["cpu", "cuda:0"]


def test_openvino_s_devices_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openvino")
    assert all(device.name for device in openvino_devices())
    code = """print('{"GPU": "A GPU"}')"""
    monkeypatch.setattr(devices, "_OPENVINO_NAMES", code)
    (gpu,) = openvino_devices()
    assert (gpu.id, gpu.name) == ("openvino:GPU", "A GPU")
    monkeypatch.setattr(devices, "_OPENVINO_NAMES", f"{code}; print('bye')")
    assert openvino_devices() == []


def test_it_can_be_written_as_json(tmp_path: Path) -> None:
    report = read_devices(write_tree(tmp_path, ORIN_NANO), FakeNvml())
    content = json.loads(json.dumps(asdict(report)))
    assert content["jetson"]["power_mode"]["name"] == "MAXN_SUPER"
