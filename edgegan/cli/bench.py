"""`edgegan bench`: time artifacts side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Backend, Json, Threads, Trust

if TYPE_CHECKING:
    from edgegan.runtime.bench import BenchReport


def bench(
    artifacts: Annotated[list[Path], typer.Argument(help="Files to time, interleaved.")],
    backend: Backend = None,
    threads: Threads = None,
    trust: Trust = False,
    min_iters: Annotated[int, typer.Option(min=1, help="Timed runs of each, at least.")] = 100,
    min_time: Annotated[
        float, typer.Option(min=0, help="Seconds of timed runs of each, at least.")
    ] = 10.0,
    max_time: Annotated[
        float, typer.Option(min=0.1, help="Seconds of timed runs of each, at most.")
    ] = 120.0,
    warmup_time: Annotated[
        float, typer.Option(min=0, help="Seconds of untimed runs before, at least.")
    ] = 2.0,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for bench.json and bench.md."),
    ] = None,
    json: Json = False,
) -> None:
    """Time artifacts: latency with its confidence, throughput, memory.

    Percentiles are shown where there are enough samples for them. An artifact that cannot
    run here does not stop the others.
    """
    from edgegan.console import progress
    from edgegan.runtime.bench import bench as measure
    from edgegan.runtime.bench import step_count
    from edgegan.runtime.timing import BenchSettings

    settings = BenchSettings(
        backend=backend,
        threads=threads,
        trust=trust,
        min_iters=min_iters,
        min_time_s=min_time,
        max_time_s=max(max_time, min_time),
        warmup_time_s=warmup_time,
    )
    if output:
        _check_folder(output)
    with progress("Benchmarking", step_count(len(artifacts), settings)) as steps:
        report = measure(artifacts, settings, steps)
    _raise_if_nothing_ran(report)
    _publish(report, output, json)
    for _, error in report.failures[:1]:
        raise error


def _check_folder(output: Path) -> None:
    from edgegan.atomic import ensure_writable

    ensure_writable(output)


def _raise_if_nothing_ran(report: BenchReport) -> None:
    if report.results:
        return
    from edgegan.console import note
    from edgegan.runtime.bench_report import notes

    for line in notes(report)[1:]:
        note(line)
    raise report.failures[0][1]


def _publish(report: BenchReport, output: Path | None, json: bool) -> None:
    from edgegan.console import emit_json, note, result, table
    from edgegan.runtime.bench_report import COLUMNS, as_json, describe, notes, rows, write_report

    if json:
        emit_json(as_json(report))
    else:
        for line in describe(report.environment):
            note(line)
        table(COLUMNS, rows(report))
        for line in notes(report):
            note(line)
    if output:
        for path in write_report(output, report):
            (note if json else result)(f"Wrote {path}")
