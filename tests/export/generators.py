"""Tiny real generators, in every form that a configuration can take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tf_keras as keras

from edgegan.domains import Domain
from edgegan.generator import GeneratorConfig
from edgegan.images import FloatArray
from edgegan.train.generator_file import save_generator
from edgegan.train.layers import InstanceNormalization
from edgegan.train.networks import build_generator

SIZE = 16
TINY = GeneratorConfig(image_size=SIZE, filters=4, residual_blocks=1)
CONFIGS = {
    "plain": TINY,
    "affine": GeneratorConfig(image_size=SIZE, filters=4, residual_blocks=1, norm_affine=True),
    "zero": GeneratorConfig(image_size=SIZE, filters=4, residual_blocks=1, padding="zero"),
    "same": GeneratorConfig(image_size=SIZE, filters=4, residual_blocks=1, conv_padding="same"),
    "resize": GeneratorConfig(image_size=SIZE, filters=4, residual_blocks=1, upsample="resize"),
    "shallow": GeneratorConfig(image_size=SIZE, filters=4, residual_blocks=2, downsamplings=1),
}
DOMAINS = (
    Domain(name="Black_Hair", group="hair", default=1.0),
    Domain(name="Blond_Hair", group="hair"),
    Domain(name="Male", default=1.0),
)
STARGAN = GeneratorConfig(
    family="stargan",
    image_size=SIZE,
    filters=4,
    residual_blocks=1,
    norm_affine=True,
    padding="zero",
    conv_padding="same",
    domains=DOMAINS,
)


def generator(config: GeneratorConfig = TINY, seed: int = 0) -> keras.Model:
    """Build a generator whose norms, if affine, have random scales and offsets."""
    keras.utils.set_random_seed(seed)
    model = build_generator(config, "A2B")
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, InstanceNormalization) and layer.affine:
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    return model


def saved(folder: Path, config: GeneratorConfig = TINY) -> Path:
    """Write a generator with its manifest, as training does."""
    path = folder / "A2B.keras"
    save_generator(generator(config), path, config, direction="A2B")
    return path


def saved_stargan(folder: Path, config: GeneratorConfig = STARGAN) -> Path:
    """Write a multi-domain generator with its manifest, as training does."""
    path = folder / "G.keras"
    save_generator(generator(config), path, config, direction="G")
    return path


def noise(seed: int = 0, size: tuple[int, int] = (SIZE, SIZE), batch: int = 1) -> FloatArray:
    """Draw images, float32 `[batch, H, W, 3]` in [-1, 1]."""
    values: Any = np.random.default_rng(seed).uniform(-1, 1, (batch, *size, 3))
    return np.asarray(values, dtype=np.float32)
