"""The smallest settings and labelled data that still exercise every part of StarGAN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edgegan.data import Images
from edgegan.domains import Domain, encode
from edgegan.emoji import SheetImages
from edgegan.images import FloatArray
from edgegan.labeled_data import LabeledData, LabeledImages, LabeledSet
from edgegan.train.stargan import StarGAN
from edgegan.train.stargan_config import (
    StarGANConfig,
    StarGANDataConfig,
    StarGANDiscriminatorConfig,
    StarGANLossConfig,
    StarGANTrainConfig,
    stargan_generator,
)
from tests.train.tiny import numbered_images, uniform

SIZE = 16
BATCH = 4
TRAIN = StarGANTrainConfig(
    steps=8, n_critic=3, log_every=1, sample_every=4, checkpoint_every=100, ema=0.9
)
LSGAN = StarGANLossConfig(gan="lsgan")

# Two data sets, as CelebA and RaFD are: attributes, some of them exclusive, and classes.
ATTRIBUTES = (
    Domain(name="Black_Hair", group="hair", default=1.0),
    Domain(name="Blond_Hair", group="hair"),
    Domain(name="Male"),
)
CLASSES = (
    Domain(name="red", group="colour", one_hot=True, default=1.0),
    Domain(name="green", group="colour", one_hot=True),
    Domain(name="blue", group="colour", one_hot=True),
)
BOTH = (*ATTRIBUTES, *(replace(domain, dataset=1) for domain in CLASSES))


def tiny_stargan(
    domains: Sequence[Domain] = ATTRIBUTES,
    *,
    train: StarGANTrainConfig = TRAIN,
    loss: StarGANLossConfig | None = None,
    data: StarGANDataConfig | None = None,
) -> StarGANConfig:
    """Make settings for 16x16 images in batches of 4."""
    return StarGANConfig(
        generator=replace(
            stargan_generator(),
            image_size=SIZE,
            filters=2,
            residual_blocks=1,
            domains=tuple(domains),
        ),
        discriminator=StarGANDiscriminatorConfig(filters=2, layers=2),
        loss=loss or StarGANLossConfig(),
        data=data or StarGANDataConfig(batch_size=BATCH),
        train=train,
    )


def tiny_batch(
    domains: Sequence[Domain], seed: int, count: int = BATCH
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draw images of noise, labels of one data set, and the labels of other images."""
    rng = np.random.default_rng(seed)
    sets = 1 + max(domain.dataset for domain in domains)
    own = [domain for domain in domains if domain.dataset == seed % sets]
    labels = np.stack([encode(domains, _wanted(own, rng)) for _ in range(count)])
    return uniform(seed, (count, SIZE, SIZE, 3)), labels, np.roll(labels, 1, axis=0)


def _wanted(domains: Sequence[Domain], rng: np.random.Generator) -> dict[str, bool]:
    members = [domain.name for domain in domains if domain.group]
    chosen = members[rng.integers(len(members))]
    return {d.name: d.name == chosen if d.group else bool(rng.integers(2)) for d in domains}


def weights_of(gan: StarGAN) -> dict[str, list[FloatArray]]:
    """Copy the weights of both networks."""
    return {net.name: net.get_weights() for net in (gan.generator, gan.discriminator)}


def labeled_set(
    domains: Sequence[Domain], train: Images, test: Images, spec: str = "numbered"
) -> LabeledSet:
    """Label images by `label_of`."""
    return LabeledSet(
        spec=spec,
        domains=tuple(domains),
        train=LabeledImages(images=train, labels=_labels(domains, len(train))),
        test=LabeledImages(images=test, labels=_labels(domains, len(test))),
    )


def label_of(domains: Sequence[Domain], number: int) -> list[float]:
    """Tell the label of image `number`: group members take turns, toggles count the turns."""
    members = [domain.name for domain in domains if domain.group]
    toggles = [domain.name for domain in domains if not domain.group]
    turn = number // max(len(members), 1)
    return [
        float(number % len(members) == members.index(domain.name))
        if domain.group
        else float(turn >> toggles.index(domain.name) & 1)
        for domain in domains
    ]


def numbered_labeled(
    counts: Sequence[int], parts: Sequence[Sequence[Domain]] = (ATTRIBUTES, CLASSES)
) -> LabeledData:
    """Make a set of numbered images for each count, with the domains of the same place."""
    return LabeledData(
        sets=tuple(
            labeled_set(
                domains, numbered_images(count, SIZE), numbered_images(3, SIZE), f"set{index}"
            )
            for index, (count, domains) in enumerate(zip(counts, parts, strict=False))
        )
    )


def colour_data(count: int) -> LabeledData:
    """Make images whose strongest channel is their class, red, green or blue."""
    train, test = _colours(count, 1), _colours(count, 2)
    return LabeledData(sets=(labeled_set(CLASSES, train, test, "colours"),))


def _colours(count: int, seed: int) -> SheetImages:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 60, (count, SIZE, SIZE, 3)).astype(np.uint8)
    for number in range(count):
        top, left = rng.integers(0, SIZE // 2, 2)
        patch = pixels[number, top : top + SIZE // 2, left : left + SIZE // 2]
        patch[..., number % 3] += np.uint8(rng.integers(120, 190))
    return SheetImages(tuple(f"{number}.png" for number in range(count)), pixels)


def _labels(domains: Sequence[Domain], count: int) -> NDArray[np.float32]:
    return np.array([label_of(domains, number) for number in range(count)], np.float32)
