"""The table of `edgegan report` as text, as JSON, and as a page with a plot and images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgegan import html
from edgegan.atomic import write_text
from edgegan.export.pareto import Line
from edgegan.images import ImageArray
from edgegan.train.evaluation import HONEST, Evaluation, row_name
from edgegan.train.evaluation_data import EvaluationData
from edgegan.train.evaluation_judge import Translator
from edgegan.train.evaluation_plan import choose_directions
from edgegan.train.evaluation_subject import Subjects

_PICTURES = 8
COLUMNS = (
    *("model", "is", "made from", "params", "MACs", "MACs (papers)", "MB", "MB gzip"),
    *("p50 ms", "PSNR dB", "FID", "KID"),
)


def table_rows(lines: Sequence[Line]) -> list[tuple[str, ...]]:
    """Write each model's numbers; "-" where there is none, * on the Pareto front."""
    return [
        (
            f"{_name(line, lines)}{' *' if line.best else ''}",
            line.kind,
            line.made_from or "-",
            _count(line.params, 1e6, "M"),
            _count(line.macs, 1e9, "G"),
            _count(line.macs_literature, 1e9, "G"),
            f"{line.size_bytes / 1e6:.3f}",
            f"{line.gzip_bytes / 1e6:.3f}",
            "-" if line.p50_ms is None else f"{line.p50_ms:.2f}",
            *(_score(line, name, digits) for name, digits in (("psnr", 1), ("fid", 2), ("kid", 4))),
        )
        for line in lines
    ]


def honest_rows(evaluation: Evaluation) -> list[tuple[str, ...]]:
    """Write the rows that keep scores honest: the input, blurred, and real images."""
    cells = ("-",) * (len(COLUMNS) - 3)
    return [
        (row.name, *cells, f"{row.scores['fid'].value:.2f}", f"{row.scores['kid'].value:.4f}")
        for row in evaluation.rows[:HONEST]
    ]


def as_json(lines: Sequence[Line], evaluation: Evaluation | None) -> dict[str, Any]:
    """Return `{models: [...], honest: {...}}` in JSON's types."""
    return {
        "models": [
            {
                "path": str(line.path),
                "kind": line.kind,
                "made_from": line.made_from or None,
                "params": line.params,
                "macs": line.macs,
                "macs_literature": line.macs_literature,
                "size_bytes": line.size_bytes,
                "gzip_bytes": line.gzip_bytes,
                "p50_ms": line.p50_ms,
                "backend": line.backend or None,
                "pareto": line.best,
                **_scores(line),
            }
            for line in lines
        ],
        "honest": {
            row.name: {name: round(row.scores[name].value, 6) for name in ("fid", "kid")}
            for row in (evaluation.rows[:HONEST] if evaluation else ())
        },
    }


def notes(lines: Sequence[Line], data: EvaluationData | None) -> list[str]:
    """Say beside the table what its numbers are."""
    words = [
        "MACs: true multiply-accumulates; papers count transposed convolutions at their output.",
        "p50: of artifacts alone, interleaved; --no-bench leaves it out.",
    ]
    if data is None:
        return [*words, "Quality is measured with --data SPEC."]
    return [
        *words,
        f"PSNR: to the images of {lines[0].path.name}. FID, KID: {data.spec}, test images to the "
        "training images of the target.",
        "* no other model here is both as cheap and as good (FID).",
    ]


def write_page(
    folder: Path,
    lines: Sequence[Line],
    scored: tuple[Evaluation, Subjects, EvaluationData] | None,
) -> Path:
    """Write `report.html`, atomically; return its path.

    Args:
        folder: Where to.
        lines: The models.
        scored: The evaluation, with what was evaluated on what; None without one.
    """
    rows = table_rows(lines)
    sections = [html.table(COLUMNS, rows)]
    if scored:
        evaluation, subjects, data = scored
        sections = [html.table(COLUMNS, [*rows, *honest_rows(evaluation)])]
        sections += [*_plot(lines), html.heading("Held-out images")]
        sections.append(html.image_table(_images(subjects, data)))
    sections += [html.paragraph(line, "note") for line in notes(lines, scored and scored[2])]
    path = folder / "report.html"
    write_text(path, html.page(f"EdgeGAN models: {lines[0].path.name}", sections))
    return path


def _plot(lines: Sequence[Line]) -> list[str]:
    timed = any(line.p50_ms is not None for line in lines)
    points = {}
    for line in lines:
        cost = line.p50_ms if timed else line.size_bytes / 1e6
        if line.scores and cost is not None:
            points[_name(line, lines)] = cost, line.scores["fid"].value
    label = "p50 ms" if timed else "MB"
    title = f"FID over {label}: left and below is better"
    return [html.heading(title), html.scatter_chart(points, label, "FID")]


def _name(line: Line, lines: Sequence[Line]) -> str:
    """Name a model by its file, or by its path where several have the same name."""
    same = [other for other in lines if other.path.name == line.path.name]
    return line.path.name if len(same) == 1 else str(line.path)


def _images(subjects: Subjects, data: EvaluationData) -> dict[str, Sequence[ImageArray]]:
    direction = choose_directions(subjects, data)[0]
    sources = direction.sources[:_PICTURES]
    labels = None if direction.labels is None else direction.labels[:_PICTURES]
    shown: dict[str, Sequence[ImageArray]] = {"source": list(sources)}
    for file in subjects.files:
        shown[row_name(file, subjects.files)] = list(Translator(file.engine)(sources, labels))
    return shown


def _scores(line: Line) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("psnr", "fid", "kid"):
        estimate = line.scores.get(name) if line.scores else None
        found[name] = round(estimate.value, 6) if estimate else None
        found[f"{name}_ci"] = [round(x, 6) for x in estimate.interval] if estimate else None
    return found


def _score(line: Line, name: str, digits: int) -> str:
    estimate = line.scores.get(name) if line.scores else None
    if estimate is None:
        return "-"
    low, high = estimate.interval
    return f"{estimate.value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _count(value: int | None, unit: float, suffix: str) -> str:
    return "-" if value is None else f"{value / unit:.3f} {suffix}"
