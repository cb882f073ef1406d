"""Options and arguments that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Artifact = Annotated[Path, typer.Argument(help="A .tflite, .onnx, .engine, .rtx or .keras file.")]
Backend = Annotated[
    str | None,
    typer.Option(
        help="litert, onnxruntime, openvino, tensorrt, tensorrt-rtx or keras; by default what the "
        "suffix calls for.",
        show_default=False,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(min=1, help="CPU threads; by default all that may be used.", show_default=False),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust",
        help="Load a .engine or .rtx that has no manifest, although it is code.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
