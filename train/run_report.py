"""The report of a training run: one HTML page with its curves and newest samples."""

from __future__ import annotations

import io
import logging
import math
import re
import shlex
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from statistics import fmean

from PIL import Image

from edgegan import html
from edgegan.atomic import write_text
from edgegan.errors import EdgeganError, ImageError
from edgegan.images import load_image
from edgegan.train.collapse import undecided
from edgegan.train.config import TrainingConfig, data_specs
from edgegan.train.held_out_score import SCORE
from edgegan.train.labeled_grid import row_titles
from edgegan.train.run_folder import RunFolder
from edgegan.train.stargan_config import StarGANConfig
from edgegan.train.training_log import read_log

POINTS = 400
NEWEST = 3
# The page stays below 2 MB: four pictures, a third larger as base64, and the curves.
PICTURE_BYTES = 330_000
PICTURE_WIDTH = 1024
ROWS = ("A", "A to B", "back to A", "B", "B to A", "back to B")  # of CycleGAN's grids
STUDENT_ROWS = ("source", "teacher", "student")
_CHARTS = {
    "Score on held-out images, lower is better": (SCORE,),
    "Adversarial losses": ("gan", "discriminator"),
    "Classification losses, weighted": ("classification",),
    "Cycle and identity losses, weighted": ("cycle", "identity"),
    "Distances to the teacher, weighted": ("distil",),
    "Learning rate": ("learning_rate",),
    "Images a second": ("images_per_s",),
    "Share of the time spent waiting for images": ("input_bound",),
}
_LOG = logging.getLogger(__name__)


def write_report(folder: RunFolder, config: TrainingConfig) -> None:
    """Write `report.html` from what the run folder holds so far, atomically.

    A report that cannot be written is logged as a warning: training goes on.
    """
    try:
        lines = read_log(folder)
        sections = [
            html.paragraph(_state(lines, config)),
            *_curves(lines, config),
            *_samples(folder, _rows(config)),
            *_settings(config),
            *_next(folder, lines, config),
        ]
        title = f"EdgeGAN training: {folder.path.name}"
        write_text(folder.report, html.page(title, sections))
    except (EdgeganError, OSError) as error:
        _LOG.warning("The report was not written: %s", error)


def thin(lines: Sequence[dict[str, float]], most: int = POINTS) -> list[dict[str, float]]:
    """Average neighbouring log lines until at most `most` are left.

    Each stands for the steps up to its last one, as a log line does.
    """
    size = max(math.ceil(len(lines) / most), 1)
    groups = (lines[start : start + size] for start in range(0, len(lines), size))
    return [{**_mean(group), "step": group[-1]["step"]} for group in groups]


def changed_settings(config: TrainingConfig) -> list[tuple[str, str, str]]:
    """List the settings that differ from the defaults: key, value, default."""
    default = type(config)()
    rows = []
    for group in fields(config):
        ours, theirs = getattr(config, group.name), getattr(default, group.name)
        for key in fields(ours):
            value, usual = getattr(ours, key.name), getattr(theirs, key.name)
            if value != usual:
                rows.append((f"{group.name}.{key.name}", str(value), str(usual)))
    return rows


def _mean(lines: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: fmean(line[name] for line in lines if name in line) for name in _names(lines)}


def _names(lines: Sequence[dict[str, float]]) -> list[str]:
    return list(dict.fromkeys(name for line in lines for name in line if name != "step"))


def _state(lines: Sequence[dict[str, float]], config: TrainingConfig) -> str:
    step, steps = int(lines[-1]["step"]) if lines else 0, config.train.steps
    share = f" ({step / steps:.0%})" if steps else ""
    speed = lines[-1].get("images_per_s") if lines else None
    words = f", {speed:.1f} images a second" if speed else ""
    family, data = _name(config), ", ".join(data_specs(config))
    return f"{family} on {data}: step {step} of {steps}{share}{words}."


