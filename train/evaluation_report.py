"""An evaluation as JSON, as a table, and as a page with the worst and the best images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegan import __version__, html
from edgegan.atomic import write_text
from edgegan.images import ImageArray
from edgegan.train.estimate import DRAWS, LEVEL, Estimate
from edgegan.train.evaluation import HONEST, INPUT, Evaluation, Row, row_name
from edgegan.train.evaluation_data import Direction, EvaluationData
from edgegan.train.evaluation_judge import Translator
from edgegan.train.evaluation_plan import choose_directions
from edgegan.train.evaluation_subject import Subjects
from edgegan.train.features import Extractor
from edgegan.train.paired_quality import BLUR_SIGMA

PROTOCOL = "edgegan-eval-1"
PICTURES = 12  # rows of images on the page, over all directions
# What each score is, and in which order tables show it.
MEANINGS = {
    "fid": "FID: Frechet distance of the features to those of real images of the target",
    "kid": "KID: kernel distance to the same, unbiased: around 0 where nothing differs",
    "attribute_success": "share that an independent classifier takes for the domain asked for",
    "paired_l1": "L1 to the true image, values in [-1, 1]",
    "paired_psnr": "PSNR to the true image, dB",
    "paired_ssim": "SSIM to the true image",
    "paired_features": "squared distance of unit-length features to the true image's, as LPIPS "
    "without its weights",
    "cycle_l1": "L1 of the image translated there and back to itself",
    "cycle_psnr": "PSNR of the same, dB",
    "cycle_ssim": "SSIM of the same",
    "identity_l1": "L1 that images of the target domain are moved by",
    "drift_psnr": "PSNR to the outputs of the generator that a file was made from, dB; 99: equal",
    "drift_l1": "L1 to the same",
    "drift_max_lsb": "largest difference to the same, in 1/255",
}
# Scores that are set against those of the untranslated input.
_AGAINST_INPUT = ("fid", "kid", "paired_l1", "paired_psnr", "paired_ssim", "paired_features")


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """An evaluation with everything that its numbers depend on.

    Attributes:
        evaluation: The rows.
        subjects: What was evaluated.
        data: On what.
        extractor: The features.
        interval: Half-width of the interval that is asked for, as a share; see
            `images_needed`.
    """

    evaluation: Evaluation
    subjects: Subjects
    data: EvaluationData
    extractor: Extractor
    interval: float

    @property
    def directions(self) -> Sequence[Direction]:
        """What was evaluated, in order."""
        return choose_directions(self.subjects, self.data)


def as_json(report: Report) -> dict[str, Any]:
    """Return `{protocol, metrics, rows, images_needed, omitted}`; metrics are the first file's."""
    rows = report.evaluation.rows
    return {
        "protocol": protocol(report),
        "metrics": _numbers(rows[HONEST]),
        "rows": [
            {
                "name": row.name,
                "artifact": str(row.artifact) if row.artifact else None,
                "metrics": _numbers(row),
                "directions": {
                    name: {key: round(one.value, 6) for key, one in judged.scores.items()}
                    for name, judged in row.directions.items()
                },
            }
            for row in rows
        ],
        "images_needed": images_needed(report),
        "omitted": dict(report.evaluation.omitted),
    }


def protocol(report: Report) -> dict[str, Any]:
    """Say everything that the numbers depend on."""
    data, extractor = report.data, report.extractor
    return {
        "name": PROTOCOL,
        "edgegan": __version__,
        "data": data.spec,
        "split": f"translated and real images: test; reference: {_split(report)}",
        "images": {
            one.name: {
                "translated": len(one.sources),
                "real": len(one.targets),
                "reference": _compared(report, one),
            }
            for one in report.directions
        },
        "skipped": len(data.skipped),
        "size": list(report.subjects.size),
        "resize": data.resize,
        "outputs": "rounded to uint8",
        "features": {
            "extractor": extractor.name,
            "resize": extractor.resize,
            "dimensions": report.evaluation.dimensions,
        },
        "kid_kernel": "(x . y / d + 1)^3, all pairs",
        "blur_sigma": BLUR_SIGMA,
        "bootstrap": {"draws": DRAWS, "level_percent": LEVEL, "over": "images"},
    }


def images_needed(report: Report) -> dict[str, int]:
    """Tell for each score of the first file how many images its interval would need.

    The interval asked for is +- a share: of the untranslated input's score for distances to
    the target, of the whole for attributes, of the score itself otherwise.
    """
    rows = report.evaluation.rows
    honest = next(row for row in rows if row.name == INPUT).scores
    needed = {}
    for name, estimate in rows[HONEST].scores.items():
        if name.endswith("_max_lsb"):
            continue
        scale = honest[name].value if name in _AGAINST_INPUT else estimate.value
        scale = 1.0 if name == "attribute_success" else abs(scale)
        needed[name] = estimate.images_needed(report.interval * scale)
    return needed


