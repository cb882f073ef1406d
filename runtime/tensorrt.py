"""The TensorRT engine: .engine by tensorrt 10.3 or newer, .rtx by tensorrt-rtx.

Both modules have one API, so there is one class, given the module. They differ in how the
execution context is made: TensorRT-RTX compiles for the GPU then (`edgegan.runtime.rtx_context`).
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import numpy as np

from edgegan.errors import ArtifactError, UsageError
from edgegan.images import FloatArray
from edgegan.manifest import Manifest, embedded_task
from edgegan.optional import needs
from edgegan.runtime.cuda import Cuda, Device
from edgegan.runtime.engine import DeviceTimes, Engine, EngineInfo, thread_count
from edgegan.runtime.image_io import NetworkArray
from edgegan.runtime.label import checked_label
from edgegan.runtime.nvidia import require_device
from edgegan.runtime.preflight import (
    Built,
    built,
    check_device,
    check_version,
    engine_options,
)
from edgegan.runtime.rtx_context import Compiled, compile_rtx, jit_cache, require_valid
from edgegan.runtime.tensor_checks import check_array, check_generator
from edgegan.runtime.trt_log import last_error
from edgegan.runtime.trt_plan import Plan, read_plan
from edgegan.runtime.trt_session import Session


@dataclass(frozen=True, kw_only=True)
class Backend:
    """TensorRT or TensorRT-RTX: the name in `BACKENDS`, and the module."""

    name: str
    trt: Any

    @property
    def is_rtx(self) -> bool:
        """Whether it compiles for the GPU at run time."""
        return self.name == "tensorrt-rtx"


class TensorRTEngine(Engine):
    """Runs a plan with `IExecutionContext.execute_async_v3`, on one stream of its own.

    With `cuda_graph`, the network is launched as one CUDA graph from the second run of a
    shape on.

    Attributes:
        trt: The module that runs it.
    """

    def __init__(
        self,
        path: Path,
        backend: Backend,
        cuda: Cuda,
        *,
        device: Device,
        manifest: Manifest | None = None,
        cuda_graph: bool = True,
    ) -> None:
        """Open a plan that has passed `edgegan.runtime.preflight`; see `open_plan`.

        Raises ArtifactError if it is damaged or no generator, CudaError if memory is short.
        """
        start = perf_counter_ns()
        cuda.use_device(device.index)
        free, _ = cuda.memory()
        plan = read_plan(path, backend.trt, host_code=_brings_runtime(manifest))
        check_generator(path, plan.io)
        compiled = _compile(backend, plan, path, manifest, device)
        use_graph = cuda_graph and not backend.is_rtx  # which records its own
        with ExitStack() as stack:
            self._session = Session(
                cuda, plan, compiled.context, mapped=device.integrated, use_graph=use_graph
            )
            stack.callback(self._session.close)
            held = max(free - cuda.memory()[0], 0)
            stack.pop_all()
        load_ms = (perf_counter_ns() - start) / 1e6 - (compiled.jit_ms or 0)
        self._plan: Plan | None = plan
        self._cuda, self._device, self.trt = cuda, device, backend.trt
        self.manifest = manifest
        self.info = EngineInfo(
            backend=backend.name,
            version=backend.trt.__version__,
            device=f"cuda:{device.index}",
            threads=1,
            io=plan.io,
            precision=manifest.precision.obtained if manifest else "unknown",
            delegate=None,
            load_ms=load_ms,
            memory=_memory(path, plan, held) | compiled.memory,
            task=manifest.task if manifest else embedded_task(plan.embedded),
            jit_ms=compiled.jit_ms,
            launch=self._session.launch,
        )

    def run(
        self, x: NetworkArray, out: NetworkArray | None = None, label: FloatArray | None = None
    ) -> NetworkArray:
        """Run the network; see `Engine.run`."""
        self.require_open()
        io = self.info.io
        check_array(x, io.inputs[0])
        label = checked_label(label, io, len(x))
        arrays = [x] if label is None else [x, label]
        self._cuda.use_device(self._device.index)  # CUDA keeps it for each thread
        self._session.fit([array.shape for array in arrays])
        if out is not None:
            check_array(out, replace(io.outputs[0], shape=self._session.output_shape))
        view = self._session.run(arrays)
        if self.info.launch != self._session.launch:
            self.info = replace(self.info, launch=self._session.launch)
        if out is None:
            return view.copy()
        np.copyto(out, view)
        return out

    def stage_times(self) -> DeviceTimes:
        """Tell what the last run spent on the GPU; see `Engine.stage_times`."""
        return self._session.times()

    def report_to(self, profiler: Any) -> None:
        """Have TensorRT tell an `IProfiler` the time of each layer, in every run from now on."""
        self._session.report_to(profiler)

    def close(self) -> None:
        """Free the GPU's memory, and the host's."""
        self._session.close()
        self._plan, self.closed = None, True


def open_tensorrt(
    path: Path,
    *,
    manifest: Manifest | None = None,
    device: str = "cuda:0",
    threads: int | None = None,
) -> TensorRTEngine:
    """Open a .engine; see `edgegan.runtime.engine.load`.

    Raises:
        IncompatibleArtifact: the plan is for another TensorRT or GPU.
        MissingRequirement: the package, the driver or a GPU is absent.
        ArtifactError: the file is damaged, or is not a generator.
    """
    facts = built(path, manifest)
    with needs("tensorrt"):
        import tensorrt
    backend = Backend(name="tensorrt", trt=tensorrt)
    thread_count(threads)  # a wrong number is an error here too, though one thread is enough
    return open_plan(path, backend, facts, manifest=manifest, device=device)


def open_rtx(
    path: Path,
    *,
    manifest: Manifest | None = None,
    device: str = "cuda:0",
    threads: int | None = None,
) -> TensorRTEngine:
    """Open a .rtx; see `open_tensorrt`."""
    facts = built(path, manifest)
    with needs("tensorrt-rtx"):
        import tensorrt_rtx
    backend = Backend(name="tensorrt-rtx", trt=tensorrt_rtx)
    thread_count(threads)
    return open_plan(path, backend, facts, manifest=manifest, device=device)


def open_plan(
    path: Path,
    backend: Backend,
    facts: Built,
    *,
    manifest: Manifest | None,
    device: str,
    cuda: Cuda | None = None,
) -> TensorRTEngine:
    """Check that a plan fits this machine, what needs no GPU first, and open it.

    Args:
        path: The file.
        backend: What runs it.
        facts: What it was built for.
        manifest: What else is known of it.
        device: "cuda:0", "cuda:1" and so on.
        cuda: The calls; None takes those of the CUDA runtime on this machine.

    Raises:
        IncompatibleArtifact: the plan is for another TensorRT or GPU.
        MissingRequirement: the driver, the CUDA runtime or a GPU is absent.
        ArtifactError: the file is damaged, or is not a generator.
    """
    check_version(path, facts, backend.name, backend.trt.__version__)
    if cuda is None:
        require_device()
        cuda = Cuda()
    gpu = cuda.device(_device_index(device, cuda.device_count()))
    if backend.is_rtx:
        cuda.use_device(gpu.index)
        fitting = f"{facts.command} --compute-capability {gpu.compute_capability}"
        require_valid(path, backend.trt, replace(facts, command=fitting))
    else:
        check_device(path, facts, gpu.compute_capability)
    return TensorRTEngine(path, backend, cuda, device=gpu, manifest=manifest)


def _device_index(device: str, count: int) -> int:
    """Read "cuda" or "cuda:1".

    Raises:
        UsageError: it is no GPU, or there are not so many.
    """
    kind, _, number = device.partition(":")
    if kind == "cuda" and (number or "0").isdecimal() and int(number or 0) < count:
        return int(number or 0)
    known = ", ".join(f"cuda:{index}" for index in range(count))
    raise UsageError(f"TensorRT runs on {known} here; got device {device!r}.")


def _compile(
    backend: Backend, plan: Plan, path: Path, manifest: Manifest | None, device: Device
) -> Compiled:
    if backend.is_rtx:
        cache = jit_cache(path, manifest, backend.trt.__version__, device)
        return compile_rtx(backend.trt, plan.engine, plan.logger, cache)
    context = plan.engine.create_execution_context()
    if context is None:
        raise ArtifactError(f"{path} cannot be run here: {last_error(plan.logger)}.")
    return Compiled(context=context)


def _memory(path: Path, plan: Plan, held: int) -> dict[str, int]:
    """Name sizes in bytes: `device_bytes` is what the GPU had less after opening."""
    return {
        "file_bytes": path.stat().st_size,
        "activation_bytes": int(plan.engine.device_memory_size_v2),
        "device_bytes": held,
    }


def _brings_runtime(manifest: Manifest | None) -> bool:
    """Whether a plan may run code that lies in it; without a manifest the user trusted it."""
    return manifest is None or bool(engine_options(manifest).get("version_compatible"))
