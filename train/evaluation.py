"""Evaluate generators and artifacts: one code for all, on the images that they give.

Outputs are rounded to uint8 whatever makes them, so that what compression and quantization
cost is a number. Beside the artifacts there are always three rows that keep the numbers
honest: the input, untranslated; the input, blurred; and real held-out images of the target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegan.console import Report, silent
from edgegan.images import FloatArray, ImageArray
from edgegan.train.estimate import Estimate, averaged
from edgegan.train.evaluation_data import EvaluationData
from edgegan.train.evaluation_judge import (
    Contender,
    Judged,
    Scores,
    Translator,
    judge_row,
    open_judge,
)
from edgegan.train.evaluation_plan import choose_directions, choose_metrics
from edgegan.train.evaluation_subject import Subject, Subjects
from edgegan.train.features import Extractor
from edgegan.train.paired_quality import BLUR_SIGMA, blur

INPUT, BLURRED, REAL = "input, untranslated", f"input, blurred (sigma {BLUR_SIGMA})", "real images"
HONEST = 3  # rows before the artifacts'


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """One row of the table.

    Attributes:
        name: What was scored.
        artifact: Its file; None for the rows that keep the others honest.
        scores: The average over all directions, by name, such as "fid" or "cycle_l1".
        directions: What was found in each direction, by its name.
    """

    name: str
    artifact: Path | None
    scores: Scores
    directions: Mapping[str, Judged]


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """What an evaluation found.

    Attributes:
        rows: The honest rows, then one for each artifact.
        metrics: What was measured, of `METRICS`.
        omitted: What was not, and why.
        dimensions: Length of the feature vectors.
    """

    rows: Sequence[Row]
    metrics: Sequence[str]
    omitted: Mapping[str, str]
    dimensions: int


def evaluate(
    subjects: Subjects,
    data: EvaluationData,
    extractor: Extractor,
    asked: Sequence[str] = (),
    report: Report = silent,
) -> Evaluation:
    """Score all rows in all directions.

    Args:
        subjects: What is evaluated.
        data: On what.
        extractor: The features for FID, KID, paired features and attributes.
        asked: Metrics; empty takes all that are possible.
        report: Told the rows done, of `evaluation_steps`.

    Raises:
        UsageError: a metric is unknown or not possible.
        ImageError: an artifact gives NaN.
    """
    metrics, omitted = choose_metrics(asked, subjects, data)
    contenders = _contenders(subjects)
    found: dict[str, dict[str, Judged]] = {contender.name: {} for contender in contenders}
    done = dimensions = 0
    for direction in choose_directions(subjects, data):
        judge = open_judge(direction, extractor, metrics, data.reference)
        dimensions = judge.reference.features.shape[1]
        for contender in contenders:
            found[contender.name][direction.name] = judge_row(contender, judge)
            done += 1
            report(done, f"{direction.name}, {contender.name}")
    paths = [None] * HONEST + [file.path for file in subjects.files]
    named = zip(contenders, paths, strict=True)
    rows = [_row(contender.name, path, found[contender.name]) for contender, path in named]
    return Evaluation(rows=rows, metrics=metrics, omitted=omitted, dimensions=dimensions)


def evaluation_steps(subjects: Subjects, data: EvaluationData) -> int:
    """Count what `evaluate` reports."""
    return len(choose_directions(subjects, data)) * (HONEST + len(subjects.files))


def _contenders(subjects: Subjects) -> list[Contender]:
    back = Translator(subjects.reverse) if subjects.reverse else None
    return [
        Contender(name=INPUT, forward=_unchanged, backward=_unchanged),
        Contender(name=BLURRED, forward=_blurred, backward=_blurred),
        Contender(name=REAL, forward=None),
        *(
            Contender(
                name=row_name(file, subjects.files),
                forward=Translator(file.engine),
                backward=back,
                source=Translator(file.source) if file.source else None,
            )
            for file in subjects.files
        ),
    ]


def row_name(file: Subject, files: Sequence[Subject]) -> str:
    """Name a file's row: by its name, or by its path where several have the same name."""
    same = [other for other in files if other.path.name == file.path.name]
    return file.path.name if len(same) == 1 else str(file.path)


def _row(name: str, artifact: Path | None, directions: Mapping[str, Judged]) -> Row:
    names = dict.fromkeys(key for judged in directions.values() for key in judged.scores)
    scores = {
        key: _together(key, [one.scores[key] for one in directions.values()]) for key in names
    }
    return Row(name=name, artifact=artifact, scores=scores, directions=directions)


def _together(name: str, estimates: Sequence[Estimate]) -> Estimate:
    if name.endswith("_max_lsb"):
        return max(estimates, key=lambda one: one.value)
    return averaged(estimates)


def _unchanged(images: ImageArray, labels: FloatArray | None) -> ImageArray:
    del labels
    return images


def _blurred(images: ImageArray, labels: FloatArray | None) -> ImageArray:
    del labels
    return np.stack([blur(image) for image in images])
