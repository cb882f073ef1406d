"""A small tensorrt module without a GPU, on the memory and streams of `fake_cuda`.

Its plans are JSON. A network computes y = x / 2, plus the label's first entry if there is
one, in the memory at the addresses that it was given, when its stream gets there.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Sequence
from enum import Enum
from functools import partial
from math import prod
from typing import Any

import numpy as np

from edgegan.runtime.image_io import NetworkArray
from tests.runtime.fake_cuda import FakeCudart

NET_MS = 5.0
LAYERS = {"Reformatting CopyNode for Input Tensor 0": 0.2, "stem_conv + stem_norm": 0.8}
VERSION = "10.3.0"


def plan_bytes(
    shape: Sequence[int] = (1, 8, 8, 3),
    dtype: str = "float32",
    *,
    label: int = 0,
    most: Sequence[int] = (),
    name: str = "",
) -> bytes:
    """Write a plan.

    Args:
        shape: Of the image, -1 for a free dimension.
        dtype: Of the image.
        label: Entries of the label; 0 for none. It comes before the image.
        most: The largest shape, where a dimension is free; the smallest has 1 in its place.
        name: Of the network.
    """
    tensors = [["y", "OUTPUT", list(shape), dtype], ["x", "INPUT", list(shape), dtype]]
    if label:
        tensors.insert(0, ["label", "INPUT", [shape[0], label], "float32"])
    return json.dumps({"name": name, "tensors": tensors, "most": list(most)}).encode()


class TensorIOMode(Enum):
    """As in TensorRT."""

    NONE, INPUT, OUTPUT = range(3)


class IProfiler:
    """As in TensorRT: a base class."""


class ILogger:
    """As in TensorRT: a base class with the severities."""

    Severity = Enum("Severity", ["INTERNAL_ERROR", "ERROR", "WARNING", "INFO", "VERBOSE"])
    INTERNAL_ERROR, ERROR = Severity.INTERNAL_ERROR, Severity.ERROR


class FakeTensorRT:
    """Stands in for the module `tensorrt`.

    Attributes:
        calls: What was asked of contexts, in order: the method, and its arguments.
        fails: Methods of contexts that return False.
    """

    TensorIOMode = TensorIOMode
    ILogger = ILogger
    IProfiler = IProfiler

    def __init__(self, library: FakeCudart, version: str = VERSION) -> None:
        self.library, self.__version__ = library, version
        self.calls: list[tuple[Any, ...]] = []
        self.fails: set[str] = set()

    def nptype(self, dtype: str) -> type:
        """Map a type to NumPy's, where it has it."""
        if dtype == "bfloat16":
            raise TypeError("Could not resolve TensorRT datatype to an equivalent numpy datatype.")
        return np.dtype(dtype).type

    def Runtime(self, logger: Any) -> Runtime:  # noqa: N802 - TensorRT's name
        """Make a runtime."""
        return Runtime(self, logger)


class Runtime:
    """As in TensorRT."""

    def __init__(self, trt: FakeTensorRT, logger: Any) -> None:
        self._trt, self._logger = trt, logger
        self.engine_host_code_allowed = False

    def deserialize_cuda_engine(self, plan: bytes) -> Engine | None:
        """Read a plan; None and a logged error if it is none."""
        try:
            return Engine(self._trt, json.loads(plan), self._logger)
        except ValueError:
            self._logger.log(ILogger.ERROR, "magicTag does not match.")
            return None


class Engine:
    """As TensorRT's ICudaEngine."""

    device_memory_size_v2 = 64

    def __init__(self, trt: FakeTensorRT, plan: dict[str, Any], logger: Any) -> None:
        self.trt, self.logger = trt, logger
        self.name: str = plan["name"]
        self.num_io_tensors = len(plan["tensors"])
        self.tensors: dict[str, Any] = {name: rest for name, *rest in plan["tensors"]}
        self._most = plan["most"]

    def get_tensor_name(self, index: int) -> str:
        """Name a tensor."""
        return tuple(self.tensors)[index]

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        """Tell whether it is an input."""
        return TensorIOMode[self.tensors[name][0]]

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        """Return its shape, -1 where it is free."""
        return tuple(self.tensors[name][1])

    def get_tensor_dtype(self, name: str) -> str:
        """Return its type."""
        return str(self.tensors[name][2])

    def get_tensor_profile_shape(self, name: str, profile: int) -> list[tuple[int, ...]]:
        """Return the least, the best and the largest shape."""
        assert profile == 0
        most = [self._most[0], self.tensors[name][1][1]] if name == "label" else self._most
        least = tuple(max(side, 1) for side in self.tensors[name][1])
        return [least, tuple(most), tuple(most)]

    def create_execution_context(self) -> Context:
        """Make a context."""
        return Context(self)


class Context:
    """As TensorRT's IExecutionContext."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._trt = engine, engine.trt
        self._addresses: dict[str, int] = {}
        self._shapes = {name: engine.get_tensor_shape(name) for name in engine.tensors}
        self.profiler: Any = None

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        """Fix the free dimensions."""
        least, _, most = self._engine.get_tensor_profile_shape(name, 0)
        if not all(low <= side <= high for low, side, high in zip(least, shape, most, strict=True)):
            return False
        self._shapes[name] = shape
        if name == "x":
            self._shapes["y"] = shape
        return self._did("set_input_shape", name, tuple(shape))

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        """Return a shape as it is now."""
        return self._shapes[name]

    def set_tensor_address(self, name: str, address: int) -> bool:
        """Say where a tensor lies."""
        self._addresses[name] = address
        return self._did("set_tensor_address", name)

    def execute_async_v3(self, stream: int) -> bool:
        """Give the network to a stream."""
        if "execute_async_v3" in self._trt.fails:
            self._engine.logger.log(ILogger.ERROR, "no kernel image is available.")
        else:
            # A recorded graph keeps the shapes and addresses of its recording.
            work = partial(self._compute, dict(self._shapes), dict(self._addresses))
            self._trt.library.enqueue(stream, work)
        return self._did("execute_async_v3")

    def _did(self, name: str, *arguments: Any) -> bool:
        self._trt.calls.append((name, *arguments))
        return name not in self._trt.fails

    def _compute(self, shapes: dict[str, tuple[int, ...]], addresses: dict[str, int]) -> None:
        self._trt.library.clock_ms += NET_MS
        for layer, share in LAYERS.items() if self.profiler else ():
            self.profiler.report_layer_time(layer, NET_MS * share)
        found = {name: self._view(name, shapes[name], at) for name, at in addresses.items()}
        y = found["x"] / 2
        if "label" in found:
            y = y + found["label"][:, :1, None, None]
        found["y"][...] = y.astype(found["y"].dtype)

    def _view(self, name: str, shape: tuple[int, ...], address: int) -> NetworkArray:
        dtype = np.dtype(self._engine.tensors[name][2])
        memory = (ctypes.c_uint8 * (prod(shape) * dtype.itemsize)).from_address(address)
        array: NetworkArray = np.ctypeslib.as_array(memory).view(dtype).reshape(shape)
        return array
