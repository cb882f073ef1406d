"""`edgegan report`: what a chain of compressed models costs, and what it keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.evaluate import Features, Images
from edgegan.cli.options import Device, Json, Threads

if TYPE_CHECKING:
    from edgegan.export.pareto import Line
    from edgegan.train.evaluation import Evaluation
    from edgegan.train.evaluation_data import EvaluationData
    from edgegan.train.evaluation_subject import Subjects

    Scored = tuple[Evaluation, Subjects, EvaluationData]

Models = Annotated[
    list[Path],
    typer.Argument(
        help="Models that do the same, the one to compare with first: .keras, .tflite, .onnx, ...",
        show_default=False,
    ),
]
Data = Annotated[
    str | None,
    typer.Option(help="Data set to measure the quality on.", show_default=False),
]
Bench = Annotated[bool, typer.Option(help="Time the artifacts.")]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="Folder for report.json and report.html.", show_default=False
    ),
]


def report(
    models: Models,
    data: Data = None,
    features: Features = "emoji",
    images: Images = None,
    bench: Bench = True,
    device: Device = None,
    threads: Threads = None,
    output: Output = None,
    json: Json = False,
) -> None:
    """Set models side by side: size, work, speed, and how their images differ.

    Such as a generator, its students, and the artifacts of each; what was made from what is
    told from their manifests.
    """
    from edgegan.atomic import ensure_writable
    from edgegan.optional import needs

    with needs("train"):
        from edgegan.export.pareto import open_lines, with_front
    if output:
        ensure_writable(output)
    lines, scored = open_lines(models), None
    if data is not None:
        lines, scored = _scored(lines, data, features, images)
    if bench:
        lines = _timed(lines, device, threads)
    _tell(with_front(lines), scored, output, json)


def _scored(
    lines: list[Line], spec: str, features: str, images: int | None
) -> tuple[list[Line], Scored]:
    from edgegan.console import note, progress
    from edgegan.export.pareto import compared_with_first, score
    from edgegan.train.evaluation import evaluation_steps
    from edgegan.train.evaluation_data import open_evaluation
    from edgegan.train.evaluation_subject import open_subjects
    from edgegan.train.features import open_extractor

    extractor = open_extractor(features)
    subjects = compared_with_first(open_subjects([str(line.path) for line in lines]))
    found = open_evaluation(spec, subjects.size, subjects.direction, subjects.domains, images)
    for line in found.skipped:
        note(f"Skipped: {line}")
    with progress("Evaluating", evaluation_steps(subjects, found)) as steps:
        lines, evaluation = score(lines, subjects, found, extractor, steps)
    return lines, (evaluation, subjects, found)


def _timed(lines: list[Line], device: str | None, threads: int | None) -> list[Line]:
    from edgegan.console import note, progress
    from edgegan.export.pareto import artifacts, with_latency
    from edgegan.runtime.bench import bench, step_count
    from edgegan.runtime.bench_report import describe, notes
    from edgegan.runtime.bench_settings import BenchSettings

    paths = artifacts(lines)
    if not paths:
        note("None of these is an artifact, so nothing is timed: edgegan export makes them.")
        return lines
    settings = BenchSettings(device=device, threads=threads)
    with progress("Benchmarking", step_count(len(paths), settings)) as steps:
        session = bench(paths, settings, steps)
    for text in (*describe(session.environment), *notes(session)):
        note(text)
    return with_latency(lines, session)


def _tell(lines: list[Line], scored: Scored | None, output: Path | None, as_json: bool) -> None:
    from json import dumps

    from edgegan import console
    from edgegan.atomic import write_text
    from edgegan.export import pareto_report

    content = pareto_report.as_json(lines, scored[0] if scored else None)
    if as_json:
        console.emit_json(content)
    else:
        rows = pareto_report.table_rows(lines)
        honest = pareto_report.honest_rows(scored[0]) if scored else []
        console.table(pareto_report.COLUMNS, [*rows, *honest])
        for line in pareto_report.notes(lines, scored[2] if scored else None):
            console.note(line)
    tell = console.note if as_json else console.result
    if output is None:
        tell("Next: -o FOLDER writes a page with a plot and images.")
        return
    write_text(output / "report.json", dumps(content, indent=2) + "\n")
    page = pareto_report.write_page(output, lines, scored)
    tell(f"Wrote {output / 'report.json'} and {page}. Next: open {page.name}")
