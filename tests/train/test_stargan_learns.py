"""A StarGAN that learns: images of three colours, each translated to any of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from edgegan.images import FloatArray, to_float
from edgegan.train.labeled_samples import LabeledSampler
from edgegan.train.stargan import StarGAN
from edgegan.train.stargan_config import (
    StarGANConfig,
    StarGANDataConfig,
    StarGANDiscriminatorConfig,
    StarGANTrainConfig,
)
from tests.train.tiny_stargan import CLASSES, LSGAN, colour_data, tiny_stargan

DATA = colour_data(60)
STEPS = 200


def config() -> StarGANConfig:
    """Return small settings for the three colours."""
    small = tiny_stargan(
        CLASSES,
        loss=LSGAN,
        data=StarGANDataConfig(batch_size=8),
        train=StarGANTrainConfig(steps=STEPS, n_critic=1, decay_start=STEPS),
    )
    return replace(
        small,
        generator=replace(small.generator, filters=8),
        discriminator=StarGANDiscriminatorConfig(filters=8, layers=3),
        optimizer=replace(small.optimizer, learning_rate=2e-3),
    )


def shares(generator: Any, images: FloatArray, labels: FloatArray) -> tuple[float, float]:
    """Tell how many translations have the colour asked for, and how many their old one."""
    right, same = [], []
    for target in np.eye(3, dtype=np.float32):
        wanted = np.tile(target, (len(images), 1))
        others = ~(labels == wanted).all(axis=1)
        outputs = generator([images[others], wanted[others]]).numpy()
        colours = outputs.mean(axis=(1, 2)).argmax(axis=1)
        right += list(colours == target.argmax())
        same += list(colours == labels[others].argmax(axis=1))
    return float(np.mean(right)), float(np.mean(same))


def test_it_learns_to_paint_in_the_colour_asked_for() -> None:
    settings = config()
    gan, sampler = StarGAN(settings), LabeledSampler(DATA, settings)
    test = DATA.sets[0].test
    images = np.stack([to_float(test.images[index]) for index in range(len(test.images))])
    labels = test.labels
    assert shares(gan.generator, images, labels)[0] < 0.6  # to begin with
    for step in range(STEPS):
        gan.train_step(*sampler.sample(step))
    right, same = shares(gan.generator, images, labels)
    assert right > 0.9
    assert same < 0.1
    fakes = gan.generator([images, np.roll(labels, 1, axis=0)]).numpy()
    back = gan.generator([fakes, labels]).numpy()
    assert np.abs(back - images).mean() < 0.75 * np.abs(fakes - images).mean()
