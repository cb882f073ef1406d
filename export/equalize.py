"""Equalising the channels that instance norms read, before static int8.

In a static int8 file the output of a convolution has one scale for all channels, though
some vary 15 times less than others; the norm behind it then blows the weak ones up to unit
variance, their rounding errors with them. But the norm subtracts any offset of a channel
and divides by any factor. So each channel is shifted and divided such that what was measured
of it spans [-1, 1] exactly, and every channel has all 255 steps:

    y' = (y - centre) / half_range        in the kernel and a bias of the convolution
    epsilon' = epsilon / half_range^2     in the norm, one for each channel

With that epsilon the function stays the same, also where a deviation is near
sqrt(epsilon). The idea is cross-layer equalisation (Nagel et al. 2019, Sec. 4.1), with a
norm in place of ReLU.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tf_keras as keras
from numpy.typing import NDArray

from edgegan.export.learned_ranges import LearnedRanges
from edgegan.export.lowering import AxisByAxisInstanceNormalization
from edgegan.export.quantization import Feeds
from edgegan.images import FloatArray
from edgegan.train.following_layers import following_layers

# Per convolution: the lowest and the highest value of each channel, `[C]` each.
ChannelRanges = dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]


def equalize(
    lowered: keras.Model, feeds: Feeds, learned: LearnedRanges | None = None
) -> keras.Model:
    """Let every channel that only instance norms read span [-1, 1].

    Args:
        lowered: A functional network with the norms of edgegan.export.lowering for TFLite.
        feeds: Real inputs to measure the channels on.
        learned: The ranges of the channels, if they are known; then nothing is measured.

    Returns:
        A new model that computes the same. Channels that are constant on all `feeds` are
        left as they are.
    """
    norms = {layer.name: _norms_behind(layer) for layer in lowered.layers}
    norms = {name: found for name, found in norms.items() if found}
    if learned is not None:  # others were simulated without
        norms = {name: norms[name] for name in norms if learned.has_channels(name)}
    if not norms:
        return lowered
    if learned is None:
        ranges = channel_ranges(lowered, list(norms), feeds)
    else:
        ranges = {n: learned.channels(n, lowered.get_layer(n).filters) for n in norms}
    epsilons = {
        norm.name: (norm.epsilon / _half(*ranges[name]) ** 2).tolist()
        for name, found in norms.items()
        for norm in found
    }

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if layer.name in epsilons:
            config["epsilon"] = epsilons[layer.name]
        if layer.name in norms:
            config["use_bias"] = True
        return type(layer).from_config(config)

    equal = keras.models.clone_model(lowered, clone_function=clone)
    for layer in lowered.layers:
        weights = layer.get_weights()
        if layer.name in norms:
            weights = _scaled(layer, *ranges[layer.name])
        equal.get_layer(layer.name).set_weights(weights)
    return equal


def channel_ranges(model: keras.Model, names: list[str], feeds: Feeds) -> ChannelRanges:
    """Measure the extremes of each channel of the layers `names` over all `feeds`."""
    probe = keras.Model(model.inputs, [model.get_layer(name).output for name in names])
    ranges: ChannelRanges = {}
    for feed in feeds:
        outputs = probe(list(feed))
        outputs = outputs if isinstance(outputs, list) else [outputs]
        for name, output in zip(names, outputs, strict=True):
            values = np.asarray(output, np.float64).reshape(-1, output.shape[-1])
            low, high = values.min(axis=0), values.max(axis=0)
            before = ranges.get(name, (low, high))
            ranges[name] = np.minimum(before[0], low), np.maximum(before[1], high)
    return ranges


def _norms_behind(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    if type(layer) not in (keras.layers.Conv2D, keras.layers.Conv2DTranspose):
        return []
    readers = following_layers(layer)
    only_norms = all(type(reader) is AxisByAxisInstanceNormalization for reader in readers)
    return readers if only_norms and layer.activation.__name__ == "linear" else []


def _half(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    half = (high - low) / 2
    # Of a constant channel the range is rounding noise, which must not be blown up.
    noise = 1e-6 * np.maximum(np.abs(low), np.abs(high))
    return np.where(half > noise, half, 1.0)


def _scaled(
    layer: keras.layers.Layer, low: NDArray[np.float64], high: NDArray[np.float64]
) -> list[FloatArray]:
    kernel, *bias = (weight.astype(np.float64) for weight in layer.get_weights())
    half = _half(low, high)
    transposed = isinstance(layer, keras.layers.Conv2DTranspose)
    kernel = kernel / (half[:, None] if transposed else half)  # [h, w, F, C] or [h, w, C, F]
    offset: Any = ((bias[0] if bias else 0) - (low + high) / 2) / half
    return [kernel.astype(np.float32), offset.astype(np.float32)]
