"""A library that answers as NVML does: written after NVIDIA's API reference."""

from __future__ import annotations

from typing import Any

SUCCESS, NOT_SUPPORTED, INSUFFICIENT_SIZE = 0, 3, 7
HANDLE = 0x7F00_0000_1000  # does not fit 32 bits
ADDRESS = "0000:01:00.0"


class FakeNvml:
    """One GPU. A function named in `absent` does not exist; one in `refused` has no answer.

    GPUs before its `index` do not answer.
    """

    def __init__(
        self,
        absent: tuple[str, ...] = (),
        refused: tuple[str, ...] = (),
        start: int = SUCCESS,
        index: int = 0,
    ) -> None:
        self._index = index
        self.open, self.reasons, self.energy_mj = 0, 0x01 | 0x20 | 0x04, 5_000_000
        self._absent, self._refused, self._start = absent, refused, start

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("nvml") and name in self._absent:
            raise AttributeError(f"undefined symbol: {name}")
        if name.startswith("nvml") and name in self._refused:
            return lambda *arguments: NOT_SUPPORTED
        return super().__getattribute__(name)

    def nvmlInit_v2(self) -> int:  # noqa: N802 - the library's names
        self.open += self._start == SUCCESS
        return self._start

    def nvmlShutdown(self) -> int:  # noqa: N802
        self.open -= 1
        return SUCCESS

    def nvmlSystemGetDriverVersion(self, text: Any, size: int) -> int:  # noqa: N802
        assert size <= len(text)
        text.value = b"580.95.05"
        return SUCCESS

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:  # noqa: N802
        count._obj.value = self._index + 1
        return SUCCESS

    def nvmlDeviceGetHandleByIndex_v2(self, index: int, handle: Any) -> int:  # noqa: N802
        if index != self._index:
            return 2  # NVML_ERROR_INVALID_ARGUMENT
        handle._obj.value = HANDLE
        return SUCCESS

    def nvmlDeviceGetHandleByPciBusId_v2(self, address: bytes, handle: Any) -> int:  # noqa: N802
        if address != ADDRESS.encode():
            return 6  # NVML_ERROR_NOT_FOUND
        handle._obj.value = HANDLE
        return SUCCESS

    def nvmlDeviceGetIndex(self, handle: Any, index: Any) -> int:  # noqa: N802
        index._obj.value = self._index
        return checked(handle)

    def nvmlDeviceGetName(self, handle: Any, text: Any, size: int) -> int:  # noqa: N802
        text.value = b"NVIDIA GeForce RTX 4090"
        return checked(handle)

    def nvmlDeviceGetCudaComputeCapability(  # noqa: N802
        self, handle: Any, major: Any, minor: Any
    ) -> int:
        major._obj.value, minor._obj.value = 8, 9
        return checked(handle)

    def nvmlDeviceGetMemoryInfo(self, handle: Any, sizes: Any) -> int:  # noqa: N802
        sizes._obj[:] = [24 * 2**30, 23 * 2**30, 2**30]
        return checked(handle)

    def nvmlDeviceGetComputeRunningProcesses_v3(  # noqa: N802
        self, handle: Any, count: Any, infos: None
    ) -> int:
        assert (count._obj.value, infos) == (0, None)
        count._obj.value = 2
        return INSUFFICIENT_SIZE

    def nvmlDeviceGetComputeRunningProcesses(  # noqa: N802
        self, handle: Any, count: Any, infos: None
    ) -> int:
        return checked(handle)  # none

    def nvmlDeviceGetTemperature(self, handle: Any, sensor: int, value: Any) -> int:  # noqa: N802
        assert sensor == 0
        value._obj.value = 61
        return checked(handle)

    def nvmlDeviceGetPowerUsage(self, handle: Any, value: Any) -> int:  # noqa: N802
        value._obj.value = 123_456
        return checked(handle)

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: Any, value: Any) -> int:  # noqa: N802
        value._obj.value = self.energy_mj
        return checked(handle)

    def nvmlDeviceGetEnforcedPowerLimit(self, handle: Any, value: Any) -> int:  # noqa: N802
        value._obj.value = 450_000
        return checked(handle)

    def nvmlDeviceGetClockInfo(self, handle: Any, kind: int, value: Any) -> int:  # noqa: N802
        value._obj.value = {0: 2100, 2: 10_251}[kind]
        return checked(handle)

    def nvmlDeviceGetMaxClockInfo(self, handle: Any, kind: int, value: Any) -> int:  # noqa: N802
        value._obj.value = {0: 3105, 2: 10_501}[kind]
        return checked(handle)

    def nvmlDeviceGetCurrentClocksEventReasons(self, handle: Any, bits: Any) -> int:  # noqa: N802
        bits._obj.value = self.reasons
        return checked(handle)

    def nvmlDeviceGetCurrentClocksThrottleReasons(  # noqa: N802
        self, handle: Any, bits: Any
    ) -> int:
        bits._obj.value = 0x08
        return checked(handle)


def checked(handle: Any) -> int:
    """Succeed for the one device."""
    assert handle.value == HANDLE
    return SUCCESS
