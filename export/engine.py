"""An engine from an ONNX model: out of the cache, or built."""

from __future__ import annotations

from edgegan.console import Report, silent
from edgegan.export.engine_cache import cached_engine, engine_key
from edgegan.export.engine_options import EngineOptions, EngineTarget
from edgegan.export.free_batch import with_free_batch
from edgegan.export.trt import build_engine, require_builder
from edgegan.runtime.cuda import Cuda, Device
from edgegan.runtime.preflight import this_platform


def make_engine(
    onnx: bytes,
    target: EngineTarget,
    options: EngineOptions,
    *,
    precision: str,
    name: str,
    about: str,
    report: Report = silent,
) -> tuple[bytes, bool]:
    """Make an engine, unless one of the same model and options is in the cache.

    Args:
        onnx: A model with static shapes; its batch is freed if the options tell batches.
        target: What is to run it.
        options: How to build it.
        precision: That it must have.
        name: Stored in it.
        about: What it is, for the list of the cache.
        report: Told each step of the build.

    Returns:
        The engine, and whether it was there already.

    Raises:
        As `edgegan.export.trt.build_engine`.
    """
    version = str(require_builder(target).__version__)
    content = with_free_batch(onnx) if options.batches else onnx
    gpu = builder_gpu(target)
    key = engine_key(content, target, options, precision, name, version, gpu)

    def build() -> bytes:
        return build_engine(content, target, options, precision=precision, name=name, report=report)

    return cached_engine(key, f"{about}, {target} {version}", build)


def builder_gpu(target: EngineTarget) -> Device | None:
    """Describe the GPU that an engine is built on; None where it is built without one."""
    return Cuda().device(0) if target == "tensorrt" else None


def engine_tools(target: EngineTarget) -> dict[str, str]:
    """Name what an engine depends on beside its model: the release, and the GPU if any."""
    versions: dict[str, str] = {target: str(require_builder(target).__version__)}
    gpu = builder_gpu(target)
    if gpu is not None:  # what runs the engine compares these
        versions |= {"gpu": gpu.name, "compute capability": gpu.compute_capability}
        versions["platform"] = this_platform()
    return versions
