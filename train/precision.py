"""Mixed precision: most computation in 16 bits, weights and sensitive parts in 32.

Micikevicius et al. 2018. Instance statistics, logits, tanh and all losses are float32 in
any policy; see edgegan.train.networks and layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import tf_keras as keras

from edgegan.train.config_groups import AdamConfig, MixedPrecision


@contextmanager
def compute_in(precision: MixedPrecision) -> Iterator[None]:
    """Give the layers made in the block Keras's policy for `precision`."""
    before = keras.mixed_precision.global_policy()
    policy = "float32" if precision == "off" else f"mixed_{precision}"
    keras.mixed_precision.set_global_policy(policy)
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)


def adam(config: AdamConfig, precision: MixedPrecision) -> keras.optimizers.Optimizer:
    """Make Adam; for float16 with a dynamic loss scale, which skips steps that overflow."""
    optimizer = keras.optimizers.Adam(
        config.learning_rate,
        config.beta_1,
        config.beta_2,
        epsilon=config.epsilon,
        adaptive_epsilon=not config.epsilon_hat,
        jit_compile=False,
    )
    if precision == "float16":
        return keras.mixed_precision.LossScaleOptimizer(optimizer)
    return optimizer


def scaled(optimizer: keras.optimizers.Optimizer, loss: Any) -> Any:
    """Scale `loss` so that its 16-bit gradients do not vanish, if the optimiser does so."""
    if isinstance(optimizer, keras.mixed_precision.LossScaleOptimizer):
        return optimizer.get_scaled_loss(loss)
    return loss


def unscaled(optimizer: keras.optimizers.Optimizer, gradients: Sequence[Any]) -> list[Any]:
    """Undo `scaled` on the gradients."""
    if isinstance(optimizer, keras.mixed_precision.LossScaleOptimizer):
        return list(optimizer.get_unscaled_gradients(list(gradients)))
    return list(gradients)
