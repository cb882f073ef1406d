from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgegan.runtime.bench import bench
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.environment import Environment, capture
from edgegan.runtime.throttling import throttled
from tests.runtime.fake_nvml import FakeNvml
from tests.runtime.jetson_trees import ORIN_NANO, write_tree

IDLE, CAPPED, HOT = 0x01, 0x04, 0x20


def desktop(folder: Path, reasons: int) -> Environment:
    """Read a machine with one NVIDIA GPU, whose driver gives these reasons for its clock."""
    library = FakeNvml()
    library.reasons = reasons
    return capture(folder, library)


def board(folder: Path, alert: str) -> Environment:
    """Read a Jetson whose alert of the GPU is "0" or "1"."""
    device = "sys/class/thermal/cooling_device9"
    alerts = {f"{device}/type": "gpu-throttle-alert", f"{device}/cur_state": alert}
    return capture(write_tree(folder, {**ORIN_NANO, **alerts}), FakeNvml(start=1))


@pytest.mark.parametrize("device", ["cuda:0", "cuda"])
def test_what_slowed_a_gpu_at_either_reading_is_told_once(tmp_path: Path, device: str) -> None:
    calm, capped = desktop(tmp_path, IDLE), desktop(tmp_path, CAPPED)
    both = desktop(tmp_path, CAPPED | HOT)
    assert throttled(calm, calm, device) == ()
    assert throttled(capped, calm, device) == throttled(calm, capped, device) == ("power cap",)
    assert throttled(capped, both, device) == ("power cap", "software thermal slowdown")


@pytest.mark.parametrize("device", ["cpu", "cuda:1"])
def test_another_device_is_not_slowed_by_it(tmp_path: Path, device: str) -> None:
    assert throttled(desktop(tmp_path, HOT), desktop(tmp_path, HOT), device) == ()


def test_a_driver_that_does_not_tell(tmp_path: Path) -> None:
    state = desktop(tmp_path, HOT)
    untold = replace(state, gpus=(replace(state.gpus[0], throttling=None),))
    assert throttled(untold, untold, "cuda:0") == ()


def test_a_jetson_is_slowed_as_a_whole(tmp_path: Path) -> None:
    calm, hot = board(tmp_path / "calm", "0"), board(tmp_path / "hot", "1")
    assert throttled(calm, calm, "cpu") == ()
    assert throttled(calm, hot, "cpu") == throttled(hot, calm, "cuda:0") == ("gpu-throttle-alert",)


def test_a_benchmark_is_flagged(
    tflite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = iter([board(tmp_path / "calm", "0"), board(tmp_path / "hot", "1")])
    monkeypatch.setattr("edgegan.runtime.bench.capture", lambda: next(states))
    quick = BenchSettings(threads=1, min_iters=10, min_time_s=0.01, warmup_time_s=0.01, rounds=1)
    (result,) = bench([tflite], quick).results
    assert "throttled: gpu-throttle-alert" in result.flags
