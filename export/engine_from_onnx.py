"""From an .onnx straight to an engine: what is done on a Jetson, without TensorFlow."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from edgegan.atomic import atomic_path, ensure_writable
from edgegan.console import Report, silent
from edgegan.errors import ArtifactError, ParityError, UsageError
from edgegan.export.engine import engine_tools, make_engine
from edgegan.export.engine_options import (
    EngineOptions,
    EngineTarget,
    engine_record,
)
from edgegan.export.exported import Exported
from edgegan.export.gate import Gate, Verdict, verified
from edgegan.export.labels import label_choices
from edgegan.export.model_manifest import fixed_size, model_manifest
from edgegan.export.parity_images import ParityImages
from edgegan.export.parity_pair import translator
from edgegan.export.targets import TARGETS
from edgegan.manifest import (
    IO,
    Manifest,
    Source,
    embedded_copy,
    manifest_path,
    read_manifest,
    sha256,
    write_manifest,
)
from edgegan.runtime.engine import load
from edgegan.runtime.label import label_entries


@dataclass(frozen=True, kw_only=True)
class EngineJob:
    """An engine to make of a model.

    Attributes:
        model: An .onnx.
        target: What is to run it.
        options: How to build it.
        folder: Where to write it.
        images: To compare it with the model on; None skips that.
        min_psnr: Another threshold of the gate, dB.
        force: Whether to make anew what is there already.
    """

    model: Path
    target: EngineTarget
    options: EngineOptions
    folder: Path
    images: ParityImages | None = None
    min_psnr: float | None = None
    force: bool = False

    @property
    def path(self) -> Path:
        """The engine's final name."""
        least, _, most = self.options.batches or (0, 0, 0)
        stem = f"{self.model.stem}_batch{least}-{most}" if most else self.model.stem
        return self.folder / f"{stem}{TARGETS[self.target].suffix}"


def export_engine(job: EngineJob, report: Report = silent) -> Exported:
    """Build an engine, and compare it with its model where it can run.

    Raises:
        UsageError: an option is not for the target, or a foreign file is in the way.
        ArtifactError: the model is damaged, or is no generator.
        MissingRequirement: this machine cannot build for the target.
        EdgeganError: TensorRT refuses the model, or the folder cannot be written to.
    """
    start = time.perf_counter()
    model = model_manifest(job.model)
    draft = _draft(job, model)
    there = _there(job, draft)
    if there is not None:
        return Exported(path=job.path, manifest=there, seconds=0.0, unchanged=True)
    ensure_writable(job.folder)
    with atomic_path(job.path) as temporary:
        engine, known = make_engine(
            job.model.read_bytes(),
            job.target,
            job.options,
            precision=model.precision.obtained,
            name=f"edgegan:{embedded_copy(replace(draft, source=model.source))}",
            about=job.model.stem,
            report=report,
        )
        temporary.write_bytes(engine)
        draft = replace(draft, file_sha256=sha256(temporary), size_bytes=len(engine))
        verdict = _verified(job, draft, temporary)
        if verdict.failure:
            raise ParityError(f"{job.path.name} {verdict.failure} It was not kept.")
        manifest_path(job.path).unlink(missing_ok=True)
    write_manifest(job.path, verdict.manifest)
    cached = "It came from the cache of engines." if known else ""
    return Exported(
        path=job.path,
        manifest=verdict.manifest,
        seconds=round(time.perf_counter() - start, 2),
        note=" ".join(filter(None, (verdict.note, cached))),
    )


def _draft(job: EngineJob, model: Manifest) -> Manifest:
    batch_free = job.options.batches is not None
    return replace(
        model,
        io=_free(model.io) if batch_free else model.io,
        delegate=None,
        parity=None,
        status="unverified",
        source=Source(file=job.model.name, sha256=sha256(job.model)),
        options={**model.options, "target": job.target, **engine_record(job.target, job.options)},
        tools={**model.tools, **engine_tools(job.target)},
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


def _free(io: IO) -> IO:
    """Leave the batch of all tensors open."""
    inputs, outputs = (
        tuple(replace(tensor, shape=(None, *tensor.shape[1:])) for tensor in tensors)
        for tensors in (io.inputs, io.outputs)
    )
    return IO(inputs=inputs, outputs=outputs)


def _there(job: EngineJob, draft: Manifest) -> Manifest | None:
    """Return the manifest of the same engine, made before; None if there is none.

    Raises:
        UsageError: a file that EdgeGAN did not make is in the way.
    """
    if job.force or not job.path.exists():
        return None
    try:
        found = read_manifest(job.path)
    except ArtifactError:
        found = None
    if found is None or sha256(job.path) != found.file_sha256:
        raise UsageError(
            f"{job.path} exists, and is not as EdgeGAN made it. Replace it by --force, or choose a "
            "folder with -o."
        )
    same = ("source", "options", "tools", "io")
    return found if all(getattr(found, key) == getattr(draft, key) for key in same) else None


def _verified(job: EngineJob, draft: Manifest, file: Path) -> Verdict:
    """Compare the engine with its model, which ONNX Runtime runs."""
    reference = load(job.model)
    try:
        gate = Gate(
            reference=translator(reference),
            size=fixed_size(job.model, draft.io),
            choices=label_choices(
                label_entries(draft.io), draft.task.domains if draft.task else ()
            ),
            images=job.images,
            min_psnr=job.min_psnr,
        )
        return verified(draft, file, gate)
    finally:
        reference.close()
