"""What a student should have in common with its teacher. Each is a float32 scalar.

All are means over the batch, 0 where student and teacher agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from edgegan.train.losses import l1_loss

HAAR_LEVELS = 3


def haar_loss(images: Any, targets: Any) -> Any:
    """L1 distance of the high bands of a Haar transform, added up over bands and levels.

    Small generators lose fine textures first, and an L1 distance hardly sees them (wavelet
    knowledge distillation; Zhang et al. 2022, eq. 3, with three levels). The transform is
    orthonormal.

    Args:
        images: `[N, H, W, C]` in [-1, 1], H and W even. Of three levels as many are used as
            halve them evenly.
        targets: The same shape.
    """
    rest = tf.cast(images, tf.float32) - tf.cast(targets, tf.float32)  # the transform is linear
    total = tf.zeros(())
    for _ in range(HAAR_LEVELS):
        if any(side % 2 for side in rest.shape[1:3]):
            break
        rest, bands = _haar(rest)
        total += tf.add_n([tf.reduce_mean(tf.abs(band)) for band in bands])
    return total


def alignment_loss(features: Sequence[Any], targets: Sequence[Any]) -> Any:
    """1 - kernel alignment of inner activations, averaged over the places compared.

    Global kernel alignment (CAT; Jin et al. 2021, eq. 3 and 4) compares which pixels of the
    whole batch resemble each other, and so needs no equal numbers of channels:
    `KA(X, Y) = |Y'X|^2 / (|X'X| |Y'Y|)` with Frobenius norms, X and Y being `[N h w, C]`.

    Args:
        features: The student's, `[N, h, w, C]` each.
        targets: The teacher's, `[N, h, w, C']` each.
    """
    pairs = zip(features, targets, strict=True)
    return 1.0 - tf.add_n([_alignment(x, y) for x, y in pairs]) / len(features)


def feature_loss(features: Sequence[Any], targets: Sequence[Any]) -> Any:
    """L1 distance of a discriminator's features, averaged over its layers.

    What a discriminator looks at is what the images are judged by (Ren et al. 2023 distil
    in its eyes, DCD).

    Args:
        features: For the student's images, `[N, h, w, C]` for each layer.
        targets: For the teacher's, the same shapes.
    """
    distances = [l1_loss(x, y) for x, y in zip(features, targets, strict=True)]
    return tf.add_n(distances) / len(distances)


def _haar(x: Any) -> tuple[Any, tuple[Any, Any, Any]]:
    """Split `[N, H, W, C]` into the low band and the three high ones, half as large."""
    a, b = x[:, ::2, ::2], x[:, ::2, 1::2]
    c, d = x[:, 1::2, ::2], x[:, 1::2, 1::2]
    high = (a - b + c - d) / 2, (a + b - c - d) / 2, (a - b - c + d) / 2
    return (a + b + c + d) / 2, high


def _alignment(x: Any, y: Any) -> Any:
    x, y = (tf.reshape(tf.cast(one, tf.float32), (-1, one.shape[-1])) for one in (x, y))
    across = tf.reduce_sum(tf.square(tf.matmul(y, x, transpose_a=True)))
    own = [tf.reduce_sum(tf.square(tf.matmul(one, one, transpose_a=True))) for one in (x, y)]
    norms = [tf.sqrt(tf.maximum(one, 1e-12)) for one in own]  # whose product could overflow
    return across / (norms[0] * norms[1])
