"""PyTorch's definitions of the networks' operations, in NumPy and float64.

Written from its documentation: Conv2d, ConvTranspose2d, InstanceNorm2d and
ReflectionPad2d, here with channels last. Kernels have Keras's layout: `[k, k, in, out]`
for a convolution and `[k, k, out, in]` for a transposed one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def conv2d(x: Array, kernel: Array, stride: int = 1, padding: int = 0) -> Array:
    """Conv2d: out[i, j] = sum over u, v of kernel[u, v] * padded[stride i + u, stride j + v]."""
    p = padding
    x = np.pad(x.astype(np.float64), ((0, 0), (p, p), (p, p), (0, 0)))
    size = kernel.shape[0]
    height, width = ((length - size) // stride + 1 for length in x.shape[1:3])
    out = np.zeros((len(x), height, width, kernel.shape[3]))
    for i in range(height):
        for j in range(width):
            window = x[:, stride * i : stride * i + size, stride * j : stride * j + size]
            out[:, i, j] = np.einsum("nuvc,uvcd->nd", window, kernel)
    return out


def conv_transpose2d(
    x: Array, kernel: Array, stride: int, padding: int, output_padding: int
) -> Array:
    """ConvTranspose2d: each input adds its kernel at stride times its place, less `padding`."""
    size = kernel.shape[0]
    n, rows, columns, _ = x.shape
    height, width = (
        (length - 1) * stride - 2 * padding + size + output_padding for length in (rows, columns)
    )
    out = np.zeros((n, height, width, kernel.shape[2]))
    for i in range(rows):
        for j in range(columns):
            for u in range(size):
                for v in range(size):
                    y, z = i * stride + u - padding, j * stride + v - padding
                    if 0 <= y < height and 0 <= z < width:
                        out[:, y, z] += x[:, i, j].astype(np.float64) @ kernel[u, v].T
    return out


def instance_norm(x: Array, epsilon: float = 1e-5) -> Array:
    """InstanceNorm2d without affine: biased variance over each image and channel."""
    x = x.astype(np.float64)
    mean, variance = (f(x, axis=(1, 2), keepdims=True) for f in (np.mean, np.var))
    normalised: Array = (x - mean) / np.sqrt(variance + epsilon)
    return normalised


def reflection_pad(x: Array, padding: int) -> Array:
    """ReflectionPad2d."""
    p = padding
    return np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)), mode="reflect")


def generator(x: Array, model: Any) -> Array:
    """ResnetGenerator with one block and one downsampling, with the weights of `model`."""

    def kernel(name: str) -> Array:
        return np.asarray(model.get_layer(name).kernel)

    x = conv2d(reflection_pad(x, 3), kernel("stem_conv"))
    x = np.maximum(instance_norm(x), 0)
    x = conv2d(x, kernel("down1_conv"), stride=2, padding=1)
    x = np.maximum(instance_norm(x), 0)
    y = conv2d(reflection_pad(x, 1), kernel("block1a_conv"))
    y = np.maximum(instance_norm(y), 0)
    y = conv2d(reflection_pad(y, 1), kernel("block1b_conv"))
    x = x + instance_norm(y)
    x = conv_transpose2d(x, kernel("up1_conv"), stride=2, padding=1, output_padding=1)
    x = np.maximum(instance_norm(x), 0)
    bias = np.asarray(model.get_layer("head_conv").bias)
    x = conv2d(reflection_pad(x, 3), kernel("head_conv")) + bias
    return np.asarray(np.tanh(x))


def discriminator(x: Array, model: Any) -> Array:
    """NLayerDiscriminator with one stride-2 layer, with the weights of `model`."""

    def leaky(x: Array) -> Array:
        return np.where(x > 0, x, 0.2 * x)

    def layer(x: Array, name: str, stride: int) -> Array:
        found = model.get_layer(name)
        bias = np.asarray(found.bias) if found.use_bias else 0.0
        return conv2d(x, np.asarray(found.kernel), stride, padding=1) + bias

    x = leaky(layer(x, "conv1", 2))
    x = leaky(instance_norm(layer(x, "conv2", 1)))
    return layer(x, "logits", 1)
