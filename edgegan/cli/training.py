"""Steps of a training that `edgegan train` and `edgegan compress` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgegan.train.config import TrainingConfig
    from edgegan.train.devices import Devices
    from edgegan.train.family import TrainingData
    from edgegan.train.fit import Fitted
    from edgegan.train.run_folder import RunFolder


def chosen_devices(strategy: str) -> Devices:
    """Choose the devices before anything else makes TensorFlow choose."""
    from edgegan.optional import needs

    with needs("train"):
        from edgegan.train.devices import open_devices
    return open_devices(strategy)


def open_data(settings: TrainingConfig) -> tuple[TrainingConfig, TrainingData]:
    """Open the data, tell what is odd about them, and take over their domains."""
    from edgegan.console import note
    from edgegan.data import open_unpaired, skipped_summary
    from edgegan.labeled_data import open_labeled
    from edgegan.train.stargan_config import StarGANConfig, with_domains

    if not isinstance(settings, StarGANConfig):
        images = open_unpaired(settings.data.spec)
        for line in skipped_summary(images.skipped):
            note(line)
        return settings, images
    labeled = open_labeled(settings.data.specs, settings.data.attributes)
    for one in labeled.sets:
        for line in (*skipped_summary(one.skipped), *(f"Warning: {w}" for w in one.warnings)):
            note(line)
    return with_domains(settings, labeled.domains), labeled


def run_training(
    settings: TrainingConfig, images: TrainingData, folder: RunFolder, devices: Devices, done: int
) -> Fitted:
    """Train from step `done` on, with progress; tell what was skipped."""
    from edgegan import console
    from edgegan.data import skipped_summary
    from edgegan.train.fit import fit

    steps = settings.train.steps
    console.note(
        f"Training on {_describe(images)}, {steps - done} steps on {devices.describe()}, in "
        f"{folder.path}"
    )
    with console.progress("Training", steps, start=done) as report:
        fitted = fit(settings, images, folder, report, devices, console.note)
    for line in skipped_summary(fitted.skipped):
        console.note(line)
    return fitted


def _describe(images: TrainingData) -> str:
    from edgegan.labeled_data import LabeledData

    if isinstance(images, LabeledData):
        sets = ", ".join(f"{one.spec} ({len(one.train.images)} images)" for one in images.sets)
        return f"{sets}, domains {', '.join(domain.name for domain in images.domains)}"
    return f"{images.spec} ({len(images.train_a)} images of A, {len(images.train_b)} of B)"


def new_folder(prefix: str, run: str | None, devices: Devices) -> RunFolder:
    """Choose the folder of a new run: `run`, or the first free one that begins with `prefix`."""
    from edgegan.errors import UsageError
    from edgegan.train.run_folder import RunFolder, new_run, run_path

    if devices.workers > 1 and run is None:
        raise UsageError("Several machines need one folder that they share: name it with --run.")
    if run is not None and devices.worker > 0:  # the first machine has begun it, or will
        return RunFolder(run_path(run))
    return new_run(run, prefix)


def resumed(run: str, assignments: list[str]) -> tuple[TrainingConfig, RunFolder, int]:
    """Return the settings of a run to go on with, its folder, and the steps done."""
    from edgegan import console
    from edgegan.optional import needs

    with needs("train"):
        from edgegan.train.checkpoints import Checkpoints
    from edgegan.train.resume import check_steps, rate_change, resumed_config
    from edgegan.train.run_folder import open_run

    folder = open_run(run)
    saved, settings = resumed_config(folder, assignments)
    done = max(Checkpoints(folder=folder.checkpoints).steps(), default=0)
    check_steps(settings, done)
    if change := rate_change(saved, settings, done):
        console.note(change)
    return settings, folder, done


def refuse_with_resume(*options: object) -> None:
    """Refuse options that a resumed run has by itself, with a UsageError."""
    from edgegan.errors import UsageError

    if any(options):
        raise UsageError("--resume takes run, configuration and data from the run; leave them out.")
