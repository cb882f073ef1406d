"""The tf.data pipeline that makes training batches ahead, on all cores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from edgegan.images import FloatArray
from edgegan.train.samples import Sampler


def batches(
    sampler: Sampler, start: int, stop: int, parts: Sequence[int] = (0,), of: int = 1
) -> Iterator[tuple[Any, Any]]:
    """Yield the batches of A and B of each step, decoded while others are being used.

    Args:
        sampler: Draws the samples, in several threads at once.
        start: First step.
        stop: The step after the last.
        parts: Which parts of each step's batch are wanted, one after another; no image of
            the other parts is decoded.
        of: Equal parts that a batch is divided in: devices x accumulation steps.

    Yields:
        Pairs of tensors, float32 `[batch_size / of, *image_shape, channels]` in [-1, 1].

    Raises:
        UsageError, DataError: what `Sampler.sample` raises.
    """
    failures: dict[int, Exception] = {}

    def draw(position: np.int64) -> tuple[FloatArray, FloatArray]:
        step, part = divmod(int(position), len(parts))
        try:
            return sampler.sample(start + step, parts[part], of)
        except Exception as error:
            failures[int(position)] = error
            raise

    count = max(stop - start, 0) * len(parts)
    dataset = tf.data.Dataset.range(count).map(
        lambda position: tf.numpy_function(draw, [position], (tf.float32, tf.float32)),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )
    ready = iter(dataset.prefetch(tf.data.AUTOTUNE))
    for position in range(count):
        try:
            pair = next(ready)
        except tf.errors.OpError as error:
            raise failures.get(position, error) from None
        yield pair
