"""Which of NVML's GPUs a CUDA device is: the two count differently.

CUDA counts a faster one first, and only those that CUDA_VISIBLE_DEVICES names. NVML counts
all, by PCI bus. What both tell is the address on that bus.
"""

from __future__ import annotations

from typing import Any

from edgegan.errors import MissingRequirement
from edgegan.runtime.nvidia import pci_address, require_device
from edgegan.runtime.nvml import open_nvml

_BY_CUDA = ("cuda", "tensorrt")  # devices that CUDA numbers; the second is ONNX Runtime's


def gpu_index(device: str, driver: Any = None, library: Any = None) -> int | None:
    """Find NVML's number of a device; None if it is no NVIDIA GPU, or nothing tells.

    Args:
        device: As in `EngineInfo`, such as "cuda:0"; numbered as CUDA does in this process.
        driver: CUDA's driver, initialised; None takes the system's.
        library: NVML, see `edgegan.runtime.nvml.open_nvml`.
    """
    kind, _, number = device.partition(":")
    if kind not in _BY_CUDA:
        return None
    try:
        address = pci_address(require_device() if driver is None else driver, int(number or 0))
    except MissingRequirement:
        return None
    nvml = open_nvml(library)
    if nvml is None:
        return None
    with nvml:
        return nvml.index_at(address)
