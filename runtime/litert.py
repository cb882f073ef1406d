"""The LiteRT engine: .tflite on the CPU, with the XNNPACK delegate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter_ns

import numpy as np

from edgegan.errors import ArtifactError
from edgegan.images import FloatArray
from edgegan.manifest import Manifest, embedded_task
from edgegan.runtime.engine import Engine, EngineInfo, check_device, thread_count
from edgegan.runtime.image_io import NetworkArray
from edgegan.runtime.label import checked_label
from edgegan.runtime.tensor_checks import check_array, check_generator
from edgegan.runtime.tflite_graph import coverage, embedded_text, open_interpreter, tensors


class LiteRTEngine(Engine):
    """Runs a .tflite with `ai_edge_litert.interpreter.Interpreter`."""

    def __init__(
        self,
        path: Path,
        *,
        manifest: Manifest | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        """Open the file; see `edgegan.runtime.engine.load`."""
        check_device("litert", device, ("cpu", "gpu"))
        threads = thread_count(threads)
        start = perf_counter_ns()
        self._interpreter = open_interpreter(path, threads)
        load_ms = (perf_counter_ns() - start) / 1e6
        io = tensors(self._interpreter)
        check_generator(path, io)
        self._path = path
        self._inputs = [d["index"] for d in self._interpreter.get_input_details()]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._shape = tuple(self._interpreter.get_input_details()[0]["shape"])
        self.manifest = manifest
        self.info = EngineInfo(
            backend="litert",
            version=_version(),
            device=device,
            threads=threads,
            io=io,
            precision=manifest.precision.obtained if manifest else "unknown",
            delegate=coverage(self._interpreter),
            load_ms=load_ms,
            memory={"file_bytes": path.stat().st_size},
            task=manifest.task if manifest else embedded_task(embedded_text(path)),
        )

    def run(
        self, x: NetworkArray, out: NetworkArray | None = None, label: FloatArray | None = None
    ) -> NetworkArray:
        """Run the network; see `Engine.run`."""
        self.require_open()
        check_array(x, self.info.io.inputs[0])
        label = checked_label(label, self.info.io, len(x))
        arrays = [x] if label is None else [x, label]
        try:
            self._fit(arrays)
            for index, array in zip(self._inputs, arrays, strict=True):
                self._interpreter.set_tensor(index, array)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise ArtifactError(f"{self._path} failed to run: {error}") from error
        if out is None:
            return np.asarray(self._interpreter.get_tensor(self._output))
        return self._copy_output(out)

    def close(self) -> None:
        """Free the interpreter."""
        self._interpreter, self.closed = None, True

    def _fit(self, arrays: Sequence[NetworkArray]) -> None:
        if arrays[0].shape != self._shape:  # only where the file has free dimensions
            for index, array in zip(self._inputs, arrays, strict=True):
                self._interpreter.resize_tensor_input(index, array.shape, strict=True)
            self._interpreter.allocate_tensors()
            self._shape = arrays[0].shape

    def _copy_output(self, out: NetworkArray) -> NetworkArray:
        # A view of the interpreter's memory; it must be gone before the next invoke.
        view = self._interpreter.tensor(self._output)()
        exact = self.info.io.outputs[0]
        check_array(out, replace(exact, shape=view.shape))
        np.copyto(out, view)
        return out


def open_litert(
    path: Path,
    *,
    manifest: Manifest | None = None,
    device: str = "cpu",
    threads: int | None = None,
) -> Engine:
    """Open a .tflite on the CPU, or on the "gpu"; see `edgegan.runtime.engine.load`."""
    if device == "gpu":
        from edgegan.runtime.litert_gpu import LiteRTGpuEngine

        return LiteRTGpuEngine(path, manifest=manifest, threads=threads)
    return LiteRTEngine(path, manifest=manifest, device=device, threads=threads)


def _version() -> str:
    from importlib.metadata import version

    return version("ai-edge-litert")
