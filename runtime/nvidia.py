"""NVIDIA's driver, through ctypes: is there a device, and where is it on the PCI bus?"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

from edgegan.errors import MissingRequirement

_LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"


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


def pci_address(driver: Any, index: int = 0) -> str:
    """Tell where on the PCI bus a device of an initialised driver is, such as "0000:01:00.0".

    Raises:
        MissingRequirement: the driver does not answer.
    """
    text = ctypes.create_string_buffer(32)
    code = driver.cuDeviceGetPCIBusId(text, len(text), index)
    if code != 0:
        raise MissingRequirement(
            f"The NVIDIA driver does not tell where device {index} is (error {code}). "
            "Check `nvidia-smi`."
        )
    return text.value.decode(errors="replace")


def _device_count(driver: Any) -> int:
    """Ask for the number of devices; 0 as well where the driver does not start."""
    count = ctypes.c_int(0)
    success = 0  # CUDA_SUCCESS
    if driver.cuInit(0) != success or driver.cuDeviceGetCount(ctypes.byref(count)) != success:
        return 0
    return count.value
