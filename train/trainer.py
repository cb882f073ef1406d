"""What the trainers of all GAN families share: optimisers, averages, devices, the step.

A family adds its networks, its losses, and the order of updates.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Generic

import tensorflow as tf
import tf_keras as keras

from edgegan.errors import UsageError
from edgegan.train.accumulation import Compute, accumulate
from edgegan.train.config import C, TrainingConfig
from edgegan.train.devices import Devices, one_device
from edgegan.train.moving_average import MovingAverage, Weighted
from edgegan.train.networks import build_generator
from edgegan.train.precision import adam, unscaled


class Trainer(tf.Module, Generic[C]):  # type: ignore[misc]
    """Everything that changes during training, so that a checkpoint of it is complete.

    Args:
        config: All settings.
        devices: Where to train; None is TensorFlow's default device.

    Attributes:
        step: Steps done, an int64 variable.

    Raises:
        UsageError: the batch cannot be divided among the replicas, or XLA cannot train this
            generator.
    """

    def __init__(self, config: C, devices: Devices | None = None) -> None:
        super().__init__(name=config.generator.family)
        self._config: C = config
        self._devices = devices or one_device()
        _check_batch(config, self._devices)
        _check_xla(config)
        keras.utils.set_random_seed(config.train.seed)
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
        with self._devices.strategy.scope():
            self._build_networks()
            self._generator_optimizer = self._optimizer(self._generator_variables)
            self._discriminator_optimizer = self._optimizer(self._discriminator_variables)
        self._averages = self._build_averages() if config.train.ema else []
        jit = config.train.jit_compile
        self._generator_phase = self._devices.phase(self._update_generators, jit)
        self._discriminator_phase = self._devices.phase(self._update_discriminators, jit)

    @abstractmethod
    def train_step(self, *batch: Any) -> dict[str, Any]:
        """Do one step, and count it.

        Args:
            *batch: What the family's sampler draws: tensors `[N, ...]`, the part of the
                batch that falls to this machine.

        Returns:
            The losses over the whole batch, scalar tensors by name.
        """

    @property
    @abstractmethod
    def _trained(self) -> tuple[list[keras.Model], list[keras.Model]]:
        """The generators and the discriminators, as trained."""

    @abstractmethod
    def _build_networks(self) -> None:
        """Make the networks; the seed is set, and the devices are chosen."""

    @abstractmethod
    def _update_generators(self, *batch: Any) -> Any:
        """Update the generators on one replica."""

    @abstractmethod
    def _discriminator_gradients(self, *batch: Any) -> tuple[Any, tuple[Any, ...]]:
        """Compute the losses of the discriminators and their gradients on one replica.

        Args:
            *batch: What `_update_discriminators` gets, and what `_discriminator_draws` drew.
        """

    @property
    def learning_rate(self) -> float:
        """The rate of the next step."""
        return self._config.learning_rate(int(self.step))

    @property
    def networks(self) -> dict[str, list[Any]]:
        """The weights of all networks, by name."""
        return {net.name: net.weights for nets in self._trained for net in nets}

    @property
    def generators(self) -> list[keras.Model]:
        """The generators as samples show and files hold them: averages, if there are."""
        if self._averages:
            return [average.average for average in self._averages]
        return self._trained[0]

    @property
    def record(self) -> dict[str, Any]:
        """What files of the generators have to tell of their training, in JSON's types."""
        return {}

    @property
    def _generator_variables(self) -> list[Any]:
        return [v for net in self._trained[0] for v in net.trainable_variables]

    @property
    def _discriminator_variables(self) -> list[Any]:
        return [v for net in self._trained[1] for v in net.trainable_variables]

    def _set_learning_rate(self) -> None:
        rate = self.learning_rate
        self._generator_optimizer.learning_rate.assign(rate)
        self._discriminator_optimizer.learning_rate.assign(rate)

    def _count_step(self) -> None:
        """Let the averages follow an update, and count the step."""
        for average in self._averages:
            average.update(self.step)
        self.step.assign_add(1)

    def _update_discriminators(self, *batch: Any) -> dict[str, Any]:
        """Update the discriminators on one replica."""
        losses, _ = self._update(
            self._discriminator_optimizer,
            self._discriminator_variables,
            self._discriminator_gradients,
            batch + self._discriminator_draws(batch[0]),
        )
        return losses

    def _discriminator_draws(self, images: Any) -> tuple[Any, ...]:
        """Draw what the discriminators' losses need at random for `images`, `[N, ...]`."""
        if self._config.loss.gan != "wgan-gp":
            return ()
        return tuple(self._mix(len(images), stream) for stream in range(len(self._trained[1])))

    def _update(
        self, optimizer: Any, variables: list[Any], compute: Compute, batch: Sequence[Any]
    ) -> tuple[dict[str, Any], tuple[Any, ...]]:
        """Apply the gradients that `compute` gives, part by part if so configured.

        Args:
            optimizer: Of `variables`.
            variables: What to update.
            compute: From the tensors of `batch` to ((losses, gradients), images).
            batch: Tensors `[N, ...]`.

        Returns:
            The losses, and the images `[N, ...]`.
        """
        parts = self._config.train.accumulation_steps
        (losses, gradients), images = accumulate(compute, batch, parts)
        gradients = unscaled(optimizer, gradients)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return losses, images

    def _shares(self, losses: Mapping[str, Any]) -> dict[str, Any]:
        """Divide means so that they add up over replicas and accumulated parts."""
        share = 1.0 / (self._devices.replicas * self._config.train.accumulation_steps)
        return {name: loss if share == 1.0 else share * loss for name, loss in losses.items()}

    def _mix(self, count: int, stream: int) -> Any:
        """Draw where the gradient penalty looks, `[count, 1, 1, 1]` in [0, 1)."""
        return tf.random.stateless_uniform((count, 1, 1, 1), self._seed(stream))

    def _seed(self, stream: int) -> Any:
        """Make the seed of a `stream` of random numbers: two int64, of this step and replica."""
        replica = tf.cast(tf.distribute.get_replica_context().replica_id_in_sync_group, tf.int64)
        return tf.stack([seed_of(self._config.train.seed, stream, replica), self.step])

    def _optimizer(self, variables: list[Any]) -> Any:
        optimizer = adam(self._config.optimizer, self._config.train.mixed_precision)
        optimizer.build(variables)
        return optimizer

    def _build_averages(self) -> list[MovingAverage]:
        config = self._config
        return [
            MovingAverage(
                weighted,
                build_generator(config.generator, net.name, any_size=True),
                config.train.ema,
            )
            for net, weighted in zip(self._trained[0], self._averaged, strict=True)
        ]

    @property
    def _averaged(self) -> list[Weighted]:
        """What averages follow: for each generator its weights, in the order of a plain one."""
        return list(self._trained[0])


def seed_of(seed: int, stream: int, replica: Any) -> Any:
    """Give each stream, 0 to 2, and replica draws of its own; settings keep `seed` below 2^32.

    Stream 2 is stream 0 of the next seed, but a run has one seed.
    """
    return 2 * seed + stream + replica * 2**33


def _check_batch(config: TrainingConfig, devices: Devices) -> None:
    batch, parts = config.data.batch_size, config.train.accumulation_steps
    if config.distillation.quantize and parts > 1 and devices.replicas > 1:
        raise UsageError(
            "Quantization-aware training on several devices does not accumulate gradients: set "
            "train.accumulation_steps to 1, or use --strategy one."
        )
    if batch % (devices.replicas * parts):
        raise UsageError(
            f"data.batch_size is {batch}; it must be a multiple of {devices.replicas} (replicas) "
            f"times {parts} (train.accumulation_steps). --strategy one trains on one device."
        )


def _check_xla(config: TrainingConfig) -> None:
    if config.train.jit_compile and config.generator.upsample == "resize":
        raise UsageError(
            "train.jit_compile does not work with generator.upsample = resize: XLA has no gradient "
            "of it. Leave it off, or train a generator with upsample = deconv."
        )
