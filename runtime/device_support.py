"""What a device can be used for: the precisions it is fast in, and the backends that use it."""

from __future__ import annotations

from collections.abc import Collection
from importlib.util import find_spec

from edgegan.runtime.engine import BACKENDS

# Instruction sets with which a CPU multiplies small numbers faster than float32.
_CPU_PRECISIONS = {
    "fp16": ("avx512_fp16", "asimdhp"),
    "bf16": ("avx512_bf16", "amx_bf16", "bf16"),
    "int8": ("avx512_vnni", "avx_vnni", "avx_vnni_int8", "amx_int8", "asimddp", "i8mm"),
}
_CPU_BACKENDS = ("litert", "onnxruntime", "openvino", "keras")
_MODULES = {
    "litert": "ai_edge_litert",
    "onnxruntime": "onnxruntime",
    "openvino": "openvino",
    "tensorrt": "tensorrt",
    "tensorrt-rtx": "tensorrt_rtx",
    "keras": "tf_keras",
}
# The oldest GPU of TensorRT 10.3 and newer that is no exception; those that TensorRT-RTX has
# kernels for. Source: NVIDIA's support matrices.
_TENSORRT_FROM = (7, 5)
_RTX = ((7, 5), (8, 0), (8, 6), (8, 9), (12, 0), (12, 1))


def cpu_precisions(flags: Collection[str]) -> tuple[str, ...]:
    """Name the precisions that a CPU has instructions for.

    Args:
        flags: Its instruction sets, see `edgegan.runtime.environment.cpu_flags`.
    """
    fast = (name for name, sets in _CPU_PRECISIONS.items() if not set(sets).isdisjoint(flags))
    return ("fp32", *fast)


def gpu_precisions(capability: str | None) -> tuple[str, ...]:
    """Name the precisions that an NVIDIA GPU is fast in; empty if it is not known.

    Source: hardware and precision, in TensorRT's support matrix.

    Args:
        capability: Its compute capability, such as "8.7".
    """
    version = _version(capability)
    if version is None:
        return ()
    fast = {
        "fp16": version >= (7, 0) or version in ((5, 3), (6, 0), (6, 2)),
        "bf16": version >= (8, 0),
        "int8": version >= (7, 0) or version == (6, 1),
    }
    return ("fp32", *(name for name, has in fast.items() if has))


def cpu_backends() -> tuple[str, ...]:
    """Name the backends that run on the CPU and whose package is installed."""
    return tuple(name for name in _CPU_BACKENDS if is_installed(name))


def gpu_backends(capability: str | None) -> tuple[str, ...]:
    """Name the backends that use an NVIDIA GPU and whose package is installed.

    Args:
        capability: Its compute capability.
    """
    version = _version(capability)
    fits = {
        "tensorrt": version is not None and version >= _TENSORRT_FROM,
        "tensorrt-rtx": version in _RTX,
    }
    return tuple(name for name, fit in fits.items() if fit and is_installed(name))


def is_installed(backend: str) -> bool:
    """Tell whether a backend's package can be found; it is not imported."""
    return backend in BACKENDS and find_spec(_MODULES[backend]) is not None


def _version(capability: str | None) -> tuple[int, int] | None:
    if capability is None:
        return None
    major, _, minor = capability.partition(".")
    return int(major), int(minor)
