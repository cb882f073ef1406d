"""A student of a StarGAN generator: all domains, learned from a teacher and real images.

As edgegan.train.cyclegan_student, for images with labels. The teacher says how each image
looks under each label, so neither the reconstruction nor the identity loss is needed.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras as keras

from edgegan.train.losses import classification_loss, generator_gan_loss
from edgegan.train.moving_average import Weighted
from edgegan.train.precision import compute_in
from edgegan.train.stargan import StarGAN, shown
from edgegan.train.stargan_networks import build_stargan_discriminator, source_logits
from edgegan.train.student import Student
from edgegan.train.teacher import take_weights


class StarGANStudent(StarGAN):
    """A generator that learns from `distillation.teacher`, and its discriminator.

    Attributes:
        student: The generator, and what it learns from.
        generator: The student's network, as it is trained.
        discriminator: Starts from the teacher's, if that is known.
    """

    def discriminator_step(self, images: Any, labels: Any, targets: Any) -> dict[str, Any]:
        """Update the discriminator, if the student has to do with it."""
        if not self._config.distillation.adversarial:
            return {}
        return super().discriminator_step(images, labels, targets)

    def generator_step(self, images: Any, labels: Any, targets: Any) -> dict[str, Any]:
        """Update the generator by the gradient of what it is to learn."""
        # Steps of the discriminator run the network, too, so ranges of int8 follow those as well.
        updates = int(self.step) // self._config.train.n_critic
        self.student.form.before_step(tf.constant(updates, tf.int64))
        return super().generator_step(images, labels, targets)

    @property
    def generators(self) -> list[keras.Model]:
        """The student as a plain generator, averaged if there is an average."""
        return [self.student.generator(self._averages)]

    @property
    def record(self) -> dict[str, Any]:
        """What the form of the student has to tell."""
        return self.student.form.record()

    @property
    def _averaged(self) -> list[Weighted]:
        return [self.student.form]

    def _build_networks(self) -> None:
        config, precision = self._config, self._config.train.mixed_precision
        with compute_in(precision):
            self.student = Student(config, "G", config.train.steps // config.train.n_critic)
            self.generator = self.student.network
        # The slope of the discriminator, too, must be exact where it is penalised.
        with compute_in("off" if config.loss.gan == "wgan-gp" else precision):
            self.discriminator = build_stargan_discriminator(config, "D")
        take_weights(self.discriminator, self.student.teacher.judge)

    def _generator_losses(
        self, images: Any, labels: Any, targets: Any, *disturbance: Any
    ) -> dict[str, Any]:
        inputs = [images, targets]
        outputs = self.student.tapped(inputs)
        taught = self.student.teacher.losses(outputs, self.student.teacher.tapped(inputs))
        return self._adversarial_losses(shown(outputs[0], *disturbance), targets) | taught

    def _adversarial_losses(self, fakes: Any, targets: Any) -> dict[str, Any]:
        weights, adversarial = self._config.loss, self._config.distillation.adversarial
        if not adversarial:
            return {}
        source, classes = self.discriminator(fakes)
        gan = generator_gan_loss(weights.gan, source_logits(source, targets))
        classified = classification_loss(self._config.generator.domains, classes, targets)
        return {
            "gan": adversarial * gan,
            "classification_fake": weights.classification * classified,
        }
