"""`edgegan eval`: score generators and artifacts on held-out images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgegan.train.evaluation_data import EvaluationData
    from edgegan.train.evaluation_report import Report
    from edgegan.train.evaluation_subject import Subjects
    from edgegan.train.features import Extractor

Named = Annotated[
    list[str],
    typer.Argument(
        help="A run, or files that do the same: .keras, .tflite, .onnx, .rtx.",
        metavar="RUN|FILE...",
        show_default=False,
    ),
]
Data = Annotated[
    str | None, typer.Option(help="Data set; of a run, its own by default.", show_default=False)
]
Reverse = Annotated[
    Path | None,
    typer.Option(help="The generator of the other direction, for cycle.", show_default=False),
]
Metrics = Annotated[
    str | None,
    typer.Option(
        help="Of fid,kid,cycle,identity,paired,attributes,drift; by default all possible.",
        show_default=False,
    ),
]
Features = Annotated[
    str, typer.Option(help="emoji, inception:FILE, keras:NAME, or a .tflite or .onnx file.")
]
Reference = Annotated[
    str,
    typer.Option(
        help="What FID and KID compare with: training (images of the target), or all: the held-out "
        "ones besides, as many papers do."
    ),
]
Source = Annotated[
    Path | None,
    typer.Option(
        help="The generator that artifacts were made from, for drift; by default it is looked for "
        "near them.",
        show_default=False,
    ),
]
Direction = Annotated[
    str | None,
    typer.Option(help="ab or ba: of a run, or of files without manifest.", show_default=False),
]
Images = Annotated[
    int | None, typer.Option(min=2, help="Translate at most so many images.", show_default=False)
]
Interval = Annotated[
    float, typer.Option(min=0.001, help="Half-width of the intervals wanted, to tell the images.")
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Folder for eval.json and eval.html.", show_default=False),
]


def evaluate(
    named: Named,
    data: Data = None,
    reverse: Reverse = None,
    metrics: Metrics = None,
    features: Features = "emoji",
    reference: Reference = "training",
    source: Source = None,
    direction: Direction = None,
    images: Images = None,
    interval: Interval = 0.1,
    output: Output = None,
    json: Json = False,
) -> None:
    """Score generators and artifacts by the same code, on uint8 images.

    Beside them are always the untranslated input, the blurred input, and real images. FID
    and KID mean something only in features that know such images: for photos, name a net
    with --features.
    """
    from edgegan.atomic import ensure_writable
    from edgegan.optional import needs

    with needs("train"):
        from edgegan.train.evaluation_data import open_evaluation
        from edgegan.train.evaluation_plan import check_names
        from edgegan.train.evaluation_subject import open_subjects
        from edgegan.train.features import open_extractor
    asked = [name.strip() for name in metrics.split(",")] if metrics else []
    check_names(asked)
    extractor = open_extractor(features)
    subjects = open_subjects(named, reverse, source, direction)
    spec = data or _own_data(subjects.data)
    found = open_evaluation(
        spec, subjects.size, subjects.direction, subjects.domains, images, reference
    )
    if output:
        ensure_writable(output)
    _tell(_measure(subjects, found, extractor, asked, interval), output, json)


def _measure(
    subjects: Subjects,
    data: EvaluationData,
    extractor: Extractor,
    asked: Sequence[str],
    interval: float,
) -> Report:
    from edgegan.console import note, progress
    from edgegan.train.evaluation import evaluate as score
    from edgegan.train.evaluation import evaluation_steps
    from edgegan.train.evaluation_report import Report

    for line in data.skipped:
        note(f"Skipped: {line}")
    with progress("Evaluating", evaluation_steps(subjects, data)) as report:
        evaluation = score(subjects, data, extractor, asked, report)
    return Report(
        evaluation=evaluation,
        subjects=subjects,
        data=data,
        extractor=extractor,
        interval=interval,
    )


def _own_data(specs: tuple[str, ...]) -> str:
    from edgegan.errors import UsageError

    if len(specs) != 1:
        trained = f" This one was trained on {', '.join(specs)}." if specs else ""
        raise UsageError(f"Name the data set to evaluate on with --data, such as emoji.{trained}")
    return specs[0]


def _tell(report: Report, output: Path | None, json: bool) -> None:
    import json as encoder

    from edgegan import console
    from edgegan.atomic import write_text
    from edgegan.train.evaluation_report import as_json, columns, notes, table_rows, write_page

    content = as_json(report)
    if json:
        console.emit_json(content)
    else:
        console.table(("", *columns(report)), table_rows(report))
        for line in notes(report):
            console.note(line)
    tell = console.note if json else console.result
    if output is None:
        tell("Next: -o FOLDER writes a page with the worst and the best images.")
        return
    write_text(output / "eval.json", encoder.dumps(content, indent=2) + "\n")
    page = write_page(output, report)
    tell(f"Wrote {output / 'eval.json'} and {page}. Next: look at the worst images in {page.name}")
