from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgegan.errors import UsageError
from edgegan.runtime.baseline_check import check_alike
from edgegan.runtime.bench_file import measured
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.environment import Environment, capture
from edgegan.runtime.scenario import Scenario
from tests.runtime.bench_contents import bench_content, bench_result

ROUNDS = [[1.0], [2.0]]
ALIKE = BenchSettings(threads=2)


@pytest.fixture
def here() -> Environment:
    return replace(capture(), cpu_model="Fast 9000", usable_cores=2)


def check(settings: BenchSettings, here: Environment, *names: str, **changes: Any) -> None:
    results = [bench_result(ROUNDS, "old/a.tflite", **changes), bench_result(ROUNDS, "b.onnx")]
    check_alike(measured(bench_content(*results)), [Path(name) for name in names], settings, here)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"threads": 1}, "threads 2 against 1"),
        ({"backend": "openvino"}, "backend asked for by suffix against openvino"),
        ({"scenario": Scenario("camera", 30)}, "scenario single against camera@30"),
        ({"stages": "e2e"}, "timed stages net against e2e"),
    ],
)
def test_other_settings_are_refused(change: dict[str, Any], words: str, here: Environment) -> None:
    check(ALIKE, here, "new/a.tflite", "b.onnx")
    with pytest.raises(UsageError, match=f"baseline of a.tflite was not measured alike: {words}"):
        check(replace(ALIKE, **change), here, "a.tflite")


def test_another_machine_is_refused(here: Environment) -> None:
    with pytest.raises(UsageError, match="processor Fast 9000 against Slow; usable cores 2 agai"):
        check(ALIKE, replace(here, cpu_model="Slow", usable_cores=1), "a.tflite")


def test_an_artifact_that_the_baseline_lacks_is_refused(here: Environment) -> None:
    with pytest.raises(UsageError, match=r"no result for c\.onnx"):
        check(ALIKE, here, "a.tflite", "c.onnx")


def test_threads_count_on_the_cpu_only(here: Environment) -> None:
    check(replace(ALIKE, threads=1), here, "a.tflite", device="cuda:0")
