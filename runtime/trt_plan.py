"""A TensorRT or TensorRT-RTX plan in memory: deserialised, and its tensors described.

A plan is code: deserialise only what is trusted (see `edgegan.runtime.preflight`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgegan.errors import ArtifactError
from edgegan.manifest import IO, Tensor, tensor_of_rank
from edgegan.runtime.tensor_types import UNKNOWN
from edgegan.runtime.trt_log import last_error, trt_logger

NAME_PREFIX = "edgegan:"  # of the manifest's copy, which is the network's name


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A deserialised plan.

    Attributes:
        engine: TensorRT's `ICudaEngine`.
        runtime: Must live as long as the engine does.
        logger: Must live as long as the runtime does; see `edgegan.runtime.trt_log`.
        io: Its tensors, free dimensions None.
        embedded: The manifest's copy in it; empty if there is none.
    """

    engine: Any
    runtime: Any
    logger: Any
    io: IO
    embedded: str


def read_plan(path: Path, trt: Any, *, host_code: bool) -> Plan:
    """Deserialise a plan on the GPU in use.

    Args:
        path: The file.
        trt: The module tensorrt or tensorrt_rtx.
        host_code: Whether it may bring a TensorRT runtime of its own, as version-compatible
            plans do.

    Raises:
        ArtifactError: TensorRT refuses the file.
    """
    logger = trt_logger(trt)
    runtime = trt.Runtime(logger)
    if host_code:
        runtime.engine_host_code_allowed = True
    engine = runtime.deserialize_cuda_engine(path.read_bytes())
    if engine is None:  # TensorRT raises nothing
        raise ArtifactError(
            f"{path} is damaged, or is no engine that TensorRT {trt.__version__} can load here "
            f"({last_error(logger)}). Export or copy it again."
        )
    copy = engine.name.removeprefix(NAME_PREFIX) if engine.name.startswith(NAME_PREFIX) else ""
    return Plan(
        engine=engine,
        runtime=runtime,
        logger=logger,
        io=_io(trt, engine),
        embedded=copy,
    )


def _io(trt: Any, engine: Any) -> IO:
    names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
    modes = {name: engine.get_tensor_mode(name) for name in names}
    inputs = [_tensor(trt, engine, name) for name in names if modes[name] == trt.TensorIOMode.INPUT]
    outputs = [
        _tensor(trt, engine, name) for name in names if modes[name] == trt.TensorIOMode.OUTPUT
    ]
    # TensorRT promises no order, so a label may come first.
    return IO(inputs=tuple(sorted(inputs, key=lambda t: t.layout == "NC")), outputs=tuple(outputs))


def _tensor(trt: Any, engine: Any, name: str) -> Tensor:
    shape = tuple(None if side < 0 else int(side) for side in engine.get_tensor_shape(name))
    return tensor_of_rank(name, shape, _dtype(trt, engine.get_tensor_dtype(name)))


def _dtype(trt: Any, dtype: Any) -> str:
    try:
        return str(np.dtype(trt.nptype(dtype)).name)
    except TypeError:  # bfloat16 and smaller floats, which NumPy does not have
        return UNKNOWN
