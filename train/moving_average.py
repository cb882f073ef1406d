"""The moving average of a network's weights, which often translates more steadily.

Yazici et al. 2019; Karras et al. 2018 sample from such an average.
"""

from __future__ import annotations

from typing import Any, Protocol

import tensorflow as tf
import tf_keras as keras


class Weighted(Protocol):
    """What has weights, such as a network."""

    @property
    def weights(self) -> list[Any]:
        """All of them."""


class MovingAverage(tf.Module):  # type: ignore[misc]
    """A second network whose weights follow those of the first, saved with checkpoints.

    Args:
        network: What is trained: its `weights` are followed.
        average: A network that has as many, in the same order; it takes their values now.
        decay: What is kept at each update in the long run, such as 0.999. Early on it is
            (1 + t) / (10 + t) where that is less, so that the start is forgotten.
    """

    def __init__(self, network: Weighted, average: keras.Model, decay: float) -> None:
        super().__init__(name="moving_average")
        self.average = average
        self._network = network
        self._decay = decay
        average.set_weights([weight.numpy() for weight in network.weights])

    @tf.function  # type: ignore[untyped-decorator]
    def update(self, step: tf.Tensor) -> None:
        """Move the average towards the network of now; `step` counts updates from 0."""
        t = tf.cast(step, tf.float32)
        keep = tf.minimum(self._decay, (1.0 + t) / (10.0 + t))
        for mean, weight in zip(self.average.weights, self._network.weights, strict=True):
            mean.assign(weight + keep * (mean - weight))
