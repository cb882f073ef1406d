"""The OpenVINO engine: .onnx on the CPU, the fastest there for quantized files.

OpenVINO computes floats in bfloat16 where the CPU has it. A file whose manifest says fp32
is kept in float32, so that it gives what it promises; all others are OpenVINO's to choose.

int8 files are computed in float where OpenVINO's int8 kernels are not exact
(edgegan.runtime.int8_sums).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import numpy as np

from edgegan.errors import ArtifactError
from edgegan.images import FloatArray
from edgegan.manifest import IO, Manifest, Tensor, embedded_task, tensor_of_rank
from edgegan.optional import needs
from edgegan.runtime.engine import Engine, EngineInfo, check_device, thread_count
from edgegan.runtime.image_io import NetworkArray
from edgegan.runtime.int8_sums import int8_sums_overflow
from edgegan.runtime.label import checked_label
from edgegan.runtime.tensor_checks import check_array, check_generator

_CONVERTER = "openvino.tools.ovc"
_NAMES = {"f32": "fp32", "f16": "fp16"}  # OpenVINO's names of types, where ours differ
_METADATA = ["framework", "edgegan"]  # where its ONNX reader puts metadata_props["edgegan"]


class OpenVinoEngine(Engine):
    """Runs a .onnx with `openvino.CompiledModel`, for the lowest latency of one request."""

    def __init__(
        self,
        path: Path,
        *,
        manifest: Manifest | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        """Open the file; see `edgegan.runtime.engine.load`."""
        check_device("openvino", device)
        openvino = import_openvino()
        threads = thread_count(threads)
        start = perf_counter_ns()
        model, compiled = compile_file(openvino, path, threads, manifest)
        self._request = compiled.create_infer_request()
        load_ms = (perf_counter_ns() - start) / 1e6
        io = IO(inputs=_tensors(model.inputs), outputs=_tensors(model.outputs))
        check_generator(path, io)
        self._path = path
        self._tensor = openvino.Tensor
        self.manifest = manifest
        self.info = EngineInfo(
            backend="openvino",
            version=openvino.__version__.split("-")[0],
            device=device,
            threads=int(compiled.get_property("INFERENCE_NUM_THREADS")),
            io=io,
            precision=manifest.precision.obtained if manifest else "unknown",
            arithmetic=_type_name(compiled.get_property("INFERENCE_PRECISION_HINT")),
            delegate=None,
            load_ms=load_ms,
            memory={"file_bytes": path.stat().st_size},
            task=manifest.task if manifest else embedded_task(_embedded_text(model)),
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
            for index, array in enumerate(arrays):
                shared = array.flags.writeable  # OpenVINO takes no view of other arrays
                self._request.set_input_tensor(index, self._tensor(array, shared_memory=shared))
            self._request.infer()
        except Exception as error:  # OpenVINO's errors share no base class
            raise ArtifactError(f"{self._path} failed to run: {_one_line(error)}") from error
        view = self._request.get_output_tensor(0).data  # overwritten by the next run
        if out is None:
            return np.array(view)
        check_array(out, replace(self.info.io.outputs[0], shape=view.shape))
        np.copyto(out, view)
        return out

    def close(self) -> None:
        """Free the network."""
        self._request, self.closed = None, True


def import_openvino() -> Any:
    """Import OpenVINO without its model converter, which EdgeGAN has no use for.

    Importing the converter sends an event to Google Analytics and writes to ~/intel,
    without asking. OpenVINO itself goes on where the converter is missing.

    Raises:
        MissingRequirement: the package is not installed.
    """
    hidden = "openvino" not in sys.modules and _CONVERTER not in sys.modules
    if hidden:
        sys.modules[_CONVERTER] = None  # type: ignore[assignment] # makes its import fail
    try:
        with needs("openvino"):
            import openvino
    finally:
        if hidden:
            del sys.modules[_CONVERTER]
    return openvino


def compile_file(
    openvino: Any, path: Path, threads: int, manifest: Manifest | None, counting: bool = False
) -> tuple[Any, Any]:
    """Read a .onnx and compile it; return both forms.

    Args:
        openvino: The module.
        path: The file.
        threads: CPU threads.
        manifest: What is known of it; a file that is fp32 is computed in float32.
        counting: Have each layer timed.

    Raises:
        ArtifactError: the file is damaged, or OpenVINO cannot run it.
    """
    settings: dict[str, Any] = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": threads,
        "PERF_COUNT": counting,
    }
    if manifest is not None and manifest.precision.obtained == "fp32":
        settings["INFERENCE_PRECISION_HINT"] = "f32"
    if int8_sums_overflow():
        settings["LP_TRANSFORMS_MODE"] = "NO"
    try:
        # Not `Core.read_model`: given a damaged file it tries every other format, loudly.
        reader = openvino.frontend.FrontEndManager().load_by_framework("onnx")
        model = reader.convert(reader.load(str(path)))
        if not model.outputs:
            raise ValueError("it has no graph")
        return model, openvino.Core().compile_model(model, "CPU", settings)
    except Exception as error:  # OpenVINO's errors share no base class
        raise ArtifactError(
            f"{path} is damaged, or is not a .onnx that OpenVINO can run "
            f"({_one_line(error)}). Export or copy it again."
        ) from error


def _tensors(ports: Sequence[Any]) -> tuple[Tensor, ...]:
    return tuple(
        tensor_of_rank(
            port.get_any_name(),
            tuple(d.get_length() if d.is_static else None for d in port.get_partial_shape()),
            np.dtype(port.get_element_type().to_dtype()).name,
        )
        for port in ports
    )


def _embedded_text(model: Any) -> str:
    """Return the manifest's copy inside the file; empty if there is none."""
    return str(model.get_rt_info(_METADATA).value) if model.has_rt_info(_METADATA) else ""


def _type_name(element_type: Any) -> str:
    name = str(element_type.get_type_name())
    return _NAMES.get(name, name)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
