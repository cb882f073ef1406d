from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import ArtifactError, EdgeganError, UsageError
from edgegan.images import save_image
from edgegan.runtime.bench import bench, step_count
from edgegan.runtime.bench_file import measured
from edgegan.runtime.bench_images import bench_images, network_batch
from edgegan.runtime.bench_report import COLUMNS, as_json, notes, rows
from edgegan.runtime.bench_result import BenchReport
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.bench_worker import Worker
from edgegan.runtime.comparison import compare
from edgegan.runtime.engine import load
from edgegan.runtime.latency import summarize
from edgegan.runtime.power_sources import PowerSource
from tests.runtime.engine_openers import open_graphics, open_restless, open_slow, open_vanishing
from tests.runtime.models import describe, selftest_image

QUICK = BenchSettings(
    threads=1, min_iters=70, min_time_s=0.1, warmup_runs=2, warmup_time_s=0.01, rounds=2
)
# Settled: other programs read them.
RESULT_KEYS = {
    *("artifact", "backend", "device", "precision", "threads", "n", "rounds"),
    *("p50_ms", "p50_ci_ms", "p90_ms", "p95_ms", "p99_ms", "min_ms", "mean_ms", "std_ms"),
    *("throughput_per_s", "first_ms", "load_ms", "stages", "memory", "energy"),
    *("valid", "flags", "input_shape", "batch", "missed", "sustained", "layers", "output_sha256"),
}
STAGES = {"pre_ms", "h2d_ms", "net_ms", "d2h_ms", "post_ms"}


@pytest.fixture(scope="module")
def steps() -> list[int]:
    return []


