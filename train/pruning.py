"""Pruning by tensorflow-model-optimization: which weights of a generator become 0, and when.

tfmot chooses the masks; they are applied to the generator in place, before each step, so
the network itself stays a plain one and nothing has to be stripped off it. tfmot's wrapper
groups 2:4 along the third axis of a kernel, which is the inputs' in a Conv2D and the
outputs' in a Conv2DTranspose, so it is shown each kernel as `[h, w, inputs, outputs]`.

Sources: Zhu and Gupta 2017 (gradual magnitude pruning, eq. 1); Mishra et al. 2021 (2:4).
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras as keras

from edgegan.errors import UsageError
from edgegan.optional import needs
from edgegan.train.distillation_config import parse_prune

GROUP, ZEROS = 4, 2  # of 2:4
_UPDATES = 50  # of the masks, while the sparsity grows


class PrunedForm(tf.Module):  # type: ignore[misc]
    """A generator whose kernels are pruned as it is trained.

    With "magnitude:S" the smallest weights of each kernel are set to 0, more and more in the
    first half of the steps, S of them in the second. With "2:4" two of each four consecutive
    input channels are, from the first step on; kernels whose inputs do not divide by four
    stay whole.

    Args:
        generator: The plain student; it is changed as it is trained.
        prune: See `parse_prune`.
        steps: Updates to come.

    Raises:
        UsageError: `prune` is wrong, there are no steps, or there is nothing to prune.
    """

    def __init__(self, generator: keras.Model, prune: str, steps: int) -> None:
        super().__init__(name="form")
        share = parse_prune(prune)
        if steps < 1:
            raise UsageError("Pruning needs training: set train.steps to at least 1.")
        self.network, self._prune = generator, prune
        self._layers = [layer for layer in generator.layers if _is_pruned(layer, share)]
        if not self._layers:
            raise UsageError(
                "2:4 prunes nothing here: no convolution has input channels that divide by 4. "
                "Choose a width that does."
            )
        self._masks = [_masked(layer, share, steps) for layer in self._layers]

    @property
    def weights(self) -> list[Any]:
        """All of the network's."""
        return list(self.network.weights)

    @tf.function  # type: ignore[untyped-decorator]
    def before_step(self, step: tf.Tensor) -> None:
        """Choose the masks anew if it is time to, and apply them; `step` counts from 1."""
        for layer, masked in zip(self._layers, self._masks, strict=True):
            masked.layer.kernel.assign(_turned(layer, layer.kernel))
            masked.pruning_step.assign(tf.cast(step, tf.int64))
            masked.pruning_obj.conditional_mask_update()
            layer.kernel.assign(layer.kernel * _turned(layer, _mask(masked)))

    def finish(self, generator: keras.Model) -> None:
        """Apply the masks: an update or an average leaves values where there should be 0."""
        for layer, masked in zip(self._layers, self._masks, strict=True):
            kernel = generator.get_layer(layer.name).kernel
            kernel.assign(kernel * _turned(layer, _mask(masked)))

    def record(self) -> dict[str, Any]:
        """Tell how it was pruned, and the share of weights of the pruned kernels that are 0."""
        masks = [_mask(masked).numpy() for masked in self._masks]
        total = sum(mask.size for mask in masks)
        sparsity = round(1 - sum(float(mask.sum()) for mask in masks) / total, 6)
        return {"pruning": {"asked": self._prune, "sparsity": sparsity}}


class _Kernel(keras.layers.Layer):  # type: ignore[misc]
    """A kernel for tfmot to look at, `[h, w, inputs, outputs]`."""

    def __init__(self, kernel: Any, **kwargs: Any) -> None:
        super().__init__(dtype="float32", **kwargs)
        self.kernel = tf.Variable(kernel, trainable=False, name="kernel")

    def get_prunable_weights(self) -> list[Any]:
        """Return it; the name is tfmot's."""
        return [self.kernel]


def _masked(layer: keras.layers.Layer, share: float | None, steps: int) -> Any:
    with needs("compress"):
        from tensorflow_model_optimization.sparsity import keras as sparsity
    kernel = _Kernel(_turned(layer, layer.kernel), name=f"{layer.name}_kernel")
    if share is None:
        once = sparsity.ConstantSparsity(ZEROS / GROUP, begin_step=0)
        wrapped = sparsity.prune_low_magnitude(kernel, once, sparsity_m_by_n=(ZEROS, GROUP))
    else:
        half = max(steps // 2, 1)
        every = -(-half // _UPDATES)
        last = 1 + half // every * every if half > 1 else 1
        growing = (
            sparsity.PolynomialDecay(0.0, share, begin_step=1, end_step=last, frequency=every)
            if last > 1
            else sparsity.ConstantSparsity(share, begin_step=1, end_step=1, frequency=1)
        )
        wrapped = sparsity.prune_low_magnitude(kernel, growing)
    wrapped.build(tuple(layer.kernel.shape))
    return wrapped


def _is_pruned(layer: keras.layers.Layer, share: float | None) -> bool:
    # Conv2DTranspose is a Conv2D in Keras 2.
    if not isinstance(layer, keras.layers.Conv2D):
        return False
    return share is not None or _turned(layer, layer.kernel).shape[2] % GROUP == 0


def _mask(masked: Any) -> Any:
    ((_, mask, _),) = masked.pruning_vars
    return mask


def _turned(layer: keras.layers.Layer, kernel: Any) -> Any:
    """Swap inputs and outputs of a transposed convolution's kernel; its own inverse."""
    if isinstance(layer, keras.layers.Conv2DTranspose):
        return tf.transpose(kernel, (0, 1, 3, 2))
    return tf.convert_to_tensor(kernel)
