"""The CUDA runtime through ctypes: the few calls that an engine needs, typed and checked.

Addresses and handles are plain ints. Every call that fails raises; nothing else is added.
The prototypes are those of the CUDA Runtime API, the same from CUDA 11.4 to 13.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import POINTER, c_char_p, c_float, c_int, c_size_t, c_uint, c_ulonglong, c_void_p
from dataclasses import dataclass
from typing import Any

from edgegan.errors import CudaError, MissingRequirement
from edgegan.runtime.cuda_library import open_cudart

TO_DEVICE, TO_HOST = 1, 2  # cudaMemcpyKind
_MAPPED = 0x02  # cudaHostAllocMapped
_NON_BLOCKING = 0x01  # cudaStreamNonBlocking: it does not wait for the default stream
_THREAD_LOCAL = 1  # cudaStreamCaptureModeThreadLocal: other threads may go on allocating
_INTEGRATED, _CAN_MAP_HOST, _MAJOR, _MINOR = 18, 19, 75, 76  # cudaDeviceAttr
# Stub library, driver too old or absent, no device, system not ready, driver mismatch.
_ABSENT = frozenset({34, 35, 100, 802, 803})
_PROPERTIES_BYTES = 8192  # more than cudaDeviceProp had in any release; its name comes first

_PROTOTYPES: dict[str, Sequence[Any]] = {
    "cudaGetDeviceCount": (POINTER(c_int),),
    "cudaSetDevice": (c_int,),
    "cudaGetDeviceProperties": (c_void_p, c_int),
    "cudaDeviceGetAttribute": (POINTER(c_int), c_int, c_int),
    "cudaMalloc": (POINTER(c_void_p), c_size_t),
    "cudaFree": (c_void_p,),
    "cudaHostAlloc": (POINTER(c_void_p), c_size_t, c_uint),
    "cudaHostGetDevicePointer": (POINTER(c_void_p), c_void_p, c_uint),
    "cudaFreeHost": (c_void_p,),
    "cudaMemcpyAsync": (c_void_p, c_void_p, c_size_t, c_int, c_void_p),
    "cudaMemGetInfo": (POINTER(c_size_t), POINTER(c_size_t)),
    "cudaStreamCreateWithFlags": (POINTER(c_void_p), c_uint),
    "cudaStreamSynchronize": (c_void_p,),
    "cudaStreamDestroy": (c_void_p,),
    "cudaEventCreate": (POINTER(c_void_p),),
    "cudaEventRecord": (c_void_p, c_void_p),
    "cudaEventElapsedTime": (POINTER(c_float), c_void_p, c_void_p),
    "cudaEventDestroy": (c_void_p,),
    "cudaStreamBeginCapture": (c_void_p, c_int),
    "cudaStreamEndCapture": (c_void_p, POINTER(c_void_p)),
    # Not cudaGraphInstantiate, whose arguments are others in CUDA 12 than in 11.
    "cudaGraphInstantiateWithFlags": (POINTER(c_void_p), c_void_p, c_ulonglong),
    "cudaGraphLaunch": (c_void_p, c_void_p),
    "cudaGraphExecDestroy": (c_void_p,),
    "cudaGraphDestroy": (c_void_p,),
    "cudaGetLastError": (),
}


@dataclass(frozen=True, kw_only=True)
class Device:
    """A GPU.

    Attributes:
        index: Its number, from 0.
        name: As the driver tells it.
        compute_capability: Such as "8.7".
        integrated: Whether it shares the memory of the CPU, and can use it in place.
    """

    index: int
    name: str
    compute_capability: str
    integrated: bool


class Cuda:
    """The calls. Each raises `CudaError`, or MissingRequirement without a driver or device."""

    def __init__(self, library: Any = None) -> None:
        """Look up all functions.

        Args:
            library: Has them as attributes; None finds and loads libcudart.

        Raises:
            MissingRequirement: there is no CUDA runtime, or one older than 11.4.
        """
        library = open_cudart() if library is None else library
        self._describe = library.cudaGetErrorString
        self._describe.argtypes, self._describe.restype = (c_int,), c_char_p
        try:
            self._functions = {name: getattr(library, name) for name in _PROTOTYPES}
        except AttributeError as error:
            raise MissingRequirement(
                f"The CUDA runtime is too old ({error}); CUDA 11.4 or newer is needed."
            ) from error
        for name, function in self._functions.items():
            function.argtypes, function.restype = _PROTOTYPES[name], c_int

    def device_count(self) -> int:
        """Count the GPUs; none at all is an error of CUDA's."""
        return self._int("cudaGetDeviceCount")

    def use_device(self, index: int) -> None:
        """Make all further calls of this thread go to one GPU."""
        self._call("cudaSetDevice", index)

    def device(self, index: int) -> Device:
        """Describe a GPU."""
        properties = ctypes.create_string_buffer(_PROPERTIES_BYTES)
        self._call("cudaGetDeviceProperties", properties, index)
        major, minor, integrated, can_map = (
            self._int("cudaDeviceGetAttribute", attribute, index)
            for attribute in (_MAJOR, _MINOR, _INTEGRATED, _CAN_MAP_HOST)
        )
        return Device(
            index=index,
            name=properties.value.decode(errors="replace"),
            compute_capability=f"{major}.{minor}",
            integrated=bool(integrated and can_map),
        )

    def memory(self) -> tuple[int, int]:
        """Return the (free, total) bytes of the GPU in use."""
        free, total = c_size_t(), c_size_t()
        self._call("cudaMemGetInfo", ctypes.byref(free), ctypes.byref(total))
        return free.value, total.value

    def allocate(self, size: int) -> int:
        """Allocate `size` bytes on the GPU; return their address there."""
        return self._handle("cudaMalloc", size)

    def free(self, address: int) -> None:
        """Free what `allocate` gave."""
        self._call("cudaFree", address)

    def allocate_host(self, size: int, *, mapped: bool) -> int:
        """Allocate `size` bytes of pinned host memory, which the GPU can use if `mapped`."""
        return self._handle("cudaHostAlloc", size, _MAPPED if mapped else 0)

    def device_address(self, host_address: int) -> int:
        """Return the GPU's address of mapped host memory."""
        return self._handle("cudaHostGetDevicePointer", host_address, 0)

    def free_host(self, address: int) -> None:
        """Free what `allocate_host` gave."""
        self._call("cudaFreeHost", address)

    def copy(self, target: int, source: int, size: int, kind: int, stream: int) -> None:
        """Have `size` bytes copied, in the order of `stream`; `kind` is TO_DEVICE or TO_HOST."""
        self._call("cudaMemcpyAsync", target, source, size, kind, stream)

    def create_stream(self) -> int:
        """Make a stream: what is given to it is done in order."""
        return self._handle("cudaStreamCreateWithFlags", _NON_BLOCKING)

    def synchronize(self, stream: int) -> None:
        """Wait until all that was given to `stream` is done."""
        self._call("cudaStreamSynchronize", stream)

    def destroy_stream(self, stream: int) -> None:
        """Free a stream."""
        self._call("cudaStreamDestroy", stream)

    def create_event(self) -> int:
        """Make an event: a point in a stream, with its time."""
        return self._handle("cudaEventCreate")

    def record(self, event: int, stream: int) -> None:
        """Put an event behind all that was given to `stream` so far."""
        self._call("cudaEventRecord", event, stream)

    def elapsed_ms(self, start: int, end: int) -> float:
        """Return the time between two events that have both passed."""
        value = c_float()
        self._call("cudaEventElapsedTime", ctypes.byref(value), start, end)
        return value.value

    def destroy_event(self, event: int) -> None:
        """Free an event."""
        self._call("cudaEventDestroy", event)

    def begin_capture(self, stream: int) -> None:
        """Have `stream` collect what it is given, in place of doing it."""
        self._call("cudaStreamBeginCapture", stream, _THREAD_LOCAL)

    def end_capture(self, stream: int) -> int:
        """Return the graph of what `stream` collected."""
        graph = c_void_p()
        self._call("cudaStreamEndCapture", stream, ctypes.byref(graph))
        return graph.value or 0

    def instantiate(self, graph: int) -> int:
        """Make a graph ready for launches."""
        return self._handle("cudaGraphInstantiateWithFlags", graph, 0)

    def destroy_graph(self, graph: int) -> None:
        """Free a graph; what was made of it by `instantiate` stays."""
        self._call("cudaGraphDestroy", graph)

    def launch(self, executable: int, stream: int) -> None:
        """Give a whole graph to `stream`."""
        self._call("cudaGraphLaunch", executable, stream)

    def destroy_executable(self, executable: int) -> None:
        """Free what `instantiate` gave."""
        self._call("cudaGraphExecDestroy", executable)

    def forget_error(self) -> None:
        """Take back the last error, which later calls would tell again."""
        self._functions["cudaGetLastError"]()

    def _int(self, name: str, *arguments: int) -> int:
        value = c_int()
        self._call(name, ctypes.byref(value), *arguments)
        return value.value

    def _handle(self, name: str, *arguments: int) -> int:
        value = c_void_p()
        self._call(name, ctypes.byref(value), *arguments)
        return value.value or 0

    def _call(self, name: str, *arguments: Any) -> None:
        code = self._functions[name](*arguments)
        if code == 0:
            return
        reason = f"{self._describe(code).decode(errors='replace')} (CUDA error {code} of {name})"
        if code in _ABSENT:
            raise MissingRequirement(
                f"There is no NVIDIA GPU that can be used here: {reason}. Check `nvidia-smi`: "
                "a GPU and a driver as new as the CUDA runtime are needed."
            )
        raise CudaError(f"{reason[0].upper()}{reason[1:]}.")
