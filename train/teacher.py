"""The teacher of a distillation: a frozen generator, what it shows, and what to learn of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import tensorflow as tf
import tf_keras as keras

from edgegan.errors import ArtifactError, UsageError
from edgegan.generator import GeneratorConfig
from edgegan.train.distillation_config import DistillationConfig
from edgegan.train.distillation_losses import alignment_loss, feature_loss, haar_loss
from edgegan.train.generator_file import load_generator
from edgegan.train.losses import l1_loss
from edgegan.train.networks import build_generator
from edgegan.train.student_start import start_from

# Not tf.Modules: a checkpoint holds what changes, and a teacher does not.


@dataclass(frozen=True, kw_only=True, eq=False)
class Teacher:
    """A finished generator to learn from.

    Attributes:
        config: Of the generator.
        network: The generator, of any size.
        tapped: The same with inner activations behind its image.
        judge: Its discriminator, or None if that is not known.
        features: From images to the features of `judge`, a list; None without it.
        weights: Of the losses.
    """

    config: GeneratorConfig
    network: keras.Model
    tapped: keras.Model
    judge: keras.Model | None
    features: keras.Model | None
    weights: DistillationConfig

    def losses(self, shown: Sequence[Any], taught: Sequence[Any]) -> dict[str, Any]:
        """Compare what a student shows with what the teacher shows; weighted losses by name.

        Args:
            shown: The outputs of the student's `tapped` network.
            taught: Those of the teacher's, for the same inputs.
        """
        weights, (image, *inner), (target, *aims) = self.weights, shown, taught
        losses = {
            "distil_l1": weights.l1 * l1_loss(image, target),
            "distil_haar": weights.haar * haar_loss(image, target),
            "distil_alignment": weights.alignment * alignment_loss(inner, aims),
        }
        if self.features is not None:
            # Of one layer Keras gives no list.
            seen = feature_loss(*(tf.nest.flatten(self.features(x)) for x in (image, target)))
            losses["distil_features"] = weights.features * seen
        return losses


def open_teacher(weights: DistillationConfig, family: str) -> Teacher:
    """Load the teacher that the settings name. Neither network will be changed.

    Args:
        weights: The settings.
        family: That the student is trained as.

    Raises:
        UsageError: a file does not exist, or the teacher is of another family or of unknown
            layers.
        ArtifactError: a file is damaged.
    """
    path = Path(weights.teacher)
    loaded, manifest = load_generator(path)
    config = manifest.generator if manifest else None
    if config is None:
        raise UsageError(
            f"{path} has no manifest that tells its layers, so no student can be made of it. "
            "Take a generator that EdgeGAN trained, or imported with a known layout."
        )
    if config.family != family:
        raise UsageError(f"{path} is a {config.family} generator, the student's data {family}'s.")
    network = build_generator(config, "teacher", any_size=True)
    network.set_weights(loaded.get_weights())
    network.trainable = False
    judge = load_judge(Path(weights.discriminator)) if weights.discriminator else None
    return Teacher(
        config=config,
        network=network,
        tapped=tapped(network, config),
        judge=judge,
        features=keras.Model(judge.inputs, _activations(judge)) if judge else None,
        weights=weights,
    )


def tapped(generator: keras.Model, config: GeneratorConfig) -> keras.Model:
    """Let a generator show inner activations behind its image: of the trunk, in four places.

    They are those before the blocks, and after each third of them (CAT's places).
    """
    blocks = config.residual_blocks
    after = sorted({ceil(blocks * third / 3) for third in (1, 2, 3)} - {0})
    first = f"down{config.downsamplings}_relu" if config.downsamplings else "stem_relu"
    names = [first, *(f"block{i}_add" for i in after)]
    inner = [generator.get_layer(name).output for name in names]
    return keras.Model(generator.inputs, [generator.output, *inner])


def begin(student: keras.Model, config: GeneratorConfig, teacher: Teacher) -> None:
    """Let a fresh student start as the settings say.

    Args:
        student: Made by `build_generator`.
        config: Its configuration.
        teacher: What it will learn from.

    Raises:
        UsageError: it differs from the teacher in more than its width, or is wider.
    """
    taught, asked = ([one.name for one in two.domains] for two in (teacher.config, config))
    if taught != asked:
        raise UsageError(
            f"The teacher knows the domains {', '.join(taught)}; the data has {', '.join(asked)}. "
            "Use data with the teacher's."
        )
    alike = replace(
        config,
        filters=teacher.config.filters,
        widths=teacher.config.widths,
        domains=teacher.config.domains,
        image_size=teacher.config.image_size,
    )
    if alike != teacher.config:
        raise UsageError(
            "A student has the layers of its teacher, only narrower; leave out settings of "
            "[generator] such as residual_blocks."
        )
    if teacher.weights.start == "strongest":
        start_from(student, teacher.network, teacher.config)


def load_judge(path: Path) -> keras.Model:
    """Load a discriminator, frozen.

    Raises:
        UsageError: the file does not exist.
        ArtifactError: it is no Keras model.
    """
    if not path.is_file():
        raise UsageError(f"The discriminator {path} does not exist.")
    try:
        judge = keras.models.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, AttributeError, OSError, BadZipFile) as error:
        raise ArtifactError(f"{path} cannot be loaded as a Keras model.") from error
    judge.trainable = False
    return judge


def take_weights(discriminator: keras.Model, judge: keras.Model | None) -> None:
    """Let a student's discriminator start as the teacher's, if that is known.

    Raises:
        UsageError: it has other layers.
    """
    if judge is None:
        return
    try:
        discriminator.set_weights(judge.get_weights())
    except ValueError as error:
        raise UsageError(
            "The teacher's discriminator has other layers than the settings of [discriminator] "
            "ask for. Leave them as they were, or learn without it: leave out "
            "distillation.discriminator, or compress a copy of the generator outside its run."
        ) from error


def _activations(judge: keras.Model) -> list[Any]:
    return [x.output for x in judge.layers if isinstance(x, keras.layers.LeakyReLU)]
