"""What people see: results on stdout, progress and notes on stderr.

rich draws progress bars and tables on a terminal; elsewhere the same words are plain
text. The library itself never prints: commands do, through this module.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table

_MINUTE = 60.0


class Report(Protocol):
    """Called as work goes on: `done` of the total, and a few words on the state.

    Without words, the last ones stay.
    """

    def __call__(self, done: int, note: str = "") -> None:
        """Tell that `done` items are finished."""


def silent(done: int, note: str = "") -> None:
    """Report nothing: the default where a library function takes a `Report`."""
    del done, note


def note(text: str) -> None:
    """Print a line for people on stderr."""
    _stderr().print(text, markup=False, highlight=False, soft_wrap=True)


def result(text: str) -> None:
    """Print a line of the result on stdout."""
    _stdout().print(text, markup=False, highlight=False, soft_wrap=True)


def emit_json(content: Any) -> None:
    """Print one JSON object on stdout, and nothing else may be printed there."""
    sys.stdout.write(json.dumps(content, indent=2) + "\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table on stdout: drawn on a terminal, aligned plain text elsewhere."""
    console = _stdout()
    if not console.is_terminal:
        _plain_table(columns, [list(row) for row in rows], title)
        return
    drawn = Table(*columns, title=title or None, title_justify="left")
    for row in rows:
        drawn.add_row(*row)
    console.print(drawn)


@contextmanager
def progress(
    title: str, total: int, start: int = 0, clock: Callable[[], float] = time.monotonic
) -> Iterator[Report]:
    """Show how far a long step is; yield the function that reports it.

    On a terminal this is a bar. Elsewhere it is a line on stderr at each tenth of the
    way, and each minute. Both tell the time left, by the speed since the first report.

    Args:
        title: What is done.
        total: How many items there are.
        start: How many of them were done before, such as by an interrupted run.
        clock: Tells the time, seconds.
    """
    console = _stderr()
    if console.is_terminal:
        with _bar(console, clock) as bar:
            task = bar.add_task(title, total=total, completed=start, note="")
            yield lambda done, note="": bar.update(
                task, completed=done, note=note or bar.tasks[task].fields["note"]
            )
    else:
        yield _Milestones(title, total, start, clock)


class _Milestones:
    """Plain progress: one line at each tenth, and each minute."""

    def __init__(self, title: str, total: int, start: int, clock: Callable[[], float]) -> None:
        self._title, self._total, self._clock = title, total, clock
        self._tenth = self._tenth_of(start)
        self._told = clock()
        self._note = ""
        self._first: tuple[int, float] | None = None

    def __call__(self, done: int, note: str = "") -> None:
        now = self._clock()
        self._note = note or self._note
        if self._first is None:  # what comes before is preparation, not speed
            self._first = done, now
        tenth = self._tenth_of(done)
        if tenth > self._tenth or now - self._told >= _MINUTE:
            self._tenth, self._told = tenth, now
            words = f"{self._title}: {done}/{self._total} {self._note}".rstrip()
            print(words + self._time_left(done, now), file=sys.stderr)

    def _tenth_of(self, done: int) -> int:
        return done * 10 // max(self._total, 1)

    def _time_left(self, done: int, now: float) -> str:
        first, began = self._first or (done, now)
        if done <= first:
            return ""
        left = round((now - began) / (done - first) * (self._total - done))
        return f", {timedelta(seconds=left)} left" if left else ""


def _bar(console: Console, clock: Callable[[], float]) -> Progress:
    columns = (  # on a narrow terminal only the bar shrinks
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TimeElapsedColumn(table_column=Column(no_wrap=True)),
        TimeRemainingColumn(table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[note]}", markup=False),
    )
    return Progress(*columns, console=console, transient=False, get_time=clock)


def _plain_table(columns: Sequence[str], rows: list[list[str]], title: str) -> None:
    widths = [max(len(str(row[i])) for row in [list(columns), *rows]) for i in range(len(columns))]
    if title:
        print(title)
    for row in [list(columns), *rows]:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def _stdout() -> Console:
    return Console()


def _stderr() -> Console:
    return Console(stderr=True)
