"""`edgegan export`: turn trained generators into verified artifacts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Json
from edgegan.export.targets import check_precision, parse_size, resolve_target
from edgegan.optional import needs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgegan.export.job import ExportJob, ExportOptions
    from edgegan.export.pipeline import Exported

_FORM, _QUANTIZING, _CHECKING = "Form of the files", "Quantizing", "Checking"

Source = Annotated[str, typer.Argument(help="A run, or a generator file (.keras).")]
Targets = Annotated[
    list[str],
    typer.Option("--target", "-t", help="tflite, onnx or tensorrt-rtx; may be repeated."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be made, and make nothing.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Make anew what is there, and replace other files.")
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Folder to write to.")]
Direction = Annotated[
    str | None,
    typer.Option(help="Of a CycleGAN run: ab, ba or both (default).", show_default=False),
]
PrecisionName = Annotated[
    str,
    typer.Option(
        help="fp32, fp16 or int8; for tflite also int8-dynamic, int16x8 or w8.",
        rich_help_panel=_FORM,
    ),
]
Size = Annotated[
    str | None,
    typer.Option(
        help="Image size, 256 or HxW; default: as trained.",
        show_default=False,
        rich_help_panel=_FORM,
    ),
]
Batch = Annotated[int, typer.Option(help="Images a call.", rich_help_panel=_FORM)]
ImageTypeName = Annotated[
    str,
    typer.Option(
        "--io",
        help="Images as float32 in [-1, 1]; for tflite also uint8, with the normalisation inside.",
        rich_help_panel=_FORM,
    ),
]
LayoutName = Annotated[
    str,
    typer.Option(
        "--layout",
        help="Images as nhwc (channels last); for onnx and tensorrt-rtx also nchw.",
        rich_help_panel=_FORM,
    ),
]
BakeDomain = Annotated[
    list[str] | None,
    typer.Option(
        help="Of a StarGAN: fix what to translate to, such as Blond_Hair=1,Male=0; the file takes "
        "no label. Each further one makes another file.",
        show_default=False,
        rich_help_panel=_FORM,
    ),
]
Calib = Annotated[
    str | None,
    typer.Option(
        help="Real images to calibrate int8 and int16x8 on: a data set, whose training part is "
        "taken, or a folder of images.",
        show_default=False,
        rich_help_panel=_QUANTIZING,
    ),
]
CalibN = Annotated[int, typer.Option(help="How many of them at most.", rich_help_panel=_QUANTIZING)]
CalibMethod = Annotated[
    str, typer.Option(help="min-max, entropy or percentile.", rich_help_panel=_QUANTIZING)
]
Seed = Annotated[int, typer.Option(help="Of their choice.", rich_help_panel=_QUANTIZING)]
Ladder = Annotated[
    bool,
    typer.Option(
        help="Keep more layers in float while the parity gate fails.", rich_help_panel=_QUANTIZING
    ),
]
ParitySpec = Annotated[
    str | None,
    typer.Option(
        help="Data set to compare on, or off; default: the run's held-out images.",
        show_default=False,
        rich_help_panel=_CHECKING,
    ),
]
MinPsnr = Annotated[
    float | None,
    typer.Option(
        help="Another threshold of the parity gate, dB.",
        show_default=False,
        rich_help_panel=_CHECKING,
    ),
]


def export(
    source: Source,
    targets: Targets,
    direction: Direction = None,
    precision: PrecisionName = "fp32",
    size: Size = None,
    batch: Batch = 1,
    image_type: ImageTypeName = "float32",
    layout: LayoutName = "nhwc",
    bake_domain: BakeDomain = None,
    calib: Calib = None,
    calib_n: CalibN = 200,
    calib_method: CalibMethod = "min-max",
    seed: Seed = 0,
    ladder: Ladder = True,
    parity: ParitySpec = None,
    min_psnr: MinPsnr = None,
    dry_run: DryRun = False,
    force: Force = False,
    output: Output = None,
    json: Json = False,
) -> None:
    """Export generators; each artifact is loaded and compared with Keras first.

    What is there already, made of the same weights with the same options, is not made again.
    """
    names, pixels = _targets(targets, precision), parse_size(size) if size else None
    with needs("export"):
        from edgegan.export.calibration import calibration_request
        from edgegan.export.job import ExportOptions
        from edgegan.export.plan import Wanted, plan
        from edgegan.export.source import find_source
    found = find_source(source, direction)
    wanted = Wanted(
        targets=names,
        precision=precision,
        size=pixels,
        batch=batch,
        image_type=image_type,
        layout=layout,
        bake=bake_domain or (),
        parity=parity,
        calibration=calibration_request(calib, calib_n, calib_method, seed),
    )
    folder = output or found.folder
    options = ExportOptions(folder=folder, min_psnr=min_psnr, force=force, ladder=ladder)
    _run(plan(found, wanted), options, dry_run, json)


def _targets(names: Sequence[str], precision: str) -> list[str]:
    targets = list(dict.fromkeys(resolve_target(name) for name in names))
    for target in targets:
        check_precision(target, precision)
    return targets


def _run(jobs: Sequence[ExportJob], options: ExportOptions, dry_run: bool, as_json: bool) -> None:
    from edgegan.cli.export_results import tell_plan, tell_results
    from edgegan.export.pipeline import check_jobs

    check_jobs(jobs, options)
    if dry_run:
        tell_plan(jobs, options, as_json)
    else:
        tell_results(_export(jobs, options), as_json)


def _export(jobs: Sequence[ExportJob], options: ExportOptions) -> list[Exported]:
    from edgegan.console import progress
    from edgegan.export.pipeline import export_generator

    results: list[Exported] = []
    with progress("Exporting", sum(len(job.specs) for job in jobs)) as report:
        for job in jobs:

            def count(done: int, note: str = "", before: int = len(results)) -> None:
                report(before + done, note)

            results += export_generator(job, options, count)
    return results
