"""What a chain of compressed models costs and what it keeps, side by side.

The models are those of one task: a generator, its students, and the artifacts of each. Costs
are counted (parameters, multiply-accumulates, bytes) and measured by EdgeGAN's bench; quality
is what `edgegan eval` scores, and the PSNR to the images of the first model named.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgegan.console import Report, silent
from edgegan.errors import UsageError
from edgegan.manifest import Manifest, read_manifest, sha256
from edgegan.runtime.bench_result import BenchReport
from edgegan.train.estimate import Estimate
from edgegan.train.evaluation import HONEST, Evaluation, evaluate
from edgegan.train.evaluation_data import EvaluationData
from edgegan.train.evaluation_subject import Subject, Subjects
from edgegan.train.features import Extractor

METRICS = ("fid", "kid", "drift")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One model; None is "not known" or "not measured".

    Attributes:
        path: Its file.
        kind: What it is, in a word or two: "generator", "student", or a precision.
        made_from: The model of the table that it was made from, by name; "" if none.
        params: Trained numbers.
        macs: Multiply-accumulates of one image.
        macs_literature: The same as papers count them (see edgegan.train.macs).
        size_bytes: Of the file.
        gzip_bytes: Of the file as gzip compresses it, which is how sparse weights pay.
        p50_ms: Median latency of an artifact.
        backend: What it ran on.
        scores: "fid", "kid" and "psnr" (to the first model, dB), where measured.
        best: Whether no other model is both cheaper and better.
    """

    path: Path
    kind: str
    made_from: str
    params: int | None
    macs: int | None
    macs_literature: int | None
    size_bytes: int
    gzip_bytes: int
    p50_ms: float | None = None
    backend: str = ""
    scores: Mapping[str, Estimate] | None = None
    best: bool = False


def open_lines(paths: Sequence[Path]) -> list[Line]:
    """Read what is known of models without running them.

    Raises:
        UsageError: a file does not exist, or is named twice.
        ArtifactError: a manifest is damaged.
    """
    known: dict[str, str] = {}
    for path in paths:
        if not path.is_file():
            raise UsageError(f"The model {path} does not exist.")
        if (digest := sha256(path)) in known:
            raise UsageError(f"{path} is the same file as {known[digest]}; name it once.")
        known[digest] = path.name
    return [_line(path, read_manifest(path), known) for path in paths]


def artifacts(lines: Sequence[Line]) -> list[Path]:
    """List what a bench can time fairly: files for a runtime, not for training."""
    return [line.path for line in lines if line.path.suffix != ".keras"]


def with_latency(lines: Sequence[Line], session: BenchReport) -> list[Line]:
    """Take over the latencies of a benchmark of the artifacts."""
    found = {result.artifact: result for result in session.results}
    return [
        replace(
            line,
            p50_ms=found[str(line.path)].latency.p50_ms,
            backend=found[str(line.path)].info.backend,
        )
        if str(line.path) in found
        else line
        for line in lines
    ]


def compared_with_first(subjects: Subjects) -> Subjects:
    """Let every model but the first drift from the first."""
    first, *others = subjects.files
    changed = [replace(file, source=first.engine, missing="") for file in others]
    return replace(subjects, files=[Subject(path=first.path, engine=first.engine), *changed])


def score(
    lines: Sequence[Line],
    subjects: Subjects,
    data: EvaluationData,
    extractor: Extractor,
    report: Report = silent,
) -> tuple[list[Line], Evaluation]:
    """Score the images of all models.

    Args:
        lines: The models.
        subjects: They, opened in the same order (see `compared_with_first`).
        data: What to translate.
        extractor: Features of FID and KID.
        report: Told the rows done.

    Returns:
        The lines with scores, and the evaluation, which has the rows that keep it honest.
    """
    metrics = METRICS if len(lines) > 1 else METRICS[:2]
    evaluation = evaluate(subjects, data, extractor, metrics, report)
    rows = evaluation.rows[HONEST:]
    names = {"fid": "fid", "kid": "kid", "drift_psnr": "psnr"}
    scored = [
        replace(
            line,
            scores={ours: row.scores[name] for name, ours in names.items() if name in row.scores},
        )
        for line, row in zip(lines, rows, strict=True)
    ]
    return scored, evaluation


def with_front(lines: Sequence[Line]) -> list[Line]:
    """Mark the Pareto front: who is neither slower nor worse than another.

    Latency is compared if any was measured, of those that have one; else the size of the
    file. Without scores there is no front.
    """
    cost = {line.path: _cost(line, lines) for line in lines}
    loss = {line.path: line.scores["fid"].value for line in lines if line.scores}
    return [
        replace(line, best=_is_best(line.path, cost, loss)) if line.path in loss else line
        for line in lines
    ]


def _is_best(path: Path, cost: Mapping[Path, float | None], loss: Mapping[Path, float]) -> bool:
    own = cost[path]
    if own is None:
        return False
    others = [(cost[other], loss[other]) for other in loss if other != path]
    return not any(
        theirs is not None
        and (theirs, value) != (own, loss[path])
        and theirs <= own
        and value <= loss[path]
        for theirs, value in others
    )


def _cost(line: Line, lines: Sequence[Line]) -> float | None:
    timed = [one for one in lines if one.p50_ms is not None]
    return line.p50_ms if timed else float(line.size_bytes)


def _line(path: Path, manifest: Manifest | None, known: Mapping[str, str]) -> Line:
    source = manifest.source if manifest else None
    return Line(
        path=path,
        kind=_kind(path, manifest),
        made_from=known.get(source.sha256, "") if source else "",
        params=manifest.params if manifest else None,
        macs=manifest.macs if manifest else None,
        macs_literature=manifest.macs_literature if manifest else None,
        size_bytes=path.stat().st_size,
        gzip_bytes=len(gzip.compress(path.read_bytes(), 9)),
    )


def _kind(path: Path, manifest: Manifest | None) -> str:
    if path.suffix != ".keras":
        return manifest.precision.obtained if manifest else "unknown"
    if manifest is None or "compress" not in manifest.options:
        return "generator"
    if "pruning" in manifest.options:
        return f"pruned {manifest.options['pruning']['asked']}"
    return "trained for int8" if "int8" in manifest.options else "student"
