"""What only TensorRT-RTX has: it judges an engine beforehand, and compiles it on the GPU.

The compiled kernels are kept in a file of EdgeGAN's cache, so that only the first opening
on a machine takes long.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from edgegan.atomic import write_bytes
from edgegan.cache_folder import cache_folder
from edgegan.errors import ArtifactError, EdgeganError, IncompatibleArtifact, MissingRequirement
from edgegan.manifest import Manifest, sha256
from edgegan.runtime.cuda import Device
from edgegan.runtime.preflight import Built, again
from edgegan.runtime.trt_log import last_error, trt_logger

# What `Runtime.get_engine_validity` may say: the error, and the words for it.
_VERDICTS: dict[str, tuple[type[EdgeganError], str]] = {
    "MALFORMED_ENGINE": (ArtifactError, "is damaged, or is not an engine of TensorRT-RTX"),
    "VERSION_MISMATCH": (IncompatibleArtifact, "was built by another release of TensorRT-RTX"),
    "UNSUPPORTED_CC": (IncompatibleArtifact, "was built for other GPUs than this one"),
    "INSUFFICIENT_GPU_MEMORY": (IncompatibleArtifact, "needs more memory than this GPU has"),
    "OLD_CUDA_DRIVER": (MissingRequirement, "needs a newer NVIDIA driver"),
    "OLD_CUDA_RUNTIME": (MissingRequirement, "needs a newer CUDA runtime"),
    "CUDA_ERROR": (MissingRequirement, "cannot run: CUDA is not rightly installed"),
}


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """An execution context, and what making it took.

    Attributes:
        context: TensorRT's `IExecutionContext`.
        jit_ms: Time of compiling for the GPU; None where nothing is.
        memory: Sizes in bytes: `jit_cache_bytes` of the kernels found compiled; 0 if none
            were.
    """

    context: Any
    jit_ms: float | None = None
    memory: dict[str, int] = field(default_factory=dict)


def require_valid(path: Path, trt: Any, facts: Built) -> None:
    """Have TensorRT-RTX judge an engine by its header.

    A verdict without a reason is none: that is what it gives where it cannot tell.

    Raises:
        ArtifactError: the file is damaged.
        IncompatibleArtifact: it is for another GPU or release.
        MissingRequirement: the driver or the CUDA runtime is too old.
    """
    logger = trt_logger(trt)
    runtime = trt.Runtime(logger)
    with path.open("rb") as file:
        header = file.read(runtime.engine_header_size)
    verdict, reasons = runtime.get_engine_validity(header)
    if verdict != trt.EngineValidity.INVALID:
        return
    known = trt.EngineInvalidityDiagnostics.__members__
    for name, (error, words) in _VERDICTS.items():
        if name in known and int(reasons) & int(known[name]):
            advice = {
                ArtifactError: "Export or copy it again.",
                IncompatibleArtifact: again(facts),
                MissingRequirement: "Update it; `nvidia-smi` tells the driver.",
            }
            raise error(f"{path} {words}. {advice[error]}")


def jit_cache(path: Path, manifest: Manifest | None, version: str, device: Device) -> Path:
    """Name the file that keeps the kernels of one engine, release and kind of GPU."""
    digest = manifest.file_sha256 if manifest else sha256(path)
    return cache_folder("rtx-jit") / f"{digest}-{version}-sm{device.compute_capability}.bin"


def compile_rtx(trt: Any, engine: Any, logger: Any, cache_file: Path) -> Compiled:
    """Make an execution context: compile the engine, or load what was compiled before.

    Kernels for the shapes are compiled now, not while the first runs go on, which would
    be slower ones.

    Raises:
        ArtifactError: TensorRT-RTX cannot compile it.
    """
    start = perf_counter_ns()
    runtime_config = engine.create_runtime_config()
    eager = trt.DynamicShapesKernelSpecializationStrategy.EAGER
    runtime_config.dynamic_shapes_kernel_specialization_strategy = eager
    runtime_config.cuda_graph_strategy = trt.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
    cache = runtime_config.create_runtime_cache()
    stored = cache_file.read_bytes() if cache_file.is_file() else b""
    if stored and not cache.deserialize(stored):  # of another driver, or damaged
        stored = b""
    runtime_config.set_runtime_cache(cache)
    context = engine.create_execution_context(runtime_config)
    if context is None:
        raise ArtifactError(f"TensorRT-RTX cannot compile the engine: {last_error(logger)}.")
    jit_ms = (perf_counter_ns() - start) / 1e6
    compiled = bytes(cache.serialize())
    if compiled != stored:
        with suppress(EdgeganError):  # a cache that cannot be written is none
            write_bytes(cache_file, compiled)
    return Compiled(context=context, jit_ms=jit_ms, memory={"jit_cache_bytes": len(stored)})
