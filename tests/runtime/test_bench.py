from __future__ import annotations

import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import ArtifactError, EdgeganError, UsageError
from edgegan.manifest import IO, tensor_of_rank
from edgegan.runtime.bench import BenchReport, bench, doubts, step_count
from edgegan.runtime.bench_report import COLUMNS, as_json, markdown, notes, rows, write_report
from edgegan.runtime.bench_worker import POOL, Worker, image_pool
from edgegan.runtime.latency import Latency, summarize
from edgegan.runtime.timing import BenchSettings
from tests.runtime.models import SIZE, describe, selftest_image

QUICK = BenchSettings(
    threads=1, min_iters=70, min_time_s=0.1, warmup_runs=2, warmup_time_s=0.01, rounds=2
)
# Settled: other programs read them.
RESULT_KEYS = {
    *("artifact", "backend", "device", "precision", "threads", "n", "rounds"),
    *("p50_ms", "p50_ci_ms", "p90_ms", "p95_ms", "p99_ms", "min_ms", "mean_ms", "std_ms"),
    *("throughput_per_s", "first_ms", "load_ms", "stages", "memory", "energy"),
    *("valid", "flags"),
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


def test_report_files(report: BenchReport, tmp_path: Path) -> None:
    as_json_file, as_markdown = write_report(tmp_path / "new", report)
    assert json.loads(as_json_file.read_text()) == json.loads(json.dumps(as_json(report)))
    page = as_markdown.read_text()
    assert page == markdown(report)
    assert f"session {report.session}" in page
    assert all(f"| {Path(result.artifact).name} |" in page for result in report.results)
    assert "none.onnx: not measured" in page


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


STEADY = summarize([10.0] * 100)


@pytest.mark.parametrize(
    ("latency", "wall_s", "steady", "flags"),
    [
        (STEADY, 10.0, True, []),
        (STEADY, 10.0, False, ["not steady after the warm-up"]),
        (STEADY, 9.94, True, ["min_time not reached: 9.9 s < 10 s"]),
        (summarize([10.0] * 99), 10.0, True, ["min_iters not reached: 99 < 100"]),
        # Half the samples 5 % below the mean, half above: with n - 1, just over 5 %.
        (summarize([9.5, 10.5] * 50), 10.0, True, ["not steady: CoV 5.0% > 5%"]),
        (summarize([9.6, 10.4] * 50), 10.0, True, []),
    ],
)
def test_doubts(latency: Latency, wall_s: float, steady: bool, flags: list[str]) -> None:
    assert doubts(latency, wall_s, steady, BenchSettings()) == flags


def test_too_short_a_measurement_is_flagged(tflite: Path) -> None:
    limits = BenchSettings(
        min_iters=10**9, min_time_s=0.1, max_time_s=0.1, warmup_time_s=0, rounds=1
    )
    (result,) = bench([tflite], limits).results
    assert any(flag.startswith("min_iters not reached") for flag in result.flags)


def test_a_crash_is_an_error_of_that_artifact(tflite: Path) -> None:
    with Worker(tflite, QUICK) as worker:
        worker.open()
        os.kill(worker._process.pid or 0, signal.SIGKILL)
        with pytest.raises(EdgeganError, match=r"ended unexpectedly \(exit code -9\)"):
            worker.time_round()


def test_the_pool_holds_different_real_images() -> None:
    tensor = tensor_of_rank("image", (2, SIZE, SIZE, 3), "float32")
    images, pool = image_pool(IO(inputs=(tensor,), outputs=(tensor,)))
    assert len(images) == len(pool) == POOL
    assert len({x.tobytes() for x in pool}) == POOL
    assert all(x.shape == (2, SIZE, SIZE, 3) and x.dtype == np.float32 for x in pool)
    assert min(x.min() for x in pool) >= -1
    assert max(x.max() for x in pool) <= 1
    assert np.array_equal(pool[0][1], pool[1][0])
