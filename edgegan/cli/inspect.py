"""`edgegan inspect`: what an artifact is, and whether it runs here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli import sensitivity as layers
from edgegan.cli.options import Artifact, Json

if TYPE_CHECKING:
    from pathlib import Path

    from edgegan.manifest import IO, Delegate, Manifest
    from edgegan.runtime.gpu_compile import GpuCompile
    from edgegan.runtime.inspection import Inspection
    from edgegan.runtime.runs_here import RunsHere


TargetCheck = Annotated[
    list[str] | None,
    typer.Option(
        "--target-check",
        help="Of a .tflite: would cpu, gpu, npu, browser or coreml take it? Exit code 6 if not; "
        "may be repeated.",
        show_default=False,
    ),
]
Compile = Annotated[
    bool,
    typer.Option(
        "--compile",
        help="With --target-check gpu: compile it for the GPU, or for Chromium's software one.",
    ),
]


def inspect(
    artifact: Artifact,
    target_check: TargetCheck = None,
    compile_it: Compile = False,
    sensitivity: layers.Wanted = False,
    target: layers.Target = None,
    precision: layers.PrecisionName = None,
    calib: layers.Calib = None,
    calib_n: layers.CalibN = None,
    images: layers.Images = None,
    images_n: layers.ImagesN = None,
    size: layers.Size = None,
    json: Json = False,
) -> None:
    """Show an artifact's tensors, sizes, ops, types and manifest, and whether it runs here.

    --sensitivity shows instead what each layer of a Keras generator loses when it is quantized.
    """
    asked = layers.Asked(
        target=target,
        precision=precision,
        calib=calib,
        calib_n=calib_n,
        images=images,
        images_n=images_n,
        size=size,
    )
    from edgegan.errors import UsageError

    if sensitivity:
        if target_check or compile_it:
            raise UsageError("--sensitivity and --target-check are two commands; leave one out.")
        layers.tell_sensitivity(artifact, asked, json)
    else:
        layers.refuse_options(asked)
        _show(artifact, target_check or (), compile_it, json)


def _show(artifact: Path, targets: Sequence[str], compile_it: bool, json: bool) -> None:
    from edgegan.console import emit_json, result
    from edgegan.errors import IncompatibleArtifact
    from edgegan.runtime.inspection import inspect as look_into
    from edgegan.runtime.target_rules import check_target

    _refuse_unknown(artifact, targets, compile_it)
    found = look_into(artifact)
    data = artifact.read_bytes() if targets else b""
    checked = {target: check_target(data, target) for target in targets}
    compiled = _compiled(artifact) if compile_it else None
    if compiled:
        checked["gpu"] += [f"the delegate refuses {op}" for op in compiled.refused]
    if json:
        more = {"target_check": checked, "gpu_compile": compiled and asdict(compiled)}
        emit_json(asdict(found) | {name: value for name, value in more.items() if value})
    else:
        _tell(found, checked)
        if compiled:
            count = len(compiled.refused)
            result(f"compiled for {compiled.adapter}: {count or 'no'} ops refused")
    refusing = [target for target, reasons in checked.items() if reasons]
    if refusing:
        raise IncompatibleArtifact(f"{artifact.name} does not fit {', '.join(refusing)}.")


def _compiled(artifact: Path) -> GpuCompile:
    from edgegan.runtime.gpu_compile import compile_for_gpu

    return compile_for_gpu(artifact)


def _refuse_unknown(artifact: Path, targets: Sequence[str], compile_it: bool) -> None:
    from edgegan.errors import UsageError, unknown_name
    from edgegan.runtime.target_rules import RULES

    if targets and artifact.suffix != ".tflite":
        raise UsageError(f"--target-check looks into .tflite files, not {artifact.name}.")
    for target in targets:
        if target not in RULES:
            raise unknown_name("target of --target-check", target, RULES)
    if compile_it and "gpu" not in targets:
        raise UsageError("--compile goes with --target-check gpu.")


def _tell(found: Inspection, checked: dict[str, list[str]]) -> None:
    from edgegan.console import result, table

    for line in _lines(found):
        result(line)
    if found.types:
        rows = [
            (name, *(f"{n:,}" for n in (of.tensors, of.values, of.bytes)))
            for name, of in found.types.weights.items()
        ]
        table(("weights", "tensors", "values", "bytes"), rows)
    if found.ops:
        table(("op", "count"), [(name, str(count)) for name, count in found.ops.items()])
    for target, reasons in checked.items():
        result(f"{target}: {'; '.join(reasons) if reasons else 'breaks no rule that is known'}")


def _lines(found: Inspection) -> list[str]:
    lines = [f"{found.file}: {found.format}, {found.size_bytes / 1e6:.2f} MB"]
    if found.params is not None:
        lines.append(f"parameters: {found.params:,}")
    lines += _mac_lines(found)
    lines += [f"{name}: {text}" for name, text in found.details.items()]
    lines += _io_lines(found.io) if found.io else []
    if found.is_generator is not None:
        verb = "is" if found.is_generator else "is not"
        label = " with a label" if found.io and len(found.io.inputs) > 1 else ""
        lines.append(f"It {verb} an image-to-image generator{label}.")
    if found.types:
        counts = (f"{count} {name}" for name, count in found.types.activations.items())
        lines.append(f"computed tensors: {', '.join(counts)}")
    lines += _delegate_lines(found.delegate) if found.delegate else []
    lines += _manifest_lines(found.manifest) if found.manifest else ["manifest: none"]
    return lines + [_runs_line(answer) for answer in found.runs_here]


def _mac_lines(found: Inspection) -> list[str]:
    if found.macs is None:
        return []
    counted = found.macs_literature
    other = f" ({counted / 1e9:,.3f} G as papers count)" if counted is not None else ""
    return [f"multiply-accumulates of one image: {found.macs / 1e9:,.3f} G{other}"]


def _runs_line(answer: RunsHere) -> str:
    verdict = "yes: " if answer.runs else "no, because: "
    return f"runs here with {answer.backend}: {verdict}{answer.because}"


def _io_lines(io: IO) -> list[str]:
    tensors = [("input", tensor) for tensor in io.inputs]
    tensors += [("output", tensor) for tensor in io.outputs]
    return [
        f"{kind}: {tensor.name} {tensor.dtype} {[size or '?' for size in tensor.shape]} "
        f"{tensor.layout}, {tensor.range[0]:g} to {tensor.range[1]:g}"
        for kind, tensor in tensors
    ]


def _delegate_lines(delegate: Delegate) -> list[str]:
    counts = Counter(delegate.outside)
    outside = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    return [f"{delegate.name}: {delegate.partitions} partition(s); outside: {outside or 'nothing'}"]


def _manifest_lines(manifest: Manifest) -> list[str]:
    from edgegan.runtime.domain_choice import describe_domains

    task, parity, source = manifest.task, manifest.parity, manifest.source
    lines = [
        f"task: {task.family} {task.direction}" if task else "task: unknown",
        *([f"domains: {describe_domains(task.domains)}"] if task and task.domains else []),
        f"precision: {manifest.precision.obtained} (asked for: {manifest.precision.requested})",
        f"status: {manifest.status}",
    ]
    if parity:
        lines.append(
            f"parity: PSNR median {parity.psnr_median:.1f} dB, min {parity.psnr_min:.1f} dB, "
            f"at most {parity.max_lsb} LSB, {parity.images} images ({parity.source})"
        )
    else:
        lines.append("parity: not measured")
    if source:
        lines.append(f"source: {source.file}, SHA-256 {source.sha256[:12]}...")
    return [*lines, f"created: {manifest.created}"]
