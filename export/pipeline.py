"""The export pipeline: convert, load, verify, and write with a manifest.

An artifact gets its final name only after it was loaded and passed its parity gate.
What cannot run on this machine (a TensorRT engine without its GPU) is written with
status "unverified". One artifact that fails does not stop the others, and one that is
there already, made of the same weights with the same options, is not made again.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import tf_keras as keras

from edgegan.atomic import atomic_path, ensure_writable
from edgegan.console import Report, silent
from edgegan.errors import EdgeganError, ParityError, UsageError
from edgegan.export.artifact import draft_manifest
from edgegan.export.bake import bake
from edgegan.export.climb import Candidate, climb
from edgegan.export.engine_elsewhere import build_elsewhere, missing_builder
from edgegan.export.engine_options import EngineOptions
from edgegan.export.exported import Exported
from edgegan.export.gate import Gate, Verdict
from edgegan.export.job import ExportJob, ExportOptions
from edgegan.export.keras_reference import keras_translator
from edgegan.export.labels import Choice, choice_label, label_choices
from edgegan.export.learned_ranges import learned_ranges
from edgegan.export.lowering import lower
from edgegan.export.parity_sheet import sheet_path, write_parity_sheet
from edgegan.export.quantization import Quantization
from edgegan.export.targets import CALIBRATED, ExportSpec, check_spec
from edgegan.export.up_to_date import Standing, standing
from edgegan.generator import check_size
from edgegan.manifest import Manifest, manifest_path, read_manifest, write_manifest
from edgegan.train.generator_file import generator_io, load_generator


def check_jobs(jobs: Sequence[ExportJob], options: ExportOptions) -> None:
    """Refuse what cannot work, before any of it is begun.

    Raises:
        UsageError: a size does not fit, a target cannot have what is asked for, there are no
            images to calibrate on, a file that EdgeGAN did not make is in the way and `force`
            is not set, or two artifacts would have one name.
        EdgeganError: the folder cannot be written to.
    """
    taken: set[Path] = set()
    for job in jobs:
        source = read_manifest(job.generator)
        multiple = source.generator.size_multiple if source and source.generator else 1
        for spec in job.specs:
            check_spec(spec)
            check_size(spec.size, multiple)
            check_calibration(job, spec, source)
            path = spec.path(options.folder, job.generator.stem)
            _refuse_unknown(path, standing(job, spec, options), options)
            if path in taken:
                raise UsageError(f"Two artifacts would be named {path.name}; make one at a time.")
            taken.add(path)
    ensure_writable(options.folder)


def export_generator(
    job: ExportJob, options: ExportOptions, report: Report = silent
) -> list[Exported]:
    """Make every artifact of one generator; `report` is told of each, and of its steps.

    Raises:
        UsageError: as `check_jobs`.
        ArtifactError: the generator file is damaged or is no generator.
        EdgeganError: the folder cannot be written to.
    """
    check_jobs([job], options)
    model, source = load_generator(job.generator)
    results = []
    for done, spec in enumerate(job.specs):
        path = spec.path(options.folder, job.generator.stem)
        start = time.perf_counter()

        def tell(words: str, name: str = path.name, done: int = done) -> None:
            report(done, f"{name}: {words}")

        try:
            result = _export(
                _Task(model=model, source=source, job=job, spec=spec, options=options, tell=tell)
            )
        except EdgeganError as error:
            result = Exported(path=path, manifest=None, seconds=0.0, error=error)
        results.append(replace(result, seconds=round(time.perf_counter() - start, 2)))
        report(done + 1, path.name)
    return results


def _refuse_unknown(path: Path, found: Standing, options: ExportOptions) -> None:
    if found.state == "unknown" and not options.force:
        raise UsageError(
            f"{path} exists, and is not as EdgeGAN made it: {found.reason}. "
            "Replace it by --force, or choose a folder with -o."
        )


def check_calibration(job: ExportJob, spec: ExportSpec, source: Manifest | None) -> None:
    """Refuse a static precision without images, unless the generator has learned ranges.

    Raises:
        UsageError: telling how to name some.
    """
    if spec.precision == "int8" and learned_ranges(source, spec.target):
        return
    if spec.precision in CALIBRATED and job.calibration is None:
        raise UsageError(
            f"The precision {spec.precision} is calibrated on real images: name them with "
            "--calib, a data set or a folder of images such as the generator will see. "
            "(int8-dynamic needs none.)"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Task:
    """One artifact to make: of `model`, which `source` describes; `tell` is told of steps."""

    model: keras.Model
    source: Manifest | None
    job: ExportJob
    spec: ExportSpec
    options: ExportOptions
    tell: Callable[[str], None]

    @property
    def path(self) -> Path:
        return self.spec.path(self.options.folder, self.job.generator.stem)


def _export(task: _Task) -> Exported:
    spec, options = task.spec, task.options
    found = standing(task.job, spec, options)
    _refuse_unknown(task.path, found, options)
    if found.manifest is not None and not options.force:
        return Exported(path=task.path, manifest=found.manifest, seconds=0.0, unchanged=True)
    missing = missing_builder(spec.target)
    if missing is not None:
        model = replace(task, spec=replace(spec, target="onnx", engine=EngineOptions()))
        raise build_elsewhere(missing, spec.target, spec.engine, _export(model).path)
    return _make(task, found)


def _make(task: _Task, found: Standing) -> Exported:
    model, source, job, spec, options = task.model, task.source, task.job, task.spec, task.options
    path, tell = task.path, task.tell
    domains = source.task.domains if source and source.task else ()
    tell("lowering")
    with converter_errors(path):
        reference = lower(model, "keras", spec.size)
        network = bake(reference, choice_label(spec.bake, domains)) if spec.bake else reference
        draft = draft_manifest(network, source, job, spec, options)
    entries = model.inputs[1].shape[-1] if len(model.inputs) > 1 else 0
    choices = label_choices(entries, domains, spec.bake)
    gate = Gate(
        reference=keras_translator(reference),
        size=spec.size,
        choices=choices,
        images=job.parity,
        min_psnr=options.min_psnr,
    )
    candidate = Candidate(
        network=network,
        spec=spec,
        draft=draft,
        quantization=quantization_of(job, spec, network, choices, source),
    )
    with atomic_path(path) as temporary:
        with converter_errors(path):
            verdict = climb(candidate, temporary, gate, options.ladder, tell)
        if verdict.failure:
            rejected = path.with_name(f"rejected-{path.name}")
            shutil.copyfile(temporary, rejected)
            _draw_sheet(rejected, verdict)
            raise ParityError(f"{path.name} {verdict.failure} It was kept as {rejected}.")
        # Without a manifest the file runs all the same; with the old one it would not.
        manifest_path(path).unlink(missing_ok=True)
    write_manifest(path, verdict.manifest)
    _draw_sheet(path, verdict)
    replaced = f"It replaces the older one: {found.reason}." if found.state == "outdated" else ""
    return Exported(
        path=path, manifest=verdict.manifest, seconds=0.0, note=verdict.note or replaced
    )


def _draw_sheet(path: Path, verdict: Verdict) -> None:
    """Show the images that the artifact did worst on, beside it; no older sheet is left."""
    if verdict.comparison is None:
        sheet_path(path).unlink(missing_ok=True)
    else:
        write_parity_sheet(sheet_path(path), verdict.comparison)


def quantization_of(
    job: ExportJob,
    spec: ExportSpec,
    network: keras.Model,
    choices: Sequence[Choice],
    source: Manifest | None,
) -> Quantization:
    """Prepare what quantizing needs, if the precision is static: images, or learned ranges.

    Args:
        job: Has the images.
        spec: Of the artifact.
        network: The Keras generator at its size.
        choices: The labels to calibrate with.
        source: The generator's manifest, which has the ranges that it was trained with.
    """
    learned = learned_ranges(source, spec.target)
    if spec.precision == "int8" and learned and job.calibration is None:
        return Quantization(learned=learned)
    if job.calibration is None or spec.precision not in CALIBRATED:
        return Quantization()
    labels = [label for _, label in choices] if len(network.inputs) > 1 else [None]
    feeds = job.calibration.feeds(generator_io(network), labels, spec.batch)
    return Quantization(feeds=feeds, method=job.calibration.request.method)


@contextmanager
def converter_errors(path: Path) -> Iterator[None]:
    """Turn whatever a converter raises into one line, so that the other artifacts go on."""
    try:
        yield
    except EdgeganError:
        raise
    except Exception as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise EdgeganError(
            f"{path.name} could not be made: {type(error).__name__}: {reason}"
        ) from error
