from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edgegan.errors import UsageError
from edgegan.runtime.bench_file import METRICS, measured, read_bench
from tests.runtime.bench_contents import bench_content, bench_result

ROUNDS = [[1.0, 2.0, 9.0], [4.0, 6.0]]


def test_results_are_read_in_order(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    content = bench_content(bench_result(ROUNDS, "x/b.onnx"), bench_result(ROUNDS), session="s7")
    file.write_text(json.dumps(content))
    first, second = read_bench(file)
    assert (first.name, first.artifact, second.name) == ("b.onnx", "x/b.onnx", "a.tflite")
    assert first.session == second.session == "s7"
    assert first.round_p50_ms == (2.0, 5.0)
    assert first.conditions["input"] == "1x64x64x3"


def test_metrics_are_those_of_the_report() -> None:
    (result,) = measured(bench_content(bench_result(ROUNDS)))
    assert result.metrics.keys() == METRICS.keys()
    assert result.metrics["p50"] == 4.0
    assert result.metrics["mean"] == pytest.approx(4.4)
    assert result.metrics["p90"] is None  # five samples tell nothing of it
    assert result.metrics["peak_rss"] == 1e8


def test_free_dimensions_are_named() -> None:
    content = bench_content(bench_result(ROUNDS, input_shape=[1, None, None, 3]))
    assert measured(content)[0].conditions["input"] == "1x?x?x3"


GPUS = [
    {"index": 0, "name": "Tesla T4", "compute_capability": "7.5"},
    {"index": 1, "name": "NVIDIA L4", "compute_capability": "8.9"},
]
ORIN = {
    "board": {"model": "Jetson Orin Nano", "l4t": "36.4.3"},
    "power_mode": {"id": 0, "name": "15W"},
    "jetson_clocks": True,
}


def test_the_hardware_that_was_used_is_a_condition() -> None:
    content = bench_content(
        bench_result(ROUNDS, device="cuda:0", gpu=1), gpus=GPUS, jetson=ORIN, nvidia_driver="580"
    )
    (result,) = measured(content)
    hardware = ("GPU", "compute capability", "board", "power mode")
    told = [result.conditions[name] for name in hardware]
    assert told == ["NVIDIA L4", "8.9", "Jetson Orin Nano", "15W"]
    software = ("NVIDIA driver", "L4T", "jetson_clocks")
    assert [result.circumstances[name] for name in software] == ["580", "36.4.3", True]


def test_a_mode_without_a_name_goes_by_its_number() -> None:
    unnamed = {**ORIN, "power_mode": {"id": 0, "name": None}}
    (result,) = measured(bench_content(bench_result(ROUNDS), jetson=unnamed))
    assert result.conditions["power mode"] == 0


@pytest.mark.parametrize("gpus", [GPUS, []])
def test_gpus_that_were_not_used_are_none(gpus: list[dict[str, Any]]) -> None:
    for content in (bench_result(ROUNDS), bench_result(ROUNDS, gpu=None)):
        assert measured(bench_content(content, gpus=gpus))[0].conditions["GPU"] is None


def without(content: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != key}


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        "{}",
        '{"schema": 1}',
        json.dumps(without(bench_content(bench_result(ROUNDS)), "environment")),
        json.dumps(bench_content(without(bench_result(ROUNDS), "rounds"))),
        json.dumps(bench_content(bench_result(ROUNDS, rounds=[{"samples_ms": []}]))),
    ],
)
def test_other_files_are_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"other.json is not a report of edgegan bench"):
        read_bench(file)


def test_absent_and_empty_reports_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read_bench(tmp_path / "none.json")
    file = tmp_path / "bench.json"
    file.write_text(json.dumps(bench_content()))
    with pytest.raises(UsageError, match="has no results"):
        read_bench(file)
