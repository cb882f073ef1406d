"""The tf.data pipeline that makes training batches ahead, on all cores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from edgegan.images import FloatArray
from edgegan.train.samples import Sampler


def batches(
    sampler: Sampler, start: int, stop: int, part: int = 0, of: int = 1
) -> Iterator[tuple[Any, Any]]:
    """Yield the batches of A and B of each step, decoded while others are being used.

    Args:
        sampler: Draws the samples, in several threads at once.
        start: First step.
        stop: The step after the last.
        part: Which part of each step's batch is wanted; no image of the others is decoded.
        of: Equal parts that a batch is divided in, one for each machine.

    Yields:
        Pairs of tensors, float32 `[batch_size / of, *image_shape, channels]` in [-1, 1].

    Raises:
        UsageError, DataError: what `Sampler.sample` raises.
    """
    failures: dict[int, Exception] = {}

    def draw(step: np.int64) -> tuple[FloatArray, FloatArray]:
        try:
            return sampler.sample(int(step), part, of)
        except Exception as error:
            failures[int(step)] = error
            raise

    dataset = tf.data.Dataset.range(start, stop).map(
        lambda step: tf.numpy_function(draw, [step], (tf.float32, tf.float32)),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )
    ready = iter(dataset.prefetch(tf.data.AUTOTUNE))
    for step in range(start, stop):
        try:
            pair = next(ready)
        except tf.errors.OpError as error:
            raise failures.get(step, error) from None
        yield pair
