"""Folding batch norm: with stored statistics it is a scale and an offset per channel.

    y = gamma * (conv(x) - mean) / sqrt(variance + epsilon) + beta

A convolution is linear in its kernel, so its kernel takes the scale, and its bias the
rest (Jacob et al. 2018, Sec. 3.2).
"""

from __future__ import annotations

import numpy as np
import tf_keras as keras

from edgegan.images import FloatArray
from edgegan.train.following_layers import following_layers


def foldable_norms(model: keras.Model) -> dict[str, str]:
    """Find every batch norm that alone reads a convolution: name of that one -> the norm's."""
    found = {}
    for layer in model.layers:
        if type(layer) not in (keras.layers.Conv2D, keras.layers.Conv2DTranspose):
            continue
        following = following_layers(layer)
        if layer.activation.__name__ == "linear" and [type(f) for f in following] == [
            keras.layers.BatchNormalization
        ]:
            found[layer.name] = following[0].name
    return found


def folded_weights(convolution: keras.layers.Layer, norm: keras.layers.Layer) -> list[FloatArray]:
    """Compute the kernel and the bias that do what both layers do.

    Returns:
        The kernel, in the layout of `convolution`, and a bias `[F]`.
    """
    kernel, *bias = (w.astype(np.float64) for w in convolution.get_weights())
    mean, variance = norm.moving_mean.numpy(), norm.moving_variance.numpy()
    scale = 1 / np.sqrt(variance.astype(np.float64) + norm.epsilon)
    if norm.gamma is not None:
        scale = scale * norm.gamma.numpy()
    offset = (bias[0] if bias else 0) - mean
    offset = offset * scale + (norm.beta.numpy() if norm.beta is not None else 0)
    transposed = isinstance(convolution, keras.layers.Conv2DTranspose)
    kernel = kernel * (scale[:, None] if transposed else scale)  # [h, w, F, C] or [h, w, C, F]
    return [kernel.astype(np.float32), offset.astype(np.float32)]
