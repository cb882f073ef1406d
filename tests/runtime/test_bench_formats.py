from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import UsageError
from edgegan.runtime.bench import bench
from edgegan.runtime.bench_formats import WRITERS, csv_text, markdown, write_report
from edgegan.runtime.bench_report import as_json, describe_state, method, notes
from edgegan.runtime.bench_result import BenchReport, Stages
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.energy import Samples, energy_use
from edgegan.runtime.latency import summarize
from edgegan.runtime.layer_times import Layer, LayerTimes
from edgegan.runtime.machine_state import MachineState
from edgegan.runtime.scenario import Scenario
from edgegan.runtime.sustained import sustained

QUICK = BenchSettings(threads=1, min_iters=12, min_time_s=0, warmup_time_s=0, rounds=3)


@pytest.fixture(scope="module")
def report(onnx_file: Path) -> BenchReport:
    absent = UsageError("The artifact none.onnx does not exist.")
    return replace(bench([onnx_file] * 2, QUICK), failures=(("none.onnx", absent),))


def test_all_files_are_written(report: BenchReport, tmp_path: Path) -> None:
    paths = write_report(tmp_path / "new", report)
    assert [path.name for path in paths] == ["bench.json", "bench.csv", "bench.md", "bench.html"]
    for path in paths:
        assert path.read_text() == WRITERS[path.suffix[1:]](report)
    assert json.loads(paths[0].read_text()) == json.loads(json.dumps(as_json(report)))


def test_csv_has_a_line_for_each_result(report: BenchReport) -> None:
    flagged = replace(report.results[1], flags=("a, b", "c"))
    lines = list(csv.DictReader(io.StringIO(csv_text(replace(report, results=(flagged,) * 2)))))
    assert len(lines) == 2
    assert float(lines[0]["p50_ms"]) == flagged.latency.p50_ms
    assert (lines[0]["p99_ms"], lines[0]["valid"], lines[0]["flags"]) == ("", "False", "a, b; c")
    assert (lines[0]["h2d_ms"], lines[0]["energy_mj_per_image"]) == ("", "")
    assert csv_text(replace(report, results=())) == ""


def test_csv_has_all_stages_and_the_energy(report: BenchReport) -> None:
    stages = Stages(pre_ms=1.0, h2d_ms=2.0, net_ms=3.0, d2h_ms=4.0, post_ms=5.0)
    samples = Samples(kind="power", times_s=np.arange(11.0), values=np.full(11, 3.0))
    energy = energy_use(samples, "VDD_IN", [(2.0, 4.0)], 4, (0.0, 1.0))
    result = replace(report.results[0], stages=stages, energy=energy)
    (line,) = csv.DictReader(io.StringIO(csv_text(replace(report, results=(result,)))))
    names = ("pre_ms", "h2d_ms", "net_ms", "d2h_ms", "post_ms")
    assert [float(line[name]) for name in names] == [1, 2, 3, 4, 5]
    assert line["energy_rail"] == "VDD_IN"
    assert float(line["energy_mj_per_image"]) == 1500  # 3 W for 2 s, 4 images
    assert float(line["energy_above_idle_mj_per_image"]) == 0


def test_markdown(report: BenchReport) -> None:
    text = markdown(report)
    assert f"session {report.session}" in text
    assert text.count("| tiny.onnx |") == 2
    assert "none.onnx: not measured" in text
    assert "turns of 3 rounds" in text


def test_the_page_draws_each_result(report: BenchReport) -> None:
    text = WRITERS["html"](report)
    charts = re.findall(r"<svg.*?</svg>", text)
    assert [chart.count("<polyline") for chart in charts] == [2, 2]
    assert "tiny.onnx (2)" in text
    assert "Layers of" not in text


def test_many_results_are_spread_over_charts(report: BenchReport) -> None:
    text = WRITERS["html"](replace(report, results=report.results[:1] * 5))
    charts = re.findall(r"<svg.*?</svg>", text)
    assert [chart.count("<polyline") for chart in charts] == [4, 4, 1, 1]


def test_a_long_run_and_layers_have_their_own_parts(report: BenchReport) -> None:
    layers = LayerTimes(layers=(Layer(name="x", op="Conv", ms=0.75),))
    samples = [1.0] * 50 + [2.0] * 50
    result = replace(
        report.results[0],
        sustained=sustained(samples),
        layers=layers,
        rounds=report.results[0].rounds[:1],
        stages=replace(report.results[0].stages, net_ms=1.5),
        latency=summarize(samples),
    )
    one = replace(report, results=(result,), failures=())
    assert len(re.findall(r"<svg.*?</svg>", WRITERS["html"](one))) == 2  # shares, and over time
    assert "<td>Conv</td><td>1</td><td>0.750</td><td>100.0%</td>" in WRITERS["html"](one)
    told = "\n".join(notes(one))
    assert "2.00 ms against 1.00 ms, ratio 2.000" in told
    assert "1 layers take 0.75 ms with the profiler on, 50% of the network's median" in told
    assert as_json(one)["results"][0]["layers"]["sum_ms"] == 0.75


def test_missed_frames_are_told(report: BenchReport) -> None:
    result = replace(report.results[0], missed=3, latency=summarize([1.0] * 9))
    told = notes(replace(report, results=(result,)))
    assert "tiny.onnx: 3 of 12 frames missed (25.0%)" in told


def test_the_method_is_that_of_the_settings() -> None:
    settings = BenchSettings(scenario=Scenario("camera", 30), stages="e2e", images="photos")
    assert "scenario camera@30" in method(settings)
    assert "uint8 images to uint8 images" in method(settings)
    assert "real images (photos)" in method(settings)


def test_changes_of_the_machine_are_told() -> None:
    before = MachineState(
        clock_mhz=3000.0, governor="x", temperature_c={"cpu": 40.2, "gpu": 30.0}, load_average=0.1
    )
    after = replace(before, clock_mhz=2400.0, temperature_c={"cpu": 71.0}, load_average=1.9)
    (line,) = describe_state(before, after)
    expected = "clock 3000 -> 2400 MHz, cpu 40 -> 71 \u00b0C, load average 0.10 -> 1.90"
    assert line == f"before -> after: {expected}"
    unknown = MachineState(clock_mhz=None, governor=None, temperature_c={}, load_average=None)
    assert describe_state(unknown, unknown) == []
