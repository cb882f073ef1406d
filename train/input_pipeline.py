"""The tf.data pipeline that makes training batches ahead, on all cores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from edgegan.images import FloatArray


class StepSampler(Protocol):
    """Draws training samples from the step number alone; threads may share it."""

    @property
    def arrays(self) -> int:
        """How many arrays a sample has."""

    def sample(self, step: int, part: int = 0, of: int = 1) -> tuple[FloatArray, ...]:
        """Return one of the `of` equal parts of the batch of `step`."""


def batches(
    sampler: StepSampler, start: int, stop: int, part: int = 0, of: int = 1
) -> Iterator[tuple[Any, ...]]:
    """Yield the batch of each step, decoded while others are being used.

    Args:
        sampler: Draws the samples, in several threads at once.
        start: First step.
        stop: The step after the last.
        part: Which part of each step's batch is wanted; no image of the others is decoded.
        of: Equal parts that a batch is divided in, one for each machine.

    Yields:
        What `sampler.sample` returns, as tensors.

    Raises:
        UsageError, DataError: what `sampler.sample` raises.
    """
    failures: dict[int, Exception] = {}

    def draw(step: np.int64) -> tuple[FloatArray, ...]:
        try:
            return sampler.sample(int(step), part, of)
        except Exception as error:
            failures[int(step)] = error
            raise

    dataset = tf.data.Dataset.range(start, stop).map(
        lambda step: tf.numpy_function(draw, [step], (tf.float32,) * sampler.arrays),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )
    ready = iter(dataset.prefetch(tf.data.AUTOTUNE))
    for step in range(start, stop):
        try:
            batch = next(ready)
        except tf.errors.OpError as error:
            raise failures.get(step, error) from None
        yield batch
