"""Plain output where there is no terminal."""

from __future__ import annotations

import json

import pytest

from edgegan import console


def test_results_go_to_stdout_and_notes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    long = "a [bold]name[/bold] " + "word " * 60
    console.result(long)
    console.note("to people")
    captured = capsys.readouterr()
    assert captured.out == long + "\n"
    assert captured.err == "to people\n"


def test_json_is_all_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    console.emit_json({"p50_ms": 1.5, "valid": True, "parity": None})
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"p50_ms": 1.5, "valid": True, "parity": None}
    assert captured.err == ""


def test_a_plain_table_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    console.table(("file", "ms"), [("a", "10.5"), ("longer name", "2")], title="Times")
    lines = capsys.readouterr().out.splitlines()
    title, *rows = [line for line in lines if line.strip()]
    assert title == "Times"
    assert [row.split("  ")[0].strip() for row in rows] == ["file", "a", "longer name"]
    column = len("longer name") + 2
    assert [row[column:].strip() for row in rows] == ["ms", "10.5", "2"]


def test_progress_is_a_line_at_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress("Training", 100) as report:
        for done in range(1, 101):
            report(done, f"loss {done}")
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) == 10
    assert lines[0] == "Training: 10/100 loss 10"
    assert lines[-1] == "Training: 100/100 loss 100"


def test_progress_that_jumps_or_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress("Work", 3) as report:
        report(0)
        report(3)
    with console.progress("Nothing", 0):
        pass
    assert capsys.readouterr().err == "Work: 3/3\n"


def test_silent_reports_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    console.silent(3, "note")
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
