"""Gradient accumulation: the parts add up to the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from edgegan.train.accumulation import accumulate
from tests.train.tiny import uniform


def compute(x: Any, y: Any) -> tuple[Any, tuple[Any, ...]]:
    return ({"sum": tf.reduce_sum(x * y)}, [tf.reduce_sum(x, axis=0)]), (x + y, 2 * y)


@pytest.mark.parametrize("parts", [1, 2, 3, 6])
@pytest.mark.parametrize("compiled", [False, True])
def test_sums_are_added_and_images_put_together(parts: int, compiled: bool) -> None:
    x, y = uniform(0, (6, 2, 2, 1)), uniform(1, (6, 2, 2, 1))

    def run(x: Any, y: Any) -> Any:
        return accumulate(compute, (x, y), parts)

    (sums, vectors), images = (tf.function(run) if compiled else run)(x, y)
    assert float(sums["sum"]) == pytest.approx(float(np.sum(x * y)), rel=1e-5)
    np.testing.assert_allclose(vectors[0], x.sum(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(images[0], x + y)
    np.testing.assert_array_equal(images[1], 2 * y)


def test_each_part_is_seen_alone() -> None:
    sizes: list[int] = []

    def spy(x: Any) -> tuple[Any, tuple[Any, ...]]:
        sizes.append(int(x.shape[0]))
        return tf.reduce_sum(x), ()

    total, images = accumulate(spy, (uniform(0, (6, 1, 1, 1)),), 3)
    assert set(sizes) == {2}
    assert images == ()
    assert float(total) == pytest.approx(float(uniform(0, (6, 1, 1, 1)).sum()), rel=1e-5)
