"""The smallest settings and data that still exercise every part of training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgegan.data import PARTS, UnpairedData
from edgegan.emoji import SheetImages
from edgegan.generator import GeneratorConfig
from edgegan.images import FloatArray, ImageArray, save_image
from edgegan.train.cyclegan_config import (
    CycleGANConfig,
    DataConfig,
    DiscriminatorConfig,
    TrainConfig,
)
from edgegan.train.trainer import Trainer

SIZE = 8
GENERATOR = GeneratorConfig(image_size=SIZE, filters=2, residual_blocks=1, downsamplings=1)
DISCRIMINATOR = DiscriminatorConfig(filters=2, layers=1)
TRAIN = TrainConfig(steps=6, pool_size=2, log_every=1, sample_every=3, checkpoint_every=100)


def tiny_config(*, train: TrainConfig = TRAIN, data: DataConfig | None = None) -> CycleGANConfig:
    """Make settings for 8x8 images."""
    return CycleGANConfig(
        generator=GENERATOR,
        discriminator=DISCRIMINATOR,
        data=data or DataConfig(load_size=SIZE + 2),
        train=train,
    )


def noise(seed: int, count: int = 1, size: int = SIZE) -> FloatArray:
    """Draw images, `[count, size, size, 3]` float32 in [-1, 1]."""
    return uniform(seed, (count, size, size, 3))


def uniform(seed: int, shape: tuple[int, ...]) -> FloatArray:
    """Draw float32 of `shape` in [-1, 1]."""
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def moments_of(gan: Trainer[Any]) -> FloatArray:
    """Copy the moments of both optimisers: unlike Adam's first step, they tell a loss's scale."""
    optimizers = (gan._generator_optimizer, gan._discriminator_optimizer)
    moments = [m.numpy().ravel() for adam in optimizers for m in adam.variables[2:]]
    return np.concatenate(moments).astype(np.float32)


def numbered_images(count: int, size: int = SIZE) -> SheetImages:
    """Make images that tell their number (red), and each pixel's x (green) and y (blue)."""
    pixels = np.zeros((count, size, size, 3), np.uint8)
    pixels[..., 0] = np.arange(count)[:, None, None]
    pixels[..., 1] = np.arange(size)[None, None, :]
    pixels[..., 2] = np.arange(size)[None, :, None]
    return SheetImages(tuple(f"{i}.png" for i in range(count)), pixels)


def numbered_data(count_a: int, count_b: int, size: int = SIZE) -> UnpairedData:
    """Make a data set of numbered images, with two for testing in each domain."""
    test = numbered_images(2, size)
    return UnpairedData(
        spec="numbered",
        train_a=numbered_images(count_a, size),
        train_b=numbered_images(count_b, size),
        test_a=test,
        test_b=test,
    )


def noise_image(seed: int, height: int = 20, width: int = 14) -> ImageArray:
    """Draw a uint8 `[H, W, 3]` image."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def write_folder(root: Path, suffixes: tuple[str, ...] = (".png",), count: int = 3) -> Path:
    """Write a data set of noise, `count` images a part, the suffixes taking turns."""
    for number, part in enumerate(PARTS):
        for i in range(count):
            path = root / part / f"{i}{suffixes[i % len(suffixes)]}"
            save_image(path, noise_image(100 * number + i))
    return root


def cut_short(path: Path) -> None:
    """Damage an image file so that its header is still good."""
    path.write_bytes(path.read_bytes()[:-30])
