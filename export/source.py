"""What is exported: a run, or one generator file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgegan.errors import UsageError
from edgegan.train.run_folder import open_run

DIRECTIONS = {"ab": ("A2B",), "ba": ("B2A",), "both": ("A2B", "B2A")}


@dataclass(frozen=True, kw_only=True)
class ExportSource:
    """The generators to export, and where their artifacts go by default.

    Attributes:
        generators: `.keras` files.
        folder: The default output folder.
        data: The spec of the data they were trained on; None if unknown.
    """

    generators: tuple[Path, ...]
    folder: Path
    data: str | None


def find_source(source: str, direction: str) -> ExportSource:
    """Find the generators that `source` names: a `.keras` file, or a run by name or path.

    Args:
        source: From the command line.
        direction: "ab", "ba" or "both"; a run's generators are chosen by it.

    Raises:
        UsageError: there is no such file, run or direction, or the run is not finished.
    """
    if direction not in DIRECTIONS:
        raise UsageError(f"--direction is {direction!r}; use one of {', '.join(DIRECTIONS)}.")
    path = Path(source)
    if path.suffix == ".keras":
        if not path.is_file():
            raise UsageError(f"The generator {path} does not exist.")
        return ExportSource(generators=(path,), folder=path.parent, data=None)
    if path.is_file():
        raise UsageError(f"{path} is neither a generator file (.keras) nor a run folder.")
    run = open_run(source)
    generators = tuple(run.generators / f"{name}.keras" for name in DIRECTIONS[direction])
    if not all(generator.is_file() for generator in generators):
        raise UsageError(
            f"The run {run.path} has no finished generators yet. "
            f"Finish it first: edgegan train cyclegan --resume {source}"
        )
    return ExportSource(generators=generators, folder=run.path / "export", data=run.data_spec())
