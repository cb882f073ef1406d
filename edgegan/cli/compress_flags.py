"""The options of `edgegan compress`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_SIZE, _TRAINING = "How small", "How it is trained"
Model = Annotated[
    str | None,
    typer.Argument(help="A generator (.keras), or a run by name or path.", show_default=False),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        help="The student's file, .keras; default: beside the generator.",
        show_default=False,
    ),
]
Data = Annotated[
    list[str] | None,
    typer.Option(
        help="Data set, as edgegan train takes it; by default that of the generator's run.",
        show_default=False,
        rich_help_panel=_TRAINING,
    ),
]
Direction = Annotated[
    str | None, typer.Option(help="ab or ba, of a CycleGAN run.", show_default=False)
]
Width = Annotated[
    int | None,
    typer.Option(min=1, help="Filters of the student.", show_default=False, rich_help_panel=_SIZE),
]
Macs = Annotated[
    str | None,
    typer.Option(
        help="The widest with at most so many multiply-accumulates, such as 3G.",
        show_default=False,
        rich_help_panel=_SIZE,
    ),
]
Latency = Annotated[
    float | None,
    typer.Option(
        min=0.001,
        help="The widest whose exported file takes at most so long (p50, measured here).",
        show_default=False,
        rich_help_panel=_SIZE,
    ),
]
SizeMb = Annotated[
    float | None,
    typer.Option(
        min=0.001,
        help="The widest whose exported file has at most so many megabytes (10^6).",
        show_default=False,
        rich_help_panel=_SIZE,
    ),
]
Uneven = Annotated[
    bool,
    typer.Option(
        "--uneven",
        help="With --macs: a width for each layer, by the strength of its channels.",
        rich_help_panel=_SIZE,
    ),
]
On = Annotated[
    str, typer.Option(help="Device of --latency-ms, as bench names it.", rich_help_panel=_SIZE)
]
Target = Annotated[str, typer.Option(help="What is exported for these two.", rich_help_panel=_SIZE)]
PrecisionName = Annotated[
    str | None,
    typer.Option(
        help="Of that file; default: int8-dynamic for tflite, fp32 else.",
        show_default=False,
        rich_help_panel=_SIZE,
    ),
]
Prune = Annotated[
    str | None,
    typer.Option(
        help="magnitude:0.8 (that share of each kernel) or 2:4; makes files smaller, not faster.",
        show_default=False,
        rich_help_panel=_SIZE,
    ),
]
Quantize = Annotated[
    str | None,
    typer.Option(
        help="tflite or onnx: train for a static int8 file of that kind.",
        show_default=False,
        rich_help_panel=_SIZE,
    ),
]
Steps = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Training steps; 0 only cuts channels. Default: the preset's.",
        show_default=False,
        rich_help_panel=_TRAINING,
    ),
]
Run = Annotated[
    str | None,
    typer.Option(
        help="Name of the new run, below runs/; or a path.",
        show_default=False,
        rich_help_panel=_TRAINING,
    ),
]
Resume = Annotated[
    str | None,
    typer.Option(help="Go on with this run.", show_default=False, rich_help_panel=_TRAINING),
]
Force = Annotated[bool, typer.Option("--force", help="Replace the output if it exists.")]
