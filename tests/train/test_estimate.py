from __future__ import annotations

import numpy as np
import pytest

from edgegan.train.estimate import averaged, mean_estimate


def test_the_interval_of_a_mean_is_that_of_the_textbook() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    estimate = mean_estimate(values)
    low, high = estimate.interval
    assert estimate.value == pytest.approx(values.mean())
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.15)


def test_half_the_interval_needs_four_times_the_images() -> None:
    estimate = mean_estimate(np.random.default_rng(0).normal(size=100))
    low, high = estimate.interval
    assert estimate.images_needed((high - low) / 4) == 400
    assert mean_estimate([1.0, 1.0]).images_needed(0.0) == 2


def test_directions_over_the_same_images_are_averaged_image_by_image() -> None:
    values = np.random.default_rng(0).normal(size=50)
    same = averaged([mean_estimate(values), mean_estimate(values)])
    opposite = averaged([mean_estimate(values), mean_estimate(-values)])
    assert same.interval == mean_estimate(values).interval
    assert opposite.interval == pytest.approx((0.0, 0.0))
