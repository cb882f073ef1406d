"""The run folder: where a training run keeps its configuration, log and results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgegan.errors import UsageError
from edgegan.settings import read_toml

RUNS = Path("runs")


@dataclass(frozen=True)
class RunFolder:
    """The paths of one run."""

    path: Path

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.path / "config.toml"

    @property
    def log(self) -> Path:
        """Losses and speed, one JSON object a line."""
        return self.path / "log.jsonl"

    @property
    def tensorboard(self) -> Path:
        """Event files for TensorBoard."""
        return self.path / "tensorboard"

    @property
    def samples(self) -> Path:
        """Grids of held-out images and their translations."""
        return self.path / "samples"

    @property
    def report(self) -> Path:
        """Curves and grids, to look at while it trains and after."""
        return self.path / "report.html"

    @property
    def checkpoints(self) -> Path:
        """Everything needed to resume."""
        return self.path / "checkpoints"

    @property
    def best(self) -> Path:
        """The generators with the best score so far, and the checkpoint of that step."""
        return self.path / "best"

    @property
    def generators(self) -> Path:
        """The finished generators: `A2B.keras` and `B2A.keras`, or StarGAN's `G.keras`."""
        return self.path / "generators"

    def of_worker(self, worker: int) -> RunFolder:
        """The folder that machine `worker` of several keeps its own state in."""
        return self if worker == 0 else RunFolder(self.path / "workers" / str(worker))

    def data_specs(self) -> tuple[str, ...]:
        """Return the specs of the data it trains on."""
        content = read_toml(self.config).get("data", {})
        return tuple(map(str, content.get("specs", (content.get("spec", "emoji"),))))


def run_path(run: str) -> Path:
    """Return the folder that `--run` names: a name below `runs/`, or a path."""
    return Path(run) if "/" in run else RUNS / run


def new_run(run: str | None, prefix: str) -> RunFolder:
    """Choose the folder of a new run: `run`, or the first free `<prefix>-<n>`.

    Raises:
        UsageError: the folder already holds a run.
    """
    if run is None:
        number = 1
        while (RUNS / f"{prefix}-{number}").exists():
            number += 1
        run = f"{prefix}-{number}"
    folder = RunFolder(run_path(run))
    if folder.config.exists():
        raise UsageError(
            f"The run {folder.path} exists. Go on with it by --resume {run}, choose another "
            "name with --run, or delete the folder."
        )
    return folder


def open_run(run: str) -> RunFolder:
    """Find an existing run by name or path.

    Raises:
        UsageError: there is none.
    """
    for path in (run_path(run), Path(run)):
        if (path / "config.toml").is_file():
            return RunFolder(path)
    found = sorted(p.parent.name for p in RUNS.glob("*/config.toml"))
    raise UsageError(
        f"There is no run {run!r} (no {run_path(run)}/config.toml). "
        f"Runs here: {', '.join(found) or 'none'}."
    )
