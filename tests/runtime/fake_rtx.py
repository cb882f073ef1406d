"""A small tensorrt_rtx module: `fake_tensorrt`, and what only TensorRT-RTX has."""

from __future__ import annotations

from enum import IntEnum
from types import SimpleNamespace
from typing import Any

from tests.runtime.fake_tensorrt import Context, Engine, FakeTensorRT, Runtime


class EngineValidity(IntEnum):
    """As in TensorRT-RTX."""

    VALID, SUBOPTIMAL, INVALID = range(3)


class EngineInvalidityDiagnostics(IntEnum):
    """As in TensorRT-RTX."""

    VERSION_MISMATCH = 1
    UNSUPPORTED_CC = 2
    OLD_CUDA_DRIVER = 4
    MALFORMED_ENGINE = 32


class FakeRtx(FakeTensorRT):
    """Stands in for the module `tensorrt_rtx`.

    Attributes:
        validity: What it says of any engine.
        compiled: How often an engine was compiled, and not found in a cache.
        configs: The runtime configurations that were used.
    """

    EngineValidity = EngineValidity
    EngineInvalidityDiagnostics = EngineInvalidityDiagnostics
    DynamicShapesKernelSpecializationStrategy = SimpleNamespace(EAGER="eager")
    CudaGraphStrategy = SimpleNamespace(WHOLE_GRAPH_CAPTURE="whole")

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.validity: tuple[EngineValidity, int] = (EngineValidity.VALID, 0)
        self.compiled = 0
        self.configs: list[Config] = []

    def Runtime(self, logger: Any) -> RtxRuntime:  # noqa: N802 - TensorRT's name
        """Make a runtime."""
        return RtxRuntime(self, logger)


class RtxRuntime(Runtime):
    """As in TensorRT-RTX."""

    engine_header_size = 64

    def get_engine_validity(self, header: bytes) -> tuple[EngineValidity, int]:
        """Judge an engine by its header."""
        assert len(header) == self.engine_header_size
        assert isinstance(self._trt, FakeRtx)
        return self._trt.validity

    def deserialize_cuda_engine(self, plan: bytes) -> Engine | None:
        """Read a plan, which follows the header."""
        engine = super().deserialize_cuda_engine(plan[64:])
        if engine:
            engine.__class__ = RtxEngine
        return engine


class Cache:
    """As TensorRT-RTX's IRuntimeCache: it takes only what it gave."""

    def __init__(self) -> None:
        self.content = b""

    def deserialize(self, content: bytes) -> bool:
        """Take kernels compiled before."""
        if content != b"kernels":
            return False
        self.content = content
        return True

    def serialize(self) -> bytes:
        """Give the kernels."""
        return self.content


class Config:
    """As TensorRT-RTX's IRuntimeConfig."""

    dynamic_shapes_kernel_specialization_strategy = ""
    cuda_graph_strategy = ""
    cache: Cache

    def create_runtime_cache(self) -> Cache:
        """Make an empty cache."""
        return Cache()

    def set_runtime_cache(self, cache: Cache) -> bool:
        """Use a cache."""
        self.cache = cache
        return True


class RtxEngine(Engine):
    """As TensorRT-RTX's ICudaEngine."""

    def create_runtime_config(self) -> Config:
        """Make a configuration."""
        return Config()

    def create_execution_context(self, config: Config) -> Context:  # type: ignore[override]
        """Compile the engine, unless the cache has it."""
        assert isinstance(self.trt, FakeRtx)
        self.trt.configs.append(config)
        self.trt.compiled += not config.cache.content
        config.cache.content = b"kernels"
        return Context(self)
