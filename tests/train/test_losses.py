"""The losses, against values worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from edgegan.train.config_groups import GANMode
from edgegan.train.losses import (
    discriminator_gan_loss,
    generator_gan_loss,
    gradient_penalty,
    l1_loss,
)
from tests.train.tiny import noise, uniform

LOG2 = float(np.log(2.0))
SOFT1 = float(np.log1p(np.exp(1.0)))  # -log sigmoid(-1)


def _logits(value: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.full((2, 3, 3, 1), value, np.float32)


@pytest.mark.parametrize(
    ("mode", "fake", "loss"),
    [
        *(("lsgan", 0.0, 1.0), ("lsgan", 0.5, 0.25), ("lsgan", 1.0, 0.0), ("lsgan", 3.0, 4.0)),
        *(("vanilla", 0.0, LOG2), ("vanilla", -1.0, SOFT1), ("vanilla", 100.0, 0.0)),
        *(("hinge", 2.0, -2.0), ("wgan-gp", -3.0, 3.0)),
    ],
)
def test_the_generator_wants_its_images_taken_for_real(
    mode: GANMode, fake: float, loss: float
) -> None:
    assert float(generator_gan_loss(mode, _logits(fake))) == pytest.approx(loss)


@pytest.mark.parametrize(
    ("mode", "real", "fake", "loss"),
    [
        ("lsgan", 1.0, 0.0, 0.0),  # all told apart
        ("lsgan", 0.5, 0.5, 0.25),  # undecided
        ("lsgan", 0.0, 1.0, 1.0),  # all wrong
        ("lsgan", 1.0, 1.0, 0.5),
        ("lsgan", 0.0, 0.0, 0.5),
        ("lsgan", 1.0, -2.0, 2.0),
        ("vanilla", 0.0, 0.0, LOG2),
        ("vanilla", -1.0, 100.0, (SOFT1 + 100.0) / 2),
        ("vanilla", 100.0, -100.0, 0.0),
        ("hinge", 1.0, -1.0, 0.0),  # beyond the margin
        ("hinge", 5.0, -5.0, 0.0),
        ("hinge", 0.0, 0.5, 1.25),
        ("wgan-gp", 2.0, -1.0, -1.5),
    ],
)
def test_the_discriminator_wants_real_and_fake_told_apart(
    mode: GANMode, real: float, fake: float, loss: float
) -> None:
    assert float(discriminator_gan_loss(mode, _logits(real), _logits(fake))) == pytest.approx(loss)


def test_losses_are_means_over_images_and_patches() -> None:
    x, y = noise(0, count=2).astype(np.float64), noise(1, count=2).astype(np.float64)
    assert float(generator_gan_loss("lsgan", x)) == pytest.approx(np.mean((x - 1) ** 2))
    expected = (np.mean((x - 1) ** 2) + np.mean(y**2)) / 2
    assert float(discriminator_gan_loss("lsgan", x, y)) == pytest.approx(expected)
    assert float(l1_loss(x, y)) == pytest.approx(np.mean(np.abs(x - y)))


def test_l1_of_equal_images_is_zero_and_of_opposite_ones_is_two() -> None:
    ones = tf.ones((1, 8, 8, 3))
    assert float(l1_loss(ones, ones)) == 0.0
    assert float(l1_loss(ones, -ones)) == 2.0


def test_float16_logits_do_not_overflow() -> None:
    large = _logits(300).astype(np.float16)
    assert float(generator_gan_loss("lsgan", large)) == 299.0**2


def linear(weights: Any) -> Any:
    """Make a discriminator of one logit, the product with `weights`."""
    return lambda x: tf.reduce_sum(x * weights, axis=[1, 2, 3], keepdims=True)


def test_the_penalty_of_a_linear_discriminator_is_known() -> None:
    weights = uniform(3, (4, 4, 2))
    real, fake, mix = uniform(0, (3, 4, 4, 2)), uniform(1, (3, 4, 4, 2)), np.ones((3, 1, 1, 1))
    norm = float(np.sqrt(np.sum(weights.astype(np.float64) ** 2)))
    penalty = gradient_penalty(linear(weights), real, fake, mix.astype(np.float32))
    assert float(penalty) == pytest.approx((norm - 1) ** 2, rel=1e-5)


def test_the_penalty_looks_between_the_images_and_sums_patches() -> None:
    """Of sum(x^2) the slope at x is 2 x; two equal patches double it."""
    real, fake = uniform(0, (2, 3, 3, 1)), uniform(1, (2, 3, 3, 1))
    mix = np.array([0.25, 0.9], np.float32).reshape(2, 1, 1, 1)
    points = (mix * real + (1 - mix) * fake).astype(np.float64)
    slopes = np.sqrt(np.sum((4 * points) ** 2, axis=(1, 2, 3)))

    def patches(x: Any) -> Any:
        one = tf.reduce_sum(tf.square(x), axis=[1, 2, 3], keepdims=True)
        return tf.concat([one, one], axis=1)

    penalty = gradient_penalty(patches, real, fake, mix)
    assert float(penalty) == pytest.approx(np.mean((slopes - 1) ** 2), rel=1e-5)


def test_the_penalty_of_a_dead_discriminator_has_a_finite_gradient() -> None:
    weights = tf.Variable(tf.zeros((4, 4, 2)))
    images = uniform(0, (1, 4, 4, 2))
    with tf.GradientTape() as tape:
        penalty = gradient_penalty(linear(weights), images, images, tf.ones((1, 1, 1, 1)))
    assert float(penalty) == pytest.approx(1.0, abs=1e-5)
    assert np.isfinite(tape.gradient(penalty, weights)).all()


def test_the_gradient_of_the_penalty_is_its_finite_difference() -> None:
    """In float64, for a discriminator of two layers."""
    rng = np.random.default_rng(5)
    kernel, out = (tf.Variable(rng.normal(size=s)) for s in ((3, 3, 2, 3), (3, 3, 3, 1)))
    real, fake = rng.normal(size=(2, 1, 6, 6, 2))
    mix = np.full((1, 1, 1, 1), 0.3)

    def penalty() -> Any:
        def judge(x: Any) -> Any:
            hidden = tf.nn.conv2d(x, kernel, 1, "VALID")
            return tf.nn.conv2d(tf.nn.leaky_relu(hidden, 0.2), out, 1, "VALID")

        return gradient_penalty(judge, real, fake, mix)

    with tf.GradientTape() as tape:
        value = penalty()
    direction = rng.normal(size=kernel.shape)
    slope = float(np.sum(tape.gradient(value, kernel).numpy() * direction))
    start, step = kernel.numpy(), 1e-5
    ends = []
    for sign in (1, -1):
        kernel.assign(start + sign * step * direction)
        ends.append(float(penalty()))
    assert slope == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5)
