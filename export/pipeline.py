"""The export pipeline: convert, load, verify, and write with a manifest.

An artifact gets its final name only after it was loaded and passed its parity gate.
What cannot run on this machine (a TensorRT engine without its GPU) is written with
status "unverified". One artifact that fails does not stop the others.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import tf_keras as keras

from edgegan.atomic import atomic_path, ensure_writable
from edgegan.console import Report, silent
from edgegan.errors import EdgeganError, ParityError, UsageError
from edgegan.export.artifact import convert, draft_manifest, finish_manifest
from edgegan.export.bake import bake
from edgegan.export.gate import Gate, verified
from edgegan.export.labels import choice_label, gate_labels
from edgegan.export.lowering import lower
from edgegan.export.parity_images import ParityImages
from edgegan.export.targets import ExportSpec
from edgegan.generator import check_size
from edgegan.manifest import Manifest, manifest_path, read_manifest, write_manifest
from edgegan.train.generator_file import load_generator


@dataclass(frozen=True, kw_only=True)
class Exported:
    """How the export of one artifact ended.

    Attributes:
        path: Its final name.
        manifest: What was made; None if it failed before it could be checked.
        seconds: What it took.
        error: Why it was not written; None if it was.
        note: Why it is unverified, if it is.
    """

    path: Path
    manifest: Manifest | None
    seconds: float
    error: EdgeganError | None = None
    note: str = ""

    @property
    def status(self) -> str:
        """Return "verified", "unverified" or "failed"."""
        return "failed" if self.error or not self.manifest else self.manifest.status


@dataclass(frozen=True, kw_only=True)
class ExportJob:
    """The artifacts to make of one generator.

    Attributes:
        generator: A `.keras` file.
        specs: What to make of it.
        parity: The images to compare on; None skips the gate.
    """

    generator: Path
    specs: Sequence[ExportSpec]
    parity: ParityImages | None


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """What holds for every artifact of one export.

    Attributes:
        folder: Where to write.
        min_psnr: Another threshold of the gate, dB.
        force: Whether to replace existing artifacts.
    """

    folder: Path
    min_psnr: float | None = None
    force: bool = False


def check_jobs(jobs: Sequence[ExportJob], options: ExportOptions) -> None:
    """Refuse what cannot work, before any of it is begun.

    Raises:
        UsageError: a size does not fit, an artifact exists and `force` is not set, or two
            would have one name.
        EdgeganError: the folder cannot be written to.
    """
    taken: set[Path] = set()
    for job in jobs:
        source = read_manifest(job.generator)
        multiple = source.generator.size_multiple if source and source.generator else 1
        for spec in job.specs:
            check_size(spec.size, multiple)
            path = spec.path(options.folder, job.generator.stem)
            if path.exists() and not options.force:
                raise UsageError(
                    f"{path} exists. Replace it by --force, or choose a folder with -o."
                )
            if path in taken:
                raise UsageError(f"Two artifacts would be named {path.name}; make one at a time.")
            taken.add(path)
    ensure_writable(options.folder)


def export_generator(
    job: ExportJob, options: ExportOptions, report: Report = silent
) -> list[Exported]:
    """Make every artifact of one generator; `report` is told after each.

    Raises:
        UsageError: as `check_jobs`.
        ArtifactError: the generator file is damaged or is no generator.
        EdgeganError: the folder cannot be written to.
    """
    check_jobs([job], options)
    model, source = load_generator(job.generator)
    results = []
    for done, spec in enumerate(job.specs, start=1):
        path = spec.path(options.folder, job.generator.stem)
        start = time.perf_counter()
        try:
            result = _export(model, source, job, spec, options)
        except EdgeganError as error:
            result = Exported(path=path, manifest=None, seconds=0.0, error=error)
        results.append(replace(result, seconds=round(time.perf_counter() - start, 2)))
        report(done, path.name)
    return results


def _export(
    model: keras.Model,
    source: Manifest | None,
    job: ExportJob,
    spec: ExportSpec,
    options: ExportOptions,
) -> Exported:
    path = spec.path(options.folder, job.generator.stem)
    domains = source.task.domains if source and source.task else ()
    with _converter_errors(path):
        reference = lower(model, "keras", spec.size)
        network = bake(reference, choice_label(spec.bake, domains)) if spec.bake else reference
        draft = draft_manifest(network, source, job.generator, spec)
        content = convert(network, spec, draft)
    gate = Gate(
        reference=reference,
        labels=gate_labels(model, domains, spec.bake),
        images=job.parity,
        min_psnr=options.min_psnr,
    )
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)
        manifest = finish_manifest(draft, temporary, spec)
        verdict = verified(manifest, temporary, gate)
        if verdict.failure:
            rejected = path.with_name(f"rejected-{path.name}")
            shutil.copyfile(temporary, rejected)
            raise ParityError(f"{path.name} {verdict.failure} It was kept as {rejected}.")
        # Without a manifest the file runs all the same; with the old one it would not.
        manifest_path(path).unlink(missing_ok=True)
    write_manifest(path, verdict.manifest)
    return Exported(path=path, manifest=verdict.manifest, seconds=0.0, note=verdict.note)


@contextmanager
def _converter_errors(path: Path) -> Iterator[None]:
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
