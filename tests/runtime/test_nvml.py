from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from edgegan.runtime import nvml
from edgegan.runtime.nvml import GpuState, open_nvml, read_nvidia
from tests.runtime.fake_nvml import FakeNvml

RTX_4090 = GpuState(
    index=0,
    name="NVIDIA GeForce RTX 4090",
    compute_capability="8.9",
    memory_bytes=24 * 2**30,
    memory_used_bytes=2**30,
    processes=2,
    temperature_c=61,
    power_w=123.456,
    power_limit_w=450.0,
    clock_mhz=2100,
    max_clock_mhz=3105,
    memory_clock_mhz=10_251,
    max_memory_clock_mhz=10_501,
    throttling=("power cap", "software thermal slowdown"),
)


def test_a_gpu() -> None:
    library = FakeNvml()
    assert read_nvidia(library) == ("580.95.05", (RTX_4090,))
    assert library.open == 0


def test_counters_and_the_driver() -> None:
    opened = open_nvml(FakeNvml())
    assert opened is not None
    with opened:
        assert opened.driver_version() == "580.95.05"
        assert opened.energy_j(0) == 5000.0
        assert opened.power_w(0) == 123.456
        assert (opened.energy_j(1), opened.power_w(1)) == (None, None)


@pytest.mark.parametrize(
    ("absent", "expected"),
    [
        (
            ("nvmlDeviceGetCurrentClocksEventReasons",),
            replace(RTX_4090, throttling=("hardware slowdown",)),
        ),
        (
            (
                "nvmlDeviceGetCurrentClocksEventReasons",
                "nvmlDeviceGetCurrentClocksThrottleReasons",
            ),
            replace(RTX_4090, throttling=None),
        ),
        (("nvmlDeviceGetComputeRunningProcesses_v3",), replace(RTX_4090, processes=0)),
        (("nvmlDeviceGetEnforcedPowerLimit",), replace(RTX_4090, power_limit_w=None)),
    ],
)
def test_older_drivers_lack_functions(absent: tuple[str, ...], expected: GpuState) -> None:
    assert read_nvidia(FakeNvml(absent=absent))[1] == (expected,)


def test_a_device_that_refuses_to_answer_most_questions() -> None:
    refused = tuple(
        name
        for name in dir(FakeNvml)
        if name.startswith("nvmlDevice") and "Count" not in name and "Handle" not in name
    )
    assert len(refused) == 14
    (gpu,) = read_nvidia(FakeNvml(refused=refused))[1]
    assert set(asdict(gpu).values()) == {0, None}


def test_no_throttling_while_idle_or_by_choice_of_the_user() -> None:
    library = FakeNvml()
    library.reasons = 0x01 | 0x02 | 0x100
    (gpu,) = read_nvidia(library)[1]
    assert gpu.throttling == ()


def test_without_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvml, "_LIBRARY", "libabsent.so.1")
    assert open_nvml() is None
    assert read_nvidia() == (None, ())


@pytest.mark.parametrize(
    "library", [FakeNvml(start=9), FakeNvml(absent=("nvmlInit_v2",)), object()]
)
def test_a_library_that_does_not_start(library: object) -> None:
    assert read_nvidia(library) == (None, ())


def test_no_gpu_at_all() -> None:
    for refused in ("nvmlDeviceGetCount_v2", "nvmlDeviceGetHandleByIndex_v2"):
        assert read_nvidia(FakeNvml(refused=(refused,))) == ("580.95.05", ())


def test_it_can_be_written_as_json() -> None:
    assert json.loads(json.dumps(asdict(RTX_4090)))["max_clock_mhz"] == 3105
