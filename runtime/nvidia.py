"""Is there an NVIDIA driver with a device? Asked of the driver itself, through ctypes."""

from __future__ import annotations

import ctypes
import sys

from edgegan.errors import MissingRequirement

_LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"


def require_device() -> None:
    """Make sure that an NVIDIA driver is installed and sees at least one device.

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


def _device_count(driver: ctypes.CDLL) -> int:
    """Ask for the number of devices; 0 as well where the driver does not start."""
    count = ctypes.c_int(0)
    success = 0  # CUDA_SUCCESS
    if driver.cuInit(0) != success or driver.cuDeviceGetCount(ctypes.byref(count)) != success:
        return 0
    return count.value
