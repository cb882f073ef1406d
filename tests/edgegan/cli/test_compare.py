"""`edgegan compare`: what it prints, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.edgegan.cli.command import Command
from tests.runtime.bench_contents import bench_content, bench_result


def write(path: Path, *results: dict[str, Any], session: str = "s1") -> Path:
    path.write_text(json.dumps(bench_content(*results, session=session)))
    return path


def flat(name: str, level: float, rounds: int = 10, **changes: Any) -> dict[str, Any]:
    return bench_result([[level] * 3] * rounds, name, **changes)


def test_within_one_report(command: Command, tmp_path: Path) -> None:
    results = (flat("a.tflite", 10.0), flat("b.tflite", 12.0), flat("c.tflite", 5.0))
    done = command("compare", write(tmp_path / "bench.json", *results))
    assert done.code == 0
    _, second, third = done.out.splitlines()
    expected = "a.tflite b.tflite 10.00 -> 12.00 1.200 [1.200, 1.200] 10 paired slower"
    assert " ".join(second.split()) == expected
    assert third.endswith("faster")
    assert done.err == ""


def test_between_two_reports(command: Command, tmp_path: Path) -> None:
    before = write(tmp_path / "old.json", flat("a.tflite", 10.0))
    after = write(tmp_path / "new.json", flat("a.tflite", 10.5), session="s2")
    done = command("compare", before, after)
    assert done.code == 0
    assert done.out.splitlines()[1].endswith("no difference")
    assert "10 and 10, unpaired" in done.out
    assert "nor is equality: the time may differ by -3.3% to +14.0%" in done.err
    assert "warning: different sessions" in done.err


def test_json_is_one_object(command: Command, tmp_path: Path) -> None:
    results = (flat("a.tflite", 10.0), flat("b.tflite", 10.1))
    done = command("compare", write(tmp_path / "bench.json", *results), "--json")
    (comparison,) = json.loads(done.out)["comparisons"]
    assert comparison["verdict"] == "no difference"
    assert comparison["equivalent"] is True


def test_other_conditions_are_refused_unless_forced(command: Command, tmp_path: Path) -> None:
    results = (flat("a.tflite", 10.0), flat("b.tflite", 12.0, batch=2))
    file = write(tmp_path / "bench.json", *results)
    refused = command("compare", file)
    assert (refused.code, refused.out) == (2, "")
    assert "not measured alike: batch 1 against 2" in refused.errors[0]
    forced = command("compare", file, "--force", "--artifact", "b.tflite", "--artifact", "a.tflite")
    assert forced.code == 0
    assert forced.out.splitlines()[1].endswith("faster")
    assert "warning: not measured alike: batch 2 against 1" in forced.err


def test_files_of_other_kinds_are_refused(command: Command, tmp_path: Path) -> None:
    other = tmp_path / "x.json"
    other.write_text("{}")
    done = command("compare", other)
    assert (done.code, len(done.errors)) == (2, 1)
    assert command("compare", tmp_path / "none.json").code == 2
