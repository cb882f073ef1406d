"""CycleGAN: two generators and two discriminators, trained on unpaired images.

Zhu et al. 2017. One step is the reference implementation's: both generators are updated
jointly, then both discriminators, on translations made before that update.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras as keras

from edgegan.errors import UsageError
from edgegan.train.accumulation import accumulate
from edgegan.train.config import CycleGANConfig
from edgegan.train.config_groups import at_least
from edgegan.train.devices import Devices, one_device
from edgegan.train.image_pool import ImagePool
from edgegan.train.losses import (
    discriminator_gan_loss,
    generator_gan_loss,
    gradient_penalty,
    l1_loss,
)
from edgegan.train.moving_average import MovingAverage
from edgegan.train.networks import build_discriminator, build_generator, share_kernels
from edgegan.train.precision import adam, compute_in, scaled, unscaled
from edgegan.train.schedule import linear_decay


class CycleGAN(tf.Module):  # type: ignore[misc]
    """Everything that changes during training, so that a checkpoint of it is complete.

    Args:
        config: All settings.
        image_shape: (H, W) of the training images; None is the square crop size.
        devices: Where to train; None is TensorFlow's default device.

    Attributes:
        a2b: The generator from domain A to B (the paper's G).
        b2a: The generator from B to A (the paper's F).
        d_a: Judges images of A.
        d_b: Judges images of B.
        step: Steps done, an int64 variable.

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
        super().__init__(name="cyclegan")
        self._config = config
        self._devices = devices or one_device()
        height, width = image_shape or (config.crop_size, config.crop_size)
        _check_batch(config, self._devices)
        at_least("the shorter side of the images", min(height, width), config.smallest_side)
        keras.utils.set_random_seed(config.train.seed)
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
        with self._devices.strategy.scope():
            self._build_networks()
            self._build_optimizers()
        self._averages = self._build_averages() if config.train.ema else []
        shape = (height, width, config.generator.channels)
        self._pools_a, self._pools_b = self._build_pools(shape, 0), self._build_pools(shape, 1)
        jit = config.train.jit_compile
        self._generator_phase = self._devices.phase(self._update_generators, jit)
        self._discriminator_phase = self._devices.phase(self._update_discriminators, jit)

    def train_step(self, real_a: Any, real_b: Any) -> dict[str, Any]:
        """Update all four networks once.

        Args:
            real_a: Images of A, float32 `[N, H, W, C]` in [-1, 1]: the part of the batch
                that falls to this machine.
            real_b: Images of B, the same shape.

        Returns:
            The losses over the whole batch, scalar tensors by name.
        """
        rate = self.learning_rate
        self._generator_optimizer.learning_rate.assign(rate)
        self._discriminator_optimizer.learning_rate.assign(rate)
        real_a, real_b = self._devices.spread(real_a), self._devices.spread(real_b)
        fake_a, fake_b, losses = self.generator_step(real_a, real_b)
        past_a, past_b = self._query(self._pools_a, fake_a), self._query(self._pools_b, fake_b)
        losses.update(self.discriminator_step(real_a, past_a, real_b, past_b))
        for average in self._averages:
            average.update(self.step)
        self.step.assign_add(1)
        return losses

    @property
    def learning_rate(self) -> float:
        """The rate of the next step."""
        train = self._config.train
        factor = linear_decay(int(self.step), train.steps, self._config.decay_start)
        return self._config.optimizer.learning_rate * factor

    @property
    def networks(self) -> dict[str, list[Any]]:
        """The weights of the four networks, by name."""
        return {net.name: net.weights for net in (self.a2b, self.b2a, self.d_a, self.d_b)}

    @property
    def generators(self) -> tuple[keras.Model, keras.Model]:
        """A2B and B2A as samples show and files hold them: their averages, if there are."""
        if self._averages:
            return self._averages[0].average, self._averages[1].average
        return self.a2b, self.b2a

    @property
    def _generator_variables(self) -> list[Any]:
        return [*self.a2b.trainable_variables, *self.b2a.trainable_variables]

    @property
    def _discriminator_variables(self) -> list[Any]:
        return [*self.d_a.trainable_variables, *self.d_b.trainable_variables]

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

    def _update_generators(self, real_a: Any, real_b: Any) -> tuple[Any, Any, dict[str, Any]]:
        parts = self._config.train.accumulation_steps
        (losses, gradients), (fake_a, fake_b) = accumulate(
            self._generator_gradients, (real_a, real_b), parts
        )
        _apply(self._generator_optimizer, gradients, self._generator_variables)
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

    def _update_discriminators(
        self, real_a: Any, past_a: Any, real_b: Any, past_b: Any
    ) -> dict[str, Any]:
        batch = [real_a, past_a, real_b, past_b]
        if self._config.loss.gan == "wgan-gp":
            batch += [self._mix(len(real_a), domain) for domain in range(2)]
        parts = self._config.train.accumulation_steps
        (losses, gradients), _ = accumulate(self._discriminator_gradients, batch, parts)
        _apply(self._discriminator_optimizer, gradients, self._discriminator_variables)
        return dict(losses)

    def _discriminator_gradients(
        self, real_a: Any, past_a: Any, real_b: Any, past_b: Any, *mixes: Any
    ) -> tuple[Any, tuple[Any, ...]]:
        mode = self._config.loss.gan
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self._discriminator_variables)
            losses = {
                "discriminator_a": discriminator_gan_loss(mode, self.d_a(real_a), self.d_a(past_a)),
                "discriminator_b": discriminator_gan_loss(mode, self.d_b(real_b), self.d_b(past_b)),
            }
            if mixes:  # half of the penalty, as of the losses
                weight = 0.5 * self._config.loss.gradient_penalty
                penalties = (
                    gradient_penalty(self.d_a, real_a, past_a, mixes[0]),
                    gradient_penalty(self.d_b, real_b, past_b, mixes[1]),
                )
                losses["penalty_a"], losses["penalty_b"] = (weight * p for p in penalties)
            losses = self._shares(losses)
            total = scaled(self._discriminator_optimizer, tf.add_n(list(losses.values())))
        return (losses, tape.gradient(total, self._discriminator_variables)), ()

    def _shares(self, losses: dict[str, Any]) -> dict[str, Any]:
        """Divide means so that they add up over replicas and accumulated parts."""
        share = 1.0 / (self._devices.replicas * self._config.train.accumulation_steps)
        return losses if share == 1.0 else {name: share * loss for name, loss in losses.items()}

    def _mix(self, count: int, domain: int) -> Any:
        replica = tf.cast(tf.distribute.get_replica_context().replica_id_in_sync_group, tf.int64)
        seed = tf.stack([_seed(self._config.train.seed, domain, replica), self.step])
        return tf.random.stateless_uniform((count, 1, 1, 1), seed)

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

    def _build_optimizers(self) -> None:
        config, precision = self._config.optimizer, self._config.train.mixed_precision
        self._generator_optimizer = adam(config, precision)
        self._discriminator_optimizer = adam(config, precision)
        self._generator_optimizer.build(self._generator_variables)
        self._discriminator_optimizer.build(self._discriminator_variables)

    def _build_averages(self) -> list[MovingAverage]:
        config = self._config
        return [
            MovingAverage(
                net, build_generator(config.generator, net.name, any_size=True), config.train.ema
            )
            for net in (self.a2b, self.b2a)
        ]

    def _build_pools(self, shape: tuple[int, int, int], domain: int) -> list[ImagePool]:
        train, local = self._config.train, self._devices.local_replicas
        first = self._devices.worker * local
        seeds = [_seed(train.seed, domain, first + replica) for replica in range(local)]
        return [ImagePool(train.pool_size, shape, seed) for seed in seeds]


_TOWARDS_B = ("gan_a2b", "cycle_b", "identity_b")  # losses of images that A2B makes


def _apply(optimizer: Any, gradients: Any, variables: list[Any]) -> None:
    gradients = unscaled(optimizer, gradients)
    optimizer.apply_gradients(zip(gradients, variables, strict=True))


def _seed(seed: int, domain: int, replica: Any) -> Any:
    """Give each domain and replica its own draws; settings keep `seed` below 2^32."""
    return 2 * seed + domain + replica * 2**33


def _check_batch(config: CycleGANConfig, devices: Devices) -> None:
    batch, parts = config.data.batch_size, config.train.accumulation_steps
    if batch % (devices.replicas * parts):
        raise UsageError(
            f"data.batch_size is {batch}; it must be a multiple of {devices.replicas} (replicas) "
            f"times {parts} (train.accumulation_steps). --strategy one trains on one device."
        )
