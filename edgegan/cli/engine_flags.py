"""Options of `edgegan export` for TensorRT engines."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from edgegan.export.engine_options import EngineOptions, Hardware, parse_batches, parse_bytes

_ENGINES = "TensorRT engines"

Capability = Annotated[
    str | None,
    typer.Option(
        "--compute-capability",
        help="Of tensorrt-rtx: GPU generations to run on, such as 7.5 or 8.6,8.9.",
        show_default="8.6,8.9,12.0",
        rich_help_panel=_ENGINES,
    ),
]
Level = Annotated[
    int | None,
    typer.Option(
        "--opt-level",
        help="0 (fast build) to 5 (longest search).",
        show_default=False,
        rich_help_panel=_ENGINES,
    ),
]
Dynamic = Annotated[
    str | None,
    typer.Option(
        help="Several batches: the least, usual and largest, such as 1:4:8.",
        show_default=False,
        rich_help_panel=_ENGINES,
    ),
]
Workspace = Annotated[
    str | None,
    typer.Option(
        help="Of tensorrt: memory that a layer may take, such as 2G.",
        show_default="half of what is free",
        rich_help_panel=_ENGINES,
    ),
]
Dla = Annotated[
    int | None,
    typer.Option(
        help="Of tensorrt: the deep learning accelerator to use, 0 or 1.",
        show_default=False,
        rich_help_panel=_ENGINES,
    ),
]
VersionCompatible = Annotated[
    bool,
    typer.Option(
        "--version-compatible",
        help="Of tensorrt: later releases of the major version run it, too.",
        rich_help_panel=_ENGINES,
    ),
]
HardwareCompatibility = Annotated[
    str,
    typer.Option(
        "--hw-compat",
        help="Of tensorrt: none, same-cc (GPUs of one compute capability) or ampere+.",
        rich_help_panel=_ENGINES,
    ),
]
Refit = Annotated[
    bool,
    typer.Option(
        "--refit", help="Of tensorrt: let its weights be replaced.", rich_help_panel=_ENGINES
    ),
]


def engine_options(
    capability: str | None,
    level: int | None,
    dynamic: str | None,
    workspace: str | None,
    dla: int | None,
    version_compatible: bool,
    hardware: str,
    refit: bool,
) -> EngineOptions:
    """Read the options.

    Raises:
        UsageError: one cannot be read.
    """
    names = (capability or "").replace(" ", "").split(",")
    return EngineOptions(
        compute_capabilities=tuple(name for name in names if name),
        optimization_level=level,
        workspace_bytes=parse_bytes(workspace) if workspace else None,
        batches=parse_batches(dynamic) if dynamic else None,
        dla_core=dla,
        version_compatible=version_compatible,
        hardware=cast(Hardware, hardware),  # checked with the target
        refit=refit,
    )
