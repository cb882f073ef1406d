"""`edgegan train`: train the networks of a GAN family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from edgegan.train.config import TrainingConfig
    from edgegan.train.devices import Devices
    from edgegan.train.family import TrainingData
    from edgegan.train.fit import Fitted
    from edgegan.train.run_folder import RunFolder

app = typer.Typer(no_args_is_help=True, help="Train the networks of a GAN family.")

Config = Annotated[str | None, typer.Option(help="A preset by name, or a TOML file by path.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A setting, such as train.steps=500."),
]
Run = Annotated[str | None, typer.Option(help="Name of the new run, below runs/; or a path.")]
Resume = Annotated[str | None, typer.Option(help="Go on with this run, from its last checkpoint.")]
Strategy = Annotated[
    str,
    typer.Option(
        help="auto (all GPUs, else the CPU), one, mirrored, multiworker (TF_CONFIG or SLURM)."
    ),
]


@app.callback()
def train() -> None:
    """Train the networks of a GAN family."""


@app.command()
def cyclegan(
    data: Annotated[
        str | None,
        typer.Option(
            help="Data set: emoji, tfds:NAME, or folder:PATH with trainA trainB testA testB."
        ),
    ] = None,
    config: Config = None,
    changes: Changes = None,
    run: Run = None,
    resume: Resume = None,
    strategy: Strategy = "auto",
    json: Json = False,
) -> None:
    """Train CycleGAN on two unpaired sets of images."""
    from json import dumps  # its strings are TOML's

    from edgegan.train.config import load_config
    from edgegan.train.cyclegan_config import CycleGANConfig

    assignments = list(changes or [])
    assignments += [] if data is None else [f"data.spec={dumps(data, ensure_ascii=False)}"]
    if resume:
        _refuse_with_resume(run, config, data)
        fitted = _go_on("cyclegan", resume, assignments, strategy)
    else:
        settings = load_config(CycleGANConfig, config, assignments)
        fitted = _begin(settings, run, strategy)
    _tell(fitted, "cyclegan", json)


@app.command()
def stargan(
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="Data set: emoji-styles, celeba:PATH, classes:PATH (one folder a class) or "
            "csv:PATH (labels.csv); several are learned jointly."
        ),
    ] = None,
    config: Config = None,
    changes: Changes = None,
    run: Run = None,
    resume: Resume = None,
    strategy: Strategy = "auto",
    json: Json = False,
) -> None:
    """Train StarGAN: one generator for all domains of labelled images."""
    from json import dumps

    from edgegan.train.config import load_config
    from edgegan.train.stargan_config import StarGANConfig

    assignments = list(changes or [])
    assignments += [f"data.specs={dumps(data, ensure_ascii=False)}"] if data else []
    if resume:
        _refuse_with_resume(run, config, data)
        fitted = _go_on("stargan", resume, assignments, strategy)
    else:
        settings = load_config(StarGANConfig, config, assignments)
        fitted = _begin(settings, run, strategy)
    _tell(fitted, "stargan", json)


def _refuse_with_resume(*options: object) -> None:
    from edgegan.errors import UsageError

    if any(options):
        raise UsageError("--resume takes run, configuration and data from the run; leave them out.")


def _begin(settings: TrainingConfig, run: str | None, strategy: str) -> Fitted:
    devices = _open_devices(strategy)
    settings, images = _open_data(settings)
    return _fit(settings, images, _new_folder(settings, run, devices), devices, done=0)


def _go_on(family: str, run: str, assignments: list[str], strategy: str) -> Fitted:
    from edgegan.errors import UsageError

    settings, folder, done = _resumed(run, assignments)
    if settings.generator.family != family:
        raise UsageError(
            f"The run {folder.path} trains {settings.generator.family}. Go on with it by: "
            f"edgegan train {settings.generator.family} --resume {run}"
        )
    devices = _open_devices(strategy)
    settings, images = _open_data(settings)
    return _fit(settings, images, folder, devices, done)


def _open_devices(strategy: str) -> Devices:
    """Choose the devices before anything else makes TensorFlow choose."""
    from edgegan.optional import needs

    with needs("train"):
        from edgegan.train.devices import open_devices
    return open_devices(strategy)


def _open_data(settings: TrainingConfig) -> tuple[TrainingConfig, TrainingData]:
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


def _fit(
    settings: TrainingConfig, images: TrainingData, folder: RunFolder, devices: Devices, done: int
) -> Fitted:
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


def _new_folder(settings: TrainingConfig, run: str | None, devices: Devices) -> RunFolder:
    from edgegan.errors import UsageError
    from edgegan.train.config import data_specs
    from edgegan.train.run_folder import RunFolder, new_run, run_path

    if devices.workers > 1 and run is None:
        raise UsageError("Several machines need one folder that they share: name it with --run.")
    if run is not None and devices.worker > 0:  # the first machine has begun it, or will
        return RunFolder(run_path(run))
    specs = data_specs(settings)
    names = [spec.rstrip("/").rpartition("/")[2].replace(":", "-") for spec in specs]
    return new_run(run, "-".join([settings.generator.family, *names]))


def _resumed(run: str, assignments: list[str]) -> tuple[TrainingConfig, RunFolder, int]:
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


def _tell(fitted: Fitted, family: str, as_json: bool) -> None:
    from edgegan import console
    from edgegan.errors import Interrupted

    folder = fitted.folder
    generators = sorted(folder.generators.glob("*.keras")) if fitted.finished else []
    if as_json:
        content = {
            "run": str(folder.path),
            "steps": fitted.steps,
            "finished": fitted.finished,
            "generators": [str(path) for path in generators],
            "skipped": [str(item.path) for item in fitted.skipped],
        }
        console.emit_json(content)
    elif fitted.finished:
        for path in (*generators, *([folder.report] if folder.report.is_file() else [])):
            console.result(f"Wrote {path}")
        console.result(f"Next: edgegan export {folder.path} --target tflite --target onnx")
    if not fitted.finished:
        raise Interrupted(
            f"Stopped after step {fitted.steps}; the checkpoint is saved. "
            f"Go on with: edgegan train {family} --resume {folder.path}"
        )
