"""`edgegan train`: train the networks of a GAN family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from edgegan.train.config import CycleGANConfig
    from edgegan.train.devices import Devices
    from edgegan.train.fit import Fitted
    from edgegan.train.run_folder import RunFolder

app = typer.Typer(no_args_is_help=True, help="Train the networks of a GAN family.")


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
    strategy: Annotated[
        str,
        typer.Option(
            help="auto (all GPUs, else the CPU), one, mirrored, multiworker (TF_CONFIG or SLURM)."
        ),
    ] = "auto",
    json: Json = False,
) -> None:
    """Train CycleGAN on two unpaired sets of images."""
    from json import dumps  # its strings are TOML's

    from edgegan.errors import UsageError
    from edgegan.train.config import load_config

    if resume and (run or config or data):
        raise UsageError("--resume takes run, configuration and data from the run; leave them out.")
    spec = [] if data is None else [f"data.spec={dumps(data)}"]
    assignments = [*(changes or []), *spec]
    if resume:
        settings, folder, done = _resumed(resume, assignments)
        devices = _open_devices(strategy)
    else:
        settings = load_config(config, assignments)
        devices = _open_devices(strategy)
        folder, done = _new_folder(settings, run, devices), 0
    _tell(_fit(settings, folder, devices, done), json)


def _open_devices(strategy: str) -> Devices:
    """Choose the devices before anything else makes TensorFlow choose."""
    from edgegan.optional import needs

    with needs("train"):
        from edgegan.train.devices import open_devices
    return open_devices(strategy)


def _fit(settings: CycleGANConfig, folder: RunFolder, devices: Devices, done: int) -> Fitted:
    from edgegan import console
    from edgegan.data import open_unpaired, skipped_summary
    from edgegan.train.fit import fit

    images = open_unpaired(settings.data.spec)
    for line in skipped_summary(images.skipped):
        console.note(line)
    steps = settings.train.steps
    console.note(
        f"Training on {images.spec} ({len(images.train_a)} images of A, {len(images.train_b)} "
        f"of B), {steps - done} steps on {devices.describe()}, in {folder.path}"
    )
    with console.progress("Training", steps, start=done) as report:
        fitted = fit(settings, images, folder, report, devices, console.note)
    for line in skipped_summary(fitted.skipped):
        console.note(line)
    return fitted


def _new_folder(settings: CycleGANConfig, run: str | None, devices: Devices) -> RunFolder:
    from edgegan.errors import UsageError
    from edgegan.train.run_folder import RunFolder, new_run, run_path

    if devices.workers > 1 and run is None:
        raise UsageError("Several machines need one folder that they share: name it with --run.")
    if run is not None and devices.worker > 0:  # the first machine has begun it, or will
        return RunFolder(run_path(run))
    name = settings.data.spec.rstrip("/").rpartition("/")[2].replace(":", "-")
    return new_run(run, f"cyclegan-{name}")


def _resumed(run: str, assignments: list[str]) -> tuple[CycleGANConfig, RunFolder, int]:
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
        for path in (*generators, *([folder.report] if folder.report.is_file() else [])):
            console.result(f"Wrote {path}")
        console.result(f"Next: edgegan export {folder.path} --target tflite --target onnx")
    if not fitted.finished:
        raise Interrupted(
            f"Stopped after step {fitted.steps}; the checkpoint is saved. "
            f"Go on with: edgegan train cyclegan --resume {folder.path}"
        )
