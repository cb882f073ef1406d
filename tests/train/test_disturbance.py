"""Blur and noise on what a discriminator sees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from edgegan.errors import UsageError
from edgegan.train.disturbance import disturbed, draw_disturbance
from edgegan.train.stargan import StarGAN
from edgegan.train.stargan_config import (
    StarGANConfig,
    StarGANDiscriminatorConfig,
    StarGANLossConfig,
)
from tests.train.tiny import moments_of, uniform
from tests.train.tiny_stargan import ATTRIBUTES, LSGAN, TRAIN, tiny_batch, tiny_stargan

SHAPE = (200, 8, 6, 3)
SEED = tf.constant([3, 4], tf.int64)


def test_each_image_is_convolved_with_its_own_kernel() -> None:
    images = uniform(1, (2, 8, 6, 3))
    weights = np.array([0.1, 0.25], np.float32)
    got = disturbed(images, weights[:, None, None, None], np.zeros_like(images)).numpy()
    for image, weight, blurred in zip(images, weights, got, strict=True):
        line = np.array([weight, 1 - 2 * weight, weight])
        padded = np.pad(image, ((1, 1), (1, 1), (0, 0)), "symmetric")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))
        np.testing.assert_allclose(
            blurred, (windows * np.outer(line, line)).sum(axis=(-2, -1)), atol=1e-6
        )


def test_strengths_are_drawn_evenly_up_to_the_settings() -> None:
    weights, noise = (x.numpy() for x in draw_disturbance(SHAPE, 0.6, 0.04, SEED))
    assert (weights.shape, noise.shape) == ((200, 1, 1, 1), SHAPE)
    assert 0 <= weights.min() < 0.01
    assert 0.17 < weights.max() <= 0.18  # a variance of 0.6^2
    deviations = noise.std(axis=(1, 2, 3))
    assert deviations.min() < 0.002
    assert 0.036 < deviations.max() < 0.046
    assert deviations.mean() == pytest.approx(0.02, rel=0.1)
    assert abs(noise.mean()) < 0.001
    assert abs(np.corrcoef(weights.ravel(), deviations)[0, 1]) < 0.2


def test_either_can_be_off() -> None:
    weights, noise = draw_disturbance(SHAPE, 0.0, 0.04, SEED)
    assert not weights.numpy().any()
    assert noise.numpy().all()
    weights, noise = draw_disturbance(SHAPE, 0.6, 0.0, SEED)
    assert weights.numpy().all()
    assert not noise.numpy().any()


def test_the_seed_decides() -> None:
    first, again, other = (
        draw_disturbance(SHAPE, 0.6, 0.04, seed)[1].numpy() for seed in (SEED, SEED, SEED + 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def disturbing(config: StarGANConfig) -> StarGANConfig:
    return replace(config, discriminator=replace(config.discriminator, blur=0.6, noise=0.5))


def test_the_discriminator_sees_real_and_translated_images_disturbed() -> None:
    gan = StarGAN(disturbing(tiny_stargan(loss=LSGAN)))
    images, labels, targets = tiny_batch(ATTRIBUTES, 1)
    gan.discriminator.set_weights([4 * weight for weight in gan.discriminator.get_weights()])
    view = gan._disturbance(images, stream=1)
    fakes = gan.generator([images, targets])
    real, fake = (gan.discriminator(disturbed(x, *view))[0].numpy() for x in (images, fakes))
    (losses, _), _ = gan._discriminator_gradients(images, labels, targets, *view)
    expected = np.mean((real - 1) ** 2) + np.mean(fake**2)
    assert float(losses["discriminator"]) == pytest.approx(expected, rel=1e-4)
    found = gan._generator_losses(images, labels, targets, *view)
    assert float(found["gan"]) == pytest.approx(np.mean((fake - 1) ** 2), rel=1e-4)
    plain = gan.discriminator(fakes)[0].numpy()
    assert float(found["gan"]) != pytest.approx(np.mean((plain - 1) ** 2), rel=1e-4)
    # What it makes of translations is not disturbed.
    back = np.abs(gan.generator([fakes, labels]).numpy() - images).mean()
    assert float(found["cycle"]) == pytest.approx(10 * back, rel=1e-4)


def test_each_step_and_each_network_disturbs_anew() -> None:
    gan = StarGAN(disturbing(tiny_stargan()))
    images, _, _ = tiny_batch(ATTRIBUTES, 1)
    drawn = [gan._disturbance(images, stream)[1].numpy() for stream in (1, 2)]
    gan.step.assign_add(1)
    drawn.append(gan._disturbance(images, 1)[1].numpy())
    assert not any(np.array_equal(drawn[a], drawn[b]) for a, b in ((0, 1), (0, 2), (1, 2)))
    assert StarGAN(tiny_stargan())._disturbance(images, 1) == ()


def test_the_two_networks_take_different_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    gan = StarGAN(disturbing(tiny_stargan(loss=LSGAN, train=replace(TRAIN, n_critic=1))))
    draw, streams = gan._disturbance, []

    def noted(images: Any, stream: int) -> Any:
        streams.append(stream)
        return draw(images, stream)

    monkeypatch.setattr(gan, "_disturbance", noted)
    gan.train_step(*tiny_batch(ATTRIBUTES, 1))
    assert sorted({*streams}) == [1, 2]


def test_an_accumulated_step_is_disturbed_as_the_whole_one() -> None:
    """With the penalty: it looks between disturbed images."""
    images, labels, targets = tiny_batch(ATTRIBUTES, 1)

    def stepped(parts: int) -> tuple[Any, Any]:
        train = replace(TRAIN, n_critic=1, accumulation_steps=parts)
        config = disturbing(tiny_stargan(loss=StarGANLossConfig(), train=train))
        gan = StarGAN(config)
        losses = gan.train_step(images, labels, targets)
        return {name: float(loss) for name, loss in losses.items()}, moments_of(gan)

    (expected, one), (got, other) = stepped(1), stepped(2)
    assert got == pytest.approx(expected, rel=1e-4, abs=1e-6)
    np.testing.assert_allclose(other, one, rtol=1e-3, atol=1e-5 * np.abs(one).max())


def test_impossible_strengths() -> None:
    with pytest.raises(UsageError, match=r"discriminator\.blur is 0\.9; .* \[0, 0\.8\]"):
        StarGANDiscriminatorConfig(blur=0.9)
    with pytest.raises(UsageError, match=r"discriminator\.noise is -0\.1; .* \[0, 1\]"):
        StarGANDiscriminatorConfig(noise=-0.1)
