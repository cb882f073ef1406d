"""A small tensorrt module that builds: its engines are JSON of what was set and measured.

A network has one convolution, in the type that its "ONNX" names: b"fp32" or b"fp16". Each
build adds its number to the timing cache, as TensorRT adds what it measured.
"""

from __future__ import annotations

import json
from enum import Enum
from types import SimpleNamespace
from typing import Any

VERSION = "10.3.0"


class ILogger:
    """As in TensorRT: a base class with the severities."""

    Severity = Enum("Severity", ["INTERNAL_ERROR", "ERROR", "WARNING", "INFO", "VERBOSE"])
    INTERNAL_ERROR, ERROR = Severity.INTERNAL_ERROR, Severity.ERROR


class IProgressMonitor:
    """As in TensorRT: told of the phases of a build and their steps."""


class FakeBuilder:
    """Stands in for the module `tensorrt`.

    Attributes:
        workspaces: The limit that each build had, bytes.
        known: What each build found in its timing cache.
        builds_in: The type of all engines; None: that of their network.
        fails: Whether builds end with a logged error and no engine.
    """

    __version__ = VERSION
    ILogger, IProgressMonitor = ILogger, IProgressMonitor
    LayerType = Enum("LayerType", ["CONVOLUTION", "DECONVOLUTION", "DEQUANTIZE"])
    DataType = Enum("DataType", ["FLOAT", "HALF"])
    NetworkDefinitionCreationFlag = SimpleNamespace(STRONGLY_TYPED=1)
    ProfilingVerbosity = SimpleNamespace(DETAILED="detailed")
    MemoryPoolType = SimpleNamespace(WORKSPACE="workspace")
    LayerInformationFormat = SimpleNamespace(JSON="json")

    def __init__(self) -> None:
        self.workspaces: list[int] = []
        self.known: list[bytes] = []
        self.builds_in: str | None = None
        self.fails = False

    def Builder(self, logger: Any) -> Any:  # noqa: N802 - TensorRT's name
        """Make a builder."""
        return SimpleNamespace(
            create_network=lambda flags: SimpleNamespace(flags=flags, num_layers=1),
            create_builder_config=lambda: Config(self),
            build_serialized_network=lambda network, config: self._build(logger, network, config),
        )

    def OnnxParser(self, network: Any, logger: Any) -> Any:  # noqa: N802 - TensorRT's name
        """Make a parser."""

        def parse(onnx: bytes) -> bool:
            dtype = {b"fp32": self.DataType.FLOAT, b"fp16": self.DataType.HALF}[onnx]
            image = SimpleNamespace(name="image", dtype=dtype)
            layer = SimpleNamespace(type=self.LayerType.CONVOLUTION, get_input=lambda index: image)
            network.get_layer = lambda index: layer
            network.precision = onnx.decode()
            return True

        return SimpleNamespace(parse=parse)

    def Runtime(self, logger: Any) -> Any:  # noqa: N802 - TensorRT's name
        """Make a runtime, for the inspector."""

        def load(plan: bytes) -> Any:
            text = {"fp32": "Row major FP32", "fp16": "Row major FP16"}[json.loads(plan)["type"]]
            layers = json.dumps({"Layers": [{"Outputs": [{"Format/Datatype": text}]}]})
            inspector = SimpleNamespace(get_engine_information=lambda form: layers)
            return SimpleNamespace(create_engine_inspector=lambda: inspector)

        return SimpleNamespace(deserialize_cuda_engine=load)

    def _build(self, logger: Any, network: Any, config: Config) -> bytes | None:
        if self.fails:
            logger.log(ILogger.ERROR, "Error Code 10: no tactic\nfor node conv.")
            return None
        self.workspaces.append(config.limits["workspace"])
        self.known.append(config.cache.content)
        config.cache.content += b"%d;" % len(self.known)
        config.progress_monitor.step_complete("Building", 0)
        plan = {"name": network.name, "flags": network.flags}
        return json.dumps({**plan, "type": self.builds_in or network.precision}).encode()


class Config:
    """As TensorRT's IBuilderConfig, with the timing cache of its builds."""

    progress_monitor: Any

    def __init__(self, trt: FakeBuilder) -> None:
        self._trt = trt
        self.limits: dict[str, int] = {}
        self.cache = Cache(b"")

    def set_memory_pool_limit(self, pool: str, limit: int) -> None:
        """Limit a kind of memory."""
        self.limits[pool] = limit

    def create_timing_cache(self, content: bytes) -> Cache:
        """Read a cache."""
        return Cache(content)

    def set_timing_cache(self, cache: Cache, *, ignore_mismatch: bool) -> bool:
        """Use a cache."""
        self.cache = cache
        return not ignore_mismatch

    def get_timing_cache(self) -> Cache:
        """Return the cache with what was added."""
        return self.cache


class Cache:
    """As TensorRT's ITimingCache."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def combine(self, other: Cache, *, ignore_mismatch: bool) -> bool:
        """Add another's entries."""
        if other.content not in self.content:
            self.content = other.content + self.content
        return not ignore_mismatch

    def serialize(self) -> bytes:
        """Return it as bytes."""
        return self.content
