"""The moving average of weights, against its recurrence."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from edgegan.train.moving_average import MovingAverage
from edgegan.train.networks import build_generator
from tests.train.tiny import GENERATOR


@pytest.mark.parametrize("decay", [0.3, 0.9])
def test_it_follows_the_recurrence_with_its_warm_up(decay: float) -> None:
    network, other = build_generator(GENERATOR), build_generator(GENERATOR)
    average = MovingAverage(network, other, decay)
    mean = network.get_weights()[0]
    np.testing.assert_array_equal(other.get_weights()[0], mean)
    for step in range(4):
        network.set_weights([np.cos(weight + step) for weight in network.get_weights()])
        average.update(tf.constant(step, tf.int64))
        keep = min(decay, (1 + step) / (10 + step))
        mean = keep * mean + (1 - keep) * network.get_weights()[0]
        np.testing.assert_allclose(average.average.get_weights()[0], mean, rtol=1e-5, atol=1e-7)
