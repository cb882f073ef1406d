"""CycleGAN: two generators and two discriminators, trained on unpaired images.

Zhu et al. 2017. One step is the reference implementation's: both generators are updated
jointly, then both discriminators, on translations made before that update.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras as keras

from edgegan.train.config import CycleGANConfig, OptimizerConfig
from edgegan.train.image_pool import ImagePool
from edgegan.train.losses import discriminator_gan_loss, generator_gan_loss, l1_loss
from edgegan.train.networks import build_discriminator, build_generator
from edgegan.train.schedule import linear_decay


class CycleGAN(tf.Module):  # type: ignore[misc]
    """Everything that changes during training, so that a checkpoint of it is complete.

    Attributes:
        a2b: The generator from domain A to B (the paper's G).
        b2a: The generator from B to A (the paper's F).
        d_a: Judges images of A.
        d_b: Judges images of B.
        step: Steps done, an int64 variable.
    """

    def __init__(self, config: CycleGANConfig) -> None:
        super().__init__(name="cyclegan")
        keras.utils.set_random_seed(config.train.seed)
        self._config = config
        channels = config.generator.channels
        self.a2b = build_generator(config.generator, "A2B")
        self.b2a = build_generator(config.generator, "B2A")
        self.d_a = build_discriminator(config.discriminator, channels, "D_A")
        self.d_b = build_discriminator(config.discriminator, channels, "D_B")
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
        size, seed = config.generator.image_size, config.train.seed
        shape = (size, size, channels)
        self._pool_a = ImagePool(config.train.pool_size, shape, seed=2 * seed)
        self._pool_b = ImagePool(config.train.pool_size, shape, seed=2 * seed + 1)
        self._generator_optimizer = _adam(config.optimizer)
        self._discriminator_optimizer = _adam(config.optimizer)
        self._generator_optimizer.build(self._generator_variables)
        self._discriminator_optimizer.build(self._discriminator_variables)

    @property
    def _generator_variables(self) -> list[Any]:
        return [*self.a2b.trainable_variables, *self.b2a.trainable_variables]

    @property
    def _discriminator_variables(self) -> list[Any]:
        return [*self.d_a.trainable_variables, *self.d_b.trainable_variables]

    def train_step(self, real_a: Any, real_b: Any) -> dict[str, Any]:
        """Update all four networks once.

        Args:
            real_a: Images of A, float32 `[N, S, S, C]` in [-1, 1].
            real_b: Images of B, the same shape.

        Returns:
            The losses, scalar tensors by name.
        """
        train = self._config.train
        factor = linear_decay(int(self.step), train.steps, self._config.decay_start)
        rate = self._config.optimizer.learning_rate * factor
        self._generator_optimizer.learning_rate.assign(rate)
        self._discriminator_optimizer.learning_rate.assign(rate)
        fake_a, fake_b, losses = self.generator_step(real_a, real_b)
        past_a, past_b = self._pool_a.query(fake_a), self._pool_b.query(fake_b)
        losses.update(self.discriminator_step(real_a, past_a, real_b, past_b))
        self.step.assign_add(1)
        return dict(losses)

    @tf.function  # type: ignore[untyped-decorator]
    def generator_step(self, real_a: Any, real_b: Any) -> tuple[Any, Any, dict[str, Any]]:
        """Update both generators by one joint gradient of the whole objective.

        Returns:
            The translations to A and to B made before the update, and the losses.
        """
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self._generator_variables)
            fake_b, fake_a = self.a2b(real_a), self.b2a(real_b)
            losses = self._generator_losses(real_a, real_b, fake_a, fake_b)
            total = tf.add_n(list(losses.values()))
        gradients = tape.gradient(total, self._generator_variables)
        self._generator_optimizer.apply_gradients(
            zip(gradients, self._generator_variables, strict=True)
        )
        return fake_a, fake_b, losses

    @tf.function  # type: ignore[untyped-decorator]
    def discriminator_step(
        self, real_a: Any, past_a: Any, real_b: Any, past_b: Any
    ) -> dict[str, Any]:
        """Update both discriminators on real images and on past translations."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self._discriminator_variables)
            losses = {
                "discriminator_a": discriminator_gan_loss(self.d_a(real_a), self.d_a(past_a)),
                "discriminator_b": discriminator_gan_loss(self.d_b(real_b), self.d_b(past_b)),
            }
            total = tf.add_n(list(losses.values()))
        gradients = tape.gradient(total, self._discriminator_variables)
        self._discriminator_optimizer.apply_gradients(
            zip(gradients, self._discriminator_variables, strict=True)
        )
        return losses

    def _generator_losses(
        self, real_a: Any, real_b: Any, fake_a: Any, fake_b: Any
    ) -> dict[str, Any]:
        weights = self._config.loss
        losses = {
            "gan_a2b": generator_gan_loss(self.d_b(fake_b)),
            "gan_b2a": generator_gan_loss(self.d_a(fake_a)),
            "cycle_a": weights.cycle * l1_loss(self.b2a(fake_b), real_a),
            "cycle_b": weights.cycle * l1_loss(self.a2b(fake_a), real_b),
        }
        if weights.identity > 0:
            losses["identity_a"] = weights.identity * l1_loss(self.b2a(real_a), real_a)
            losses["identity_b"] = weights.identity * l1_loss(self.a2b(real_b), real_b)
        return losses


def _adam(config: OptimizerConfig) -> keras.optimizers.Adam:
    # PyTorch's formula: epsilon 1e-8, outside the bias correction.
    return keras.optimizers.Adam(
        config.learning_rate,
        config.beta_1,
        config.beta_2,
        epsilon=1e-8,
        adaptive_epsilon=True,
        jit_compile=False,
    )