def _curves(lines: Sequence[dict[str, float]], config: TrainingConfig) -> list[str]:
    if not lines:
        return [html.paragraph("The first log line is not written yet.", "note")]
    thinned = thin(lines)
    charts = {title: _starting(thinned, prefixes) for title, prefixes in _CHARTS.items()}
    known = {name for names in charts.values() for name in names}
    charts["Other losses"] = [name for name in _names(thinned) if name not in known]
    sections = []
    for title, names in charts.items():
        if names:
            sections += [html.heading(title), *_balance(title, config), _chart(thinned, names)]
    return sections


def _starting(lines: Sequence[dict[str, float]], prefixes: tuple[str, ...]) -> list[str]:
    return [name for name in _names(lines) if name.startswith(prefixes)]


def _balance(title: str, config: TrainingConfig) -> list[str]:
    level = undecided(config)
    if level is None or title != "Adversarial losses":
        return []
    text = f"A discriminator that cannot tell real images from translated ones has {level:.2f}."
    return [html.paragraph(f"{text} Near 0 for long, it has won.", "note")]


def _chart(lines: Sequence[dict[str, float]], names: Sequence[str]) -> str:
    lines = [line for line in lines if any(name in line for name in names)]  # scores are rare
    steps = [line["step"] for line in lines]
    series = {name: [line.get(name, math.nan) for line in lines] for name in names}
    return html.line_chart(steps, series, "steps")


def _name(config: TrainingConfig) -> str:
    return "StarGAN" if isinstance(config, StarGANConfig) else "CycleGAN"


def _rows(config: TrainingConfig) -> tuple[str, ...]:
    student = bool(config.distillation.teacher)
    if isinstance(config, StarGANConfig):
        return row_titles(config.generator.domains, STUDENT_ROWS[1:] if student else ("",))
    return STUDENT_ROWS if student else ROWS


def _samples(folder: RunFolder, rows: Sequence[str]) -> list[str]:
    paths = sorted(p for p in folder.samples.glob("*.png") if re.fullmatch(r"step-\d+", p.stem))
    if not paths:
        return []
    chosen = dict.fromkeys([*reversed(paths[-NEWEST:]), paths[0]])
    return [html.heading("Samples, held-out images"), *(_sample(path, rows) for path in chosen)]


def _sample(path: Path, rows: Sequence[str]) -> str:
    caption = f"Step {int(path.stem.removeprefix('step-'))}"
    try:
        return html.picture_with_rows(caption, *_encoded(path, path.stat().st_mtime_ns), rows)
    except ImageError as error:
        return html.paragraph(f"{caption}: {error}", "note")


# Decoding a large grid takes 0.1 s; of those in the last report only one is new.
@lru_cache(maxsize=2 * (NEWEST + 1))
def _encoded(path: Path, written_ns: int) -> tuple[bytes, str]:
    del written_ns  # a grid that was written again is another picture
    if path.stat().st_size <= PICTURE_BYTES:
        return path.read_bytes(), "image/png"
    image = Image.fromarray(load_image(path))
    image = image.reduce(max(round(image.width / PICTURE_WIDTH), 1))
    while len(data := _jpeg(image)) > PICTURE_BYTES:
        image = image.reduce(2)
    return data, "image/jpeg"


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _settings(config: TrainingConfig) -> list[str]:
    table = html.table(("setting", "this run", "default"), changed_settings(config))
    return [html.heading("Settings that differ from the defaults"), table]


def _next(
    folder: RunFolder, lines: Sequence[dict[str, float]], config: TrainingConfig
) -> list[str]:
    run, steps = shlex.quote(str(folder.path)), config.train.steps
    command = "compress" if config.distillation.teacher else f"train {config.generator.family}"
    resume = f"edgegan {command} --resume {run}"
    export = f"edgegan export {run} --target tflite --target onnx"
    if lines and lines[-1]["step"] >= steps:
        listed = [export, f"{resume} --set train.steps={2 * steps}   # train on"]
    else:
        listed = [f"{resume}   # after an interruption", f"{export}   # once all steps are done"]
    return [html.heading("Go on"), html.commands([*listed, f"tensorboard --logdir {run}"])]
