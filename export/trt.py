"""ONNX -> TensorRT-RTX engine, ahead of time: no GPU and no TensorFlow is needed.

Precision is that of the ONNX tensors: the network is strongly typed. The functions take
the TensorRT module as `trt`, since TensorRT-RTX and TensorRT share this Python API.

No timing cache is made: creating one asks for the GPU. Two builds of one ONNX give
equal bytes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Any

from edgegan.console import Report, silent
from edgegan.errors import EdgeganError, UsageError, unknown_name
from edgegan.optional import needs

COMPUTE_CAPABILITIES = ("8.6", "8.9", "12.0")
_MAX_NAME_BYTES = 4095  # and a closing zero; a longer name is cut off silently
_log = logging.getLogger(__name__)


def build_engine(
    onnx: bytes,
    compute_capabilities: Sequence[str] = COMPUTE_CAPABILITIES,
    name: str = "",
    report: Report = silent,
) -> bytes:
    """Build a TensorRT-RTX engine.

    Args:
        onnx: A model with static shapes, as `to_onnx` makes.
        compute_capabilities: The GPU generations that the engine will run on; the
            default is RTX 30xx (8.6), RTX 40xx (8.9) and RTX 50xx (12.0).
        name: Stored in the engine, where `ICudaEngine.name` finds it; at most 4095
            bytes as UTF-8.
        report: Told each finished step of the build, with the name of its phase.

    Returns:
        The engine. It runs only on the TensorRT-RTX release that built it.

    Raises:
        UsageError: a compute capability is unknown, or none is given.
        MissingRequirement: the package tensorrt-rtx is absent.
        EdgeganError: the name is too long, or TensorRT refuses the model.
    """
    with needs("tensorrt-rtx"):
        import tensorrt_rtx as trt

    logger = _logger(trt)
    builder = trt.Builder(logger)
    config = builder.create_builder_config()
    _set_compute_capabilities(trt, config, compute_capabilities)
    monitor = _monitor(trt, report)
    config.progress_monitor = monitor
    network = builder.create_network(_strongly_typed(trt))
    network.name = _checked(name)
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(onnx):
        raise EdgeganError(f"TensorRT cannot read the ONNX model: {_first_error(parser)}")
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise EdgeganError(f"TensorRT cannot build an engine: {_last(logger.errors)}")
    return bytes(engine)


def _strongly_typed(trt: Any) -> int:
    """Return the creation flags: TensorRT 11 has only strongly typed networks."""
    flag = getattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    return 0 if flag is None else 1 << int(flag)


def _set_compute_capabilities(trt: Any, config: Any, wanted: Sequence[str]) -> None:
    known = _compute_capabilities(trt)
    if not wanted:
        raise UsageError(f"Name at least one compute capability of {', '.join(known)}.")
    for capability in wanted:
        if capability not in known:
            raise unknown_name("compute capability", capability, known)
    config.num_compute_capabilities = len(wanted)
    for index, capability in enumerate(wanted):
        config.set_compute_capability(known[capability], index)


def _compute_capabilities(trt: Any) -> dict[str, Any]:
    """Map "8.6" to `ComputeCapability.SM86`, and so on."""
    members: dict[str, Any] = trt.ComputeCapability.__members__
    digits = {key[2:]: value for key, value in members.items() if key[2:].isdecimal()}
    return {f"{sm[:-1]}.{sm[-1]}": value for sm, value in digits.items()}


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


def _last(errors: Sequence[str]) -> str:
    return _line(errors[-1]) if errors else "the builder gives no reason."


def _line(text: str) -> str:
    return " ".join(text.split())


def _logger(trt: Any) -> Any:
    """Make a logger that passes everything to `logging`, and keeps the errors."""

    class Logger(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.errors: list[str] = []

        def log(self, severity: Any, message: str) -> None:
            # Errors are raised, so nothing is said twice: all of it is for debugging.
            _log.debug("%s: %s", severity.name, message)
            if severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR):
                self.errors.append(message)

    return Logger()


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
