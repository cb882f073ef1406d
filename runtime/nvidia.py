"""NVIDIA's driver, asked through ctypes: which GPU is there, and how much memory is free."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from typing import Any

from edgegan.errors import MissingRequirement

_LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
# CUdevice_attribute, of cuda.h
_INTEGRATED, _MAJOR, _MINOR = 18, 75, 76


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """A device.

    Attributes:
        name: As the driver names it.
        compute_capability: Such as "8.7".
        integrated: Whether it shares the memory of the CPU, as on a Jetson.
    """

    name: str
    compute_capability: str
    integrated: bool


def require_device() -> Any:
    """Make sure that an NVIDIA driver is installed and sees at least one device.

    Returns:
        The driver's library, initialised.

    Raises:
        MissingRequirement: saying which of the two is absent.
    """
    try:
        driver = ctypes.CDLL(_LIBRARY)
    except OSError as error:
        raise MissingRequirement(
            f"No NVIDIA driver on this machine ({_LIBRARY} was not found). "
            "Run this on a machine with an NVIDIA GPU and its driver."
        ) from error
    if _device_count(driver) < 1:
        raise MissingRequirement(
            "The NVIDIA driver is installed, but it sees no device. Check `nvidia-smi`."
        )
    return driver


def read_gpu(driver: Any, index: int = 0) -> Gpu:
    """Describe a device of an initialised driver (see `require_device`)."""
    name = ctypes.create_string_buffer(256)
    _check(driver.cuDeviceGetName(name, len(name), index), "cuDeviceGetName")
    major, minor, integrated = (
        _attribute(driver, which, index) for which in (_MAJOR, _MINOR, _INTEGRATED)
    )
    return Gpu(
        name=name.value.decode(errors="replace"),
        compute_capability=f"{major}.{minor}",
        integrated=bool(integrated),
    )


def free_memory(driver: Any, index: int = 0) -> int:
    """Tell how many bytes of a device's memory are free."""
    context, free, total = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_size_t()
    _check(
        driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), index), "cuDevicePrimaryCtxRetain"
    )
    try:
        _check(driver.cuCtxPushCurrent_v2(context), "cuCtxPushCurrent")
        _check(driver.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total)), "cuMemGetInfo")
        _check(driver.cuCtxPopCurrent_v2(ctypes.byref(context)), "cuCtxPopCurrent")
    finally:
        driver.cuDevicePrimaryCtxRelease_v2(index)
    return free.value


def _attribute(driver: Any, which: int, index: int) -> int:
    value = ctypes.c_int()
    code = driver.cuDeviceGetAttribute(ctypes.byref(value), which, index)
    _check(code, "cuDeviceGetAttribute")
    return value.value


def _check(code: int, call: str) -> None:
    if code != 0:
        raise MissingRequirement(
            f"The NVIDIA driver does not answer ({call} gave error {code}). Check `nvidia-smi`."
        )


def _device_count(driver: Any) -> int:
    """Ask for the number of devices; 0 as well where the driver does not start."""
    count = ctypes.c_int(0)
    success = 0  # CUDA_SUCCESS
    if driver.cuInit(0) != success or driver.cuDeviceGetCount(ctypes.byref(count)) != success:
        return 0
    return count.value
