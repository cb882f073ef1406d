"""What is known of an .onnx that engines are built from: by its manifest, else by itself."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from edgegan.errors import ArtifactError
from edgegan.export.obtained_precision import onnx_precision
from edgegan.manifest import (
    IO,
    Manifest,
    Precision,
    Source,
    Task,
    check_hash,
    embedded_task,
    read_manifest,
    sha256,
)
from edgegan.runtime.engine import load
from edgegan.runtime.image_io import input_size, nhwc
from edgegan.runtime.label import label_entries
from edgegan.runtime.onnx_graph import read_onnx
from edgegan.selftest import SelfTest, record_selftest, selftest_input, selftest_label


def model_manifest(model: Path) -> Manifest:
    """Read the manifest of a model; one without gets what can be found out.

    Its self-test is then recorded with ONNX Runtime.

    Raises:
        ArtifactError: the file is damaged, or is no generator of a fixed size.
        MissingRequirement: a package that reads it is absent.
    """
    manifest = read_manifest(model)
    if manifest is not None:
        check_hash(model, manifest)
        return manifest
    graph = read_onnx(model)
    fixed_size(model, graph.io)
    task = embedded_task(graph.metadata.get("edgegan", ""))
    precision = onnx_precision(model.read_bytes())
    return Manifest(
        file_sha256=sha256(model),
        task=task,
        generator=None,
        io=graph.io,
        precision=Precision(requested=precision, obtained=precision),
        selftest=_recorded(model, graph.io, task, precision),
        params=graph.params,
        macs=None,
        macs_literature=None,
        size_bytes=model.stat().st_size,
        source=Source(file=model.name, sha256=sha256(model)),
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


def fixed_size(model: Path, io: IO) -> tuple[int, int]:
    """Return the (H, W) of the images that a model takes.

    Raises:
        ArtifactError: it takes any size, or any batch.
    """
    size = input_size(io)
    if size is None:
        raise ArtifactError(
            f"{model} takes images of any size; an engine needs one. Export it with a size."
        )
    return size


def _recorded(model: Path, io: IO, task: Task | None, precision: str) -> SelfTest | None:
    image = io.inputs[0]
    if image.dtype != "float32" or image.layout != "NHWC" or nhwc(image)[0] != 1:
        return None  # golden values are of one float image
    entries = label_entries(io)
    label = selftest_label(task.domains if task else (), entries) if entries else None
    engine = load(model)
    try:
        output = engine.run(selftest_input(tuple(side or 1 for side in image.shape)), label=label)
        stored = [] if label is None else label.tolist()
        return record_selftest(output, precision, label=stored)
    finally:
        engine.close()
