"""The losses, against values worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from edgegan.train.config_groups import GANMode
from edgegan.train.losses import (
    classification_loss,
    discriminator_gan_loss,
    generator_gan_loss,
    gradient_penalty,
    l1_loss,
)
from tests.train.tiny import noise, uniform
from tests.train.tiny_stargan import ATTRIBUTES, BOTH, CLASSES

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
    found = float(discriminator_gan_loss(mode, _logits(real), _logits(fake)))
    assert found / 2 == pytest.approx(loss)  # the table has the mean of both


def test_losses_are_means_over_images_and_patches() -> None:
    x, y = noise(0, count=2).astype(np.float64), noise(1, count=2).astype(np.float64)
    assert float(generator_gan_loss("lsgan", x)) == pytest.approx(np.mean((x - 1) ** 2))
    expected = np.mean((x - 1) ** 2) + np.mean(y**2)
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


BITS = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 1]], np.float32)
LOGITS = 3 * uniform(6, (3, 3))


def binary(logits: Any, labels: Any) -> Any:
    """Cross entropy of each entry by itself, summed."""
    z = logits.astype(np.float64)
    return np.sum(np.log1p(np.exp(z)) - labels * z, axis=1)


def softmax(logits: Any, labels: Any) -> Any:
    """Cross entropy of the one class."""
    z = logits.astype(np.float64)
    return np.log(np.exp(z).sum(axis=1)) - np.sum(labels * z, axis=1)


def test_attributes_are_summed_and_images_averaged() -> None:
    """Exclusive ones too, since all of them may be 0."""
    loss = float(classification_loss(ATTRIBUTES, LOGITS, BITS))
    assert loss == pytest.approx(np.mean(binary(LOGITS, BITS)), rel=1e-6)
    nothing = np.zeros((2, 3), np.float32)
    assert float(classification_loss(ATTRIBUTES, nothing, BITS[:2])) == pytest.approx(3 * LOG2)


def test_classes_are_a_softmax() -> None:
    labels = np.eye(3, dtype=np.float32)[[2, 0, 2]]
    loss = float(classification_loss(CLASSES, LOGITS, labels))
    assert loss == pytest.approx(np.mean(softmax(LOGITS, labels)), rel=1e-6)
    assert float(classification_loss(CLASSES, 0 * LOGITS, labels)) == pytest.approx(np.log(3))


def test_attributes_and_classes_of_one_set_are_added() -> None:
    domains = (*ATTRIBUTES[2:], *CLASSES, *ATTRIBUTES[:2])  # in any order
    logits = 3 * uniform(7, (3, 6))
    classes = np.eye(3, dtype=np.float32)
    labels = np.concatenate([BITS[:, :1], classes, BITS[:, 1:]], axis=1)
    expected = softmax(logits[:, 1:4], classes) + binary(logits[:, [0, 4, 5]], BITS)
    loss = float(classification_loss(domains, logits, labels))
    assert loss == pytest.approx(np.mean(expected), rel=1e-6)


# Images 0 and 2 are of the first set, image 1 of the second.
TWO_SETS = np.array(
    [[1, 0, 1, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 1, 0, 1], [0, 0, 0, 0, 0, 0, 1, 0]], np.float32
)


def test_of_two_sets_each_label_tells_only_of_its_own() -> None:
    logits = 3 * uniform(8, (3, 6))
    with tf.GradientTape() as tape:
        variable = tf.Variable(logits)
        loss = classification_loss(BOTH, variable, TWO_SETS)
    first, second = slice(None, None, 2), slice(1, 2)
    expected = [
        *binary(logits[first, :3], TWO_SETS[first, :3]),
        *softmax(logits[second, 3:], TWO_SETS[second, 3:6]),
    ]
    assert float(loss) == pytest.approx(np.sum(expected) / 3, rel=1e-6)
    gradient = tape.gradient(loss, variable).numpy()
    assert np.all(gradient[first, 3:] == 0.0)  # exactly
    assert np.all(gradient[second, :3] == 0.0)
    assert np.all(gradient[first, :3] != 0.0)
    assert np.all(gradient[second, 3:] != 0.0)


def test_what_another_set_thinks_does_not_matter_however_wild() -> None:
    logits = 3 * uniform(8, (3, 6))
    wild = logits.copy()
    wild[::2, 3:] = 1e30
    wild[1, :3] = -1e30
    losses = [float(classification_loss(BOTH, x, TWO_SETS)) for x in (logits, wild)]
    assert losses[0] == losses[1]
