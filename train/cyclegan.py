"""CycleGAN: two generators and two discriminators, trained on unpaired images.

Zhu et al. 2017. One step is the reference implementation's: both generators are updated
jointly, then both discriminators, on translations made before that update.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras as keras

from edgegan.train.config_groups import at_least
from edgegan.train.cyclegan_config import CycleGANConfig, LossConfig
from edgegan.train.devices import Devices
from edgegan.train.image_pool import ImagePool
from edgegan.train.losses import (
    discriminator_gan_loss,
    generator_gan_loss,
    gradient_penalty,
    l1_loss,
)
from edgegan.train.networks import build_discriminator, build_generator, share_kernels
from edgegan.train.precision import compute_in, scaled
from edgegan.train.trainer import Trainer, seed_of


class CycleGAN(Trainer[CycleGANConfig]):
    """The four networks and image pools of CycleGAN.

    Args:
        config: All settings.
        image_shape: (H, W) of the training images; None is the square crop size.
        devices: Where to train; None is TensorFlow's default device.

    Attributes:
        a2b: The generator from domain A to B (the paper's G).
        b2a: The generator from B to A (the paper's F).
        d_a: Judges images of A.
        d_b: Judges images of B.

    Raises:
        UsageError: the batch cannot be divided among the replicas, or the images are too
            small for the discriminators.
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
        pools = [build_pools(config, self._devices, shape, domain) for domain in range(2)]
        self._pools_a, self._pools_b = pools

    def train_step(self, *batch: Any) -> dict[str, Any]:
        """Update all four networks once.

        Args:
            *batch: Images of A and of B, float32 `[N, H, W, C]` in [-1, 1] each: the part
                of the batch that falls to this machine.

        Returns:
            The losses over the whole batch, scalar tensors by name.
        """
        self._set_learning_rate()
        real_a, real_b = (self._devices.spread(images) for images in batch)
        fake_a, fake_b, losses = self.generator_step(real_a, real_b)
        past_a, past_b = self._query(self._pools_a, fake_a), self._query(self._pools_b, fake_b)
        losses.update(self.discriminator_step(real_a, past_a, real_b, past_b))
        self._count_step()
        return losses

    @property
    def _trained(self) -> tuple[list[keras.Model], list[keras.Model]]:
        return [self.a2b, self.b2a], [self.d_a, self.d_b]

    def generator_step(self, real_a: Any, real_b: Any) -> tuple[Any, Any, dict[str, Any]]:
        """Update both generators by one joint gradient of the whole objective.

        Returns:
            The translations to A and to B made before the update, and the losses.
        """
        fake_a, fake_b, losses = self._generator_phase(real_a, real_b)
        return fake_a, fake_b, self._devices.total(losses)

    def discriminator_step(
        self, real_a: Any, past_a: Any, real_b: Any, past_b: Any
    ) -> dict[str, Any]:
        """Update both discriminators on real images and on past translations."""
        losses = self._discriminator_phase(real_a, past_a, real_b, past_b)
        return self._devices.total(losses)

    def _update_generators(self, *batch: Any) -> tuple[Any, Any, dict[str, Any]]:
        losses, (fake_a, fake_b) = self._update(
            self._generator_optimizer, self._generator_variables, self._generator_gradients, batch
        )
        return fake_a, fake_b, losses

    def _generator_gradients(self, real_a: Any, real_b: Any) -> tuple[Any, tuple[Any, Any]]:
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            tape.watch(self._generator_variables)
            fake_b, fake_a = self.a2b(real_a), self.b2a(real_b)
            losses = self._shares(self._generator_losses(real_a, real_b, fake_a, fake_b))
            objectives = [
                (scaled(self._generator_optimizer, tf.add_n(summands)), variables)
                for summands, variables in self._objectives(losses)
            ]
        gradients = [
            gradient
            for total, variables in objectives
            for gradient in tape.gradient(total, variables)
        ]
        return (losses, gradients), (fake_a, fake_b)

    def _objectives(self, losses: dict[str, Any]) -> list[tuple[list[Any], list[Any]]]:
        """Tell which losses are added up, and which variables follow the sum."""
        if not self._config.optimizer.separate_generators:
            return [(list(losses.values()), self._generator_variables)]
        towards_b = [loss for name, loss in losses.items() if name in _TOWARDS_B]
        towards_a = [loss for name, loss in losses.items() if name not in _TOWARDS_B]
        return [
            (towards_b, self.a2b.trainable_variables),
            (towards_a, self.b2a.trainable_variables),
        ]

    def _generator_losses(
        self, real_a: Any, real_b: Any, fake_a: Any, fake_b: Any
    ) -> dict[str, Any]:
        weights = self._config.loss
        losses = {
            "gan_a2b": generator_gan_loss(weights.gan, self.d_b(fake_b)),
            "gan_b2a": generator_gan_loss(weights.gan, self.d_a(fake_a)),
            "cycle_a": weights.cycle * l1_loss(self.b2a(fake_b), real_a),
            "cycle_b": weights.cycle * l1_loss(self.a2b(fake_a), real_b),
        }
        if weights.identity > 0:
            losses["identity_a"] = weights.identity * l1_loss(self.b2a(real_a), real_a)
            losses["identity_b"] = weights.identity * l1_loss(self.a2b(real_b), real_b)
        return losses

    def _discriminator_gradients(
        self, real_a: Any, past_a: Any, real_b: Any, past_b: Any, *mixes: Any
    ) -> tuple[Any, tuple[Any, ...]]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self._discriminator_variables)
            of_a = domain_losses(self._config.loss, self.d_a, real_a, past_a, *mixes[:1])
            of_b = domain_losses(self._config.loss, self.d_b, real_b, past_b, *mixes[1:])
            losses = {f"{name}_a": loss for name, loss in of_a.items()}
            losses = self._shares(losses | {f"{name}_b": loss for name, loss in of_b.items()})
            total = scaled(self._discriminator_optimizer, tf.add_n(list(losses.values())))
        return (losses, tape.gradient(total, self._discriminator_variables)), ()

    def _query(self, pools: list[ImagePool], fakes: Any) -> Any:
        images = self._devices.parts(fakes)
        return self._devices.join([pool.query(x) for pool, x in zip(pools, images, strict=True)])

    def _build_networks(self) -> None:
        config, precision = self._config, self._config.train.mixed_precision
        channels = config.generator.channels
        with compute_in(precision):
            self.a2b = build_generator(config.generator, "A2B", any_size=True)
            self.b2a = build_generator(config.generator, "B2A", any_size=True)
        # The slope of a discriminator, too, must be exact where it is penalised.
        with compute_in("off" if config.loss.gan == "wgan-gp" else precision):
            self.d_a = build_discriminator(config.discriminator, channels, "D_A")
            self.d_b = build_discriminator(config.discriminator, channels, "D_B")
        if config.train.shared_initializer:
            share_kernels((self.a2b, self.b2a, self.d_a, self.d_b))


def domain_losses(
    weights: LossConfig, discriminator: keras.Model, real: Any, past: Any, *mix: Any
) -> dict[str, Any]:
    """Compute the losses of the discriminator of one domain, scalars by name.

    Args:
        weights: Which losses.
        discriminator: From images to logits.
        real: Images of the domain, float32 `[N, H, W, C]`.
        past: Translations to it, the same shape.
        *mix: Where "wgan-gp" looks for the slope (see `gradient_penalty`).
    """
    logits = discriminator(real), discriminator(past)
    losses = {"discriminator": discriminator_gan_loss(weights.gan, *logits)}
    if mix:
        penalty = gradient_penalty(discriminator, real, past, *mix)
        losses["penalty"] = weights.gradient_penalty * penalty
    # The half slows discriminators down relative to generators (the paper's Sec. 7.1).
    return {name: 0.5 * loss for name, loss in losses.items()}


def build_pools(
    config: CycleGANConfig, devices: Devices, shape: tuple[int, int, int], domain: int
) -> list[ImagePool]:
    """Make the image pools of one domain, one for each replica of this machine."""
    first = devices.worker * devices.local_replicas
    return [
        ImagePool(
            config.train.pool_size, shape, seed_of(config.train.seed, domain, first + replica)
        )
        for replica in range(devices.local_replicas)
    ]


_TOWARDS_B = ("gan_a2b", "cycle_b", "identity_b")  # losses of images that A2B makes
