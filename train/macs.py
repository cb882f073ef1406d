"""Count multiply-accumulates of a network, truly and as the literature does."""

from __future__ import annotations

import math

import tf_keras as keras


def count_macs(model: keras.Model) -> tuple[int, int]:
    """Count the multiply-accumulates of one image through the convolutions.

    Papers on GAN compression count a transposed convolution at its output's resolution
    (torchprofile does), which is `stride^2` times what it computes.

    Args:
        model: A functional network with a known image size.

    Returns:
        The true number, and the literature's: 49.55e9 and 56.80e9 for the CycleGAN
        generator with 9 blocks, 64 filters and 256x256 pixels.
    """
    true = literature = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2DTranspose):
            macs = math.prod(layer.input_shape[1:3]) * math.prod(layer.kernel.shape)
            true += macs
            literature += macs * math.prod(layer.strides)
        elif isinstance(layer, keras.layers.Conv2D):
            macs = math.prod(layer.output_shape[1:3]) * math.prod(layer.kernel.shape)
            true += macs
            literature += macs
    return true, literature
