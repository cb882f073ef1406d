"""The ONNX Runtime engine: .onnx on the CPU, or where another execution provider runs it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import numpy as np

from edgegan.errors import ArtifactError
from edgegan.images import FloatArray
from edgegan.manifest import IO, Manifest, Tensor, embedded_task, tensor_of_rank
from edgegan.optional import needs
from edgegan.runtime.engine import Engine, EngineInfo, thread_count
from edgegan.runtime.image_io import NetworkArray
from edgegan.runtime.int8_sums import int8_sums_overflow
from edgegan.runtime.label import checked_label
from edgegan.runtime.ort_providers import (
    CPU,
    Provider,
    provider_for,
    require_obtained,
    require_provider,
)
from edgegan.runtime.tensor_checks import check_array, check_generator

_ERRORS_ONLY = 3  # ONNX Runtime's log severity
# ONNX Runtime's type names, where they differ from NumPy's.
_DTYPES = {"float": "float32", "double": "float64"}


class OnnxRuntimeEngine(Engine):
    """Runs a .onnx with `onnxruntime.InferenceSession`."""

    def __init__(
        self,
        path: Path,
        *,
        manifest: Manifest | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        """Open the file; see `edgegan.runtime.engine.load`.

        Args:
            path: The file.
            manifest: What is known of it.
            device: One of `edgegan.runtime.ort_providers.DEVICES`.
            threads: CPU threads; None takes all that this process may use.
        """
        precision = manifest.precision.obtained if manifest else "unknown"
        threads = thread_count(threads)
        provider = provider_for(device, precision, threads)
        with needs("onnx"):
            import onnxruntime
        start = perf_counter_ns()
        self._session = open_session(path, session_options(threads), provider)
        load_ms = (perf_counter_ns() - start) / 1e6
        tensors = IO(
            inputs=_tensors(self._session.get_inputs()),
            outputs=_tensors(self._session.get_outputs()),
        )
        check_generator(path, tensors)
        self._path = path
        self.manifest = manifest
        self.info = EngineInfo(
            backend="onnxruntime",
            version=onnxruntime.__version__,
            device=device,
            threads=threads,
            io=tensors,
            precision=precision,
            delegate=None,
            load_ms=load_ms,
            memory={"file_bytes": path.stat().st_size},
            task=manifest.task if manifest else embedded_task(_embedded_text(self._session)),
        )

    def run(
        self, x: NetworkArray, out: NetworkArray | None = None, label: FloatArray | None = None
    ) -> NetworkArray:
        """Run the network; see `Engine.run`."""
        self.require_open()
        sources, target = self.info.io.inputs, self.info.io.outputs[0]
        check_array(x, sources[0])
        label = checked_label(label, self.info.io, len(x))
        if out is not None:
            check_array(out, target)
        arrays = [x] if label is None else [x, label]
        feeds = {source.name: array for source, array in zip(sources, arrays, strict=True)}
        try:
            if out is None:
                return np.asarray(self._session.run([target.name], feeds)[0])
            return self._run_into(feeds, out)
        except Exception as error:  # ONNX Runtime's errors share no base class
            raise ArtifactError(f"{self._path} failed to run: {_one_line(error)}") from error

    def close(self) -> None:
        """Free the session."""
        self._session, self.closed = None, True

    def _run_into(self, feeds: Mapping[str, NetworkArray], out: NetworkArray) -> NetworkArray:
        binding = self._session.io_binding()
        for source, array in feeds.items():
            binding.bind_cpu_input(source, array)
        target = self.info.io.outputs[0]
        binding.bind_output(target.name, "cpu", 0, out.dtype, out.shape, out.ctypes.data)
        self._session.run_with_iobinding(binding)
        return out


def session_options(threads: int) -> Any:
    """Return the onnxruntime.SessionOptions that files are opened with."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    if int8_sums_overflow():
        options.add_session_config_entry("session.x64quantprecision", "1")
    return options


def open_session(path: Path, options: Any, provider: Provider = CPU) -> Any:
    """Open a .onnx as an onnxruntime.InferenceSession.

    Raises:
        ArtifactError: the file is damaged, or ONNX Runtime cannot run it.
        MissingRequirement: the provider is absent, or does not start.
    """
    import onnxruntime

    require_provider(provider)
    try:
        with redirect_stdout(io.StringIO()):  # it prints, too, that it takes another provider
            session = onnxruntime.InferenceSession(
                str(path), options, providers=provider.session_providers()
            )
    except Exception as error:  # ONNX Runtime's errors share no base class
        raise ArtifactError(
            f"{path} is damaged, or is not a .onnx that ONNX Runtime can run "
            f"({_one_line(error)}). Export or copy it again."
        ) from error
    require_obtained(provider, session.get_providers())
    return session


def _tensors(nodes: Sequence[Any]) -> tuple[Tensor, ...]:
    return tuple(
        tensor_of_rank(
            node.name,
            tuple(size if isinstance(size, int) else None for size in node.shape),
            _dtype(node.type),
        )
        for node in nodes
    )


def _embedded_text(session: Any) -> str:
    """Return the manifest's copy inside the file; empty if there is none."""
    return str(session.get_modelmeta().custom_metadata_map.get("edgegan", ""))


def _dtype(name: str) -> str:
    """Map "tensor(float)" to "float32", and so on."""
    inner = name.removeprefix("tensor(").removesuffix(")")
    return _DTYPES.get(inner, inner)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