@pytest.fixture(scope="module")
def report(
    tflite: Path, onnx_file: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> BenchReport:
    """One session: a good file, a wrong self-test, a damaged and an absent one, a good one."""
    folder = tmp_path_factory.mktemp("bench")
    wrong = Path(shutil.copy(tflite, folder / "wrong.tflite"))
    describe(wrong, np.tanh(selftest_image()))
    damaged = folder / "damaged.tflite"
    damaged.write_bytes(tflite.read_bytes()[:500])
    paths = [tflite, wrong, damaged, folder / "none.onnx", onnx_file]
    return bench(paths, QUICK, lambda done, note="": steps.append(done))


def test_results_keep_the_order(report: BenchReport) -> None:
    names = [Path(result.artifact).name for result in report.results]
    assert names == ["tiny.tflite", "wrong.tflite", "tiny.onnx"]
    assert [result.info.backend for result in report.results] == ["litert", "litert", "onnxruntime"]


def test_failures_keep_their_kind(report: BenchReport) -> None:
    damaged, absent = (error for _, error in report.failures)
    assert isinstance(damaged, ArtifactError)
    assert isinstance(absent, UsageError)
    assert [Path(path).name for path, _ in report.failures] == ["damaged.tflite", "none.onnx"]


def test_all_rounds_are_there(report: BenchReport) -> None:
    for result in report.results:
        counts = [len(one.samples_ms) for one in result.rounds]
        assert len(counts) == 2
        assert min(counts) >= 35
        assert result.latency.n == sum(counts)
        assert sum(one.wall_s for one in result.rounds) >= 0.1
        expected = result.latency.n / sum(one.wall_s for one in result.rounds)
        assert result.throughput_per_s == pytest.approx(expected)
        assert result.latency.p90_ms is not None


def test_each_process_has_its_own_memory(report: BenchReport) -> None:
    for result in report.results:
        peak, opened = result.memory["peak_rss_bytes"], result.memory["opened_rss_bytes"]
        assert peak is not None
        assert opened is not None
        assert 20e6 < opened <= peak < 200e6  # this process, with TensorFlow, takes more
        assert 10e6 < (result.memory["start_rss_bytes"] or 0) <= opened


def test_large_photos_are_not_the_artifact_s_memory(onnx_file: Path, tmp_path: Path) -> None:
    for number in range(2):
        photo = np.full((4000, 6000, 3), 100 + number, np.uint8)  # 72 MB
        save_image(tmp_path / f"{number}.bmp", photo)
    sizes = []
    for spec in ("emoji", str(tmp_path)):
        (result,) = bench([onnx_file], replace(QUICK, images=spec)).results
        sizes.append(result.memory["peak_rss_bytes"] or 0)
    assert abs(sizes[1] - sizes[0]) < 30e6


def test_wrong_outputs_make_a_result_invalid(report: BenchReport) -> None:
    assert any("self-test failed" in flag for flag in report.results[1].flags)
    assert not report.results[1].valid


def test_progress_counts_every_step(report: BenchReport, steps: list[int]) -> None:
    assert steps == list(range(1, step_count(5, QUICK) + 1))


def test_json_has_the_settled_keys(report: BenchReport) -> None:
    content = json.loads(json.dumps(as_json(report)))
    assert {"session", "environment", "results"} <= content.keys()
    for result in content["results"]:
        assert result.keys() >= RESULT_KEYS
        assert result["stages"].keys() == STAGES
        assert len(result["p50_ci_ms"]) == 2
        assert result["p50_ci_ms"][0] <= result["p50_ms"] <= result["p50_ci_ms"][1]
        assert result["rounds"][0]["samples_ms"]
    assert [failure["exit_code"] for failure in content["failures"]] == [1, 2]


def test_table(report: BenchReport) -> None:
    assert all(len(row) == len(COLUMNS) for row in rows(report))
    assert any("self-test failed" in line for line in notes(report))


def test_table_claims_nothing_without_samples(report: BenchReport) -> None:
    few = replace(report.results[1], latency=summarize([1.0, 2.0, 3.5]))
    (row,) = rows(replace(report, results=(few,)))
    cells = dict(zip(COLUMNS, row, strict=True))
    assert cells["p50 ms [95% CI]"] == "2.00"
    assert (cells["p90"], cells["p95"], cells["p99"]) == ("n/a", "n/a", "n/a")
    assert cells["valid"] == "no"


def test_too_short_a_measurement_is_flagged(tflite: Path) -> None:
    limits = BenchSettings(
        min_iters=10**9, min_time_s=0.1, max_time_s=0.1, warmup_time_s=0, rounds=1
    )
    (result,) = bench([tflite], limits).results
    assert any(flag.startswith("min_iters not reached") for flag in result.flags)


def test_rounds_end_in_time(onnx_file: Path) -> None:
    limits = replace(QUICK, min_iters=1, min_time_s=0, max_time_s=0.8, rounds=30)
    report = bench([onnx_file] * 2, limits, openers=[open_slow, load])
    slow, fast = report.results
    # Each round of the slow one takes a run to warm up and a timed one.
    assert 4 <= len(slow.rounds) <= 8
    assert len(fast.rounds) == 30
    assert f"max_time reached after {len(slow.rounds)} of 30 rounds" in slow.flags
    assert not any(flag.startswith("max_time") for flag in fast.flags)
    (before, after) = measured(as_json(report))
    comparison = compare(before, after) if len(slow.rounds) >= 6 else None
    assert comparison is None or comparison.verdict == "faster"


def test_an_engine_of_ones_own_is_opened_in_the_process(onnx_file: Path) -> None:
    report = bench([onnx_file] * 2, QUICK, openers=[load, open_restless])
    sound, restless = report.results
    changed = "the output for one image changed while it was timed"
    assert changed not in sound.flags
    assert changed in restless.flags
    assert restless.info.backend == "numpy"
    x = network_batch(bench_images("emoji", sound.info.io)[:1], sound.info.io)
    output = load(onnx_file, threads=1).run(x)
    assert sound.output_sha256 == hashlib.sha256(output.tobytes()).hexdigest()


def test_the_times_of_a_device_are_stages(onnx_file: Path) -> None:
    report = bench([onnx_file], QUICK, openers=[open_graphics])
    stages = report.results[0].stages
    assert (stages.h2d_ms, stages.net_ms, stages.d2h_ms) == (None, 0.25, 0.125)
    assert stages.pre_ms > 0


def test_energy_is_that_of_the_rounds(onnx_file: Path) -> None:
    asked: list[str] = []

    def lamp(device: str) -> PowerSource:
        asked.append(device)
        return PowerSource(rail="lamp", kind="power", read=lambda: 5.0)

    report = bench([onnx_file] * 2, QUICK, power=lamp)
    assert asked == ["cpu"]
    for result in report.results:
        wall_s = sum(one.wall_s for one in result.rounds)
        assert result.energy is not None
        gross = 5e3 * wall_s / result.latency.n
        assert result.energy.gross_mj_per_image == pytest.approx(gross)
        assert result.energy.net_mj_per_image == pytest.approx(0, abs=1e-6)
    assert as_json(report)["results"][0]["energy"]["rail"] == "lamp"
    assert sum("mJ an image, " in note and "(lamp)" in note for note in notes(report)) == 2


def test_layers_that_cannot_be_timed_leave_the_measurement(onnx_file: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(onnx_file, tmp_path))
    report = bench([copy], replace(QUICK, layers=True), openers=[open_vanishing])
    (result,) = report.results
    assert result.latency.n >= 70
    assert result.layers is not None
    assert result.layers.layers == ()
    assert any("layers: not timed: " in note for note in notes(report))


def test_a_crash_is_an_error_of_that_artifact(tflite: Path) -> None:
    with Worker(tflite, QUICK) as worker:
        worker.open()
        os.kill(worker._process.pid or 0, signal.SIGKILL)
        with pytest.raises(EdgeganError, match=r"ended unexpectedly \(exit code -9\)"):
            worker.time_round()
