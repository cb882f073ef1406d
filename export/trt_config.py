"""The builder configuration of a TensorRT engine.

The functions take the TensorRT module as `trt`, since TensorRT-RTX and TensorRT share this
Python API; what only one of them has is set for that one alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edgegan.errors import EdgeganError, unknown_name
from edgegan.export.engine_options import EngineOptions

DEFAULT_CAPABILITIES = ("8.6", "8.9", "12.0")
_HARDWARE = {"same-cc": "SAME_COMPUTE_CAPABILITY", "ampere+": "AMPERE_PLUS"}


def configure(trt: Any, builder: Any, network: Any, options: EngineOptions) -> Any:
    """Make the configuration that holds for both TensorRT and TensorRT-RTX.

    Raises:
        EdgeganError: the installed release has not what is asked for.
    """
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED  # so that precisions are told
    if options.optimization_level is not None:
        config.builder_optimization_level = options.optimization_level
    if options.batches:
        config.add_optimization_profile(_profile(builder, network, options.batches))
    return config


def configure_rtx(trt: Any, config: Any, options: EngineOptions) -> None:
    """Set the GPU generations that a TensorRT-RTX engine will run on.

    Raises:
        UsageError: one is unknown.
    """
    wanted = options.compute_capabilities or DEFAULT_CAPABILITIES
    known = _compute_capabilities(trt)
    for capability in wanted:
        if capability not in known:
            raise unknown_name("compute capability", capability, known)
    config.num_compute_capabilities = len(wanted)
    for index, capability in enumerate(wanted):
        config.set_compute_capability(known[capability], index)


def configure_tensorrt(trt: Any, config: Any, options: EngineOptions, free_bytes: int) -> None:
    """Set what TensorRT alone has.

    Args:
        trt: The module.
        config: What to set it in.
        options: What was asked for.
        free_bytes: Memory that is free, of which a layer may take half if nothing is said.

    Raises:
        EdgeganError: the installed release has not what is asked for.
    """
    workspace = options.workspace_bytes or free_bytes // 2
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, workspace)
    if options.refit:
        config.set_flag(trt.BuilderFlag.REFIT)
    if options.version_compatible:
        config.set_flag(trt.BuilderFlag.VERSION_COMPATIBLE)
    if options.hardware != "none":
        name = _HARDWARE[options.hardware]
        level = getattr(trt.HardwareCompatibilityLevel, name, None)
        if level is None:
            raise EdgeganError(f"TensorRT {trt.__version__} has no {name}; leave out --hw-compat.")
        config.hardware_compatibility_level = level
    if options.dla_core is not None:
        config.default_device_type = trt.DeviceType.DLA
        config.DLA_core = options.dla_core
        config.set_flag(trt.BuilderFlag.GPU_FALLBACK)


def _profile(builder: Any, network: Any, batches: Sequence[int]) -> Any:
    profile = builder.create_optimization_profile()
    for index in range(network.num_inputs):
        tensor = network.get_input(index)
        shapes = [(batch, *tuple(tensor.shape)[1:]) for batch in batches]
        profile.set_shape(tensor.name, *shapes)
    return profile


def _compute_capabilities(trt: Any) -> dict[str, Any]:
    """Map "8.6" to `ComputeCapability.SM86`, and so on."""
    members: dict[str, Any] = trt.ComputeCapability.__members__
    digits = {key[2:]: value for key, value in members.items() if key[2:].isdecimal()}
    return {f"{sm[:-1]}.{sm[-1]}": value for sm, value in digits.items()}
