"""A benchmark's report as one HTML page with its plots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np

from edgegan import html
from edgegan.runtime.bench_report import (
    COLUMNS,
    describe,
    describe_state,
    method,
    notes,
    rows,
)
from edgegan.runtime.bench_result import BenchReport, BenchResult

_LINES = 4  # that one chart can tell apart
_SHARES = tuple(range(1, 100))


def page(report: BenchReport) -> str:
    """Write the whole page."""
    where = [*describe(report.environment), *describe_state(report.before, report.after)]
    return html.page(
        "EdgeGAN benchmark",
        [
            html.paragraph(f"{report.started}, session {report.session}", "note"),
            html.table(COLUMNS, rows(report)),
            *(html.paragraph(note) for note in notes(report)),
            *_plots(report.results),
            *(section for result in report.results for section in _layers(result)),
            html.heading("How and where"),
            html.paragraph(method(report.settings), "note"),
            *(html.paragraph(line, "note") for line in where),
        ],
    )


def _plots(results: Sequence[BenchResult]) -> list[str]:
    sections = []
    for start in range(0, len(results), _LINES):
        group = results[start : start + _LINES]
        sections += [
            html.heading("Time by share of the runs that are faster, ms"),
            html.line_chart(_SHARES, _named(group, [_percentiles(one) for one in group]), "%"),
            *_over_rounds(group),
        ]
    return sections + [section for result in results for section in _over_time(result)]


def _over_rounds(group: Sequence[BenchResult]) -> list[str]:
    count = min(len(one.rounds) for one in group)
    if count < 2:
        return []
    medians = [[median(turn.samples_ms) for turn in one.rounds[:count]] for one in group]
    return [
        html.heading("Median of each round, ms"),
        html.line_chart(range(1, count + 1), _named(group, medians), "rounds"),
    ]


def _over_time(result: BenchResult) -> list[str]:
    if result.sustained is None:
        return []
    series = {Path(result.artifact).name: result.sustained.p50_ms}
    return [
        html.heading("Time over time, ms"),
        html.line_chart(result.sustained.at_s, series, "s"),
    ]


def _layers(result: BenchResult) -> list[str]:
    if result.layers is None or not result.layers.layers:
        return []
    whole = result.layers.sum_ms
    cells = [
        (op, str(count), f"{ms:.3f}", f"{ms / whole:.1%}")
        for op, count, ms in result.layers.by_op()
    ]
    return [
        html.heading(f"Layers of {Path(result.artifact).name}, with the profiler on"),
        html.table(("kind", "layers", "ms", "share"), cells),
    ]


def _percentiles(result: BenchResult) -> list[float]:
    samples = [sample for one in result.rounds for sample in one.samples_ms]
    return [float(value) for value in np.percentile(samples, _SHARES)]


def _named(
    group: Sequence[BenchResult], series: Sequence[Sequence[float]]
) -> dict[str, Sequence[float]]:
    """Name each line for its file, and number those of equal names."""
    seen: Counter[str] = Counter()
    lines = {}
    for result, values in zip(group, series, strict=True):
        name = Path(result.artifact).name
        seen[name] += 1
        lines[name if seen[name] == 1 else f"{name} ({seen[name]})"] = values
    return lines
