"""A student of a CycleGAN generator: one direction, learned from a teacher and real images.

The recipe follows OMGD and DCD (Ren et al. 2021 and 2023) in distilling without a cycle and
without the other generator, GAN Compression (Li et al. 2020) in the discriminator that
starts from the teacher's and judges real images, and adds a wavelet loss.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras as keras

from edgegan.train.config_groups import at_least
from edgegan.train.cyclegan import build_pools, domain_losses
from edgegan.train.cyclegan_config import CycleGANConfig
from edgegan.train.devices import Devices
from edgegan.train.losses import generator_gan_loss
from edgegan.train.moving_average import Weighted
from edgegan.train.networks import build_discriminator
from edgegan.train.precision import compute_in, scaled
from edgegan.train.student import Student
from edgegan.train.teacher import take_weights
from edgegan.train.trainer import Trainer


class CycleGANStudent(Trainer[CycleGANConfig]):
    """A generator that learns `distillation.direction`, and its discriminator.

    Args:
        config: All settings; `distillation.teacher` names the teacher.
        image_shape: (H, W) of the training images; None is the square crop size.
        devices: Where to train; None is TensorFlow's default device.

    Attributes:
        student: The generator, and what it learns from.
        discriminator: Judges images of the target domain.

    Raises:
        UsageError: the batch cannot be divided among the replicas, the images are too small
            for the discriminator, or the teacher cannot teach this student.
        ArtifactError: a file of the teacher is damaged.
    """

    def __init__(
        self,
        config: CycleGANConfig,
        image_shape: tuple[int, int] | None = None,
        devices: Devices | None = None,
    ) -> None:
        height, width = image_shape or (config.crop_size, config.crop_size)
        at_least("the shorter side of the images", min(height, width), config.smallest_side)
        super().__init__(config, devices)
        shape = (height, width, config.generator.channels)
        self._pools = build_pools(config, self._devices, shape, 0)

    def train_step(self, *batch: Any) -> dict[str, Any]:
        """Update the student, then its discriminator.

        Args:
            *batch: Images of A and of B, float32 `[N, H, W, C]` in [-1, 1] each: the part
                of the batch that falls to this machine.

        Returns:
            The losses over the whole batch, scalar tensors by name.
        """
        self._set_learning_rate()
        real_a, real_b = (self._devices.spread(images) for images in batch)
        self.student.form.before_step(self.step + 1)
        backwards = self._config.distillation.direction == "B2A"
        source, target = (real_b, real_a) if backwards else (real_a, real_b)
        fake, losses = self._generator_phase(source, target)
        losses = self._devices.total(losses)
        if self._config.distillation.adversarial:
            images = self._devices.parts(fake)
            past = [pool.query(x) for pool, x in zip(self._pools, images, strict=True)]
            judged = self._discriminator_phase(target, self._devices.join(past))
            losses.update(self._devices.total(judged))
        self._count_step()
        return losses

    @property
    def _trained(self) -> tuple[list[keras.Model], list[keras.Model]]:
        return [self.student.network], [self.discriminator]

    @property
    def _averaged(self) -> list[Weighted]:
        return [self.student.form]

    @property
    def generators(self) -> list[keras.Model]:
        """The student as a plain generator, averaged if there is an average."""
        return [self.student.generator(self._averages)]

    @property
    def record(self) -> dict[str, Any]:
        """What the form of the student has to tell."""
        return self.student.form.record()

    def _build_networks(self) -> None:
        config, precision = self._config, self._config.train.mixed_precision
        name = config.distillation.direction
        with compute_in(precision):
            self.student = Student(config, name, config.train.steps)
        # The slope of a discriminator, too, must be exact where it is penalised.
        with compute_in("off" if config.loss.gan == "wgan-gp" else precision):
            self.discriminator = build_discriminator(
                config.discriminator, config.generator.channels, f"D_{name[-1]}"
            )
        take_weights(self.discriminator, self.student.teacher.judge)

    def _update_generators(self, *batch: Any) -> tuple[Any, dict[str, Any]]:
        losses, (fake,) = self._update(
            self._generator_optimizer, self._generator_variables, self._generator_gradients, batch
        )
        return fake, losses

    def _generator_gradients(self, source: Any, target: Any) -> tuple[Any, tuple[Any, ...]]:
        count = self._sources(len(source))
        inputs = tf.concat([source[:count], target[count:]], axis=0)
        taught = self.student.teacher.tapped(inputs)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self._generator_variables)
            shown = self.student.tapped(inputs)
            # What was of the target domain before is no translation to be told from real images.
            fake = shown[0][:count]
            losses = self._shares(
                self._adversarial_loss(fake) | self.student.teacher.losses(shown, taught)
            )
            total = scaled(self._generator_optimizer, tf.add_n(list(losses.values())))
        return (losses, tape.gradient(total, self._generator_variables)), (fake,)

    def _adversarial_loss(self, fake: Any) -> dict[str, Any]:
        weight = self._config.distillation.adversarial
        if not weight:
            return {}
        loss = generator_gan_loss(self._config.loss.gan, self.discriminator(fake))
        return {"gan": weight * loss}

    def _sources(self, images: int) -> int:
        """Tell how many of so many images to translate are of the source domain; one at least."""
        share = self._config.distillation.target_share
        return max(images - round(share * images), 1)

    def _discriminator_gradients(self, *batch: Any) -> tuple[Any, tuple[Any, ...]]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self._discriminator_variables)
            losses = self._shares(domain_losses(self._config.loss, self.discriminator, *batch))
            total = scaled(self._discriminator_optimizer, tf.add_n(list(losses.values())))
        return (losses, tape.gradient(total, self._discriminator_variables)), ()
