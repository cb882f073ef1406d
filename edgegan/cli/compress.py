"""`edgegan compress`: a smaller generator that learns from a finished one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgegan.cli import compress_flags as flags
from edgegan.cli.compress_width import Budget, Measuring, chosen_network
from edgegan.cli.options import Json, Threads
from edgegan.cli.train import Changes, Config, Strategy
from edgegan.cli.training import (
    chosen_devices,
    new_folder,
    open_data,
    refuse_with_resume,
    resumed,
    run_training,
)

if TYPE_CHECKING:
    from edgegan.export.compress import Record
    from edgegan.export.pruning_effect import PruningEffect
    from edgegan.manifest import Manifest
    from edgegan.train.config import TrainingConfig
    from edgegan.train.fit import Fitted

Begun = tuple["Fitted", "TrainingConfig", "Record"]


@dataclass(frozen=True)
class _Asked:
    """What a new compression is asked for, but its training."""

    model: str | None
    output: Path | None
    direction: str | None
    budget: Budget
    measuring: Measuring
    force: bool


def compress(
    model: flags.Model = None,
    output: flags.Output = None,
    data: flags.Data = None,
    direction: flags.Direction = None,
    width: flags.Width = None,
    macs: flags.Macs = None,
    latency_ms: flags.Latency = None,
    size_mb: flags.SizeMb = None,
    uneven: flags.Uneven = False,
    on: flags.On = "cpu",
    target: flags.Target = "tflite",
    precision: flags.PrecisionName = None,
    prune: flags.Prune = None,
    quantize: flags.Quantize = None,
    threads: Threads = None,
    steps: flags.Steps = None,
    config: Config = None,
    changes: Changes = None,
    run: flags.Run = None,
    resume: flags.Resume = None,
    strategy: Strategy = "auto",
    force: flags.Force = False,
    json: Json = False,
) -> None:
    """Train a smaller generator that learns from a finished one.

    The student has plain convolutions and, but for --uneven, one width throughout. It starts
    from the teacher's strongest channels, and learns from the teacher's images, inner
    activations and discriminator, and from real images.
    """
    budget = Budget(width, macs, latency_ms, size_mb, uneven, whole=bool(prune or quantize))
    named = {
        "train.steps": steps,
        "distillation.prune": prune and f'"{prune}"',
        "distillation.quantize": quantize,
    }
    given = [f"{key}={value}" for key, value in named.items() if value is not None]
    assignments = [*(changes or []), *given]
    if resume:
        refuse_with_resume(
            *(model, data, direction, budget.given, uneven, config, run, prune, quantize, precision)
        )
        fitted, settings, record = _go_on(resume, output, assignments, strategy, force)
    else:
        measuring = Measuring(on, target, precision, threads)
        asked = _Asked(model, output, direction, budget, measuring, force)
        fitted, settings, record = _begin(asked, data or [], config, assignments, run, strategy)
    _tell(fitted, settings, record, json)


def _begin(
    asked: _Asked,
    data: list[str],
    config: str | None,
    assignments: list[str],
    run: str | None,
    strategy: str,
) -> Begun:
    devices = chosen_devices(strategy)
    from edgegan.errors import UsageError
    from edgegan.export.compress import Record, begin_run, check_output, source_of
    from edgegan.export.student_settings import open_subject, student_settings

    if devices.workers > 1:
        raise UsageError("A student is trained on one machine; use --strategy mirrored.")
    subject = open_subject(_generator(asked.model, asked.direction))
    if asked.output:  # before minutes of measuring
        check_output(asked.output, asked.force)
    network = chosen_network(subject, asked.budget, asked.measuring)
    width = "uneven" if network.config.widths else f"w{network.config.filters}"
    output = asked.output or subject.path.with_name(f"{subject.path.stem}-{width}.keras")
    check_output(output, asked.force)
    settings = student_settings(subject, network.config, config, data, assignments)
    settings, images = open_data(settings)
    folder = new_folder(f"compress-{subject.path.stem}", run, devices)
    record = Record(
        teacher=source_of(subject.path),
        output=str(output),
        budget=network.budget,
        candidates=network.candidates,
    )
    settings = begin_run(folder, subject, settings, record)
    return run_training(settings, images, folder, devices, done=0), settings, record


def _generator(model: str | None, direction: str | None) -> Path:
    from edgegan.errors import UsageError
    from edgegan.export.source import find_source

    if model is None:
        raise UsageError("Name a generator or a run, or go on with a run by --resume.")
    found = find_source(model, direction).generators
    if len(found) > 1:
        raise UsageError(
            f"The run {model} has {len(found)} generators, and one is compressed at a time: "
            "choose it by --direction ab or ba."
        )
    return found[0]


def _go_on(
    run: str, output: Path | None, assignments: list[str], strategy: str, force: bool
) -> Begun:
    settings, folder, done = resumed(run, assignments)
    devices = chosen_devices(strategy)
    from edgegan.export.compress import check_output, read_record, with_teacher

    record = read_record(folder)
    record = replace(record, output=str(output or record.output))
    check_output(Path(record.output), force)
    settings, images = open_data(with_teacher(settings, folder))
    return run_training(settings, images, folder, devices, done), settings, record


def _tell(fitted: Fitted, settings: TrainingConfig, record: Record, as_json: bool) -> None:
    from edgegan import console
    from edgegan.errors import Interrupted
    from edgegan.export.compress import summary, write_student
    from edgegan.manifest import read_manifest

    folder = fitted.folder
    if not fitted.finished:
        raise Interrupted(
            f"Stopped after step {fitted.steps}; the checkpoint is saved. "
            f"Go on with: edgegan compress --resume {folder.path}"
        )
    output = Path(record.output)
    manifest = write_student(folder, settings, record, output)
    before = read_manifest(folder.path / "teacher.keras")
    assert before is not None, "a run begins with the teacher's manifest"
    effect = _effect(output, manifest) if "pruning" in manifest.options else None
    if as_json:
        figures = {
            "params": [before.params, manifest.params],
            "macs": [before.macs, manifest.macs],
            "macs_literature": [before.macs_literature, manifest.macs_literature],
        }
        content = {"output": str(output), "run": str(folder.path), "steps": fitted.steps}
        pruning = {"pruning": effect.as_json()} if effect else {}
        console.emit_json({**content, **figures, **summary(record), **pruning})
        return
    console.result(f"Wrote {output}: {_shrunk(before, manifest)}")
    if effect:
        console.result(effect.words())
    if folder.report.is_file():
        console.result(f"Wrote {folder.report}")
    int8 = manifest.options.get("int8")
    target, precision = (int8["target"], "int8") if int8 else ("tflite", "int8-dynamic")
    console.result(f"Next: edgegan export {output} --target {target} --precision {precision}")


def _effect(output: Path, manifest: Manifest) -> PruningEffect:
    from edgegan.console import progress
    from edgegan.export.pruning_effect import STEPS, pruning_effect

    assert manifest.generator is not None, "a student has a configuration"
    with progress("Timing the pruned network and its dense twin", STEPS) as report:
        return pruning_effect(output, manifest.generator, report)


def _shrunk(before: Manifest, after: Manifest) -> str:
    pairs = ((before.params, after.params, "parameters"), (before.macs, after.macs, "MACs"))
    return ", ".join(
        f"{was / now:.1f}x fewer {what} ({was / 1e6:.4g} M to {now / 1e6:.4g} M)"
        for was, now, what in pairs
        if was and now
    )
