"""The image pool hands back a history of images, and survives a restart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from edgegan.train.image_pool import ImagePool
from tests.train.tiny import noise

SIZE = 10
QUERIES = 2000


def query(pool: ImagePool, number: int) -> int:
    """Exchange the 1x1 image that shows `number`."""
    return int(pool.query(tf.fill((1, 1, 1, 1), float(number)))[0, 0, 0, 0])


def test_history() -> None:
    pool = ImagePool(SIZE, (1, 1, 1), seed=3)
    stored: list[int] = []
    current = 0
    slots = np.zeros(SIZE, int)
    for number in range(QUERIES):
        returned = query(pool, number)
        if len(stored) < SIZE:  # filling: every image comes back
            assert returned == number
            stored.append(number)
        elif returned == number:
            current += 1
        else:  # an old image leaves its place to the new one
            slot = stored.index(returned)
            stored[slot] = number
            slots[slot] += 1
    draws = QUERIES - SIZE
    # Four standard deviations of a binomial, for the coin and for each slot.
    assert abs(current - draws / 2) < 4 * (draws / 4) ** 0.5
    exchanged = slots.sum()
    assert np.abs(slots - exchanged / SIZE).max() < 4 * (exchanged * 0.1 * 0.9) ** 0.5


def test_a_batch_is_exchanged_image_by_image() -> None:
    one, other = (ImagePool(2, (8, 8, 3), seed=0) for _ in range(2))
    images = noise(0, count=12)
    batch = one.query(tf.constant(images)).numpy()
    singles = [other.query(tf.constant(image[None])).numpy()[0] for image in images]
    np.testing.assert_array_equal(batch, np.stack(singles))
    assert not np.array_equal(batch, images)


def test_size_zero_returns_every_image_as_it_came() -> None:
    pool = ImagePool(0, (1, 1, 1), seed=0)
    assert [query(pool, number) for number in range(20)] == list(range(20))


def test_the_seed_decides_the_draws() -> None:
    def draws(seed: int) -> list[int]:
        pool = ImagePool(2, (1, 1, 1), seed)
        return [query(pool, number) for number in range(40)]

    assert draws(1) == draws(1) != draws(2)


def test_a_restored_pool_goes_on_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    pool = ImagePool(3, (1, 1, 1), seed=5)
    for number in range(10):
        query(pool, number)
    path = tf.train.Checkpoint(pool=pool).write(str(tmp_path / "pool"))
    expected = [query(pool, number) for number in range(10, 50)]

    restored = ImagePool(3, (1, 1, 1), seed=5)
    tf.train.Checkpoint(pool=restored).read(path).assert_consumed()
    assert [query(restored, number) for number in range(10, 50)] == expected
    fresh = ImagePool(3, (1, 1, 1), seed=5)
    assert [query(fresh, number) for number in range(10, 50)] != expected
