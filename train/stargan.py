"""StarGAN: one generator for many domains, and a discriminator that tells them apart.

Choi et al. 2018. A step is the reference implementation's (yunjey/stargan, solver.py): the
discriminator is updated, and once in n_critic steps the generator, on the same images.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras as keras

from edgegan.train.disturbance import disturbed, draw_disturbance
from edgegan.train.losses import (
    classification_loss,
    discriminator_gan_loss,
    generator_gan_loss,
    gradient_penalty,
    l1_loss,
)
from edgegan.train.networks import build_generator
from edgegan.train.precision import compute_in, scaled
from edgegan.train.stargan_config import StarGANConfig
from edgegan.train.stargan_networks import build_stargan_discriminator, source_logits
from edgegan.train.trainer import Trainer


class StarGAN(Trainer[StarGANConfig]):
    """The two networks of StarGAN.

    Batches are images, their labels, and the labels to translate them to: float32
    `[N, S, S, C]` in [-1, 1], and `[N, label_length]` twice.

    Attributes:
        generator: From a list of images and labels to images (the paper's G).
        discriminator: From images to logits of being real and of each domain (D).
    """

    def train_step(self, *batch: Any) -> dict[str, Any]:
        """Update the discriminator, and in every n_critic-th step the generator.

        Args:
            *batch: Images, labels and target labels: the part of the batch that falls to
                this machine.

        Returns:
            The losses over the whole batch, scalar tensors by name; those of the
            generator only when it is updated.
        """
        self._set_learning_rate()
        batch = tuple(self._devices.spread(part) for part in batch)
        losses = self.discriminator_step(*batch)
        self.step.assign_add(1)
        updates, rest = divmod(int(self.step), self._config.train.n_critic)
        if rest == 0:
            losses.update(self.generator_step(*batch))
            for average in self._averages:
                average.update(tf.constant(updates - 1, tf.int64))
        return losses

    def discriminator_step(self, images: Any, labels: Any, targets: Any) -> dict[str, Any]:
        """Update the discriminator on real images and on their translations."""
        return self._devices.total(self._discriminator_phase(images, labels, targets))

    def generator_step(self, images: Any, labels: Any, targets: Any) -> dict[str, Any]:
        """Update the generator by the gradient of its whole objective (eq. 7)."""
        return self._devices.total(self._generator_phase(images, labels, targets))

    @property
    def _trained(self) -> tuple[list[keras.Model], list[keras.Model]]:
        return [self.generator], [self.discriminator]

    def _build_networks(self) -> None:
        config, precision = self._config, self._config.train.mixed_precision
        with compute_in(precision):
            self.generator = build_generator(config.generator, "G", any_size=True)
        # The slope of the discriminator, too, must be exact where it is penalised.
        with compute_in("off" if config.loss.gan == "wgan-gp" else precision):
            self.discriminator = build_stargan_discriminator(config, "D")

    def _discriminator_draws(self, images: Any) -> tuple[Any, ...]:
        return super()._discriminator_draws(images) + self._disturbance(images, stream=1)

    def _update_generators(self, *batch: Any) -> dict[str, Any]:
        batch += self._disturbance(batch[0], stream=2)
        losses, _ = self._update(
            self._generator_optimizer, self._generator_variables, self._generator_gradients, batch
        )
        return losses

    def _disturbance(self, images: Any, stream: int) -> tuple[Any, ...]:
        settings = self._config.discriminator
        if settings.blur == settings.noise == 0:
            return ()
        seed = self._seed(stream)
        return draw_disturbance(tuple(images.shape), settings.blur, settings.noise, seed)

    def _discriminator_gradients(
        self, images: Any, labels: Any, targets: Any, *drawn: Any
    ) -> tuple[Any, tuple[Any, ...]]:
        penalised = self._config.loss.gan == "wgan-gp"
        mix, disturbance = drawn[:penalised], drawn[penalised:]
        fakes = shown(self.generator([images, targets]), *disturbance)
        images = shown(images, *disturbance)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self._discriminator_variables)
            losses = self._shares(self._discriminator_losses(images, labels, fakes, targets, *mix))
            total = scaled(self._discriminator_optimizer, tf.add_n(list(losses.values())))
        return (losses, tape.gradient(total, self._discriminator_variables)), ()

    def _discriminator_losses(
        self, images: Any, labels: Any, fakes: Any, targets: Any, *mix: Any
    ) -> dict[str, Any]:
        weights, domains = self._config.loss, self._config.generator.domains
        source, classes = self.discriminator(images)
        real = source_logits(source, labels)
        fake = self._judge(fakes, targets)
        losses = {
            "discriminator": discriminator_gan_loss(weights.gan, real, fake),
            "classification_real": weights.classification
            * classification_loss(domains, classes, labels),
        }
        if mix:
            between = mix[0][:, 0, 0] * labels + (1 - mix[0][:, 0, 0]) * targets
            penalty = gradient_penalty(lambda x: self._judge(x, between), images, fakes, mix[0])
            losses["penalty"] = weights.gradient_penalty * penalty
        return losses

    def _judge(self, images: Any, labels: Any) -> Any:
        source, _ = self.discriminator(images)
        return source_logits(source, labels)

    def _generator_gradients(
        self, images: Any, labels: Any, targets: Any, *disturbance: Any
    ) -> tuple[Any, tuple[Any, ...]]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self._generator_variables)
            losses = self._shares(self._generator_losses(images, labels, targets, *disturbance))
            total = scaled(self._generator_optimizer, tf.add_n(list(losses.values())))
        return (losses, tape.gradient(total, self._generator_variables)), ()

    def _generator_losses(
        self, images: Any, labels: Any, targets: Any, *disturbance: Any
    ) -> dict[str, Any]:
        weights, domains = self._config.loss, self._config.generator.domains
        fakes = self.generator([images, targets])
        source, classes = self.discriminator(shown(fakes, *disturbance))
        losses = {
            "gan": generator_gan_loss(weights.gan, source_logits(source, targets)),
            "classification_fake": weights.classification
            * classification_loss(domains, classes, targets),
            "cycle": weights.cycle * l1_loss(self.generator([fakes, labels]), images),
        }
        if weights.identity > 0:
            # Targets are the batch's labels in another order: some images keep their own.
            unmoved = tf.reduce_all(tf.equal(labels, targets), axis=1)
            stay = tf.cast(unmoved, tf.float32)[:, None, None, None]
            losses["identity"] = weights.identity * l1_loss(stay * fakes, stay * images)
        return losses


def shown(images: Any, *disturbance: Any) -> Any:
    """Show images to the discriminator, disturbed if it is so configured."""
    return disturbed(images, *disturbance) if disturbance else images
