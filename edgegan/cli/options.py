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
Device = Annotated[
    str | None,
    typer.Option(
        help="cpu, gpu (litert), cuda:0, or for onnxruntime also tensorrt:0, openvino, coreml; by "
        "default what the backend runs on.",
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
        help="Load a file that has no manifest at once: a .engine or .rtx although it is code, "
        "others without first trying them in a process of their own.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
