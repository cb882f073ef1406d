from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from edgegan.runtime.environment import capture
from tests.repository import ROOT

LINE = {
    "kind": "equal",
    "verdict": "no difference",
    "ratio": 1.0,
    "ratio_ci": [0.99, 1.01],
    "p50_ms": [1.0, 1.0],
    "cpu": capture().cpu_model,
    "threads": 1,
    "min_time_s": 3.0,
    "warmup_time_s": 0.5,
    "rounds": 30,
}


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Go on in a folder where both comparisons are made, so that nothing is measured."""
    lines = [LINE, {**LINE, "kind": "slowed", "verdict": "slower"}]
    (folder / "results.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "cyclegan-emoji-A2B-64x64-int8-dynamic.tflite").touch()
    script = ROOT / "benchmarks/comparison_errors.py"
    words = [sys.executable, str(script), "--folder", str(folder), "--comparisons", "1", *options]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_the_same_settings_go_on(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 of 1" in done.stdout


@pytest.mark.parametrize("options", [("--threads", "2"), ("--min-time", "5")])
def test_other_settings_do_not(tmp_path: Path, options: tuple[str, str]) -> None:
    done = run(tmp_path, *options)
    assert done.returncode == 1
    assert "results.jsonl, line 1, was measured with" in done.stderr
    assert "another --folder" in done.stderr
