"""Blur and noise on all that a discriminator sees, so that it judges by neither.

Images of different origin differ in how they were resized. A discriminator finds that first,
and teaches the generator little else. Disturbing real and translated images alike takes it
away; for the generator the disturbance is differentiable (Zhao et al. 2020, "Differentiable
Augmentation for Data-Efficient GAN Training", eq. 4 to 6). Noise alone is the instance noise
of Sonderby et al. 2017 (Sec. 3.3).
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def draw_disturbance(
    shape: tuple[int, ...], blur: float, noise: float, seed: Any
) -> tuple[Any, Any]:
    """Draw how to disturb each image of a batch.

    Args:
        shape: Of the images, (N, H, W, C).
        blur: The standard deviation of the widest blur, pixels; variances are drawn evenly.
        noise: The standard deviation of the strongest noise, of values in [-1, 1]; drawn
            evenly.
        seed: Two int64, as of tf.random.stateless_uniform.

    Returns:
        What `disturbed` takes: float32 `[N, 1, 1, 1]`, and float32 `[N, H, W, C]`.
    """
    for_blur, for_strength, for_noise = tf.unstack(tf.random.split(seed, 3))
    each = (shape[0], 1, 1, 1)
    # A kernel (w, 1 - 2w, w) has the variance 2w.
    weights = tf.random.stateless_uniform(each, for_blur, maxval=blur**2 / 2)
    strength = tf.random.stateless_uniform(each, for_strength, maxval=noise)
    return weights, strength * tf.random.stateless_normal(shape, for_noise)


def disturbed(images: Any, weights: Any, noise: Any) -> Any:
    """Blur images, then add noise.

    Args:
        images: float32 `[N, H, W, C]`.
        weights: Of the neighbours of a pixel in each direction, `[N, 1, 1, 1]`.
        noise: The same shape as the images.
    """
    padded = tf.pad(images, [[0, 0], [1, 1], [0, 0], [0, 0]], "SYMMETRIC")
    images += weights * (padded[:, :-2] - 2 * images + padded[:, 2:])
    padded = tf.pad(images, [[0, 0], [0, 0], [1, 1], [0, 0]], "SYMMETRIC")
    images += weights * (padded[:, :, :-2] - 2 * images + padded[:, :, 2:])
    return images + noise
