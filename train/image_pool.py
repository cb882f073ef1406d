"""The image pool: the discriminator sees a history of translations, not just the last.

Shrivastava et al. 2017, Sec. 2.3; reference: util/image_pool.py of
junyanz/pytorch-CycleGAN-and-pix2pix, where the pool holds 50 images.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf


class ImagePool(tf.Module):  # type: ignore[misc]
    """A buffer of past images, saved with checkpoints.

    While it fills, each image is stored and returned. Once full, an image is returned
    as it came with probability 1/2; otherwise it takes the place of a random stored
    image, which is returned. Draws depend on the seed and on the count of images
    alone, so that a resumed run goes on as if it had not stopped.

    Args:
        size: Images held; 0 returns every image as it came.
        image_shape: (H, W, C).
        seed: Of the draws.
    """

    def __init__(self, size: int, image_shape: tuple[int, int, int], seed: int) -> None:
        super().__init__(name="image_pool")
        self._size = size
        self._seed = seed
        self._images = tf.Variable(tf.zeros((size, *image_shape)), trainable=False, name="images")
        self._count = tf.Variable(0, dtype=tf.int64, trainable=False, name="count")

    def query(self, images: Any) -> Any:
        """Exchange `images`, float32 `[N, H, W, C]`, one by one; same shape returned.

        Keep it out of jit-compiled functions: XLA on CPUs copies the whole buffer at
        each update.
        """
        if self._size == 0:
            return images
        return tf.stack([self._exchange(image) for image in tf.unstack(images)])

    @tf.function  # type: ignore[untyped-decorator]
    def _exchange(self, image: Any) -> Any:
        count = self._count.read_value()
        self._count.assign_add(1)
        if count < self._size:
            self._images.scatter_update(tf.IndexedSlices(image, count))
            return image
        seed = tf.stack([tf.cast(self._seed, tf.int64), count])
        slot = tf.random.stateless_uniform((), seed, maxval=2 * self._size, dtype=tf.int32)
        if slot >= self._size:  # probability 1/2
            return image
        stored = tf.gather(self._images, slot)  # reads one image, not the whole buffer
        self._images.scatter_update(tf.IndexedSlices(image, slot))
        return stored
