"""What the run that trained a teacher still knows: its settings, and its discriminator."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf
import tf_keras as keras

from edgegan.errors import ArtifactError
from edgegan.train.checkpoints import Checkpoints
from edgegan.train.config import TrainingConfig, load_run_config
from edgegan.train.networks import build_discriminator
from edgegan.train.run_folder import RunFolder
from edgegan.train.stargan_config import StarGANConfig
from edgegan.train.stargan_networks import build_stargan_discriminator


def run_of(generator: Path) -> RunFolder | None:
    """Find the run that a generator file lies in; None if it was taken elsewhere."""
    folder = RunFolder(generator.resolve().parent.parent)
    inside = generator.resolve().parent in (folder.generators, folder.best)
    return folder if inside and folder.config.is_file() else None


def last_discriminator(generator: Path, run: RunFolder, direction: str) -> keras.Model | None:
    """Take the discriminator that judged a generator from the checkpoint of its step.

    Args:
        generator: The file, in the run's folder of the last or of the best generators.
        run: The run that trained it.
        direction: "A2B", "B2A" or "G".

    Returns:
        The discriminator; None if no checkpoint is left.

    Raises:
        ArtifactError: the checkpoint is damaged, or of other settings than the run's.
    """
    folder = run.best if generator.resolve().parent == run.best.resolve() else run.checkpoints
    saved = Checkpoints(folder=folder)
    steps = saved.steps()
    if not steps:
        return None
    config = load_run_config(run.config)
    discriminator = _build(config, direction)
    holder = tf.Module()
    setattr(holder, _attribute(config, direction), discriminator)
    path = saved.path(steps[-1])
    try:
        status = tf.train.Checkpoint(gan=holder).read(str(path)).expect_partial()
        status.assert_existing_objects_matched()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        raise ArtifactError(
            f"The teacher's discriminator cannot be read from {path.parent}: it is damaged, or "
            f"{run.config} has changed. A copy of {generator.name} and its manifest outside the "
            "run is compressed without it."
        ) from error
    return discriminator


def _build(config: TrainingConfig, direction: str) -> keras.Model:
    if isinstance(config, StarGANConfig):
        return build_stargan_discriminator(config, "D")
    return build_discriminator(
        config.discriminator, config.generator.channels, f"D_{direction[-1]}"
    )


def _attribute(config: TrainingConfig, direction: str) -> str:
    """Name what the trainer keeps it as."""
    if isinstance(config, StarGANConfig) or config.distillation.teacher:
        return "discriminator"
    return f"d_{direction[-1].lower()}"
