"""A fixed feature net with random weights, for distances between images.

Even untrained convolutional features follow perceived similarity better than pixels do
(Zhang et al. 2018, "The Unreasonable Effectiveness of Deep Features as a Perceptual
Metric", Sec. 4). This one needs no download and is the same everywhere: its weights are
drawn by NumPy's PCG64 from seed 0. Compare its distances only with each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from edgegan.images import FloatArray

NAME = "random conv net (3x3, 32-64-128 channels, stride 2 between, He-normal, seed 0)"
WIDTHS = (32, 64, 128)


def feature_distance(images: FloatArray, targets: FloatArray) -> FloatArray:
    """Measure how far images are from their targets in the features of the fixed net.

    At each layer the features are scaled to unit length along the channels; the squared
    differences are averaged over positions and summed over layers, as LPIPS does
    without its learned weights (Zhang et al. 2018, eq. 1).

    Args:
        images: float32 `[N, H, W, 3]` in [-1, 1].
        targets: The same shape.

    Returns:
        `[N]` distances, 0 for equal images.
    """
    total = tf.zeros(len(images))
    for x, y in zip(_features(images), _features(targets), strict=True):
        squared = tf.reduce_sum(tf.square(_unit(x) - _unit(y)), axis=-1)
        total += tf.reduce_mean(squared, axis=[1, 2])
    result: FloatArray = total.numpy()
    return result


def feature_statistics(images: FloatArray) -> FloatArray:
    """Describe the style of images: the mean and deviation of every feature channel.

    These statistics are what style transfer matches (Huang and Belongie 2017, eq. 13);
    they do not depend on where something is drawn.

    Args:
        images: float32 `[N, H, W, 3]` in [-1, 1].

    Returns:
        `[N, 2 * sum(WIDTHS)]`.
    """
    statistics = []
    for x in _features(images):
        mean, variance = tf.nn.moments(x, axes=[1, 2])
        statistics += [mean, tf.sqrt(variance)]
    result: FloatArray = tf.concat(statistics, axis=1).numpy()
    return result


def _features(images: FloatArray) -> list[Any]:
    x: Any = tf.convert_to_tensor(images)
    layers = []
    for index, kernel in enumerate(_kernels()):
        x = tf.nn.relu(tf.nn.conv2d(x, kernel, strides=1 if index == 0 else 2, padding="SAME"))
        layers.append(x)
    return layers


def _kernels() -> list[FloatArray]:
    rng = np.random.default_rng(0)
    kernels, channels = [], 3
    for width in WIDTHS:
        std = np.sqrt(2 / (9 * channels))
        kernels.append((rng.standard_normal((3, 3, channels, width)) * std).astype(np.float32))
        channels = width
    return kernels


def _unit(x: Any) -> Any:
    return x / (tf.norm(x, axis=-1, keepdims=True) + 1e-10)
