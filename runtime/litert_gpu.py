"""The LiteRT engine for GPUs: .tflite by WebGPU, over Vulkan, Metal or Direct3D 12.

LiteRT's interpreter has no GPU on desktops; its CompiledModel has. On the CPU both compute the
same bits, so that the interpreter, which tells more, is used there.

GPUs compute floats in 16 bits unless told otherwise. A file whose manifest says fp32 is kept
in float32, so that it gives what it promises.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import numpy as np

from edgegan.errors import IncompatibleArtifact, MissingRequirement
from edgegan.images import FloatArray
from edgegan.manifest import Delegate, Manifest, embedded_task
from edgegan.optional import needs
from edgegan.runtime.engine import Engine, EngineInfo, thread_count
from edgegan.runtime.image_io import NetworkArray
from edgegan.runtime.label import checked_label
from edgegan.runtime.native_output import stdout_to_stderr
from edgegan.runtime.tensor_checks import check_array, check_generator
from edgegan.runtime.tflite_graph import embedded_text, open_interpreter, tensors

DEVICE = "gpu"


class LiteRTGpuEngine(Engine):
    """Runs a .tflite with `ai_edge_litert.compiled_model.CompiledModel` on the default GPU."""

    def __init__(
        self,
        path: Path,
        *,
        manifest: Manifest | None = None,
        threads: int | None = None,
    ) -> None:
        """Open the file; see `edgegan.runtime.engine.load`.

        Raises:
            IncompatibleArtifact: its size is not fixed, or the GPU takes only part of it.
            MissingRequirement: LiteRT finds no GPU, or cannot compile the network for it.
        """
        io = tensors(open_interpreter(path, threads=1))  # which also refuses damaged files
        check_generator(path, io)
        if any(None in tensor.shape for tensor in (*io.inputs, *io.outputs)):
            raise IncompatibleArtifact(
                f"{path} takes images of any size or number, a GPU needs one. Export it with a "
                "size and a batch, or run it with --device cpu."
            )
        exact = manifest is not None and manifest.precision.obtained == "fp32"
        start = perf_counter_ns()
        self._model = _compiled(path, exact)
        load_ms = (perf_counter_ns() - start) / 1e6
        self._order = self._model.create_input_buffers(0)
        self._inputs = _by_shape(self._model, self._order, [tensor.shape for tensor in io.inputs])
        (self._output,) = self._model.create_output_buffers(0)
        self._path = path
        self.manifest = manifest
        self.info = EngineInfo(
            backend="litert",
            version=_version(),
            device=DEVICE,
            threads=thread_count(threads),
            io=io,
            precision=manifest.precision.obtained if manifest else "unknown",
            arithmetic="fp32" if exact else "fp16",
            delegate=Delegate(name="webgpu", partitions=1),
            load_ms=load_ms,
            memory={"file_bytes": path.stat().st_size},
            task=manifest.task if manifest else embedded_task(embedded_text(path)),
        )

    def run(
        self, x: NetworkArray, out: NetworkArray | None = None, label: FloatArray | None = None
    ) -> NetworkArray:
        """Run the network; see `Engine.run`."""
        self.require_open()
        target = self.info.io.outputs[0]
        check_array(x, self.info.io.inputs[0])
        label = checked_label(label, self.info.io, len(x))
        if out is not None:
            check_array(out, target)
        arrays = [x] if label is None else [x, label]
        shape = tuple(side or 1 for side in target.shape)
        try:
            for buffer, array in zip(self._inputs, arrays, strict=True):
                buffer.write(array)
            self._model.run_by_index(0, self._order, [self._output])
            found = self._output.read(int(np.prod(shape)), np.dtype(target.dtype)).reshape(shape)
        except RuntimeError as error:
            raise IncompatibleArtifact(f"{self._path} failed to run on the GPU: {error}") from error
        if out is None:
            return np.asarray(found)
        np.copyto(out, found)
        return out

    def close(self) -> None:
        """Free the network and its buffers."""
        self._inputs, self._order, self._output = [], [], None
        self._model = None
        self.closed = True


def _compiled(path: Path, exact: bool) -> Any:
    """Compile a file for the GPU, with floats in 32 bits if `exact`."""
    with needs("tflite"):
        from ai_edge_litert.compiled_model import (
            CompiledModel,
            GpuOptions,
            HardwareAccelerator,
            Options,
        )
    options = Options(
        hardware_accelerators=HardwareAccelerator.GPU,
        gpu_options=GpuOptions(enforce_f32=exact),
    )
    model = None
    # The failure tells nothing that its log does not, and would keep LiteRT's environment alive.
    with suppress(RuntimeError), stdout_to_stderr():
        model = CompiledModel.from_file(str(path), options=options)
    if model is None:
        raise MissingRequirement(
            f"LiteRT cannot compile {path} for a GPU: it finds none that it can use (it needs a "
            "driver of Vulkan, Metal or Direct3D 12), or the GPU refuses the network. --debug "
            "shows its log, which tells; --device cpu runs it."
        )
    if not model.is_fully_accelerated():
        raise IncompatibleArtifact(
            f"The GPU takes only a part of {path}. Export it as fp32 or fp16, or run it with "
            "--device cpu."
        )
    return model


def _by_shape(model: Any, buffers: Sequence[Any], shapes: Sequence[Any]) -> list[Any]:
    """Sort a signature's input buffers, which have an order of their own, like `shapes`."""
    (key, names), *_ = model.get_signature_list().items()
    details = model.get_input_tensor_details(key)
    own = [tuple(details[name]["shape"]) for name in names["inputs"]]
    return [buffers[own.index(tuple(shape))] for shape in shapes]


def _version() -> str:
    from importlib.metadata import version

    return version("ai-edge-litert")
