"""One artifact: its bytes for a target, and its manifest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import tf_keras as keras

from edgegan.console import Report, silent
from edgegan.errors import unknown_name
from edgegan.export.targets import TARGETS, ExportSpec
from edgegan.manifest import Manifest, Precision, Source, Task, embedded_copy, sha256
from edgegan.optional import installed_versions, needs
from edgegan.selftest import limit
from edgegan.train.generator_file import generator_io, now, selftest_of, tools
from edgegan.train.macs import count_macs

CONVERTERS = {
    "tflite": ("tensorflow", "litert-quantizer"),
    "onnx": ("tensorflow", "tf2onnx", "onnx"),
    "tensorrt-rtx": ("tensorflow", "tf2onnx", "onnx", "tensorrt-rtx"),
}


def convert(
    model: keras.Model, spec: ExportSpec, draft: Manifest, report: Report = silent
) -> bytes:
    """Convert a generator to the bytes of an artifact, with the embedded manifest copy."""
    metadata = embedded_copy(draft)
    with needs("export"):
        return _convert(model, spec, metadata, report)


def _convert(model: keras.Model, spec: ExportSpec, metadata: str, report: Report) -> bytes:
    if spec.target == "tflite":
        from edgegan.export.tflite import TflitePrecision, to_tflite

        precision = cast(TflitePrecision, spec.precision)
        return to_tflite(model, spec.size, precision, metadata=metadata)
    from edgegan.export.keras_to_onnx import to_onnx

    if spec.target == "onnx":
        return to_onnx(model, spec.size, metadata=metadata)
    if spec.target == "tensorrt-rtx":
        from edgegan.export.trt import build_engine

        onnx = to_onnx(model, spec.size)
        return build_engine(onnx, name=f"edgegan:{metadata}", report=report)
    raise unknown_name("target", spec.target, TARGETS)


def draft_manifest(
    reference: keras.Model, source: Manifest | None, generator: Path, spec: ExportSpec
) -> Manifest:
    """Write down what is known before the conversion.

    Args:
        reference: The Keras generator at the artifact's size and batch, without a label if
            a choice of domains is baked in.
        source: The generator's own manifest, if it has one.
        generator: Its file.
        spec: What is being made.
    """
    macs, literature = count_macs(reference)
    task = _task(source, spec)
    selftest = selftest_of(reference, spec.size, task.domains if task else ())
    return Manifest(
        file_sha256="",
        task=task,
        generator=source.generator if source else None,
        io=generator_io(reference),
        precision=Precision(requested=spec.precision, obtained="unknown"),
        selftest=replace(selftest, atol=limit(spec.precision)),
        params=reference.count_params(),
        macs=macs,
        macs_literature=literature,
        size_bytes=0,
        source=Source(file=generator.name, sha256=sha256(generator)),
        options={"target": spec.target, "size": list(spec.size)},
        tools={**tools(), **installed_versions(CONVERTERS[spec.target])},
        created=now(),
    )


def finish_manifest(draft: Manifest, file: Path, spec: ExportSpec) -> Manifest:
    """Add what can be read off the finished file."""
    return replace(
        draft,
        file_sha256=sha256(file),
        size_bytes=file.stat().st_size,
        precision=Precision(requested=spec.precision, obtained=_obtained(file, spec)),
    )


def _task(source: Manifest | None, spec: ExportSpec) -> Task | None:
    task = source.task if source else None
    return replace(task, direction=spec.bake, domains=()) if task and spec.bake else task


def _obtained(file: Path, spec: ExportSpec) -> str:
    from edgegan.export.obtained_precision import onnx_precision, tflite_precision

    if spec.target == "tflite":
        return tflite_precision(file.read_bytes())
    if spec.target == "onnx":
        return onnx_precision(file.read_bytes())
    return "fp32"  # a strongly typed engine keeps the precision of the ONNX it was built from
