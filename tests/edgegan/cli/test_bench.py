"""`edgegan bench`: its report, and artifacts that cannot run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
    assert (tmp_path / "report" / "bench.md").is_file()


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
