"""A tiny teacher on disk, and settings for its students."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import tf_keras as keras

from edgegan.generator import GeneratorConfig
from edgegan.train.cyclegan_config import CycleGANConfig
from edgegan.train.distillation_config import DistillationConfig
from edgegan.train.generator_file import save_generator
from edgegan.train.networks import build_discriminator, build_generator
from tests.train.tiny import DISCRIMINATOR, tiny_config

TEACHER = GeneratorConfig(image_size=8, filters=4, residual_blocks=2, downsamplings=1)


def write_teacher(
    folder: Path, config: GeneratorConfig = TEACHER, direction: str = "A2B", seed: int = 1
) -> Path:
    """Write `teacher.keras` with random weights, large enough to make varied images."""
    keras.utils.set_random_seed(seed)
    model = build_generator(config, direction)
    model.set_weights([5 * weight for weight in model.get_weights()])
    path = folder / "teacher.keras"
    save_generator(model, path, config, direction)
    return path


def write_judge(folder: Path, seed: int = 2) -> Path:
    """Write `discriminator.keras` with random weights."""
    keras.utils.set_random_seed(seed)
    path = folder / "discriminator.keras"
    build_discriminator(DISCRIMINATOR, name="D_B").save(path)
    return path


def student_config(distillation: DistillationConfig, filters: int = 2) -> CycleGANConfig:
    """Make settings for a student of `TEACHER`."""
    return replace(
        tiny_config(), generator=replace(TEACHER, filters=filters), distillation=distillation
    )
