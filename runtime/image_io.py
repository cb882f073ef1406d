"""Between images and a network's tensors: uint8 or float32, NHWC or NCHW, in batches.

At the edges an image is uint8 `[H, W, 3]`, RGB. What a network takes and gives is told by
its `Tensor`s; nothing else in the runtime asks for their dtype or layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgegan.images import FloatArray, ImageArray, resize, to_float, to_gray, to_uint8
from edgegan.manifest import IO, Tensor

# What enters or leaves a network: float32 or uint8, as its `Tensor` tells.
NetworkArray = NDArray[Any]


def nhwc(tensor: Tensor) -> tuple[int | None, int | None, int | None, int | None]:
    """Return the shape of an image tensor in the order (N, H, W, C), whatever its layout."""
    if tensor.layout == "NCHW":
        batch, channels, height, width = tensor.shape
    else:
        batch, height, width, channels = tensor.shape
    return batch, height, width, channels


def input_size(io: IO) -> tuple[int, int] | None:
    """Return the (H, W) that the network takes; None if it takes any."""
    _, height, width, _ = nhwc(io.inputs[0])
    return None if height is None or width is None else (height, width)


def batch_size(io: IO) -> int:
    """Return the number of images that one run takes; 1 where it is free."""
    return nhwc(io.inputs[0])[0] or 1


def to_network(image: ImageArray, io: IO) -> NetworkArray:
    """Turn uint8 RGB `[H, W, 3]` into what the network takes, as a batch of 1.

    It is resized if the network's size is fixed, and made gray if it has one channel.
    """
    size = input_size(io)
    if nhwc(io.inputs[0])[3] == 1:
        image = to_gray(image)
    pixels = resize(image, size) if size else image
    return to_tensor(pixels.reshape(1, *pixels.shape[:2], -1), io.inputs[0])


def to_batches(images: Sequence[ImageArray] | ImageArray, io: IO) -> Iterator[NetworkArray]:
    """Turn images, uint8 RGB `[H, W, 3]` each, into batches of the network's size.

    The last one is filled up with its last image, so that its results are to be cut off.
    """
    count = batch_size(io)
    for start in range(0, len(images), count):
        group = [to_network(image, io) for image in images[start : start + count]]
        yield np.concatenate(group + group[-1:] * (count - len(group)))


def from_network(output: NetworkArray, layout: str = "NHWC") -> ImageArray:
    """Turn what the network gives into uint8 RGB `[N, H, W, 3]`.

    Args:
        output: uint8, or float32 in [-1, 1].
        layout: Its axes, "NHWC" or "NCHW".

    Raises:
        ImageError: there are NaN values.
    """
    image = _channels_last(output, layout)
    pixels: ImageArray = image if image.dtype == np.uint8 else to_uint8(image)
    return np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == 1 else pixels


def to_tensor(pixels: ImageArray, tensor: Tensor) -> NetworkArray:
    """Bring uint8 pixels `[N, H, W, C]` into the dtype and layout of `tensor`, C-contiguous."""
    values: NetworkArray = pixels if tensor.dtype == "uint8" else to_float(pixels)
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2) if tensor.layout == "NCHW" else values)


def from_tensor(output: NetworkArray, tensor: Tensor) -> FloatArray:
    """Bring a network's output into the reference's form, float32 `[N, H, W, C]` in [-1, 1]."""
    values = _channels_last(output, tensor.layout)
    return to_float(values) if values.dtype == np.uint8 else values


def _channels_last(values: NetworkArray, layout: str) -> NetworkArray:
    return values.transpose(0, 2, 3, 1) if layout == "NCHW" else values
