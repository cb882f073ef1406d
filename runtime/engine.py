"""The `Engine` protocol, the table of backends, and `load`.

A new backend is one file with one class, and one line in `BACKENDS`. The class is made
with `(path, manifest=..., device=..., threads=...)`.
"""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from edgegan.errors import ArtifactError, UsageError, unknown_name
from edgegan.images import FloatArray, ImageArray, resize, to_float, to_gray, to_uint8
from edgegan.manifest import IO, Delegate, Manifest, Task, Tensor, check_hash, read_manifest
from edgegan.optional import needs
from edgegan.runtime.label import default_label

BACKENDS = {
    "litert": "edgegan.runtime.litert:LiteRTEngine",
    "onnxruntime": "edgegan.runtime.ort:OnnxRuntimeEngine",
    "tensorrt-rtx": "edgegan.runtime.rtx:open_rtx",
    "keras": "edgegan.train.keras_engine:KerasEngine",
}
_EXTRAS = {
    "litert": "tflite",
    "onnxruntime": "onnx",
    "tensorrt-rtx": "tensorrt-rtx",
    "keras": "train",
}
DEFAULT_BACKEND = {
    ".tflite": "litert",
    ".onnx": "onnxruntime",
    ".rtx": "tensorrt-rtx",
    ".keras": "keras",
}


@dataclass(frozen=True, kw_only=True)
class EngineInfo:
    """What an engine is, as found once it was opened.

    Attributes:
        backend: Key of `BACKENDS`.
        version: Version of the backend's package.
        device: Where it runs, "cpu" or "cuda:0".
        threads: CPU threads in use.
        io: Its tensors.
        precision: The precision obtained, from the manifest; "unknown" without one.
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


class Engine(Protocol):
    """A generator that is ready to run. Subclass it; `__call__` is shared.

    Not thread-safe: one thread owns an engine.
    """

    info: EngineInfo
    manifest: Manifest | None

    def run(
        self, x: FloatArray, out: FloatArray | None = None, label: FloatArray | None = None
    ) -> FloatArray:
        """Run the network: float32 `[N, H, W, 3]` in [-1, 1], in and out.

        Args:
            x: The images, of exactly the shape that `info.io` tells.
            out: A C-contiguous array for the result, which is then returned; without it
                a new array is made.
            label: What a multi-domain generator is asked for: float32 `[N, c]`, or `[c]`
                for all images alike (see `edgegan.domains.encode`).

        Raises:
            UsageError: `x`, `out` or `label` has another shape or dtype, or a label is
                missing or not taken.
            ArtifactError: the backend cannot run the network.
        """

    def close(self) -> None:
        """Free what the backend holds; the engine cannot be used afterwards."""

    def __call__(self, image: ImageArray, label: FloatArray | None = None) -> ImageArray:
        """Translate uint8 `[H, W, 3]` or `[N, H, W, 3]`, RGB, of any size.

        Images are resized to the network's size (bicubic); the result has that size. A
        gray network gets their luma, and its result has three equal channels.

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
        inputs = (to_network(one, self.info.io) for one in batch)
        outputs = [from_network(self.run(x, label=label)) for x in inputs]
        stacked = np.concatenate(outputs)
        return stacked[0] if image.ndim == 3 else stacked


def load(
    path: str | Path,
    backend: str | None = None,
    device: str = "cpu",
    threads: int | None = None,
) -> Engine:
    """Open an artifact.

    Args:
        path: A file ending in one of `DEFAULT_BACKEND`.
        backend: A key of `BACKENDS`; None takes the suffix's default.
        device: "cpu"; backends that know others say so.
        threads: CPU threads; None takes all that this process may use.

    Raises:
        UsageError: no such file, suffix, backend or device.
        ArtifactError: the file is damaged, or is not a generator.
        MissingRequirement: the backend's package, driver or device is absent.
    """
    path = Path(path)
    name = backend or _default_backend(path)
    if name not in BACKENDS:
        raise unknown_name("backend", name, BACKENDS)
    if not path.is_file():
        raise UsageError(f"The artifact {path} does not exist.")
    manifest = read_manifest(path)
    if manifest is not None:
        check_hash(path, manifest)
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


def require_cpu(backend: str, device: str) -> None:
    """Refuse a device other than the CPU, for backends that know only that.

    Raises:
        UsageError: `device` is not "cpu".
    """
    if device != "cpu":
        raise UsageError(f"The backend {backend} runs on device cpu only; got {device!r}.")


def input_size(io: IO) -> tuple[int, int] | None:
    """Return the (H, W) that the network takes; None if it takes any."""
    _, height, width, _ = io.inputs[0].shape
    return None if height is None or width is None else (height, width)


def to_network(image: ImageArray, io: IO) -> FloatArray:
    """Turn uint8 RGB `[H, W, 3]` into what the network takes.

    Returns:
        float32 `[1, h, w, C]` in [-1, 1], resized if the network's size is fixed, and
        gray if C is 1.
    """
    size = input_size(io)
    if io.inputs[0].shape[3] == 1:
        image = to_gray(image)
    pixels = to_float(resize(image, size) if size else image)
    return pixels.reshape(1, *pixels.shape[:2], -1)


def from_network(output: FloatArray) -> ImageArray:
    """Turn what the network gives, `[N, H, W, C]`, into uint8 RGB `[N, H, W, 3]`.

    Raises:
        ImageError: there are NaN values.
    """
    image = to_uint8(output)
    return np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image


def check_array(array: FloatArray, tensor: Tensor) -> None:
    """Refuse an array that is not what `tensor` describes.

    Raises:
        UsageError: telling the shape and dtype found and those expected.
    """
    fits = len(array.shape) == len(tensor.shape) and all(
        want is None or want == got for want, got in zip(tensor.shape, array.shape, strict=True)
    )
    if not fits or array.dtype != tensor.dtype or not array.flags.c_contiguous:
        raise UsageError(
            f"The network's {tensor.name!r} is {_describe((tensor,))}, C-contiguous; "
            f"got {array.dtype} {list(array.shape)}."
        )


def check_generator(path: Path, io: IO) -> None:
    """Refuse an artifact whose tensors are not an image-to-image generator's.

    Raises:
        ArtifactError: telling the tensors found and those expected.
    """
    images, labels = (*io.inputs[:1], *io.outputs[:1]), io.inputs[1:]
    known = all(map(_is_image, images)) and all(map(_is_label, labels))
    if known and len(labels) <= 1 and (len(io.inputs[:1]), len(io.outputs)) == (1, 1):
        return
    raise ArtifactError(
        f"{path} is not an image-to-image generator: it maps {_describe(io.inputs)} to "
        f"{_describe(io.outputs)}; expected one float32 [N, H, W, 3] input and output, or "
        "[N, H, W, 1], and at most a label, float32 [N, c], as second input."
    )


def _is_image(tensor: Tensor) -> bool:
    return tensor.dtype == "float32" and len(tensor.shape) == 4 and tensor.shape[3] in (1, 3)


def _is_label(tensor: Tensor) -> bool:
    return tensor.dtype == "float32" and len(tensor.shape) == 2 and tensor.shape[1] is not None


def _describe(tensors: tuple[Tensor, ...]) -> str:
    return ", ".join(f"{t.dtype} {[d or '?' for d in t.shape]}" for t in tensors) or "nothing"


def _default_backend(path: Path) -> str:
    if path.suffix not in DEFAULT_BACKEND:
        raise UsageError(
            f"{path.name} is not an artifact; known suffixes: {', '.join(DEFAULT_BACKEND)}."
        )
    return DEFAULT_BACKEND[path.suffix]
