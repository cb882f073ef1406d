"""Evaluate the emoji generators of examples/models/, as docs/evaluation.md shows them.

    python benchmarks/emoji_evaluation.py

Prints a Markdown table for each: the CycleGAN from Noto to Twemoji, with what it becomes as
.tflite and .onnx; the CycleGAN from Twemoji to Noto; and the StarGAN of styles, averaged over
its three domains. --images N translates fewer, to try.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from edgegan import console
from edgegan.cli.native_log import native_log_hidden
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.train.evaluation import evaluate, evaluation_steps
from edgegan.train.evaluation_data import open_evaluation
from edgegan.train.evaluation_report import Report, columns, notes, table_rows
from edgegan.train.evaluation_subject import open_subjects
from edgegan.train.features import open_extractor

MODELS = Path(__file__).resolve().parents[1] / "examples" / "models"
FORMATS = (("tflite", "fp32"), ("tflite", "fp16"), ("tflite", "int8-dynamic"), ("onnx", "fp32"))
A2B, B2A = (MODELS / f"cyclegan-emoji-{name}.keras" for name in ("A2B", "B2A"))
STARGAN = MODELS / "stargan-emoji-G.keras"


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, help="translate at most so many images")
    limit = parser.parse_args().images
    with tempfile.TemporaryDirectory() as folder:
        specs = [ExportSpec(target=t, precision=p, size=(64, 64)) for t, p in FORMATS]
        job = ExportJob(generator=A2B, specs=specs, parity=None)
        exported = export_generator(job, ExportOptions(folder=Path(folder)))
        _print([A2B, *(one.path for one in exported)], "emoji", limit, B2A, A2B)
    _print([B2A], "emoji", limit, A2B)
    _print([STARGAN], "emoji-styles", limit)
    return 0


def _print(
    files: Sequence[Path],
    spec: str,
    limit: int | None,
    reverse: Path | None = None,
    source: Path | None = None,
) -> None:
    subjects = open_subjects([str(path) for path in files], reverse, source)
    data = open_evaluation(spec, subjects.size, subjects.direction, subjects.domains, limit)
    extractor = open_extractor("emoji")
    with console.progress(files[0].name, evaluation_steps(subjects, data)) as progress:
        evaluation = evaluate(subjects, data, extractor, report=progress)
    report = Report(
        evaluation=evaluation, subjects=subjects, data=data, extractor=extractor, interval=0.1
    )
    names = ["", *columns(report)]
    for cells in (names, ["---"] * len(names), *table_rows(report)):
        console.result(f"| {' | '.join(cells)} |")
    console.result("\n" + "\n".join(notes(report)) + "\n")


if __name__ == "__main__":
    with native_log_hidden():
        sys.exit(main())
