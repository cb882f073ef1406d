"""What people see: results on stdout, progress and notes on stderr.

rich draws progress bars and tables on a terminal; elsewhere the same words are plain
text. The library itself never prints: commands do, through this module.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
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
from rich.table import Table


class Report(Protocol):
    """Called as work goes on: `done` of the total, and a few words on the state."""

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
def progress(title: str, total: int) -> Iterator[Report]:
    """Show how far a long step is; yield the function that reports it.

    On a terminal this is a bar with the time left. Elsewhere it is a line on stderr
    at each tenth of the way.
    """
    console = _stderr()
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task(title, total=total, note="")
            yield lambda done, note="": bar.update(task, completed=done, note=note)
    else:
        yield _Milestones(title, total)


class _Milestones:
    """Plain progress: one line at each tenth."""

    def __init__(self, title: str, total: int) -> None:
        self._title, self._total, self._tenth = title, total, 0

    def __call__(self, done: int, note: str = "") -> None:
        tenth = done * 10 // max(self._total, 1)
        if tenth > self._tenth:
            self._tenth = tenth
            print(f"{self._title}: {done}/{self._total} {note}".rstrip(), file=sys.stderr)


def _bar(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    return Progress(*columns, console=console, transient=False)


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
