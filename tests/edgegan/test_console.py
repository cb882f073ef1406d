"""Plain output where there is no terminal."""

from __future__ import annotations

import io
import json
import re

import pytest
from rich.console import Console

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


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_progress_is_a_line_at_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress("Training", 100, clock=Clock()) as report:
        for done in range(1, 101):
            report(done, f"loss {done}")
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) == 10
    assert lines[0] == "Training: 10/100 loss 10"
    assert lines[-1] == "Training: 100/100 loss 100"


def test_slow_progress_is_a_line_each_minute(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with console.progress("Training", 10_000, start=5_000, clock=clock) as report:
        clock.now += 59  # the first step, which says nothing of the speed
        report(5_001, "loss 1")
        for done in range(5_002, 5_011):
            clock.now += 20
            report(done)  # the last note stays
    assert capsys.readouterr().err.splitlines() == [
        f"Training: {done}/10000 loss 1, {left} left"
        for done, left in (
            (5_002, "1 day, 3:46:00"),  # 4998 steps of 20 s
            (5_005, "1 day, 3:45:00"),
            (5_008, "1 day, 3:44:00"),
        )
    ]


def test_a_resumed_step_tells_its_next_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with console.progress("Training", 100, start=55, clock=clock) as report:
        for done in range(56, 62):
            clock.now += 2
            report(done)
    assert capsys.readouterr().err == "Training: 60/100, 0:01:20 left\n"


def test_a_bar_goes_on_from_the_start_and_tells_the_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn, clock = io.StringIO(), Clock()
    terminal = Console(file=drawn, force_terminal=True, width=120, color_system=None)
    monkeypatch.setattr(console, "_stderr", lambda: terminal)
    with console.progress("Training", 266_800, start=5_000, clock=clock) as report:
        clock.now += 30
        for done in range(5_001, 5_201):
            report(done, "12.3 img/s  G 1.23 [a]")
            report(done)
            clock.now += 0.5
    first, *_, last = (line for line in re.split(r"[\r\n]", drawn.getvalue()) if "Training" in line)
    assert "5000/266800" in first
    assert "5200/266800 0:02:10 36:20:00 12.3 img/s  G 1.23 [a]" in last


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
