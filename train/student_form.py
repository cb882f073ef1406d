"""The form a student is trained in: as it is, with weights pruned, or with int8 simulated.

Whatever the form, what comes out is a plain generator: weights that are 0 are 0 in its
kernels, and what int8 needs to know besides is told apart (`Form.record`).
"""

from __future__ import annotations

from typing import Any, Protocol

import tensorflow as tf
import tf_keras as keras

from edgegan.train.distillation_config import DistillationConfig
from edgegan.train.pruning import PrunedForm
from edgegan.train.quantized_form import QuantizedForm


class Form(Protocol):
    """How a generator is trained.

    Attributes:
        network: What is trained; it takes and gives what the plain generator does.
        weights: Its variables that the plain generator has, too, in that one's order.
    """

    network: keras.Model
    weights: list[Any]

    def before_step(self, step: Any) -> None:
        """Prepare for an update of the generator; `step` counts them from 1."""

    def finish(self, generator: keras.Model) -> None:
        """Let a plain generator, which has the weights or their averages, be as trained."""

    def record(self) -> dict[str, Any]:
        """Tell what the file has to know besides the weights, in JSON's types."""


class PlainForm(tf.Module):  # type: ignore[misc]
    """The generator as it is."""

    def __init__(self, generator: keras.Model) -> None:
        super().__init__(name="form")
        self.network = generator

    @property
    def weights(self) -> list[Any]:
        """All of them."""
        return list(self.network.weights)

    def before_step(self, step: Any) -> None:
        """Do nothing."""

    def finish(self, generator: keras.Model) -> None:
        """Do nothing."""

    def record(self) -> dict[str, Any]:
        """Tell nothing."""
        return {}


def open_form(generator: keras.Model, settings: DistillationConfig, steps: int) -> Form:
    """Bring a generator, which has its first weights, into the form that is asked for.

    Args:
        generator: The plain student.
        settings: Say how.
        steps: Updates of the generator to come.

    Raises:
        UsageError: the settings do not fit.
    """
    if settings.prune:
        return PrunedForm(generator, settings.prune, steps)
    if settings.quantize:
        return QuantizedForm(generator, settings.quantize, steps)
    return PlainForm(generator)
