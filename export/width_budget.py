"""Choosing the width of a student: the widest whose network stays within a budget.

Candidates have random weights, which take the same time as trained ones. For a size or a
latency they go through the export as any generator, and EdgeGAN's own bench times them in
one session, in turns. A latency does not fall with the square of the width, as the
multiply-accumulates do, so those alone cannot choose.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import tf_keras as keras

from edgegan.console import Report, silent
from edgegan.errors import EdgeganError, UsageError
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.pipeline import export_generator
from edgegan.export.targets import ExportSpec
from edgegan.generator import GeneratorConfig
from edgegan.runtime.bench import bench
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.train.generator_file import save_generator
from edgegan.train.macs import count_macs
from edgegan.train.networks import build_generator

STEP = 4  # channels between candidates; kernels work on 4, 8 or 16 at once
_UNITS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A width, and what it costs.

    Attributes:
        filters: The width.
        params: Trained numbers.
        macs: Multiply-accumulates of one image.
        size_bytes: Of the exported file; None if it was not made.
        p50_ms: Of the exported file; None if it was not timed.
    """

    filters: int
    params: int
    macs: int
    size_bytes: int | None = None
    p50_ms: float | None = None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The file that a size or a latency is measured on, and how.

    Attributes:
        target: As of an export.
        precision: One that needs no calibration.
        settings: Of the bench.
    """

    target: str
    precision: str
    settings: BenchSettings


def parse_macs(text: str) -> int:
    """Read multiply-accumulates such as "3G", "450M" or "1.5e9".

    Raises:
        UsageError: telling the form.
    """
    match = re.fullmatch(r"(\d+(?:\.\d*)?(?:e\d+)?)\s*([kMG]?)", text.strip())
    if not match or float(match[1]) <= 0:
        raise UsageError(f"--macs is {text!r}; use a number such as 3G or 450M.")
    return round(float(match[1]) * _UNITS[match[2]])


def candidates(teacher: GeneratorConfig) -> list[Candidate]:
    """List the widths up to the teacher's, narrowest first."""
    most = min(
        width // multiple
        for width, multiple in zip(
            teacher.layer_widths.flat,
            replace(teacher, filters=1, widths=()).layer_widths.flat,
            strict=True,
        )
    )
    widths = [*range(STEP, most, STEP), most]
    return [counted(replace(teacher, filters=width, widths=())) for width in widths]


def counted(config: GeneratorConfig) -> Candidate:
    """Count what a network has and computes."""
    model = build_generator(config)
    candidate = Candidate(
        filters=config.filters, params=model.count_params(), macs=count_macs(model)[0]
    )
    keras.backend.clear_session()  # or the graphs of all candidates stay in memory
    return candidate


def measured(
    teacher: GeneratorConfig,
    found: Sequence[Candidate],
    how: Measured,
    timed: bool,
    report: Report = silent,
) -> list[Candidate]:
    """Export candidates with random weights, tell their sizes, and time them if asked to.

    Raises:
        EdgeganError: one cannot be exported or run.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [_exported(teacher, one.filters, how, Path(folder)) for one in found]
        sized = [
            replace(one, size_bytes=path.stat().st_size)
            for one, path in zip(found, paths, strict=True)
        ]
        if not timed:
            return sized
        session = bench(paths, how.settings, report)
        if session.failures:
            raise session.failures[0][1]
        return [
            replace(one, p50_ms=result.latency.p50_ms)
            for one, result in zip(sized, session.results, strict=True)
        ]


def widest(found: Sequence[Candidate], costs: Sequence[float], budget: float, what: str) -> int:
    """Choose the widest candidate before the first that is beyond the budget.

    Args:
        found: Narrowest first.
        costs: What each costs.
        budget: The most that is allowed.
        what: The cost and its unit, for the error.

    Raises:
        UsageError: not even the narrowest fits.
    """
    chosen = None
    for one, cost in zip(found, costs, strict=True):
        if cost > budget:
            break
        chosen = one.filters
    if chosen is None:
        raise UsageError(
            f"Even {found[0].filters} filters take {costs[0]:.4g} {what}, and the budget is "
            f"{budget:.4g}. Allow more, or train a teacher with fewer blocks or a smaller image."
        )
    return chosen


def rows(found: Sequence[Candidate], chosen: int) -> list[str]:
    """Lay out candidates as lines of text, the chosen one marked."""
    lines = [f"{'filters':>9} {'params M':>10} {'GMACs':>9} {'MB':>9} {'p50 ms':>9}"]
    for one in found:
        mark = "*" if one.filters == chosen else " "
        size = "-" if one.size_bytes is None else f"{one.size_bytes / 1e6:.3f}"
        time = "-" if one.p50_ms is None else f"{one.p50_ms:.2f}"
        counts = f"{one.params / 1e6:>10.3f} {one.macs / 1e9:>9.3f}"
        lines.append(f"{mark}{one.filters:>8} {counts} {size:>9} {time:>9}")
    return lines


def _exported(teacher: GeneratorConfig, filters: int, how: Measured, folder: Path) -> Path:
    config = replace(teacher, filters=filters, widths=())
    direction = "G" if config.family == "stargan" else "A2B"
    source = folder / f"{filters}.keras"
    save_generator(build_generator(config), source, config, direction)
    spec = ExportSpec(
        target=how.target, precision=how.precision, size=(config.image_size, config.image_size)
    )
    job = ExportJob(generator=source, specs=[spec], parity=None)
    (made,) = export_generator(job, ExportOptions(folder=folder))
    keras.backend.clear_session()
    if made.error is not None:
        raise EdgeganError(f"The candidate with {filters} filters: {made.error}")
    return made.path
