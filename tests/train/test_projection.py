"""A discriminator of StarGAN that judges how real an image is as one of its domains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from edgegan.train.losses import gradient_penalty
from edgegan.train.stargan import StarGAN
from edgegan.train.stargan_config import StarGANConfig, StarGANLossConfig
from edgegan.train.stargan_networks import build_stargan_discriminator, source_logits
from tests.train.test_stargan import BY_HAND
from tests.train.tiny import uniform
from tests.train.tiny_stargan import ATTRIBUTES, BOTH, tiny_batch, tiny_stargan


def projecting(config: StarGANConfig) -> StarGANConfig:
    return replace(config, discriminator=replace(config.discriminator, projection=True))


def test_it_has_a_map_for_all_images_and_one_for_each_domain() -> None:
    judge = build_stargan_discriminator(projecting(tiny_stargan(BOTH)))
    assert [tuple(output.shape) for output in judge.outputs] == [(None, 4, 4, 7), (None, 6)]


def test_the_maps_of_the_domains_that_are_on_are_added() -> None:
    """The two entries of the mask, the last, have no map."""
    maps = uniform(1, (2, 4, 4, 7))
    labels = np.array([[1, 0, 1, 0, 0, 0, 1, 0], [0, 0, 0, 0, 1, 0, 0, 1]], np.float32)
    got = source_logits(tf.constant(maps), labels).numpy()
    assert got.shape == (2, 4, 4, 1)
    first, second = maps
    np.testing.assert_allclose(got[0, ..., 0], first[..., 0] + first[..., 1] + first[..., 3], 1e-5)
    np.testing.assert_allclose(got[1, ..., 0], second[..., 0] + second[..., 5], 1e-5)
    np.testing.assert_array_equal(source_logits(maps[..., :1], labels), maps[..., :1])


@pytest.mark.parametrize("mode", ["lsgan", "hinge"])
def test_real_images_are_judged_by_their_label_and_translations_by_their_target(mode: Any) -> None:
    gan = StarGAN(projecting(tiny_stargan(loss=StarGANLossConfig(gan=mode))))
    images, labels, targets = tiny_batch(ATTRIBUTES, 1)
    gan.discriminator.set_weights([4 * weight for weight in gan.discriminator.get_weights()])

    def judged(x: Any, label: Any) -> Any:
        maps = gan.discriminator(x)[0].numpy()
        return maps[..., 0] + np.einsum("nhwc,nc->nhw", maps[..., 1:], label)

    fakes = gan.generator([images, targets])
    real, fake = judged(images, labels), judged(fakes, targets)
    assert not np.allclose(fake, judged(fakes, labels))
    discriminator, generator = BY_HAND[mode]
    (losses, _), _ = gan._discriminator_gradients(images, labels, targets)
    assert float(losses["discriminator"]) == pytest.approx(discriminator(real, fake), rel=1e-4)
    found = gan._generator_losses(images, labels, targets)
    assert float(found["gan"]) == pytest.approx(generator(fake), rel=1e-4)


def test_the_penalty_mixes_the_labels_as_it_mixes_the_images() -> None:
    gan = StarGAN(projecting(tiny_stargan()))
    images, labels, targets = tiny_batch(ATTRIBUTES, 1)
    gan.discriminator.set_weights([4 * weight for weight in gan.discriminator.get_weights()])
    share = np.array([0.1, 0.4, 0.6, 0.9], np.float32)
    mix = share[:, None, None, None]
    (losses, _), _ = gan._discriminator_gradients(images, labels, targets, mix)

    def penalty(between: Any) -> float:
        def judge(x: Any) -> Any:
            maps = gan.discriminator(x)[0]
            return maps[..., 0] + tf.einsum("nhwc,nc->nhw", maps[..., 1:], between)

        return 10 * float(gradient_penalty(judge, images, gan.generator([images, targets]), mix))

    mixed = penalty(share[:, None] * labels + (1 - share[:, None]) * targets)
    assert float(losses["penalty"]) == pytest.approx(mixed, rel=1e-4)
    assert penalty(labels) != pytest.approx(mixed, rel=1e-3)
