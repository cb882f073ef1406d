"""What is set in a builder's configuration, told by a stand-in for the module."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from edgegan.errors import EdgeganError, UsageError
from edgegan.export.engine_options import EngineOptions
from edgegan.export.trt_config import configure, configure_rtx, configure_tensorrt

NAMES = SimpleNamespace
TRT = NAMES(
    __version__="10.3.0",
    ProfilingVerbosity=NAMES(DETAILED="detailed"),
    BuilderFlag=NAMES(REFIT="refit", VERSION_COMPATIBLE="version", GPU_FALLBACK="fallback"),
    MemoryPoolType=NAMES(WORKSPACE="workspace"),
    HardwareCompatibilityLevel=NAMES(AMPERE_PLUS="ampere"),
    DeviceType=NAMES(DLA="dla"),
    ComputeCapability=NAMES(__members__={"SM86": 86, "SM89": 89, "SM120": 120, "CURRENT": 0}),
)


class Recorder:
    """A builder, its configuration and its profile: all calls in order, all that is set."""

    def __init__(self) -> None:
        self.__dict__["calls"] = []

    def __setattr__(self, name: str, value: Any) -> None:
        self.calls.append((name, value))

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Recorder:
            if not name.startswith("create"):
                self.calls.append((name, *arguments))
            return self

        return call


NETWORK = NAMES(
    num_inputs=2,
    get_input=lambda index: [
        NAMES(name="image", shape=(-1, 64, 64, 3)),
        NAMES(name="label", shape=(-1, 5)),
    ][index],
)


def test_nothing_is_set_that_was_not_asked_for() -> None:
    builder = Recorder()
    configure(TRT, builder, NETWORK, EngineOptions())
    assert builder.calls == [("profiling_verbosity", "detailed")]


def test_batches_make_a_profile_of_every_input() -> None:
    builder = Recorder()
    options = EngineOptions(batches=(1, 4, 8), optimization_level=5)
    configure(TRT, builder, NETWORK, options)
    assert builder.calls[1] == ("builder_optimization_level", 5)
    assert builder.calls[2:4] == [
        ("set_shape", "image", (1, 64, 64, 3), (4, 64, 64, 3), (8, 64, 64, 3)),
        ("set_shape", "label", (1, 5), (4, 5), (8, 5)),
    ]
    assert builder.calls[4][0] == "add_optimization_profile"


def test_rtx_gets_the_generations_in_order() -> None:
    config = Recorder()
    configure_rtx(TRT, config, EngineOptions())
    assert config.calls == [
        ("num_compute_capabilities", 3),
        *(("set_compute_capability", sm, index) for index, sm in enumerate((86, 89, 120))),
    ]
    with pytest.raises(UsageError, match=r"'8\.7'.*Known: 12\.0, 8\.6, 8\.9"):
        configure_rtx(TRT, config, EngineOptions(compute_capabilities=("8.7",)))


def test_tensorrt_takes_half_of_what_is_free() -> None:
    config = Recorder()
    configure_tensorrt(TRT, config, EngineOptions(), free_bytes=1000)
    assert config.calls == [("set_memory_pool_limit", "workspace", 500)]


def test_what_tensorrt_alone_has() -> None:
    config = Recorder()
    options = EngineOptions(
        workspace_bytes=7, version_compatible=True, hardware="ampere+", dla_core=1, refit=True
    )
    configure_tensorrt(TRT, config, options, free_bytes=1000)
    assert config.calls == [
        ("set_memory_pool_limit", "workspace", 7),
        ("set_flag", "refit"),
        ("set_flag", "version"),
        ("hardware_compatibility_level", "ampere"),
        ("default_device_type", "dla"),
        ("DLA_core", 1),
        ("set_flag", "fallback"),
    ]


def test_a_release_without_a_level_says_so() -> None:
    options = EngineOptions(hardware="same-cc")
    with pytest.raises(EdgeganError, match=r"10\.3\.0 has no SAME_COMPUTE_CAPABILITY"):
        configure_tensorrt(TRT, Recorder(), options, free_bytes=1)
