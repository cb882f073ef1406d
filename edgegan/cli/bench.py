"""`edgegan bench`: time artifacts side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Backend, Device, Json, Threads, Trust

if TYPE_CHECKING:
    from edgegan.cli.bench_gate import Gate
    from edgegan.runtime.bench_result import BenchReport
    from edgegan.runtime.bench_settings import BenchSettings

_TABLE = "table"  # of the formats, the one for people
_WHAT, _LONG, _GATE, _OUTPUT = "What is timed", "How long", "What fails", "Output"

Scenario = Annotated[
    str,
    typer.Option(help="single, camera@FPS, offline or sustained[@SECONDS].", rich_help_panel=_WHAT),
]
Stages = Annotated[
    str,
    typer.Option(
        help="net: the network; e2e: from uint8 images to uint8 images.", rich_help_panel=_WHAT
    ),
]
ImageSpec = Annotated[
    str,
    typer.Option(help="A folder of images, or a data set, to run on.", rich_help_panel=_WHAT),
]
Layers = Annotated[
    bool,
    typer.Option(
        "--layers", help="Time each layer, too, where the backend can.", rich_help_panel=_WHAT
    ),
]
MinIters = Annotated[
    int, typer.Option(min=1, help="Timed runs of each, at least.", rich_help_panel=_LONG)
]
MinTime = Annotated[
    float | None,
    typer.Option(
        min=0,
        help="Seconds of timed runs of each, at least; by default 10, or --max-time if less.",
        rich_help_panel=_LONG,
    ),
]
MaxTime = Annotated[
    float | None,
    typer.Option(
        min=0.1,
        help="Seconds of rounds of each, at most; by default 120, or --min-time if more.",
        rich_help_panel=_LONG,
    ),
]
WarmupTime = Annotated[
    float,
    typer.Option(min=0, help="Seconds of untimed runs before, at least.", rich_help_panel=_LONG),
]
Rounds = Annotated[
    int,
    typer.Option(
        min=1,
        max=100,
        help="How often they take turns; compare needs at least 6.",
        rich_help_panel=_LONG,
    ),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Exit with 7 if a result is not valid.", rich_help_panel=_GATE),
]
Baseline = Annotated[
    Path | None, typer.Option(help="The bench.json of an earlier run.", rich_help_panel=_GATE)
]
FailIf = Annotated[
    list[str] | None,
    typer.Option(
        help="Exit with 5 if this is so, such as 'p50 > +5%' (of the baseline) or 'p90 > 20ms'; "
        "may be repeated.",
        rich_help_panel=_GATE,
    ),
]
Format = Annotated[
    str,
    typer.Option("--format", help="Print table, json, csv, md or html.", rich_help_panel=_OUTPUT),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="Folder for bench.json, .csv, .md, .html.", rich_help_panel=_OUTPUT
    ),
]


def bench(
    artifacts: Annotated[list[Path], typer.Argument(help="Files to time, interleaved.")],
    backend: Backend = None,
    device: Device = None,
    threads: Threads = None,
    trust: Trust = False,
    scenario: Scenario = "single",
    stages: Stages = "net",
    images: ImageSpec = "emoji",
    layers: Layers = False,
    min_iters: MinIters = 100,
    min_time: MinTime = None,
    max_time: MaxTime = None,
    warmup_time: WarmupTime = 2.0,
    rounds: Rounds = 30,
    strict: Strict = False,
    baseline: Baseline = None,
    fail_if: FailIf = None,
    format_: Format = _TABLE,
    output: Output = None,
    json: Json = False,
) -> None:
    """Time artifacts: latency with its confidence, throughput, memory.

    Percentiles are shown where there are enough samples for them. An artifact that cannot
    run here does not stop the others.
    """
    from edgegan.cli.bench_gate import read_gate
    from edgegan.runtime.bench_settings import BenchSettings
    from edgegan.runtime.scenario import parse_scenario

    least_s, most_s = _times(min_time, max_time)
    settings = BenchSettings(
        backend=backend,
        device=device,
        threads=threads,
        trust=trust,
        min_iters=min_iters,
        min_time_s=least_s,
        max_time_s=most_s,
        warmup_time_s=warmup_time,
        rounds=rounds,
        scenario=parse_scenario(scenario),
        stages=stages,
        images=images,
        layers=layers,
    )
    gate = read_gate(fail_if or [], baseline, strict, artifacts, settings)
    _measure(artifacts, settings, gate, _checked_format("json" if json else format_), output)


def _times(least: float | None, most: float | None) -> tuple[float, float]:
    """Let the default of the one that was not given make way for the other."""
    from edgegan.runtime.bench_settings import BenchSettings

    defaults = BenchSettings()
    if most is None:
        most = max(defaults.max_time_s, least or 0.0)
    return min(defaults.min_time_s, most) if least is None else least, most


def _measure(
    artifacts: list[Path], settings: BenchSettings, gate: Gate, shape: str, output: Path | None
) -> None:
    from edgegan.atomic import ensure_writable
    from edgegan.console import progress
    from edgegan.runtime.bench import bench as measure
    from edgegan.runtime.bench import step_count

    if output:
        ensure_writable(output)
    with progress("Benchmarking", step_count(len(artifacts), settings)) as steps:
        report = measure(artifacts, settings, steps)
    _raise_if_nothing_ran(report)
    _publish(report, shape, output)
    for _, error in report.failures[:1]:
        raise error
    gate.judge(report)


def _checked_format(name: str) -> str:
    from edgegan.errors import unknown_name
    from edgegan.runtime.bench_formats import WRITERS

    if name not in (_TABLE, *WRITERS):
        raise unknown_name("format", name, (_TABLE, *WRITERS))
    return name


def _raise_if_nothing_ran(report: BenchReport) -> None:
    if report.results:
        return
    from edgegan.console import note
    from edgegan.runtime.bench_report import notes

    for line in notes(report)[1:]:
        note(line)
    raise report.failures[0][1]


def _publish(report: BenchReport, shape: str, output: Path | None) -> None:
    import sys

    from edgegan.console import note, result
    from edgegan.runtime.bench_formats import WRITERS, write_report

    if shape == _TABLE:
        _print_table(report)
    else:
        sys.stdout.write(WRITERS[shape](report))
    if output:
        for path in write_report(output, report):
            (result if shape == _TABLE else note)(f"Wrote {path}")


def _print_table(report: BenchReport) -> None:
    from edgegan.console import note, table
    from edgegan.runtime.bench_report import COLUMNS, describe, describe_state, notes, rows

    for line in (*describe(report.environment), *describe_state(report.before, report.after)):
        note(line)
    table(COLUMNS, rows(report))
    for line in notes(report):
        note(line)
