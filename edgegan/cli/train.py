"""`edgegan train`: train the networks of a GAN family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Json
from edgegan.cli.training import (
    chosen_devices,
    new_folder,
    open_data,
    refuse_with_resume,
    resumed,
    run_training,
)

if TYPE_CHECKING:
    from edgegan.train.config import TrainingConfig
    from edgegan.train.fit import Fitted

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
        refuse_with_resume(run, config, data)
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
        refuse_with_resume(run, config, data)
        fitted = _go_on("stargan", resume, assignments, strategy)
    else:
        settings = load_config(StarGANConfig, config, assignments)
        fitted = _begin(settings, run, strategy)
    _tell(fitted, "stargan", json)


def _begin(settings: TrainingConfig, run: str | None, strategy: str) -> Fitted:
    devices = chosen_devices(strategy)
    settings, images = open_data(settings)
    folder = new_folder(_prefix(settings), run, devices)
    return run_training(settings, images, folder, devices, done=0)


def _prefix(settings: TrainingConfig) -> str:
    """Name new runs after the family and the data."""
    from edgegan.train.config import data_specs

    specs = data_specs(settings)
    names = [spec.rstrip("/").rpartition("/")[2].replace(":", "-") for spec in specs]
    return "-".join([settings.generator.family, *names])


def _go_on(family: str, run: str, assignments: list[str], strategy: str) -> Fitted:
    from edgegan.errors import UsageError

    settings, folder, done = resumed(run, assignments)
    if settings.generator.family != family:
        raise UsageError(
            f"The run {folder.path} trains {settings.generator.family}. Go on with it by: "
            f"edgegan train {settings.generator.family} --resume {run}"
        )
    devices = chosen_devices(strategy)
    settings, images = open_data(settings)
    return run_training(settings, images, folder, devices, done)


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
