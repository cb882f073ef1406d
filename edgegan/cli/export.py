"""`edgegan export`: turn trained generators into verified artifacts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgegan.cli import engine_flags
from edgegan.cli.export_generators import export_generators
from edgegan.cli.export_model import export_model
from edgegan.cli.export_request import Calibrating, Checking, Form, Writing
from edgegan.cli.options import Json
from edgegan.export.targets import OPSET, OPSETS

_FORM, _QUANTIZING, _CHECKING = "Form of the files", "Quantizing", "Checking"

Source = Annotated[
    str,
    typer.Argument(help="A run, a generator file (.keras), or for engines an .onnx."),
]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        "-t",
        help="tflite, onnx, tensorrt or tensorrt-rtx; may be repeated.",
        show_default=False,
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        help="phone: the .tflite files that apps embed, in three sizes, and a .zip of them; "
        "instead of --target.",
        show_default=False,
    ),
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
    str | None,
    typer.Option(
        help="fp32, fp16 or int8; for tflite also int8-dynamic, int16x8 or w8.",
        show_default="fp32",
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
        help="Images as float32 in [-1, 1], or as uint8 with the normalisation inside.",
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
Opset = Annotated[
    int,
    typer.Option(
        help=f"Of the operators in the .onnx, {OPSETS[0]} to {OPSETS[-1]}.", rich_help_panel=_FORM
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
    targets: Targets = None,
    preset: Preset = None,
    direction: Direction = None,
    precision: PrecisionName = None,
    size: Size = None,
    batch: Batch = 1,
    image_type: ImageTypeName = "float32",
    layout: LayoutName = "nhwc",
    opset: Opset = OPSET,
    bake_domain: BakeDomain = None,
    calib: Calib = None,
    calib_n: CalibN = 200,
    calib_method: CalibMethod = "min-max",
    seed: Seed = 0,
    ladder: Ladder = True,
    parity: ParitySpec = None,
    min_psnr: MinPsnr = None,
    capability: engine_flags.Capability = None,
    level: engine_flags.Level = None,
    dynamic: engine_flags.Dynamic = None,
    workspace: engine_flags.Workspace = None,
    dla: engine_flags.Dla = None,
    version_compatible: engine_flags.VersionCompatible = False,
    hardware: engine_flags.HardwareCompatibility = "none",
    refit: engine_flags.Refit = False,
    dry_run: DryRun = False,
    force: Force = False,
    output: Output = None,
    json: Json = False,
) -> None:
    """Export generators; each artifact is loaded and compared with Keras first.

    What is there already, made of the same weights with the same options, is not made again.
    """
    engine = engine_flags.engine_options(
        capability, level, dynamic, workspace, dla, version_compatible, hardware, refit
    )
    bake = tuple(bake_domain or ())
    form = Form(precision, size, batch, image_type, layout, opset, bake, preset or "")
    wanted = _targets(targets, form)
    calibrating = Calibrating(calib, calib_n, calib_method, seed)
    checking = Checking(parity, min_psnr, ladder)
    writing = Writing(output, force, dry_run, json)
    if source.endswith(".onnx"):
        export_model(Path(source), wanted, form, engine, calibrating, checking, writing)
    else:
        export_generators(source, direction, wanted, form, engine, calibrating, checking, writing)


def _targets(targets: list[str] | None, form: Form) -> list[str]:
    from edgegan.errors import UsageError, unknown_name
    from edgegan.export.phone_preset import PRESETS

    if not form.preset:
        if not targets:
            raise UsageError("Tell what to make: --target tflite, onnx, ...; or --preset phone.")
        return targets
    if form.preset not in PRESETS:
        raise unknown_name("preset", form.preset, PRESETS)
    others = [flag for flag in form.flags() if flag not in ("--preset", "--bake-domain")]
    if targets or others:
        raise UsageError(
            f"--preset {form.preset} says itself what is made: leave out "
            f"{', '.join([*(['--target'] if targets else []), *others])}."
        )
    return []
