"""Memory that both the host and a GPU can reach, freed when its stack is closed."""

from __future__ import annotations

import ctypes
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgegan.runtime.cuda import TO_DEVICE, TO_HOST, Cuda
from edgegan.runtime.image_io import NetworkArray


@dataclass(frozen=True, kw_only=True)
class Buffer:
    """Bytes for one tensor.

    Attributes:
        host: The host's view, pinned; dangling once the buffer was freed.
        address: The host's address.
        device: The GPU's address.
        mapped: Whether both are the same memory, so that nothing is ever copied.
    """

    host: NDArray[np.uint8]
    address: int
    device: int
    mapped: bool

    def array(self, shape: tuple[int, ...], dtype: str) -> NetworkArray:
        """View the first bytes of the host's side as an array."""
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        return self.host[:size].view(dtype).reshape(shape)

    def upload(self, cuda: Cuda, size: int, stream: int) -> None:
        """Have the first `size` bytes copied to the GPU, where they are not there already."""
        if not self.mapped:
            cuda.copy(self.device, self.address, size, TO_DEVICE, stream)

    def download(self, cuda: Cuda, size: int, stream: int) -> None:
        """Have the first `size` bytes copied to the host, where they are not there already."""
        if not self.mapped:
            cuda.copy(self.address, self.device, size, TO_HOST, stream)


def allocate(cuda: Cuda, stack: ExitStack, size: int, *, mapped: bool) -> Buffer:
    """Allocate a buffer; closing `stack` frees it.

    Args:
        cuda: The calls.
        stack: Is told how to free each part, as soon as there is one.
        size: Bytes.
        mapped: Whether the GPU uses the host's memory: right where they share it anyway.

    Raises:
        CudaError: there is not so much memory.
    """
    address = cuda.allocate_host(size, mapped=mapped)
    stack.callback(cuda.free_host, address)
    host = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(address))
    if mapped:
        device = cuda.device_address(address)
        return Buffer(host=host, address=address, device=device, mapped=True)
    device = cuda.allocate(size)
    stack.callback(cuda.free, device)
    return Buffer(host=host, address=address, device=device, mapped=False)
