from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgegan.runtime.bench import bench
from edgegan.runtime.bench_file import measured
from edgegan.runtime.bench_report import as_json
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.engine import load
from edgegan.runtime.environment import Environment, capture
from edgegan.runtime.gpu_index import gpu_index
from edgegan.runtime.throttling import throttled
from tests.runtime.engine_openers import open_graphics
from tests.runtime.fake_driver import FakeDriver
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


def test_what_slowed_a_gpu_at_any_reading_is_told_once(tmp_path: Path) -> None:
    calm, capped = desktop(tmp_path, IDLE), desktop(tmp_path, CAPPED)
    both = desktop(tmp_path, CAPPED | HOT)
    assert throttled([calm, calm], 0) == ()
    for states in ([capped, calm], [calm, capped], [calm, capped, calm]):
        assert throttled(states, 0) == ("power cap",)
    assert throttled([capped, both], 0) == ("power cap", "software thermal slowdown")


@pytest.mark.parametrize("gpu", [None, 1])
def test_another_device_is_not_slowed_by_it(tmp_path: Path, gpu: int | None) -> None:
    assert throttled([desktop(tmp_path, HOT), desktop(tmp_path, HOT)], gpu) == ()


def test_a_driver_that_does_not_tell(tmp_path: Path) -> None:
    state = desktop(tmp_path, HOT)
    untold = replace(state, gpus=(replace(state.gpus[0], throttling=None),))
    assert throttled([untold, untold], 0) == ()


@pytest.mark.parametrize("gpu", [None, 0])
def test_a_jetson_is_slowed_as_a_whole(tmp_path: Path, gpu: int | None) -> None:
    calm, hot = board(tmp_path / "calm", "0"), board(tmp_path / "hot", "1")
    assert throttled([calm, calm], gpu) == ()
    for states in ([calm, hot], [hot, calm], [calm, hot, calm]):
        assert throttled(states, gpu) == ("gpu-throttle-alert",)


def test_a_benchmark_is_flagged_though_only_one_round_was_slowed(
    tflite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = board(tmp_path / "calm", "0")
    states = iter([calm, calm, board(tmp_path / "hot", "1"), calm])
    monkeypatch.setattr("edgegan.runtime.bench.capture", lambda: next(states))
    quick = BenchSettings(threads=1, min_iters=10, min_time_s=0.01, warmup_time_s=0.01, rounds=3)
    (result,) = bench([tflite], quick).results
    assert "throttled: gpu-throttle-alert" in result.flags


def test_the_gpu_that_is_looked_at_is_the_one_that_worked(
    onnx_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = FakeNvml(index=1)  # CUDA's only device; NVML has another before it
    library.reasons = CAPPED
    monkeypatch.setattr("edgegan.runtime.bench.capture", lambda: capture(tmp_path, library))
    quick = BenchSettings(threads=1, min_iters=10, min_time_s=0.01, warmup_time_s=0.01, rounds=1)

    def gpu_of(device: str) -> int | None:
        return gpu_index(device, FakeDriver(), library)

    openers = [open_graphics, load]
    report = bench([onnx_file] * 2, quick, openers=openers, power=lambda _: None, gpu_of=gpu_of)
    on_gpu, on_cpu = report.results
    assert "throttled: power cap" in on_gpu.flags
    assert "throttled: power cap" not in on_cpu.flags
    assert [one["gpu"] for one in as_json(report)["results"]] == [1, None]
    assert [one.conditions["GPU"] for one in measured(as_json(report))] == [
        "NVIDIA GeForce RTX 4090",
        None,
    ]
