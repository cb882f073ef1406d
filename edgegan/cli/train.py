"""`edgegan train`: train the networks of a GAN family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from edgegan.train.config import CycleGANConfig
    from edgegan.train.fit import Fitted
    from edgegan.train.run_folder import RunFolder

app = typer.Typer(no_args_is_help=True, help="Train the networks of a GAN family.")
# What may change when a run goes on. More steps keep the decay where it began.
RESUMABLE = ("steps", "log_every", "checkpoint_every", "sample_every")


@app.callback()
def train() -> None:
    """Train the networks of a GAN family."""


@app.command()
def cyclegan(
    data: Annotated[
        str | None,
        typer.Option(help="Data set: emoji, or folder:PATH with trainA trainB testA testB."),
    ] = None,
    config: Annotated[
        str | None, typer.Option(help="A preset by name, or a TOML file by path.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting, such as train.steps=500."),
    ] = None,
    run: Annotated[
        str | None, typer.Option(help="Name of the new run, below runs/; or a path.")
    ] = None,
    resume: Annotated[
        str | None, typer.Option(help="Go on with this run, from its last checkpoint.")
    ] = None,
    json: Json = False,
) -> None:
    """Train CycleGAN on two unpaired sets of images."""
    from json import dumps  # its strings are TOML's

    from edgegan import console
    from edgegan.data import open_unpaired, skipped_summary
    from edgegan.errors import UsageError
    from edgegan.optional import needs

    if resume and (run or config or data):
        raise UsageError("--resume takes run, configuration and data from the run; leave them out.")
    spec = [] if data is None else [f"data.spec={dumps(data)}"]
    assignments = [*(changes or []), *spec]
    settings, folder = _resumed(resume, assignments) if resume else _new(config, assignments, run)
    images = open_unpaired(settings.data.spec)
    for line in skipped_summary(images.skipped):
        console.note(line)
    with needs("train"):
        from edgegan.train.fit import fit
    steps = settings.train.steps
    console.note(
        f"Training on {images.spec} ({len(images.train_a)} images of A, {len(images.train_b)} "
        f"of B) for {steps} steps in {folder.path}"
    )
    with console.progress("Training", steps) as report:
        fitted = fit(settings, images, folder, report)
    for line in skipped_summary(fitted.skipped):
        console.note(line)
    _tell(fitted, json)


def _new(
    config: str | None, assignments: list[str], run: str | None
) -> tuple[CycleGANConfig, RunFolder]:
    from edgegan.train.config import load_config
    from edgegan.train.run_folder import new_run

    settings = load_config(config, assignments)
    name = settings.data.spec.rstrip("/").rpartition("/")[2].replace(":", "-")
    return settings, new_run(run, f"cyclegan-{name}")


def _resumed(run: str, assignments: list[str]) -> tuple[CycleGANConfig, RunFolder]:
    from dataclasses import replace

    from edgegan.errors import UsageError
    from edgegan.train.config import load_config
    from edgegan.train.run_folder import open_run

    folder = open_run(run)
    saved = load_config(str(folder.config))
    settings = load_config(str(folder.config), assignments)
    changed = {key: getattr(saved.train, key) for key in RESUMABLE}
    if replace(settings, train=replace(settings.train, **changed)) != saved:
        raise UsageError(
            "A run can go on only with the settings it began with; --set may change "
            f"{', '.join('train.' + key for key in RESUMABLE)}."
        )
    return settings, folder


def _tell(fitted: Fitted, as_json: bool) -> None:
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
        for path in generators:
            console.result(f"Wrote {path}")
        console.result(f"Next: edgegan export {folder.path} --target tflite --target onnx")
    if not fitted.finished:
        raise Interrupted(
            f"Stopped after step {fitted.steps}; the checkpoint is saved. "
            f"Go on with: edgegan train cyclegan --resume {folder.path}"
        )
