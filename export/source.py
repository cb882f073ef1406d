"""What is exported: a run, or one generator file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegan.errors import UsageError
from edgegan.settings import read_toml
from edgegan.train.run_folder import RunFolder, open_run

DIRECTIONS = {"ab": ("A2B",), "ba": ("B2A",), "both": ("A2B", "B2A")}


@dataclass(frozen=True, kw_only=True)
class ExportSource:
    """The generators to export, and where their artifacts go by default.

    Attributes:
        generators: `.keras` files.
        folder: The default output folder.
        data: The specs of the data they were trained on; empty if unknown.
    """

    generators: tuple[Path, ...]
    folder: Path
    data: tuple[str, ...]


def find_source(source: str, direction: str | None = None) -> ExportSource:
    """Find the generators that `source` names: a `.keras` file, or a run by name or path.

    Args:
        source: From the command line.
        direction: "ab", "ba" or "both", by which a CycleGAN run's generators are chosen;
            None takes both. A StarGAN run has one, and no direction.

    Raises:
        UsageError: there is no such file, run or direction, or the run is not finished.
    """
    if direction is not None and direction not in DIRECTIONS:
        raise UsageError(f"--direction is {direction!r}; use one of {', '.join(DIRECTIONS)}.")
    path = Path(source)
    if path.suffix == ".keras":
        if not path.is_file():
            raise UsageError(f"The generator {path} does not exist.")
        return ExportSource(generators=(path,), folder=path.parent, data=())
    if path.is_file():
        raise UsageError(f"{path} is neither a generator file (.keras) nor a run folder.")
    run = open_run(source)
    content = read_toml(run.config)
    family = content.get("generator", {}).get("family", "cyclegan")
    names = _names(run, family, direction)
    distillation = content.get("distillation", {})
    if family == "cyclegan" and distillation.get("teacher"):  # a student has one direction
        names = (distillation.get("direction", "A2B"),)
    generators = tuple(run.generators / f"{name}.keras" for name in names)
    if not all(generator.is_file() for generator in generators):
        raise UsageError(
            f"The run {run.path} has no finished generators yet. "
            f"Finish it first: {resume_command(content)} --resume {source}"
        )
    return ExportSource(generators=generators, folder=run.path / "export", data=run.data_specs())


def resume_command(settings: Mapping[str, Any]) -> str:
    """Tell which command goes on with a run of such settings."""
    if settings.get("distillation", {}).get("teacher"):
        return "edgegan compress"
    return f"edgegan train {settings.get('generator', {}).get('family', 'cyclegan')}"


def _names(run: RunFolder, family: str, direction: str | None) -> tuple[str, ...]:
    if family != "stargan":
        return DIRECTIONS[direction or "both"]
    if direction is not None:
        raise UsageError(
            f"The run {run.path} has one generator for all domains, and no direction; leave out "
            "--direction. --bake-domain makes a file for one domain."
        )
    return ("G",)
