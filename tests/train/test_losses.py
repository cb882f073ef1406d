"""The losses, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from edgegan.train.losses import discriminator_gan_loss, generator_gan_loss, l1_loss
from tests.train.tiny import noise


def _logits(value: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.full((2, 3, 3, 1), value, np.float32)


@pytest.mark.parametrize(("fake", "loss"), [(0.0, 1.0), (0.5, 0.25), (1.0, 0.0), (3.0, 4.0)])
def test_the_generator_wants_ones(fake: float, loss: float) -> None:
    assert float(generator_gan_loss(_logits(fake))) == loss


@pytest.mark.parametrize(
    ("real", "fake", "loss"),
    [
        (1.0, 0.0, 0.0),  # all told apart
        (0.5, 0.5, 0.25),  # undecided
        (0.0, 1.0, 1.0),  # all wrong
        (1.0, 1.0, 0.5),
        (0.0, 0.0, 0.5),
        (1.0, -2.0, 2.0),
    ],
)
def test_the_discriminator_wants_ones_for_real_and_zeros_for_fake(
    real: float, fake: float, loss: float
) -> None:
    assert float(discriminator_gan_loss(_logits(real), _logits(fake))) == loss


def test_losses_are_means_over_images_and_patches() -> None:
    x, y = noise(0, count=2).astype(np.float64), noise(1, count=2).astype(np.float64)
    assert float(generator_gan_loss(x)) == pytest.approx(np.mean((x - 1) ** 2))
    expected = (np.mean((x - 1) ** 2) + np.mean(y**2)) / 2
    assert float(discriminator_gan_loss(x, y)) == pytest.approx(expected)
    assert float(l1_loss(x, y)) == pytest.approx(np.mean(np.abs(x - y)))


def test_l1_of_equal_images_is_zero_and_of_opposite_ones_is_two() -> None:
    ones = tf.ones((1, 8, 8, 3))
    assert float(l1_loss(ones, ones)) == 0.0
    assert float(l1_loss(ones, -ones)) == 2.0


def test_float16_logits_do_not_overflow() -> None:
    large = _logits(300).astype(np.float16)
    assert float(generator_gan_loss(large)) == 299.0**2
