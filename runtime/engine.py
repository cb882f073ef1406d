"""The `Engine` protocol, the table of backends, and `load`.

A new backend is one file with one class, and one line in `BACKENDS`. The class is made
with `(path, manifest=..., device=..., threads=...)`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from edgegan.errors import UsageError, unknown_name
from edgegan.images import FloatArray, ImageArray
from edgegan.manifest import IO, Delegate, Manifest, Task, check_hash, read_manifest
from edgegan.optional import needs
from edgegan.runtime.guarded_load import try_first
from edgegan.runtime.image_io import NetworkArray, from_network, to_batches
from edgegan.runtime.label import default_label
from edgegan.runtime.preflight import PLAN_SUFFIXES, refuse_untrusted

BACKENDS = {
    "litert": "edgegan.runtime.litert:open_litert",
    "onnxruntime": "edgegan.runtime.ort:OnnxRuntimeEngine",
    "openvino": "edgegan.runtime.openvino:OpenVinoEngine",
    "tensorrt": "edgegan.runtime.tensorrt:open_tensorrt",
    "tensorrt-rtx": "edgegan.runtime.tensorrt:open_rtx",
    "keras": "edgegan.train.keras_engine:KerasEngine",
}
_EXTRAS = {
    "litert": "tflite",
    "onnxruntime": "onnx",
    "openvino": "openvino",
    "tensorrt": "tensorrt",
    "tensorrt-rtx": "tensorrt-rtx",
    "keras": "train",
}
# Those that take files of a suffix, the default first.
SUFFIX_BACKENDS = {
    ".tflite": ("litert",),
    ".onnx": ("onnxruntime", "openvino"),
    ".engine": ("tensorrt",),
    ".rtx": ("tensorrt-rtx",),
    ".keras": ("keras",),
}
# Where those run that do not run on the CPU.
_DEFAULT_DEVICE = {"tensorrt": "cuda:0", "tensorrt-rtx": "cuda:0"}
# Those tried in another process first, where no manifest vouches for a file.
TRIED_SUFFIXES = (".tflite", ".onnx")
DEFAULT_BACKEND = {suffix: names[0] for suffix, names in SUFFIX_BACKENDS.items()}


@dataclass(frozen=True, kw_only=True)
class EngineInfo:
    """What an engine is, as found once it was opened.

    Attributes:
        backend: Key of `BACKENDS`.
        version: Version of the backend's package.
        device: Where it runs, such as "cpu" or "cuda:0".
        threads: CPU threads in use.
        io: Its tensors.
        precision: The precision obtained, from the manifest; "unknown" without one.
        arithmetic: What float operations are computed in, "fp32", "bf16" or "fp16", where
            the backend chooses that and tells; None where it is as the file says.
        jit_ms: Time to compile for the GPU, which `load_ms` leaves out; None where nothing is
            compiled when a file is opened.
        launch: How a GPU is given the network: "stream", "CUDA graph", or why not so; known
            after the first run. None on a CPU.
        delegate: How much of the graph a delegate takes; None where there is none.
        load_ms: Time to open the file.
        memory: Named sizes in bytes.
        task: What the generator does, from the manifest, else from the copy in the file.
    """

    backend: str
    version: str
    device: str
    threads: int
    io: IO
    precision: str
    delegate: Delegate | None
    load_ms: float
    memory: dict[str, int]
    task: Task | None = None
    arithmetic: str | None = None
    jit_ms: float | None = None
    launch: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeviceTimes:
    """What one run spent on a GPU, by its clock; None where nothing is copied."""

    h2d_ms: float | None
    net_ms: float
    d2h_ms: float | None


class Engine(Protocol):
    """A generator that is ready to run. Subclass it; `__call__` is shared.

    Not thread-safe: one thread owns an engine. Engines of one file can run side by side, each
    in a thread of its own; they share nothing but the processor.
    """

    info: EngineInfo
    manifest: Manifest | None
    closed: bool = False

    def run(
        self, x: NetworkArray, out: NetworkArray | None = None, label: FloatArray | None = None
    ) -> NetworkArray:
        """Run the network on one batch.

        Args:
            x: The images, of exactly the shape, dtype and layout that `info.io` tells:
                float32 in [-1, 1], or uint8 0..255 (see `edgegan.runtime.image_io`).
            out: A C-contiguous array for the result, which is then returned; without it
                a new array is made. It is what `info.io` tells of the output.
            label: What a multi-domain generator is asked for: float32 `[N, c]`, or `[c]`
                for all images alike (see `edgegan.domains.encode`).

        Raises:
            UsageError: `x`, `out` or `label` has another shape or dtype, a label is
                missing or not taken, or the engine was closed.
            ArtifactError: the backend cannot run the network.
        """

    def stage_times(self) -> DeviceTimes | None:
        """Tell what the last run spent on the device; None where there is none but the CPU."""
        return None

    def close(self) -> None:
        """Free what the backend holds; the engine cannot run afterwards. Twice is once."""

    def require_open(self) -> None:
        """Refuse to go on once the engine was closed.

        Raises:
            UsageError: it was.
        """
        if self.closed:
            raise UsageError("The engine is closed; load the artifact again.")

    def __call__(self, image: ImageArray, label: FloatArray | None = None) -> ImageArray:
        """Translate uint8 `[H, W, 3]` or `[N, H, W, 3]`, RGB, of any size.

        Images are resized to the network's size (bicubic); the result has that size. A
        gray network gets their luma, and its result has three equal channels. They are
        grouped into batches of the network's size, of which the last is filled up.

        Args:
            image: The image, or the images.
            label: What a multi-domain generator is asked for, float32 `[c]`, for all
                images alike; without it, the defaults of its domains (the majority in
                training).

        Raises:
            UsageError: a label does not fit, is not taken, or is missing and nothing
                tells the defaults.
            ImageError: the network's output has NaN values.
        """
        if label is None:
            label = default_label(self.info.io, self.info.task)
        batch = image[None] if image.ndim == 3 else image
        layout = self.info.io.outputs[0].layout
        outputs = [
            from_network(self.run(x, label=label), layout) for x in to_batches(batch, self.info.io)
        ]
        stacked = np.concatenate(outputs)[: len(batch)]
        return stacked[0] if image.ndim == 3 else stacked


def load(
    path: str | Path,
    backend: str | None = None,
    device: str | None = None,
    threads: int | None = None,
    trust: bool = False,
) -> Engine:
    """Open an artifact.

    Args:
        path: A file ending in one of `DEFAULT_BACKEND`.
        backend: One of `SUFFIX_BACKENDS`; None takes the suffix's default.
        device: "cpu", or "cuda:0" and so on; None takes what the backend runs on. LiteRT has
            "gpu"; ONNX Runtime those of `edgegan.runtime.ort_providers.DEVICES`.
        threads: CPU threads; None takes all that this process may use.
        trust: Whether to load a file that has no manifest: a .engine or .rtx although it is
            code, a .tflite or .onnx without first trying it in a process of its own. Do so
            only with files whose origin you know.

    Raises:
        UsageError: no such file, suffix, backend or device; or a plan is not trusted.
        ArtifactError: the file is damaged, or is not a generator.
        IncompatibleArtifact: it was made for another GPU, or release of its backend.
        MissingRequirement: the backend's package, driver or device is absent.
    """
    path = Path(path)
    name = backend or _default_backend(path)
    if name not in BACKENDS:
        raise unknown_name("backend", name, BACKENDS)
    if not path.is_file():
        raise UsageError(f"The artifact {path} does not exist.")
    takers = SUFFIX_BACKENDS.get(path.suffix, ())
    if not takers:  # nothing would say how far such a file can be trusted
        raise _no_artifact(path)
    if name not in takers:
        raise UsageError(f"{name} does not run {path.suffix} files; {' and '.join(takers)} can.")
    manifest = read_manifest(path)
    refuse_untrusted(path, manifest, trust)
    if manifest is not None:
        check_hash(path, manifest)
    elif path.suffix in PLAN_SUFFIXES:  # trusted, which is no reason to die of a damaged one
        try_first(path, name, device or _DEFAULT_DEVICE[name])
    elif path.suffix in TRIED_SUFFIXES and not trust:
        try_first(path, name)
    return open_engine(path, name, manifest, device, threads)


def open_engine(
    path: Path,
    name: str,
    manifest: Manifest | None = None,
    device: str | None = None,
    threads: int | None = None,
) -> Engine:
    """Open an artifact without any of the checks of `load`, which has the same arguments."""
    device = device or _DEFAULT_DEVICE.get(name, "cpu")
    module, _, cls = BACKENDS[name].partition(":")
    with needs(_EXTRAS[name]):
        engine_class: Any = getattr(importlib.import_module(module), cls)
    engine: Engine = engine_class(path, manifest=manifest, device=device, threads=threads)
    return engine


def thread_count(threads: int | None) -> int:
    """Return `threads`, or the number of CPUs that this process may use.

    Raises:
        UsageError: `threads` is below 1.
    """
    if threads is not None and threads < 1:
        raise UsageError(f"threads is {threads}; it must be at least 1.")
    if threads is not None:
        return threads
    if hasattr(os, "sched_getaffinity"):  # containers and taskset allow fewer than cpu_count
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_device(backend: str, device: str, known: Sequence[str] = ("cpu",)) -> None:
    """Refuse a device that a backend does not run on.

    Raises:
        UsageError: `device` is none of `known`.
    """
    if device not in known:
        raise UsageError(f"{backend} runs on {', '.join(known)}; got device {device!r}.")


def _default_backend(path: Path) -> str:
    if path.suffix not in DEFAULT_BACKEND:
        raise _no_artifact(path)
    return DEFAULT_BACKEND[path.suffix]


def _no_artifact(path: Path) -> UsageError:
    known = ", ".join(DEFAULT_BACKEND)
    return UsageError(f"{path.name} is not an artifact; known suffixes: {known}.")