def columns(report: Report) -> list[str]:
    """Name the scores that any row has, in order."""
    found = {name for row in report.evaluation.rows for name in row.scores}
    return [name for name in MEANINGS if name in found]


def table_rows(report: Report) -> list[tuple[str, ...]]:
    """Write each row's scores with their intervals; "-" where there is none."""
    names = columns(report)
    return [
        (row.name, *(_cell(row.scores.get(name), name) for name in names))
        for row in report.evaluation.rows
    ]


def notes(report: Report) -> list[str]:
    """Say beside the table what its numbers are from."""
    counts = "; ".join(
        f"{one.name}: {len(one.sources)} translated, {len(one.targets)} real, compared with "
        f"{_compared(report, one)} {_split(report)} images"
        for one in report.directions
    )
    features = report.extractor
    several = ", averaged over the directions" if len(report.directions) > 1 else ""
    needed = ", ".join(f"{name} {count}" for name, count in images_needed(report).items())
    return [
        f"{report.data.spec}, test part{several}. {counts}.",
        f"Images: {report.data.resize}. Features: {features.name}, "
        f"{report.evaluation.dimensions} numbers ({features.resize}).",
        f"Brackets: {LEVEL} % bootstrap intervals over images.",
        f"Images for an interval of +-{report.interval:.0%}: {needed}.",
        *(f"Not measured: {name}, {why}." for name, why in report.evaluation.omitted.items()),
    ]


def write_page(folder: Path, report: Report) -> Path:
    """Write `eval.html`, atomically; return its path."""
    names = columns(report)
    meanings = [f"{name}: {MEANINGS[name]}." for name in names]
    title = ", ".join(row_name(file, report.subjects.files) for file in report.subjects.files)
    sections = [
        html.table(("", *names), table_rows(report)),
        *(html.paragraph(line) for line in notes(report)),
        *(html.paragraph(line, "note") for line in meanings),
        *_per_direction(report),
        *_pictures(report),
    ]
    path = folder / "eval.html"
    write_text(path, html.page(f"EdgeGAN evaluation: {title}", sections))
    return path


def _split(report: Report) -> str:
    whole = report.data.reference == "all"
    return "training and test (for real images: training)" if whole else "training"


def _compared(report: Report, direction: Direction) -> int:
    held_out = len(direction.targets) if report.data.reference == "all" else 0
    return len(direction.reference) + held_out


def _numbers(row: Row) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    for name, estimate in row.scores.items():
        numbers[name] = round(estimate.value, 6)
        if not name.endswith("_max_lsb"):
            numbers[f"{name}_ci"] = [round(bound, 6) for bound in estimate.interval]
    return numbers


def _cell(estimate: Estimate | None, name: str) -> str:
    if estimate is None:
        return "-"
    if name.endswith("_max_lsb"):
        return f"{estimate.value:.0f}"
    digits = 2 if name.endswith("psnr") or name == "fid" else 4
    low, high = estimate.interval
    return f"{estimate.value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _per_direction(report: Report) -> list[str]:
    if len(report.directions) == 1:
        return []
    names, sections = columns(report), []
    for direction in report.directions:
        rows = [
            (
                row.name,
                *(_cell(row.directions[direction.name].scores.get(n), n) for n in names),
            )
            for row in report.evaluation.rows
        ]
        sections += [html.heading(direction.name), html.table(("", *names), rows)]
    return sections


def _pictures(report: Report) -> list[str]:
    """Show the images that the first file translates worst and best, by all files."""
    each = max(PICTURES // (2 * len(report.directions)), 1)
    first, sections = report.evaluation.rows[HONEST], []
    for direction in report.directions:
        judged = first.directions[direction.name]
        for title, chosen in (
            ("worst", judged.order[::-1][:each]),
            ("best", judged.order[:each]),
        ):
            text = f"{direction.name}, the {title} {len(chosen)} by {judged.sorted_by}"
            sections += [html.heading(text), html.image_table(_columns(report, direction, chosen))]
    return sections


def _columns(
    report: Report, direction: Direction, chosen: Sequence[int]
) -> dict[str, Sequence[ImageArray]]:
    rows = list(chosen)
    sources = direction.sources[rows]
    labels = None if direction.labels is None else direction.labels[rows]
    shown: dict[str, Sequence[ImageArray]] = {"input": list(sources)}
    for file in report.subjects.files:
        name = row_name(file, report.subjects.files)
        shown[name] = list(Translator(file.engine)(sources, labels))
    if direction.truths is not None:
        shown["truth"] = list(direction.truths[rows])
    return shown
