"""The demo's report: one HTML page that holds its images."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from edgegan import html
from edgegan.atomic import write_text
from edgegan.demo.family import Demo, Direction
from edgegan.demo.steps import BASELINES, BENCH, DemoFolder, image_size
from edgegan.export.exported import Exported
from edgegan.images import ImageArray, resize
from edgegan.runtime.bench_report import describe
from edgegan.runtime.bench_result import BenchReport
from edgegan.runtime.engine import Engine
from edgegan.train.paired_quality import MEASURES, PairedQuality
from edgegan.train.random_features import NAME as FEATURES
from edgegan.train.training_log import read_log

PICTURES = 14  # rows, of all tables together


@dataclass(frozen=True, kw_only=True)
class DemoResult:
    """Everything the report tells."""

    demo: Demo
    exported: Sequence[Exported]
    named: Mapping[str, Engine]
    rows: Sequence[PairedQuality]
    benched: BenchReport


def write_report(folder: DemoFolder, result: DemoResult) -> None:
    """Write `report.html`, atomically."""
    sections = [
        *_introduction(result),
        *_pictures(result),
        *_quality(result),
        *_losses(folder, result.demo),
        *_artifacts(result),
        *_next(folder, result),
        html.paragraph(result.demo.credits, "note"),
    ]
    write_text(folder.report, html.page(f"EdgeGAN demo: {result.demo.title}", sections))


def verdict(rows: Sequence[PairedQuality]) -> list[str]:
    """Say, measure by measure, which rows the Keras translation beats, pair by pair."""
    baselines, translation = rows[:BASELINES], rows[BASELINES]
    return [
        f"By {measure}, the translation is "
        + " and ".join(f"{_against(translation, row, measure)} {row.name}" for row in baselines)
        + "."
        for measure in MEASURES
    ]


def _against(translation: PairedQuality, other: PairedQuality, measure: str) -> str:
    low, high = translation.advantage(other, measure)
    if low > 0:
        return "nearer to the truth than"
    if high < 0:
        return "farther from the truth than"
    return "not distinguishable from"


def _introduction(result: DemoResult) -> list[str]:
    demo = result.demo
    generator, train = demo.config.generator, demo.config.train
    return [
        html.paragraph(
            f"{demo.trained} ({generator.filters} filters, {generator.residual_blocks} "
            f"residual blocks) was trained for {train.steps} steps on {demo.learned_from}. "
            f"It was exported, each file was compared with Keras, and timed."
        ),
        html.paragraph(
            " · ".join((result.benched.started, *describe(result.benched.environment))), "note"
        ),
    ]


def _pictures(result: DemoResult) -> list[str]:
    """Show the same emoji in a table for each source; the targets lie side by side."""
    directions = result.demo.directions
    sources = list(dict.fromkeys(one.source for one in directions))
    rows, count = PICTURES // len(sources), len(directions[0].sources)
    step = max(count // rows, 1)
    indices = range(0, min(step * rows, count), step)
    tables = (
        _columns(result, [one for one in directions if one.source == source], indices)
        for source in sources
    )
    return [
        html.heading("Held-out emoji"),
        html.paragraph(f"Every {step}th of the {count} test emoji, not chosen.", "note"),
        *map(html.image_table, tables),
    ]


def _columns(
    result: DemoResult, directions: Sequence[Direction], indices: Iterable[int]
) -> dict[str, Sequence[ImageArray]]:
    size, several = image_size(result.demo), len(directions) > 1
    first = directions[0]
    sources = [resize(first.sources[i], size) for i in indices]
    columns: dict[str, Sequence[ImageArray]] = {f"source ({first.source})": sources}
    for one in directions:
        prefix = f"{one.target}, " if several else ""
        for name, engine in result.named.items():
            if several and "Keras" not in name and "int8" not in name:
                continue  # to keep the table small; those look like Keras
            title = prefix + name.removeprefix("translation, ")
            columns[title] = [engine(image, one.label) for image in sources]
        columns[f"true {one.target}"] = [resize(one.truths[i], size) for i in indices]
    return columns


def _quality(result: DemoResult) -> list[str]:
    rows, demo = result.rows, result.demo
    cells = [(row.name, *(_with_interval(row, measure) for measure in MEASURES)) for row in rows]
    return [
        html.heading(f"Distance to the {demo.truth}"),
        html.table(("", *MEASURES), cells),
        *(html.paragraph(text) for text in verdict(rows)),
        html.paragraph(
            f"{demo.compared}; means, lower is nearer, with 95 % bootstrap intervals; the "
            "sentences compare pair by pair. L1 of "
            f"values in [-1, 1]. Features: {FEATURES}, compared place by place; style: the means "
            "and deviations of the same features, wherever they are in the picture. Many emoji "
            "are drawn in another shape or pose than their counterpart, which no translation of "
            "style can know.",
            "note",
        ),
    ]


def _with_interval(row: PairedQuality, measure: str) -> str:
    low, high = row.interval(measure)
    return f"{row.mean(measure):.4f} [{low:.4f}, {high:.4f}]"


def _losses(folder: DemoFolder, demo: Demo) -> list[str]:
    log = read_log(folder.run)
    steps = [line["step"] for line in log]
    series = {
        title: [sum(line.get(name, math.nan) for name in names) for line in log]
        for title, names in demo.losses.items()
    }
    return [html.heading("Losses"), html.line_chart(steps, series, "steps")]


def _artifacts(result: DemoResult) -> list[str]:
    times = {one.artifact: one for one in result.benched.results}
    cells = []
    for exported in result.exported:
        manifest, timed = exported.manifest, times.get(str(exported.path))
        parity = manifest.parity if manifest else None
        ci = timed.latency.p50_ci_ms if timed else None
        cells.append(
            (
                exported.path.name,
                f"{manifest.size_bytes / 1e3:.0f} kB" if manifest else "-",
                f"{parity.psnr_min:.1f} / {parity.psnr_median:.1f} dB" if parity else "-",
                f"{parity.max_lsb}" if parity else "-",
                f"{timed.latency.p50_ms:.2f} ms" if timed else "-",
                f"[{ci[0]:.2f}, {ci[1]:.2f}]" if ci else "-",
                exported.status,
            )
        )
    notes = [f"{e.path.name}: {e.note or e.error}" for e in result.exported if e.note or e.error]
    flags = [
        f"{one.artifact}: {', '.join(one.flags)}" for one in result.benched.results if one.flags
    ]
    columns = (
        "file",
        "size",
        "PSNR to Keras min / median",
        "max LSB",
        "p50",
        "95 % interval",
        "status",
    )
    return [
        html.heading("Artifacts"),
        html.table(columns, cells),
        html.paragraph(
            f"One image at a time; at least {BENCH.min_iters} runs and {BENCH.min_time_s:g} s "
            "each, interleaved.",
            "note",
        ),
        *(html.paragraph(text, "note") for text in [*notes, *flags]),
    ]


def _next(folder: DemoFolder, result: DemoResult) -> list[str]:
    return [html.heading("Go on"), html.commands(next_commands(folder, result))]


def next_commands(folder: DemoFolder, result: DemoResult) -> list[str]:
    """List the commands that a reader would try next."""
    written = [str(one.path) for one in result.exported if one.status == "verified"]
    return (
        [
            f"edgegan inspect {written[0]}",
            *(f"edgegan run {written[0]} YOUR_PICTURE.png {run}" for run in result.demo.runs),
            f"edgegan bench {' '.join(written)}",
            f"edgegan export {folder.run.path} --target tflite --precision fp16",
            result.demo.own_data,
        ]
        if written
        else []
    )
