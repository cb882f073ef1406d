"""A stand-in for NVIDIA's driver library, libcuda."""

from __future__ import annotations

from typing import Any

# ruff: noqa: N802 - the names are the driver's


class FakeDriver:
    """Answers as a driver with one device does; the call `failing` gives an error.

    `retained` and `pushed` count what is not given back.
    """

    def __init__(
        self,
        name: str = "GPU",
        capability: tuple[int, int] = (8, 6),
        integrated: bool = False,
        free: int = 2**30,
        failing: str = "",
    ) -> None:
        self._name, self._free, self._failing = name, free, failing
        self._attributes = {18: int(integrated), 75: capability[0], 76: capability[1]}
        self.retained = self.pushed = 0

    def cuInit(self, flags: int) -> int:
        return self._code("cuInit") or flags

    def cuDeviceGetCount(self, count: Any) -> int:
        count._obj.value = 1
        return self._code("cuDeviceGetCount")

    def cuDeviceGetName(self, buffer: Any, size: int, device: int) -> int:
        buffer.value = self._name.encode()[: size - 1]
        return self._code("cuDeviceGetName") or device

    def cuDeviceGetAttribute(self, value: Any, which: int, device: int) -> int:
        value._obj.value = self._attributes[which]
        return self._code("cuDeviceGetAttribute") or device

    def cuDevicePrimaryCtxRetain(self, context: Any, device: int) -> int:
        code = self._code("cuDevicePrimaryCtxRetain") or device
        self.retained += code == 0
        context._obj.value = 1
        return code

    def cuDevicePrimaryCtxRelease_v2(self, device: int) -> int:
        self.retained -= 1
        return device

    def cuCtxPushCurrent_v2(self, context: Any) -> int:
        assert context.value == 1
        self.pushed += 1
        return 0

    def cuCtxPopCurrent_v2(self, context: Any) -> int:
        self.pushed -= 1
        return 0

    def cuMemGetInfo_v2(self, free: Any, total: Any) -> int:
        free._obj.value = self._free
        total._obj.value = 2 * self._free
        return self._code("cuMemGetInfo_v2")

    def _code(self, call: str) -> int:
        return 999 if call == self._failing else 0
