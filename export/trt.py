"""ONNX -> TensorRT or TensorRT-RTX engine, without TensorFlow.

Precision is that of the ONNX tensors: the network is strongly typed. One code builds for
TensorRT 10.3 to 11 and for TensorRT-RTX, since they share this Python API: the module is
taken as `trt`. TensorRT needs the GPU that the engine is for; TensorRT-RTX builds ahead of
time without one, and two builds of one ONNX give equal bytes.
"""

from __future__ import annotations

import importlib
import threading
from typing import Any

from edgegan.console import Report, silent
from edgegan.errors import EdgeganError
from edgegan.export.engine_options import EngineOptions, EngineTarget, check_engine_options
from edgegan.export.trt_config import configure, configure_rtx, configure_tensorrt
from edgegan.export.trt_precision import inspected_precision, network_precision, require_precision
from edgegan.optional import needs
from edgegan.runtime.cuda import Cuda
from edgegan.runtime.nvidia import require_device
from edgegan.runtime.trt_log import last_error, trt_logger

MODULES: dict[str, str] = {"tensorrt": "tensorrt", "tensorrt-rtx": "tensorrt_rtx"}
_DEFAULTS = EngineOptions()
_MAX_NAME_BYTES = 4095  # and a closing zero; a longer name is cut off silently


def build_engine(
    onnx: bytes,
    target: EngineTarget = "tensorrt-rtx",
    options: EngineOptions = _DEFAULTS,
    *,
    precision: str | None = None,
    name: str = "",
    report: Report = silent,
) -> bytes:
    """Build an engine.

    Args:
        onnx: A model with static shapes, as `to_onnx` makes; its batch is free if
            `options.batches` are given (see edgegan.export.free_batch).
        target: Which of the two is to run it.
        options: How to build it.
        precision: The precision it must have, "fp32", "fp16" or "int8"; None takes any.
        name: Stored in the engine, where `ICudaEngine.name` finds it; at most 4095
            bytes as UTF-8.
        report: Told each finished step of the build, with the name of its phase.

    Returns:
        The engine. It runs only on the release that built it, and TensorRT's only on the
        GPU model that it was built on, unless the options tell otherwise.

    Raises:
        UsageError: an option is not for this target, or has an impossible value.
        MissingRequirement: the package, or for TensorRT the GPU, is absent.
        EdgeganError: the name is too long, TensorRT refuses the model, or the engine would
            have another precision.
    """
    check_engine_options(target, options)
    trt = require_builder(target)
    logger = trt_logger(trt)
    builder = trt.Builder(logger)
    network, parser = _parsed(trt, builder, logger, onnx)
    network.name = _checked(name)
    require_precision(network_precision(trt, network), precision, "The network")
    config = configure(trt, builder, network, options)
    config.progress_monitor = _monitor(trt, report)
    build = _built_ahead if target == "tensorrt-rtx" else _built_for_this_gpu
    engine = build(trt, builder, network, config, options)
    del parser  # the network reads its weights from it
    if engine is None:
        raise EdgeganError(f"TensorRT cannot build an engine: {last_error(logger)}.")
    content = bytes(engine)
    if target == "tensorrt":
        require_precision(_inspected(trt, logger, content), precision, "The engine")
    return content


def require_builder(target: EngineTarget) -> Any:
    """Import what builds for a target, and make sure that it can.

    Raises:
        MissingRequirement: the package, or for TensorRT the GPU, is absent.
    """
    with needs(target):
        trt = importlib.import_module(MODULES[target])
    if target == "tensorrt":
        require_device()
    return trt


def _built_ahead(trt: Any, builder: Any, network: Any, config: Any, options: EngineOptions) -> Any:
    """Build with TensorRT-RTX, which chooses kernels when the engine is loaded."""
    configure_rtx(trt, config, options)
    return builder.build_serialized_network(network, config)


def _built_for_this_gpu(
    trt: Any, builder: Any, network: Any, config: Any, options: EngineOptions
) -> Any:
    """Build with TensorRT, which times kernels on the GPU."""
    from edgegan.export.timing_cache import (
        save_timing_cache,
        timing_cache_path,
        use_timing_cache,
    )

    cuda = Cuda()
    cuda.use_device(0)  # TensorRT builds for the one in use
    free_bytes, _ = cuda.memory()
    configure_tensorrt(trt, config, options, free_bytes)
    path = timing_cache_path(trt.__version__, cuda.device(0))
    use_timing_cache(config, path)
    engine = builder.build_serialized_network(network, config)
    if engine is not None:
        save_timing_cache(config, path)
    return engine


def _parsed(trt: Any, builder: Any, logger: Any, onnx: bytes) -> tuple[Any, Any]:
    network = builder.create_network(_strongly_typed(trt))
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(onnx):
        raise EdgeganError(f"TensorRT cannot read the ONNX model: {_first_error(parser)}")
    return network, parser


def _strongly_typed(trt: Any) -> int:
    """Return the creation flags: TensorRT 11 has only strongly typed networks."""
    flag = getattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    return 0 if flag is None else 1 << int(flag)


def _inspected(trt: Any, logger: Any, content: bytes) -> str:
    engine = trt.Runtime(logger).deserialize_cuda_engine(content)
    if engine is None:
        raise EdgeganError(f"TensorRT cannot load what it built: {last_error(logger)}.")
    inspector = engine.create_engine_inspector()
    return inspected_precision(inspector.get_engine_information(trt.LayerInformationFormat.JSON))


def _checked(name: str) -> str:
    size = len(name.encode())
    if size > _MAX_NAME_BYTES:
        raise EdgeganError(
            f"The name to store in the engine has {size} bytes; "
            f"TensorRT takes at most {_MAX_NAME_BYTES}."
        )
    return name


def _first_error(parser: Any) -> str:
    if not parser.num_errors:
        return "the parser gives no reason."
    error = parser.get_error(0)
    where = f"{error.node_operator()} node {error.node_name()!r}: " if error.node() >= 0 else ""
    return f"{where}{_line(error.desc())}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _monitor(trt: Any, report: Report) -> Any:
    """Make a progress monitor that counts finished steps; builders call it from threads."""

    class Monitor(trt.IProgressMonitor):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)
            self.done, self.lock = 0, threading.Lock()

        def phase_start(self, phase: str, parent: str | None, steps: int) -> None:
            del phase, parent, steps

        def step_complete(self, phase: str, step: int) -> bool:
            del step
            with self.lock:
                self.done += 1
                report(self.done, phase)
            return True

        def phase_finish(self, phase: str) -> None:
            del phase

    return Monitor()
