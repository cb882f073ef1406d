"""`edgegan inspect --sensitivity`: which layers of a generator lose most when quantized."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from edgegan.export.job import ExportJob
    from edgegan.export.parity_images import ParityImages
    from edgegan.export.sensitivity import LayerLoss, Sensitivity

_PANEL = "Sensitivity"
_IMAGES, _CALIB_IMAGES = 4, 200
_COLUMNS = (
    *("layer", "place", "alone: median dB", "min dB", "all but it: median dB", "gain dB"),
    *("weights KB", "share"),
)

Wanted = Annotated[
    bool,
    typer.Option(
        "--sensitivity",
        help="Of a .keras generator: quantize one layer at a time, and tell what each loses.",
        rich_help_panel=_PANEL,
    ),
]
Target = Annotated[
    str | None,
    typer.Option(help="tflite (default) or onnx.", show_default=False, rich_help_panel=_PANEL),
]
PrecisionName = Annotated[
    str | None,
    typer.Option(
        help="int8 (default with --calib), or for tflite int8-dynamic (default) or w8.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Calib = Annotated[
    str | None,
    typer.Option(
        help="Real images to calibrate int8 on, as in edgegan export.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
CalibN = Annotated[
    int | None,
    typer.Option(
        help=f"How many of them at most ({_CALIB_IMAGES}).",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Images = Annotated[
    str | None,
    typer.Option(
        help="Images to compare on, a folder or a data set; default: the embedded emoji.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
ImagesN = Annotated[
    int | None,
    typer.Option(
        min=1,
        help=f"How many of them at most ({_IMAGES}).",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Size = Annotated[
    str | None,
    typer.Option(
        help="Image size, 256 or HxW; default: as trained.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The options of `--sensitivity` as given; None where they are not."""

    target: str | None = None
    precision: str | None = None
    calib: str | None = None
    calib_n: int | None = None
    images: str | None = None
    images_n: int | None = None
    size: str | None = None


def tell_sensitivity(generator: Path, asked: Asked, json: bool) -> None:
    """Measure what each layer of a generator loses, and print it, the worst layer first.

    Raises:
        UsageError: the file is no `.keras`, or the options do not go together.
    """
    from tempfile import TemporaryDirectory

    from edgegan import console
    from edgegan.optional import needs

    _check_generator(generator)
    with needs("export"):
        from edgegan.export.parity_images import open_parity_images
        from edgegan.export.plan import direction_of
        from edgegan.export.sensitivity import open_trial
    job = _job(generator, asked)
    images = open_parity_images(asked.images, direction_of(generator), asked.images_n or _IMAGES)
    with TemporaryDirectory() as scratch:
        console.note(f"Converting {generator.name}")
        trial = open_trial(job, images, Path(scratch))
        with console.progress("Quantizing", trial.steps) as report:
            found = trial.measure(report)
    if json:
        console.emit_json(_as_json(found, job, images, asked))
    else:
        _print(found, job, images, asked)


def refuse_options(asked: Asked) -> None:
    """Refuse options that mean nothing without `--sensitivity`.

    Raises:
        UsageError: naming them.
    """
    from edgegan.errors import UsageError

    given = [
        f"--{name.replace('_', '-')}" for name, value in vars(asked).items() if value is not None
    ]
    if given:
        raise UsageError(f"{', '.join(given)} tell how to measure --sensitivity: add that.")


def _check_generator(path: Path) -> None:
    from edgegan.errors import UsageError

    if path.suffix != ".keras":
        raise UsageError(
            f"{path} is no Keras generator: --sensitivity quantizes layers one by one, and "
            "needs the .keras file that the artifact was made from."
        )


def _job(generator: Path, asked: Asked) -> ExportJob:
    from edgegan.export.calibration import calibration_request
    from edgegan.export.plan import Wanted as Plan
    from edgegan.export.plan import plan
    from edgegan.export.source import find_source
    from edgegan.export.targets import check_precision, parse_size, resolve_target

    target = resolve_target(asked.target or "tflite")
    static = asked.calib is not None or target != "tflite"
    precision = asked.precision or ("int8" if static else "int8-dynamic")
    check_precision(target, precision)
    wanted = Plan(
        targets=[target],
        precision=precision,
        size=parse_size(asked.size) if asked.size else None,
        parity="off",
        calibration=calibration_request(
            asked.calib, _CALIB_IMAGES if asked.calib_n is None else asked.calib_n, "min-max", 0
        ),
    )
    (job,) = plan(find_source(str(generator)), wanted)
    return job


def _print(found: Sensitivity, job: ExportJob, images: ParityImages, asked: Asked) -> None:
    from edgegan import console
    from edgegan.export.parity import threshold

    (spec,) = job.specs
    gate = threshold(spec.precision)
    console.table(_COLUMNS, [_row(one, found) for one in found.layers])
    console.result(
        f"All layers in {spec.precision}: median {found.whole.psnr_median:.1f} dB, minimum "
        f"{found.whole.psnr_min:.1f} dB (the gate of edgegan export: {gate})."
    )
    console.result(
        f"Compared with the same network in float, {found.comparisons} images each: {images.source}"
    )
    console.result(f"Next: {_next(job, asked)}")


def _as_json(
    found: Sensitivity, job: ExportJob, images: ParityImages, asked: Asked
) -> dict[str, object]:
    from dataclasses import asdict

    from edgegan.export.job import calibration_record

    (spec,) = job.specs
    return {
        "generator": str(job.generator),
        "target": spec.target,
        "precision": spec.precision,
        "size": list(spec.size),
        "calibration": calibration_record(job, spec),
        "images": {"source": images.source, "count": len(images.images)},
        **asdict(found),
        "next": _next(job, asked),
    }


def _row(one: LayerLoss, found: Sensitivity) -> tuple[str, ...]:
    spared = one.spared
    return (
        one.layer,
        one.place,
        f"{one.alone.psnr_median:.1f}",
        f"{one.alone.psnr_min:.1f}",
        f"{spared.psnr_median:.1f}" if spared else "-",
        _gain(spared.psnr_median, found.whole.psnr_median) if spared else "-",
        f"{one.weight_bytes / 1e3:.1f}",
        f"{one.weight_share:.1%}",
    )


def _gain(better: float, whole: float) -> str:
    return f"{round(better - whole, 1) + 0.0:+.1f}"  # + 0.0: no "-0.0"


def _next(job: ExportJob, asked: Asked) -> str:
    from shlex import join

    (spec,) = job.specs
    words = ["edgegan", "export", str(job.generator), "--target", spec.target]
    words += ["--precision", spec.precision]
    for option, value in (
        ("--size", asked.size),
        ("--calib", asked.calib),
        ("--calib-n", asked.calib_n),
        ("--parity", asked.images),
    ):
        words += [option, str(value)] if value is not None else []
    return join(words)
