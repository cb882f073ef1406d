"""What an artifact is: tensors, sizes, ops, types, delegate coverage, manifest, where it runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from edgegan.errors import ArtifactError, UsageError
from edgegan.manifest import IO, Delegate, Manifest, check_hash, read_manifest
from edgegan.runtime.engine import DEFAULT_BACKEND, TRIED_SUFFIXES
from edgegan.runtime.guarded_load import try_first
from edgegan.runtime.preflight import built
from edgegan.runtime.runs_here import RunsHere, runs_here
from edgegan.runtime.tensor_checks import check_generator
from edgegan.runtime.tensor_types import TensorTypes


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What is known of an artifact; None is "not known for this kind of file".

    Attributes:
        file: Its path.
        format: "tflite", "onnx", "engine", "rtx" or "keras".
        size_bytes: Its size.
        io: Its tensors.
        is_generator: Whether they are an image-to-image generator's.
        ops: Count by name, the most frequent first.
        params: Number of parameters.
        macs: Multiply-accumulates of one image, truly.
        macs_literature: The same with transposed convolutions counted at their output's
            resolution, as papers do.
        types: What the tensors of a .tflite or .onnx are stored and computed as.
        delegate: How much of a .tflite XNNPACK runs.
        details: What only this format has, in words.
        manifest: The manifest beside it.
        runs_here: Whether each backend that takes such files would run it on this machine.
    """

    file: str
    format: str
    size_bytes: int
    io: IO | None = None
    is_generator: bool | None = None
    ops: dict[str, int] | None = None
    params: int | None = None
    macs: int | None = None
    macs_literature: int | None = None
    types: TensorTypes | None = None
    delegate: Delegate | None = None
    details: dict[str, str] = field(default_factory=dict)
    manifest: Manifest | None = None
    runs_here: tuple[RunsHere, ...] = ()


def inspect(path: Path) -> Inspection:
    """Look into an artifact.

    Raises:
        UsageError: there is no such file, or it has another suffix than artifacts have.
        ArtifactError: the file or its manifest is damaged.
        MissingRequirement: the package that reads the format is not installed.
    """
    if path.suffix not in DEFAULT_BACKEND:
        known = ", ".join(DEFAULT_BACKEND)
        raise UsageError(f"{path.name} is not an artifact; known suffixes: {known}.")
    if not path.is_file():
        raise UsageError(f"The artifact {path} does not exist.")
    manifest = read_manifest(path)
    if manifest is not None:
        check_hash(path, manifest)
    elif path.suffix in TRIED_SUFFIXES:
        try_first(path, "inspect")
    found = read(path, manifest)
    return replace(
        found,
        macs=manifest.macs if manifest else None,
        macs_literature=manifest.macs_literature if manifest else None,
        runs_here=runs_here(path),
    )


def read(path: Path, manifest: Manifest | None) -> Inspection:
    """Read what is in a file; unlike `inspect`, without asking where it runs.

    Raises:
        ArtifactError: the file is damaged.
        MissingRequirement: the package that reads the format is not installed.
    """
    return _READERS[path.suffix](path, manifest)


def _tflite(path: Path, manifest: Manifest | None) -> Inspection:
    from edgegan.runtime.tensor_types import tflite_types
    from edgegan.runtime.tflite_graph import count_ops, coverage, open_interpreter, tensors

    interpreter = open_interpreter(path, threads=1)
    io = tensors(interpreter)
    return Inspection(
        file=str(path),
        format="tflite",
        size_bytes=path.stat().st_size,
        io=io,
        is_generator=_is_generator(path, io),
        ops=count_ops(path),
        params=manifest.params if manifest else None,
        types=tflite_types(path),
        delegate=coverage(interpreter),
        manifest=manifest,
    )


def _onnx(path: Path, manifest: Manifest | None) -> Inspection:
    from edgegan.runtime.onnx_graph import read_onnx

    graph = read_onnx(path)
    return Inspection(
        file=str(path),
        format="onnx",
        size_bytes=path.stat().st_size,
        io=graph.io,
        is_generator=_is_generator(path, graph.io),
        ops=graph.ops,
        params=manifest.params if manifest else graph.params,
        types=graph.types,
        details={"opset": str(graph.opset), "metadata": ", ".join(graph.metadata) or "none"},
        manifest=manifest,
    )


def _rtx(path: Path, manifest: Manifest | None) -> Inspection:
    from edgegan.runtime.rtx import read_header

    header = read_header(path)
    details = {"engine": "header of an unknown layout"}
    if header:
        details = {
            "engine": f"built by TensorRT-RTX {header.version}, which alone runs it",
            "compute capabilities": ", ".join(header.compute_capabilities),
        }
    if manifest:  # the header does not tell
        details["precision"] = f"{manifest.precision.obtained}, by the manifest"
    return _from_manifest(path, manifest, details)


def _engine(path: Path, manifest: Manifest | None) -> Inspection:
    facts = built(path, manifest)
    details = {
        "engine": f"built by TensorRT {facts.version or 'of an unknown release'}",
        "compute capabilities": ", ".join(facts.compute_capabilities) or "unknown",
    }
    if manifest:
        details["precision"] = f"{manifest.precision.obtained}, by the manifest"
    return _from_manifest(path, manifest, details)


def _keras(path: Path, manifest: Manifest | None) -> Inspection:
    details = {"contents": "a Keras model, not opened here; `edgegan export` makes artifacts of it"}
    return _from_manifest(path, manifest, details)


def _from_manifest(path: Path, manifest: Manifest | None, details: dict[str, str]) -> Inspection:
    return Inspection(
        file=str(path),
        format=path.suffix.removeprefix("."),
        size_bytes=path.stat().st_size,
        io=manifest.io if manifest else None,
        is_generator=_is_generator(path, manifest.io) if manifest else None,
        params=manifest.params if manifest else None,
        details=details,
        manifest=manifest,
    )


_READERS = {".tflite": _tflite, ".onnx": _onnx, ".engine": _engine, ".rtx": _rtx, ".keras": _keras}


def _is_generator(path: Path, io: IO) -> bool:
    try:
        check_generator(path, io)
    except ArtifactError:
        return False
    return True
