"""The losses of CycleGAN. Each is a scalar mean over the batch.

Zhu et al. 2017, Sec. 3; reference: junyanz/pytorch-CycleGAN-and-pix2pix,
models/cycle_gan_model.py.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def generator_gan_loss(fake_logits: Any) -> Any:
    """LSGAN loss of a generator: mean((D(G(x)) - 1)^2). Mao et al. 2017, eq. 9.

    Args:
        fake_logits: The discriminator's logits for translated images, `[N, h, w, 1]`.
    """
    return tf.reduce_mean(tf.square(tf.cast(fake_logits, tf.float32) - 1.0))


def discriminator_gan_loss(real_logits: Any, fake_logits: Any) -> Any:
    """LSGAN loss of a discriminator, halved: (mean((D(y) - 1)^2) + mean(D(G(x))^2)) / 2.

    The half slows the discriminator down relative to the generator (Zhu et al. 2017,
    Sec. 7.1).
    """
    real = tf.reduce_mean(tf.square(tf.cast(real_logits, tf.float32) - 1.0))
    fake = tf.reduce_mean(tf.square(tf.cast(fake_logits, tf.float32)))
    return 0.5 * (real + fake)


def l1_loss(images: Any, targets: Any) -> Any:
    """Mean absolute difference, for cycle consistency (eq. 2) and identity (Sec. 5.2).

    Args:
        images: `[N, H, W, C]`, float in [-1, 1].
        targets: The same shape.
    """
    return tf.reduce_mean(tf.abs(tf.cast(images, tf.float32) - tf.cast(targets, tf.float32)))
