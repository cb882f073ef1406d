"""`edgegan bench`: its report, and artifacts that cannot run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from edgegan.cli.bench import _times
from tests.edgegan.cli.command import Command

QUICK = ("--min-iters", 20, "--min-time", 0.1, "--warmup-time", 0.01, "--threads", 1)


def test_bench(command: Command, artifact: Path, tmp_path: Path) -> None:
    done = command("bench", artifact, artifact, *QUICK, "-o", tmp_path / "report")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].startswith("artifact")
    assert [line.split()[0] for line in lines[1:3]] == ["tiny.tflite"] * 2
    content: dict[str, Any] = json.loads((tmp_path / "report" / "bench.json").read_text())
    assert len(content["results"]) == 2
    written = {path.name for path in (tmp_path / "report").iterdir()}
    assert written == {"bench.json", "bench.csv", "bench.md", "bench.html"}


def test_bench_finishes_the_others(command: Command, artifact: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(b"\0" * 10)
    done = command("bench", tmp_path / "none.tflite", cut, artifact, *QUICK, "--json")
    content = json.loads(done.out)
    assert done.code == 2  # the first failure's
    assert len(content["results"]) == 1
    assert [item["exit_code"] for item in content["failures"]] == [2, 1]
    assert len(done.errors) == 1


def test_bench_of_nothing_that_runs(command: Command, tmp_path: Path) -> None:
    done = command("bench", tmp_path / "a.onnx", tmp_path / "b.onnx", *QUICK, "--json")
    assert (done.code, done.out) == (2, "")
    assert "a.onnx does not exist" in done.errors[0]
    assert "b.onnx: not measured" in done.err


@pytest.mark.parametrize(("name", "starts"), [("csv", "artifact,"), ("html", "<!doc")])
def test_bench_prints_other_formats(
    command: Command, artifact: Path, name: str, starts: str
) -> None:
    done = command("bench", artifact, *QUICK, "--format", name)
    assert done.code == 0
    assert done.out.startswith(starts)


def test_bench_of_a_camera_end_to_end(command: Command, artifact: Path, photos: Path) -> None:
    (photos / "text.jpg").unlink()
    shutil.copy(photos / "a.png", photos / "c.png")
    options = ("--scenario", "camera@200", "--stages", "e2e", "--images", photos, "--layers")
    done = command("bench", artifact, *QUICK, *options, "--json")
    content = json.loads(done.out)
    assert content["settings"]["scenario"] == "camera@200"
    (result,) = content["results"]
    assert 20 / 0.4 < result["throughput_per_s"] <= 200
    stages = result["stages"]
    whole = stages["pre_ms"] + stages["net_ms"] + stages["post_ms"]
    assert 0.2 * result["p50_ms"] < whole <= 2 * result["p50_ms"]
    assert "benchmark_model" in result["layers"]["note"]


def test_bench_sustained(command: Command, artifact: Path) -> None:
    done = command("bench", artifact, *QUICK, "--scenario", "sustained@0.5", "--json")
    (result,) = json.loads(done.out)["results"]
    assert len(result["rounds"]) == 1
    assert 0.5 <= result["rounds"][0]["wall_s"] < 2.0
    assert result["sustained"]["window_s"] == pytest.approx(0.25, abs=0.1)


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [
        (None, None, (10, 120)),
        (None, 5.0, (5, 5)),
        (300.0, None, (300, 300)),
        (0.1, None, (0.1, 120)),
        (60.0, 5.0, (60, 5)),  # which the settings refuse
    ],
)
def test_a_default_makes_way(
    least: float | None, most: float | None, expected: tuple[float, float]
) -> None:
    assert _times(least, most) == expected


def test_bench_strict(command: Command, artifact: Path) -> None:
    short = ("--min-iters", 10**6, "--min-time", 0, "--max-time", 0.1, "--warmup-time", 0)
    assert command("bench", artifact, *short).code == 0
    done = command("bench", artifact, *short, "--strict")
    assert done.code == 7
    assert done.out.startswith("artifact")
    assert done.errors == ["error: Not a valid measurement: tiny.tflite; see above why."]
    assert "min_iters not reached" in done.err


def test_bench_gate(command: Command, artifact: Path, tmp_path: Path) -> None:
    done = command("bench", artifact, *QUICK, "-o", tmp_path)
    file = tmp_path / "bench.json"
    content = json.loads(file.read_text())
    content["results"][0]["p50_ms"] /= 100
    file.write_text(json.dumps(content))
    rules = ("--fail-if", "p50 > +5%", "--fail-if", "throughput < 1/s", "--fail-if", "p50 > 0ms")
    done = command("bench", artifact, *QUICK, "--baseline", file, *rules, "--json")
    assert done.code == 5
    assert len(json.loads(done.out)["results"]) == 1
    failed = [line for line in done.err.splitlines() if line.startswith("failed: ")]
    assert [line.partition("rule is ")[2] for line in failed] == ["p50 > +5%", "p50 > 0ms"]
    assert done.errors == ["error: 2 performance rule(s) broken; see above."]
    more = (*rules, "--fail-if", "p99 > 1ms", "--min-time", 0)
    done = command("bench", artifact, *QUICK, "--baseline", file, *more)
    assert done.code == 5
    assert "not judged: tiny.tflite has no p99 to judge by" in done.err
    kept = command("bench", artifact, *QUICK, "--baseline", file, "--fail-if", "p50 > +9e9%")
    assert kept.code == 2  # no number that rules have
    assert command("bench", artifact, *QUICK, "--fail-if", "p50 > 60000ms").code == 0


def test_a_baseline_of_other_settings_is_refused_before_measuring(
    command: Command, artifact: Path, tmp_path: Path
) -> None:
    assert command("bench", artifact, *QUICK, "-o", tmp_path).code == 0
    options = ("--baseline", tmp_path / "bench.json", "--fail-if", "p50 > +5%", "--threads", 1)
    done = command("bench", artifact, "--stages", "e2e", *options)  # would take 10 s
    assert (done.code, done.out) == (2, "")
    assert "not measured alike: timed stages net against e2e" in done.errors[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--fail-if", "p50"), "'p50' is not a rule"),
        (("--fail-if", "p50 > +5%"), "needs --baseline"),
        (("--baseline", "none.json"), "none.json does not exist"),
        (("--scenario", "camera"), "camera@30"),
        (("--max-time", 5), "max_time_s is 5, below min_time_s, 60"),
        (("--stages", "all"), "Unknown choice of stages 'all'"),
        (("--format", "xml"), "Unknown format 'xml'"),
    ],
)
def test_bench_refuses_before_it_measures(
    command: Command, artifact: Path, options: tuple[str, ...], words: str
) -> None:
    done = command("bench", artifact, "--min-time", 60, *options)
    assert (done.code, done.out) == (2, "")
    assert words in done.errors[0]


def test_bench_then_compare(command: Command, artifact: Path, tmp_path: Path) -> None:
    assert command("bench", artifact, artifact, *QUICK, "-o", tmp_path).code == 0
    done = command("compare", tmp_path / "bench.json", "--json")
    (comparison,) = json.loads(done.out)["comparisons"]
    assert comparison["rounds"] == [30, 30]
    assert comparison["paired"] is True
