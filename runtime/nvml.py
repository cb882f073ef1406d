"""NVIDIA GPUs and their state, asked of the driver's management library (NVML) by ctypes.

Nothing is changed. A driver that is too old for a question, or a device that has no answer
(a Jetson's GPU has few), leaves None. Devices are numbered as NVML does, by PCI bus; CUDA
counts otherwise, see `edgegan.runtime.gpu_index`.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from typing import Any

_LIBRARY = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
_SUCCESS, _INSUFFICIENT_SIZE = 0, 7  # nvmlReturn_t
_GRAPHICS, _MEMORY = 0, 2  # nvmlClockType_t
_CORE_SENSOR = 0  # NVML_TEMPERATURE_GPU
_TEXT_BYTES = 96  # NVML_DEVICE_NAME_V2_BUFFER_SIZE; versions need 80

# Why the clocks are lower than they could be, by bit. Source: NVML API reference,
# NvmlClocksEventReasons. Idling (1) and settings of the user (2, 256) are no throttling.
_REASONS = {
    0x04: "power cap",
    0x08: "hardware slowdown",
    0x10: "sync boost",
    0x20: "software thermal slowdown",
    0x40: "hardware thermal slowdown",
    0x80: "power brake",
}


@dataclass(frozen=True, kw_only=True)
class GpuState:
    """A GPU, and its state at one reading; None where the driver does not tell.

    Attributes:
        index: By PCI bus.
        compute_capability: Such as "8.9".
        memory_used_bytes: By all processes.
        processes: How many compute on it.
        power_w: Now; `power_limit_w` is what the driver keeps it below.
        clock_mhz: Of its cores; `max_clock_mhz` is the most that the hardware knows.
        throttling: What holds its clocks down now, in words; empty if nothing does.
    """

    index: int
    name: str | None
    compute_capability: str | None
    memory_bytes: int | None
    memory_used_bytes: int | None
    processes: int | None
    temperature_c: int | None
    power_w: float | None
    power_limit_w: float | None
    clock_mhz: int | None
    max_clock_mhz: int | None
    memory_clock_mhz: int | None
    max_memory_clock_mhz: int | None
    throttling: tuple[str, ...] | None


class Nvml:
    """The library, initialised: made by `open_nvml`, to be closed."""

    def __init__(self, library: Any) -> None:
        """Take a library that `nvmlInit_v2` was called on."""
        self._library = library

    def __enter__(self) -> Nvml:
        """Return itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Tell the driver that no more questions come."""
        self._ask("nvmlShutdown")

    def driver_version(self) -> str | None:
        """Return the driver's version, such as "580.95.05"."""
        return self._text("nvmlSystemGetDriverVersion")

    def gpus(self) -> tuple[GpuState, ...]:
        """Read the state of every GPU."""
        count = self._number(ctypes.c_uint, "nvmlDeviceGetCount_v2") or 0
        handles = ((index, self._handle(index)) for index in range(count))
        return tuple(self._state(index, handle) for index, handle in handles if handle)

    def index_at(self, address: str) -> int | None:
        """Find the GPU at an address of the PCI bus, such as "0000:01:00.0"."""
        handle = ctypes.c_void_p()
        place = ctypes.byref(handle)
        if self._ask("nvmlDeviceGetHandleByPciBusId_v2", address.encode(), place) != _SUCCESS:
            return None
        return self._number(ctypes.c_uint, "nvmlDeviceGetIndex", handle)

    def power_w(self, index: int) -> float | None:
        """Read what the GPU draws now, watts."""
        milliwatts = self._number(ctypes.c_uint, "nvmlDeviceGetPowerUsage", self._handle(index))
        return None if milliwatts is None else milliwatts / 1e3

    def energy_j(self, index: int) -> float | None:
        """Read what the GPU has used since the driver was loaded, joules (Volta and newer)."""
        question = "nvmlDeviceGetTotalEnergyConsumption"
        millijoules = self._number(ctypes.c_ulonglong, question, self._handle(index))
        return None if millijoules is None else millijoules / 1e3

    def _state(self, index: int, handle: Any) -> GpuState:
        total, used = self._memory(handle)
        limit = self._number(ctypes.c_uint, "nvmlDeviceGetEnforcedPowerLimit", handle)
        now, most = "nvmlDeviceGetClockInfo", "nvmlDeviceGetMaxClockInfo"
        return GpuState(
            index=index,
            name=self._text("nvmlDeviceGetName", handle),
            compute_capability=self._compute_capability(handle),
            memory_bytes=total,
            memory_used_bytes=used,
            processes=self._processes(handle),
            temperature_c=self._number(
                ctypes.c_uint, "nvmlDeviceGetTemperature", handle, _CORE_SENSOR
            ),
            power_w=self.power_w(index),
            power_limit_w=None if limit is None else limit / 1e3,
            clock_mhz=self._number(ctypes.c_uint, now, handle, _GRAPHICS),
            max_clock_mhz=self._number(ctypes.c_uint, most, handle, _GRAPHICS),
            memory_clock_mhz=self._number(ctypes.c_uint, now, handle, _MEMORY),
            max_memory_clock_mhz=self._number(ctypes.c_uint, most, handle, _MEMORY),
            throttling=self._throttling(handle),
        )

    def _handle(self, index: int) -> Any:
        handle = ctypes.c_void_p()
        found = self._ask("nvmlDeviceGetHandleByIndex_v2", index, ctypes.byref(handle))
        return handle if found == _SUCCESS else None

    def _compute_capability(self, handle: Any) -> str | None:
        major, minor = ctypes.c_int(), ctypes.c_int()
        places = ctypes.byref(major), ctypes.byref(minor)
        told = self._ask("nvmlDeviceGetCudaComputeCapability", handle, *places)
        return f"{major.value}.{minor.value}" if told == _SUCCESS else None

    def _memory(self, handle: Any) -> tuple[int | None, int | None]:
        sizes = (ctypes.c_ulonglong * 3)()  # nvmlMemory_t: total, free, used
        if self._ask("nvmlDeviceGetMemoryInfo", handle, ctypes.byref(sizes)) != _SUCCESS:
            return None, None
        return sizes[0], sizes[2]

    def _processes(self, handle: Any) -> int | None:
        for version in ("_v3", "_v2", ""):
            count = ctypes.c_uint(0)  # no room for any: the driver tells how many there are
            question = f"nvmlDeviceGetComputeRunningProcesses{version}"
            if self._ask(question, handle, ctypes.byref(count), None) in (
                _SUCCESS,
                _INSUFFICIENT_SIZE,
            ):
                return count.value
        return None

    def _throttling(self, handle: Any) -> tuple[str, ...] | None:
        for name in ("Event", "Throttle"):  # the second until driver 535
            question = f"nvmlDeviceGetCurrentClocks{name}Reasons"
            bits = self._number(ctypes.c_ulonglong, question, handle)
            if bits is not None:
                return tuple(reason for bit, reason in _REASONS.items() if bits & bit)
        return None

    def _number(self, kind: Any, question: str, *arguments: Any) -> int | None:
        """Ask for one number, which the library writes behind the arguments."""
        place = kind()
        told = self._ask(question, *arguments, ctypes.byref(place))
        return int(place.value) if told == _SUCCESS else None

    def _text(self, question: str, *arguments: Any) -> str | None:
        place = ctypes.create_string_buffer(_TEXT_BYTES)
        told = self._ask(question, *arguments, place, _TEXT_BYTES)
        return place.value.decode(errors="replace") if told == _SUCCESS else None

    def _ask(self, question: str, *arguments: Any) -> int | None:
        """Call a function; None where this driver does not have it, or no device is meant."""
        function = getattr(self._library, question, None)
        if function is None or (arguments and arguments[0] is None):
            return None
        return int(function(*arguments))


def open_nvml(library: Any = None) -> Nvml | None:
    """Open the library; None without an NVIDIA driver, or where it does not start.

    Args:
        library: Has NVML's functions; None loads the system's.
    """
    if library is None:
        try:
            library = ctypes.CDLL(_LIBRARY)
        except OSError:
            return None
    start = getattr(library, "nvmlInit_v2", None)
    return Nvml(library) if start is not None and start() == _SUCCESS else None


def read_nvidia(library: Any = None) -> tuple[str | None, tuple[GpuState, ...]]:
    """Read the driver's version and the state of every GPU; None and none without NVML."""
    nvml = open_nvml(library)
    if nvml is None:
        return None, ()
    with nvml:
        return nvml.driver_version(), nvml.gpus()
