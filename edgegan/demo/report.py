"""The demo's report: one HTML page that holds its images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgegan import html
from edgegan.atomic import write_text
from edgegan.data import UnpairedData
from edgegan.demo.steps import BENCH, DemoFolder, Translate
from edgegan.export.pipeline import Exported
from edgegan.images import ImageArray, resize
from edgegan.runtime.bench import BenchReport
from edgegan.runtime.bench_report import describe
from edgegan.train.config import CycleGANConfig
from edgegan.train.paired_quality import MEASURES, PairedQuality
from edgegan.train.random_features import NAME as FEATURES
from edgegan.train.training_log import read_log

PICTURES = 14
CREDITS = (
    "Noto Emoji: Copyright Google LLC, Apache License 2.0. Twemoji: Copyright Twitter, Inc and "
    "other contributors, graphics licensed under CC-BY 4.0 "
    "(https://creativecommons.org/licenses/by/4.0/); resized to 64x64 and set on white."
)


@dataclass(frozen=True, kw_only=True)
class DemoResult:
    """Everything the report tells."""

    config: CycleGANConfig
    data: UnpairedData
    exported: Sequence[Exported]
    named: Mapping[str, Translate]
    rows: Sequence[PairedQuality]
    benched: BenchReport


def write_report(folder: DemoFolder, result: DemoResult) -> None:
    """Write `report.html`, atomically."""
    sections = [
        *_introduction(result),
        *_pictures(result),
        *_quality(result.rows),
        *_losses(folder),
        *_artifacts(result),
        *_next(folder, result.exported),
        html.paragraph(CREDITS, "note"),
    ]
    write_text(folder.report, html.page("EdgeGAN demo: Noto to Twemoji", sections))


def verdict(rows: Sequence[PairedQuality]) -> list[str]:
    """Say, measure by measure, which rows the Keras translation beats, pair by pair."""
    baselines, translation = rows[:2], rows[2]
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
    generator, train = result.config.generator, result.config.train
    return [
        html.paragraph(
            f"A CycleGAN generator ({generator.filters} filters, {generator.residual_blocks} "
            f"residual blocks) was trained for {train.steps} steps on unpaired emoji: "
            f"{len(result.data.train_a)} drawn by Noto and {len(result.data.train_b)} others drawn "
            f"by Twemoji. It was exported, each file was compared with Keras, and timed."
        ),
        html.paragraph(
            " · ".join((result.benched.started, *describe(result.benched.environment))), "note"
        ),
    ]


def _pictures(result: DemoResult) -> list[str]:
    size = result.config.generator.image_size
    step = max(len(result.data.test_a) // PICTURES, 1)
    indices = range(0, min(step * PICTURES, len(result.data.test_a)), step)
    sources = [resize(result.data.test_a[i], (size, size)) for i in indices]
    columns: dict[str, Sequence[ImageArray]] = {"source (Noto)": sources}
    for name, translate in result.named.items():
        columns[name.removeprefix("translation, ")] = [translate(image) for image in sources]
    columns["true Twemoji"] = [resize(result.data.test_b[i], (size, size)) for i in indices]
    return [
        html.heading("Held-out emoji"),
        html.paragraph(
            f"Every {step}th of the {len(result.data.test_a)} test pairs, not chosen.", "note"
        ),
        html.image_table(columns),
    ]


def _quality(rows: Sequence[PairedQuality]) -> list[str]:
    cells = [(row.name, *(_with_interval(row, measure) for measure in MEASURES)) for row in rows]
    pairs = len(rows[0].distances[MEASURES[0]])
    return [
        html.heading("Distance to the true Twemoji"),
        html.table(("", *MEASURES), cells),
        *(html.paragraph(text) for text in verdict(rows)),
        html.paragraph(
            f"{pairs} test pairs; means, lower is nearer, with 95 % bootstrap intervals; the "
            "sentences compare pair by pair. L1 of "
            f"values in [-1, 1]. Features: {FEATURES}, compared place by place; style: the means "
            "and deviations of the same features, wherever they are in the picture. Many Twemoji "
            "are drawn in another shape or pose than their Noto counterpart, which no "
            "translation of style can know.",
            "note",
        ),
    ]


def _with_interval(row: PairedQuality, measure: str) -> str:
    low, high = row.interval(measure)
    return f"{row.mean(measure):.4f} [{low:.4f}, {high:.4f}]"


def _losses(folder: DemoFolder) -> list[str]:
    log = read_log(folder.run)
    steps = [line["step"] for line in log]
    series = {
        "cycle consistency": [line["cycle_a"] + line["cycle_b"] for line in log],
        "adversarial, generators": [line["gan_a2b"] + line["gan_b2a"] for line in log],
        "discriminators": [line["discriminator_a"] + line["discriminator_b"] for line in log],
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


def _next(folder: DemoFolder, exported: Sequence[Exported]) -> list[str]:
    return [html.heading("Go on"), html.commands(next_commands(folder, exported))]


def next_commands(folder: DemoFolder, exported: Sequence[Exported]) -> list[str]:
    """List the commands that a reader would try next."""
    written = [str(result.path) for result in exported if result.status == "verified"]
    return (
        [
            f"edgegan inspect {written[0]}",
            f"edgegan run {written[0]} YOUR_PICTURE.png -o translated.png",
            f"edgegan bench {' '.join(written)}",
            f"edgegan export {folder.run.path} --target tflite --precision fp16",
            "edgegan train cyclegan --data folder:YOUR_IMAGES --config cyclegan",
        ]
        if written
        else []
    )
