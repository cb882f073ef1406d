"""A small CUDA runtime without a GPU: real memory, streams that wait, calls that can fail.

It is called as libcudart is, through C function pointers, so that what ctypes makes of the
arguments is part of what is tested. Work given to a stream is done when the stream is
synchronized, and not before: code that forgets to wait reads old values.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, c_float, c_int, c_size_t, c_uint, c_void_p
from dataclasses import dataclass, field
from typing import Any

P, PP, PI = c_void_p, POINTER(c_void_p), POINTER(c_int)
INVALID, OUT_OF_MEMORY, NO_DEVICE, NOT_READY, CAPTURE_INVALID = 1, 2, 100, 600, 901
TEXTS = {
    INVALID: b"invalid argument",
    OUT_OF_MEMORY: b"out of memory",
    35: b"CUDA driver version is insufficient for CUDA runtime version",
    NO_DEVICE: b"no CUDA-capable device is detected",
    NOT_READY: b"device not ready",
    CAPTURE_INVALID: b"operation failed due to a previous error during capture",
}
# By NVIDIA's documentation of the CUDA Runtime API.
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "cudaGetDeviceCount": (PI,),
    "cudaSetDevice": (c_int,),
    "cudaGetDeviceProperties": (P, c_int),
    "cudaDeviceGetAttribute": (PI, c_int, c_int),
    "cudaMalloc": (PP, c_size_t),
    "cudaFree": (P,),
    "cudaHostAlloc": (PP, c_size_t, c_uint),
    "cudaHostGetDevicePointer": (PP, P, c_uint),
    "cudaFreeHost": (P,),
    "cudaMemcpyAsync": (P, P, c_size_t, c_int, P),
    "cudaMemGetInfo": (POINTER(c_size_t), POINTER(c_size_t)),
    "cudaStreamCreateWithFlags": (PP, c_uint),
    "cudaStreamSynchronize": (P,),
    "cudaStreamDestroy": (P,),
    "cudaEventCreate": (PP,),
    "cudaEventRecord": (P, P),
    "cudaEventElapsedTime": (POINTER(c_float), P, P),
    "cudaEventDestroy": (P,),
    "cudaStreamBeginCapture": (P, c_int),
    "cudaStreamEndCapture": (P, PP),
    "cudaGraphInstantiateWithFlags": (PP, P, ctypes.c_ulonglong),
    "cudaGraphLaunch": (P, P),
    "cudaGraphExecDestroy": (P,),
    "cudaGraphDestroy": (P,),
    "cudaGetLastError": (),
}
ATTRIBUTES = {75: 8, 76: 7}  # compute capability 8.7
COPY_MS = {1: 1.0, 2: 2.0}  # to the device, to the host


@dataclass
class Stream:
    """What waits in a stream, and what it records while `capturing`."""

    waiting: list[Callable[[], None]] = field(default_factory=list)
    recorded: list[Callable[[], None]] = field(default_factory=list)
    capturing: bool = False


class FakeCudart:
    """Stands in for libcudart.

    Attributes:
        calls: The names of all calls, in order.
        live: What was made and not freed: what it is, by address or handle.
    """

    def __init__(self, *, integrated: bool = False, fail_at: int = -1, code: int = 2) -> None:
        """Make one.

        Args:
            integrated: Whether its GPU shares the host's memory.
            fail_at: Number of the call, from 0, that does nothing but return `code`.
            code: A CUDA error.
        """
        self.calls: list[str] = []
        self.live: dict[int, Any] = {}
        self.clock_ms = 0.0
        self.fails: dict[str, int] = {}  # by name, for all calls
        self._integrated, self._fail_at, self._code = integrated, fail_at, code
        self._handles = iter(range(0x1000, 0x100000))
        self._functions = {name: self._pointer(name) for name in ARGUMENTS}
        # A callback cannot return a char*, only its address; the texts must stay alive.
        self._texts = {code: ctypes.create_string_buffer(text) for code, text in TEXTS.items()}
        describe = CFUNCTYPE(c_void_p, c_int)(lambda code: ctypes.addressof(self._texts[code]))
        self._functions["cudaGetErrorString"] = describe

    def __getattr__(self, name: str) -> Any:
        """Look a function up, as in a library."""
        if name.startswith("cuda"):
            return self._functions[name]
        raise AttributeError(name)

    def enqueue(self, stream: int, work: Callable[[], None]) -> None:
        """Give work to a stream, as kernels are."""
        known: Stream = self.live[stream]
        (known.recorded if known.capturing else known.waiting).append(work)

    def count(self, name: str) -> int:
        """Count the calls of one function."""
        return self.calls.count(name)

    def _pointer(self, name: str) -> Any:
        body = getattr(self, f"_{_snake(name)}", None)

        def call(*arguments: Any) -> int:
            number = len(self.calls)
            self.calls.append(name)
            if number == self._fail_at:
                if name == "cudaStreamEndCapture":  # it ends, however it ends
                    self.live[arguments[0]].capturing = False
                return self._code
            if name in self.fails:
                return self.fails[name]
            return (body(*arguments) or 0) if body else self._release(*arguments)

        return CFUNCTYPE(c_int, *ARGUMENTS[name])(call)

    def _release(self, handle: int | None = None) -> int:
        """Do what every function does that frees something."""
        if handle is None:
            return 0
        return 0 if self.live.pop(handle, None) is not None else INVALID

    def _make(self, out: Any, thing: Any) -> None:
        out[0] = handle = next(self._handles)
        self.live[handle] = thing

    def _allocate(self, out: Any, size: int) -> None:
        memory = (ctypes.c_uint8 * size)(*b"\xa5" * size)  # as if something had been there
        out[0] = address = ctypes.addressof(memory)
        self.live[address] = memory

    def _cuda_get_device_count(self, out: Any) -> None:
        out[0] = 1

    def _cuda_get_device_properties(self, out: int, index: int) -> None:
        ctypes.memmove(out, b"Fake GPU\0", 9)

    def _cuda_device_get_attribute(self, out: Any, attribute: int, index: int) -> None:
        out[0] = ATTRIBUTES.get(attribute, int(self._integrated))

    def _cuda_set_device(self, index: int) -> int:
        return 0 if index == 0 else INVALID

    def _cuda_malloc(self, out: Any, size: int) -> None:
        self._allocate(out, size)

    def _cuda_host_alloc(self, out: Any, size: int, flags: int) -> None:
        self._allocate(out, size)

    def _cuda_host_get_device_pointer(self, out: Any, host: int, flags: int) -> None:
        out[0] = host

    def _cuda_mem_get_info(self, free: Any, total: Any) -> None:
        held = sum(len(thing) for thing in self.live.values() if isinstance(thing, ctypes.Array))
        free[0], total[0] = 1_000_000 - held, 1_000_000

    def _cuda_memcpy_async(self, to: int, source: int, size: int, kind: int, stream: int) -> None:
        def copy() -> None:
            self.clock_ms += COPY_MS[kind]
            ctypes.memmove(to, source, size)

        self.enqueue(stream, copy)

    def _cuda_stream_create_with_flags(self, out: Any, flags: int) -> None:
        self._make(out, Stream())

    def _cuda_stream_synchronize(self, handle: int) -> int:
        stream: Stream = self.live[handle]
        if stream.capturing:
            return INVALID
        while stream.waiting:
            stream.waiting.pop(0)()
        return 0

    def _cuda_event_create(self, out: Any) -> None:
        self._make(out, [None])

    def _cuda_event_record(self, event: int, stream: int) -> None:
        passed = self.live[event]
        passed[0] = None
        self.enqueue(stream, lambda: passed.__setitem__(0, self.clock_ms))

    def _cuda_event_elapsed_time(self, out: Any, start: int, end: int) -> int:
        times = self.live[start][0], self.live[end][0]
        if None in times:
            return NOT_READY
        out[0] = times[1] - times[0]
        return 0

    def _cuda_stream_begin_capture(self, stream: int, mode: int) -> None:
        self.live[stream].capturing, self.live[stream].recorded = True, []

    def _cuda_stream_end_capture(self, stream: int, out: Any) -> None:
        self.live[stream].capturing = False
        self._make(out, list(self.live[stream].recorded))

    def _cuda_graph_instantiate_with_flags(self, out: Any, graph: int, flags: int) -> None:
        self._make(out, list(self.live[graph]))

    def _cuda_graph_launch(self, executable: int, stream: int) -> None:
        for work in self.live[executable]:
            self.enqueue(stream, work)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
