"""Tiny StarGANs to train for a few steps, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from edgegan.atomic import atomic_path
from edgegan.domains import Domain
from edgegan.images import FloatArray
from edgegan.train.stargan_config import StarGANMode
from tests.train.parity import GOLDEN, Arrays

PATH = GOLDEN / "stargan.npz"
BATCH, CRITIC, ROUNDS = 4, 2, 2

ATTRIBUTES = (
    Domain(name="Black_Hair", group="hair"),
    Domain(name="Blond_Hair", group="hair"),
    Domain(name="Brown_Hair", group="hair"),
    Domain(name="Male"),
    Domain(name="Young"),
)
CLASSES = tuple(Domain(name=f"class{i}", group="class", one_hot=True, dataset=1) for i in range(4))


@dataclass(frozen=True)
class Case:
    """What to train.

    Attributes:
        domains: Of one data set or two; a set's are all one-hot or all not.
        mode: Of the adversarial loss.
        seed: Of the initial weights.
        size: Of the images.
        filters: Width of the first convolution of both networks.
        blocks: Residual blocks.
        discriminator_layers: Strided convolutions of the discriminator.
    """

    domains: tuple[Domain, ...]
    mode: StarGANMode
    seed: int
    size: int = 32
    filters: int = 4
    blocks: int = 1
    discriminator_layers: int = 3


CASES = {
    "attributes": Case(ATTRIBUTES, "wgan-gp", seed=3),
    "two-sets": Case(
        ATTRIBUTES[1:4] + CLASSES,
        "wgan-gp",
        seed=5,
        size=64,
        filters=2,
        blocks=2,
        discriminator_layers=4,
    ),
    "lsgan": Case(ATTRIBUTES, "lsgan", seed=1, filters=2),
    "hinge": Case(ATTRIBUTES, "hinge", seed=4, filters=2),
}


@dataclass(frozen=True, eq=False)
class Recording:
    """What became of a case.

    Attributes:
        initial: Weights by name, as in "generator.block1a_conv.kernel", in Keras's layout.
        losses: Weighted, at these weights, by edgegan's names.
        gradients: Of the sum of a network's losses at these weights, named as they are.
        final: Weights after `ROUNDS` times `CRITIC` updates of the discriminator and one
            of the generator, on the last of their batches.
    """

    initial: Arrays
    losses: Arrays
    gradients: Arrays
    final: Arrays


def save(recordings: Mapping[str, Recording], path: Path) -> None:
    """Write a .npz; initial weights must be representable in float16."""
    types = {"initial": np.float16, "losses": np.float64}
    arrays = {
        f"{case}/{part}/{name}": np.asarray(value, types.get(part, np.float32))
        for case, recording in recordings.items()
        for part, values in vars(recording).items()
        for name, value in values.items()
    }
    with atomic_path(path) as partial, partial.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load(case: str, path: Path = PATH) -> Recording:
    """Read what `save` wrote of a case."""
    parts: dict[str, Arrays] = {"initial": {}, "losses": {}, "gradients": {}, "final": {}}
    with np.load(path) as content:
        for key in content.files:
            owner, part, name = key.split("/")
            if owner == case:
                array = content[key]
                parts[part][name] = array if part == "losses" else array.astype(np.float32)
    return Recording(**parts)


def draw_batch(case: Case, step: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Draw images `[N, S, S, 3]`, labels and targets `[N, c]`, and mix `[N, 1, 1, 1]`.

    Pixels are in [-1, -0.8] or [0.8, 1], so that no difference that L1 measures is near 0.
    With two data sets, images come from either by turns. `mix` is what edgegan draws for
    `train.seed` 0.
    """
    # NumPy keeps the numbers of RandomState as they are for good, unlike those of Generator.
    draw, shape = np.random.RandomState(step), (BATCH, case.size, case.size, 3)
    pixels = draw.randint(0, 26, shape) + 230 * draw.randint(0, 2, shape)
    labels = np.array([_label(case.domains, number, draw) for number in range(BATCH)], np.float32)
    targets = np.roll(labels, 1, axis=0)
    mix = tf.random.stateless_uniform((BATCH, 1, 1, 1), (0, step)).numpy()
    return pixels.astype(np.float32) / 127.5 - 1, labels, targets, mix


def _label(domains: tuple[Domain, ...], number: int, draw: np.random.RandomState) -> list[int]:
    """Draw a label: the values of the set that the image is from, zeros, and the mask."""
    sets = 1 + max(domain.dataset for domain in domains)
    known = number % sets
    bits, chosen = draw.randint(0, 2, len(domains)), draw.randint(len(CLASSES))
    classes = [domain for domain in domains if domain.one_hot]
    values = [
        int(domain.dataset == known)
        * (int(classes.index(domain) == chosen) if domain.one_hot else int(bit))
        for domain, bit in zip(domains, bits, strict=True)
    ]
    return values + [int(one == known) for one in range(sets)] * (sets > 1)
