"""One artifact: its bytes for a target, and its manifest."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import cast

import tf_keras as keras

from edgegan.console import Report, silent
from edgegan.errors import unknown_name
from edgegan.export.engine_elsewhere import missing_builder
from edgegan.export.engine_options import ENGINES, EngineTarget
from edgegan.export.job import ExportJob, ExportOptions, calibration_record, requested
from edgegan.export.quantization import Quantization
from edgegan.export.targets import TARGETS, ExportSpec, ImageType, Layout
from edgegan.export.targets import Precision as PrecisionName
from edgegan.manifest import (
    IO,
    Manifest,
    Precision,
    Source,
    Task,
    Tensor,
    embedded_copy,
    sha256,
    tensor_of_rank,
)
from edgegan.optional import installed_versions, needs
from edgegan.selftest import limit
from edgegan.train.generator_file import generator_io, now, selftest_of, tools
from edgegan.train.macs import count_macs

CONVERTERS = {
    "tflite": ("tensorflow", "litert-quantizer"),
    "onnx": ("tensorflow", "tf2onnx", "onnx", "onnxruntime"),
    "tensorrt": ("tensorflow", "tf2onnx", "onnx", "onnxruntime"),
    "tensorrt-rtx": ("tensorflow", "tf2onnx", "onnx", "onnxruntime"),
}


def convert(
    model: keras.Model,
    spec: ExportSpec,
    draft: Manifest,
    quantization: Quantization,
    report: Report = silent,
) -> bytes:
    """Convert a generator to the bytes of an artifact, with the embedded manifest copy."""
    metadata = embedded_copy(draft)
    with needs("export"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # converters warn of what they will drop some day
        if spec.target == "tflite":
            return _tflite(model, spec, metadata, quantization)
        if spec.target == "onnx":
            return _onnx(model, spec, metadata, quantization)
        for target in ENGINES:
            if target == spec.target:
                return _engine(model, spec, target, draft, quantization, report)
    raise unknown_name("target", spec.target, TARGETS)


def _engine(
    model: keras.Model,
    spec: ExportSpec,
    target: EngineTarget,
    draft: Manifest,
    quantization: Quantization,
    report: Report,
) -> bytes:
    from edgegan.export.engine import make_engine

    engine, _ = make_engine(
        _onnx(model, spec, "", quantization),
        target,
        spec.engine,
        precision=spec.precision,
        name=f"edgegan:{embedded_copy(draft)}",
        about=spec.file_name(Path(draft.source.file).stem if draft.source else "generator"),
        report=report,
    )
    return engine


def _tflite(
    model: keras.Model, spec: ExportSpec, metadata: str, quantization: Quantization
) -> bytes:
    from edgegan.export.tflite import to_tflite

    return to_tflite(
        model,
        spec.size,
        cast(PrecisionName, spec.precision),
        spec.batch,
        image_type=cast(ImageType, spec.image_type),
        quantization=quantization,
        metadata=metadata,
    )


def _onnx(model: keras.Model, spec: ExportSpec, metadata: str, quantization: Quantization) -> bytes:
    from edgegan.export.keras_to_onnx import to_onnx

    return to_onnx(
        model,
        spec.size,
        cast(PrecisionName, spec.precision),
        spec.batch,
        image_type=cast(ImageType, spec.image_type),
        layout=cast(Layout, spec.layout),
        opset=spec.opset,
        quantization=quantization,
        metadata=metadata,
    )


def draft_manifest(
    reference: keras.Model,
    source: Manifest | None,
    job: ExportJob,
    spec: ExportSpec,
    options: ExportOptions,
) -> Manifest:
    """Write down what is known before the conversion.

    Args:
        reference: The Keras generator at the artifact's size, for one image, and without a
            label if a choice of domains is baked in.
        source: The generator's own manifest, if it has one.
        job: Has its file.
        spec: What is being made.
        options: What else was asked for.
    """
    macs, literature = count_macs(reference)
    task = _task(source, spec)
    selftest = selftest_of(reference, spec.size, task.domains if task else ())
    return Manifest(
        file_sha256="",
        task=task,
        generator=source.generator if source else None,
        io=artifact_io(generator_io(reference), spec),
        precision=Precision(requested=spec.precision, obtained="unknown"),
        selftest=replace(selftest, atol=limit(spec.precision, spec.image_type)),
        params=reference.count_params(),
        macs=macs,
        macs_literature=literature,
        size_bytes=0,
        source=Source(file=job.generator.name, sha256=sha256(job.generator)),
        options=requested(job, spec, options),
        calibration=calibration_record(job, spec),
        tools=artifact_tools(spec),
        created=now(),
    )


def artifact_io(io: IO, spec: ExportSpec) -> IO:
    """Describe the tensors of an artifact, given those of its generator for one image."""
    return IO(
        inputs=tuple(_tensor(tensor, spec) for tensor in io.inputs),
        outputs=tuple(_tensor(tensor, spec) for tensor in io.outputs),
    )


def artifact_tools(spec: ExportSpec) -> dict[str, str]:
    """Name the versions that make an artifact."""
    versions = {**tools(), **installed_versions(CONVERTERS[spec.target])}
    for target in ENGINES:
        if target == spec.target and missing_builder(target) is None:
            from edgegan.export.engine import engine_tools

            versions.update(engine_tools(target))
    return versions


def _tensor(tensor: Tensor, spec: ExportSpec) -> Tensor:
    batch = None if spec.engine.batches else spec.batch
    if len(tensor.shape) != 4:
        return tensor_of_rank(tensor.name, (batch, *tensor.shape[1:]), tensor.dtype)
    _, height, width, channels = tensor.shape
    nchw = spec.layout == "nchw"
    sides = (channels, height, width) if nchw else (height, width, channels)
    return tensor_of_rank(tensor.name, (batch, *sides), spec.image_type)


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
    return spec.precision  # the build of an engine refuses a network of another
