"""The training of keras-io's CycleGAN example in Keras.

Written from the description of examples/generative/cyclegan.py of keras-team/keras-io:
one persistent tape around all forward passes, four optimisers, each generator following
the losses of its own output, all gradients taken before any update, no image pool. The
networks are edgegan's.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras as keras

from edgegan.train.cyclegan_config import CycleGANConfig
from edgegan.train.networks import build_discriminator, build_generator


class KerasIOTrainer(keras.Model):  # type: ignore[misc]
    """Two generators and two discriminators; call `compile()`, then `train_on_batch(a, b)`.

    Attributes:
        a2b: The generator from domain A to B.
        b2a: The generator from domain B to A.
        d_a: Judges images of A.
        d_b: Judges images of B.
    """

    def __init__(self, config: CycleGANConfig, cycle: float = 10.0, identity: float = 5.0) -> None:
        super().__init__()
        self.a2b, self.b2a = (build_generator(config.generator, name) for name in ("G", "F"))
        self.d_a, self.d_b = (
            build_discriminator(config.discriminator, name=name) for name in ("D_X", "D_Y")
        )
        self._cycle, self._identity = cycle, identity
        self._adams = [keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(4)]

    def train_step(self, data: Any) -> dict[str, Any]:
        """Update all four networks on one batch of each domain; return the losses."""
        with tf.GradientTape(persistent=True) as tape:
            losses = self._loss_terms(*data)
            totals = (
                losses["gan_a2b"] + losses["cycle_b"] + losses["identity_b"],
                losses["gan_b2a"] + losses["cycle_a"] + losses["identity_a"],
                losses["discriminator_a"],
                losses["discriminator_b"],
            )
        variables = [net.trainable_variables for net in (self.a2b, self.b2a, self.d_a, self.d_b)]
        gradients = [tape.gradient(*pair) for pair in zip(totals, variables, strict=True)]
        for adam, *pairs in zip(self._adams, gradients, variables, strict=True):
            adam.apply_gradients(zip(*pairs, strict=True))
        return losses

    def _loss_terms(self, a: Any, b: Any) -> dict[str, Any]:
        fake_a, fake_b = self.b2a(b), self.a2b(a)
        on_fake_a, on_fake_b = self.d_a(fake_a), self.d_b(fake_b)
        return {
            "gan_a2b": _mse(on_fake_b, 1.0),
            "gan_b2a": _mse(on_fake_a, 1.0),
            "cycle_a": self._cycle * _mae(self.b2a(fake_b), a),
            "cycle_b": self._cycle * _mae(self.a2b(fake_a), b),
            "identity_a": self._identity * _mae(self.b2a(a), a),
            "identity_b": self._identity * _mae(self.a2b(b), b),
            "discriminator_a": 0.5 * (_mse(self.d_a(a), 1.0) + _mse(on_fake_a, 0.0)),
            "discriminator_b": 0.5 * (_mse(self.d_b(b), 1.0) + _mse(on_fake_b, 0.0)),
        }


def _mse(logits: Any, target: float) -> Any:
    return tf.reduce_mean(tf.square(logits - target))


def _mae(images: Any, targets: Any) -> Any:
    return tf.reduce_mean(tf.abs(images - targets))
