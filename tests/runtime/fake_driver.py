"""A stand-in for NVIDIA's driver library, libcuda."""

from __future__ import annotations

from typing import Any

# ruff: noqa: N802 - the names are the driver's


class FakeDriver:
    """Tells the places of its devices on the PCI bus; the call `failing` gives an error."""

    def __init__(self, failing: str = "", addresses: tuple[str, ...] = ("0000:01:00.0",)) -> None:
        self._failing, self._addresses = failing, addresses

    def cuDeviceGetPCIBusId(self, buffer: Any, size: int, device: int) -> int:
        assert size >= 13
        buffer.value = self._addresses[device].encode()
        return 999 if self._failing == "cuDeviceGetPCIBusId" else 0
