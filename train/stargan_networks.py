"""The discriminator of StarGAN, as a functional Keras model.

Choi et al. 2018, Table 5; reference: yunjey/stargan, model.py (Discriminator). It has no
norm, so that the gradient penalty looks at each image by itself. The generator is built by
edgegan.train.networks.
"""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf
import tf_keras as keras

from edgegan.train.networks import fan_in_uniform
from edgegan.train.stargan_config import StarGANConfig


def build_stargan_discriminator(config: StarGANConfig, name: str = "discriminator") -> keras.Model:
    """Build the discriminator for the images and domains of `config.generator`.

    Returns:
        A model from float32 `[N, S, S, C]` in [-1, 1], S being the image size, to two
        float32 tensors: logits of being real, `[N, s, s, 1]` with s = S / 2^layers (2 for
        64 and 128 pixels), and logits of the domains, `[N, len(domains)]`. With
        `discriminator.projection` the first has a channel more for each domain, which
        `source_logits` adds up.
    """
    size, channels = config.generator.image_size, config.generator.channels
    image = keras.Input((size, size, channels), name="image")
    x: Any = image
    for i in range(config.discriminator_layers):
        width = config.discriminator.filters * 2**i
        x = _strided_conv(width, inputs=x.shape[-1], name=f"conv{i + 1}")(x)
        x = keras.layers.LeakyReLU(0.01, name=f"lrelu{i + 1}")(x)
    domains = len(config.generator.domains)
    parts = 1 + domains if config.discriminator.projection else 1
    source = _head(parts, kernel=3, padding="same", name="source")(x)
    classes = _head(domains, kernel=x.shape[1], padding="valid", name="classes")(x)
    classes = keras.layers.Flatten(name="flatten", dtype="float32")(classes)
    return keras.Model(image, [source, classes], name=name)


def source_logits(source: Any, labels: Any) -> Any:
    """Read from the first output of the discriminator how real images of `labels` are.

    Args:
        source: float32 `[N, s, s, 1]`, which is returned, or `[N, s, s, 1 + domains]`.
        labels: float32 `[N, label_length]`: the domains, then the mask if there is one.

    Returns:
        float32 `[N, s, s, 1]`: the first channel, plus those of the domains that are on.
    """
    domains = source.shape[-1] - 1
    if domains == 0:
        return source
    on = labels[:, None, None, :domains]
    return source[..., :1] + tf.reduce_sum(on * source[..., 1:], axis=-1, keepdims=True)


def _strided_conv(width: int, inputs: int, name: str) -> Any:
    bound = 1 / math.sqrt(inputs * 4 * 4)  # PyTorch's, as of the kernel
    return keras.layers.Conv2D(
        width,
        4,
        strides=2,
        padding="same",
        kernel_initializer=fan_in_uniform(),
        bias_initializer=keras.initializers.RandomUniform(-bound, bound),
        name=name,
    )


def _head(width: int, kernel: int, padding: str, name: str) -> Any:
    # Losses need the resolution that a 16-bit type lacks.
    return keras.layers.Conv2D(
        width,
        kernel,
        padding=padding,
        use_bias=False,
        kernel_initializer=fan_in_uniform(),
        dtype="float32",
        name=name,
    )
