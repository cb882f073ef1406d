"""Quantization-aware training: static int8 simulated in the forward pass.

Kernels are rounded to int8, symmetric, one scale an output channel, of transposed
convolutions too; what convolutions read and give is rounded in the ranges met in training.
Norms, additions and tanh compute in float, as in the files that EdgeGAN exports. Rounding
passes gradients on as if it were not there (the straight-through estimator; Jacob et al.
2018, Sec. 3; Bengio et al. 2013). Ranges are moving averages of the extremes, and frozen for
the last part of the training, so that the weights settle in them.

What a file's target can hold decides the ranges:

- "tflite": inputs asymmetric; outputs that a norm reads have a range for each channel, since
  the export equalises the channels (edgegan.export.equalize); others one range.
- "onnx": inputs and outputs symmetric, one range; transposed convolutions stay float.
"""

from __future__ import annotations

from typing import Any, Literal

import tensorflow as tf
import tf_keras as keras

from edgegan.errors import UsageError
from edgegan.images import TANH_REACH
from edgegan.train.following_layers import following_layers
from edgegan.train.layers import InstanceNormalization

Simulated = Literal["tflite", "onnx"]
_DECAY = 0.99  # of the averages of extremes
_LEARNING = 0.75  # the share of the steps in which ranges follow the values
_FEWEST = 4


def fake_quantize(x: Any, low: Any, high: Any, levels: int = 255) -> Any:
    """Round `x` to `levels` steps between `low` and `high`, of which one is 0.

    Args:
        x: float32.
        low: At most 0, a scalar.
        high: At least 0, a scalar.
        levels: Steps.

    Returns:
        The rounded values. Their gradient is that of clipping to the range.
    """
    step = tf.maximum(high - low, 1e-8) / levels
    zero = tf.round(-low / step)
    return _rounded(tf.clip_by_value(x, -zero * step, (levels - zero) * step), step)


def aligned(low: Any, high: Any) -> tuple[Any, Any]:
    """Move a range that is nearly symmetric so that 0 is a step, and both ends are.

    Else the values of an image's bytes, in [-1, 1], would all lie on ties. An int8 .tflite has
    it so, too (edgegan.export.tflite_quantization).
    """
    near = tf.abs(low + high) < (high - low) / 255
    reach = tf.maximum(-low, high)
    return tf.where(near, -reach * (128 / 127), low), tf.where(near, reach, high)


def fake_quantize_channels(x: Any, low: Any, high: Any) -> Any:
    """Round each channel of `x` to 254 steps between its `low` and `high`, `[C]` each."""
    centre, half = (low + high) / 2, tf.maximum(high - low, 1e-8) / 2
    return centre + _rounded(tf.clip_by_value(x - centre, -half, half), half / 127)


def quantize_kernel(kernel: Any, axis: int) -> Any:
    """Round a kernel to int8, symmetric, with a scale for each index of `axis`."""
    others = [i for i in range(4) if i != axis]
    reach = tf.maximum(tf.reduce_max(tf.abs(kernel), others, keepdims=True), 1e-8)
    return _rounded(kernel, tf.stop_gradient(reach) / 127)


class QuantizedForm(tf.Module):  # type: ignore[misc]
    """A generator trained as an int8 file will compute.

    Args:
        generator: The plain student, with its first weights.
        target: What the file is to be.
        steps: Updates to come.

    Raises:
        UsageError: there are too few steps to learn ranges, or it computes in 16 bits.
    """

    def __init__(self, generator: keras.Model, target: Simulated, steps: int) -> None:
        super().__init__(name="form")
        if steps < _FEWEST:
            raise UsageError(
                f"Quantization-aware training learns ranges: train.steps is {steps}; set it to at "
                f"least {_FEWEST}."
            )
        if any(layer.compute_dtype != "float32" for layer in generator.layers):
            raise UsageError("Quantization-aware training needs train.mixed_precision = off.")
        self._target = target
        self._learning_steps = int(_LEARNING * steps)
        self._learns = tf.Variable(1.0, trainable=False, name="learns")
        self.network = _simulated(generator, target, self._learns)
        self.weights = _matching(self.network, generator)

    def before_step(self, step: Any) -> None:
        """Freeze the ranges once it is time to; `step` counts from 1."""
        self._learns.assign(float(int(step) <= self._learning_steps))

    def finish(self, generator: keras.Model) -> None:
        """Do nothing: kernels are rounded when a file is made."""

    def record(self) -> dict[str, Any]:
        """Tell the ranges of each convolution, as `edgegan.export.learned_ranges` reads them."""
        layers = [layer for layer in self.network.layers if isinstance(layer, _SIMULATED)]
        ranges = {
            layer.name: {"input": layer.source.told(), "output": layer.result.told()}
            for layer in layers
        }
        return {"int8": {"target": self._target, "ranges": ranges}}


class _Observed(tf.Module):  # type: ignore[misc]
    """A range that follows the extremes of values, and rounds them in it.

    Args:
        learns: 1 while it follows, 0 when it stands.
        symmetric: Whether the range is as wide on both sides of 0.
        channels: How many have a range of their own; None is one range for all.
        limit: What the range ends at on both sides.
    """

    def __init__(
        self,
        learns: Any,
        symmetric: bool,
        channels: int | None = None,
        limit: float = float("inf"),
    ) -> None:
        super().__init__(name="range")
        self._limit = limit
        shape = () if channels is None else (channels,)
        self._low, self._high = _variable(tf.zeros(shape)), _variable(tf.zeros(shape))
        self._seen = _variable(tf.zeros(()))
        self._learns, self._symmetric, self._channels = learns, symmetric, channels

    def __call__(self, x: Any) -> Any:
        low, high = self._extremes(tf.stop_gradient(x))
        keep = 1.0 - self._learns * (1.0 - _DECAY * self._seen)
        self._low.assign(keep * self._low + (1.0 - keep) * low)
        self._high.assign(keep * self._high + (1.0 - keep) * high)
        self._seen.assign(tf.ones(()))
        if self._channels is not None:
            return fake_quantize_channels(x, self._low, self._high)
        if self._symmetric:
            return fake_quantize(x, self._low, self._high, 254)
        return fake_quantize(x, *aligned(self._low, self._high))

    def told(self) -> list[Any]:
        """Return the range in JSON's types, `[low, high]`, each a list if there are channels."""
        return [self._low.numpy().tolist(), self._high.numpy().tolist()]

    def _extremes(self, x: Any) -> tuple[Any, Any]:
        if self._channels is not None:
            return tf.reduce_min(x, [0, 1, 2]), tf.reduce_max(x, [0, 1, 2])
        low = tf.maximum(tf.minimum(tf.reduce_min(x), 0.0), -self._limit)
        high = tf.minimum(tf.maximum(tf.reduce_max(x), 0.0), self._limit)
        reach = tf.maximum(-low, high)
        return (-reach, reach) if self._symmetric else (low, high)


class _SimulatedConv2D(keras.layers.Conv2D):  # type: ignore[misc]
    """A convolution as int8 computes it; `source` and `result` round what it reads and gives."""

    source: _Observed
    result: _Observed

    def call(self, inputs: Any) -> Any:
        y = self.convolution_op(self.source(inputs), quantize_kernel(self.kernel, 3))
        return self.result(tf.nn.bias_add(y, self.bias) if self.use_bias else y)


class _SimulatedConv2DTranspose(keras.layers.Conv2DTranspose):  # type: ignore[misc]
    """A transposed convolution as int8 computes it."""

    source: _Observed
    result: _Observed

    def call(self, inputs: Any) -> Any:
        extra = [max(k - s, 0) for k, s in zip(self.kernel_size, self.strides, strict=True)]
        if self.padding == "same":
            extra = [0, 0]
        size = tf.shape(inputs)
        sides = [size[i + 1] * self.strides[i] + extra[i] for i in range(2)]
        y = tf.nn.conv2d_transpose(
            self.source(inputs),
            quantize_kernel(self.kernel, 2),
            tf.stack([size[0], *sides, self.filters]),
            self.strides,
            self.padding.upper(),
        )
        return self.result(tf.nn.bias_add(y, self.bias) if self.use_bias else y)


class _SimulatedInstanceNormalization(InstanceNormalization):
    """A norm that passes no gradient back where rounding left a channel of an image flat.

    There the file gives 0 whatever the weights. The norm's own slope, 1 / sqrt(epsilon), would
    be passed on by every layer before it: an image of one colour gave gradients of 1e30.
    """

    def call(self, inputs: Any) -> Any:
        highest, lowest = (
            extreme(inputs, axis=[1, 2], keepdims=True)
            for extreme in (tf.reduce_max, tf.reduce_min)
        )
        return super().call(tf.where(highest > lowest, inputs, tf.stop_gradient(inputs)))


_SIMULATED: tuple[Any, ...] = (_SimulatedConv2D, _SimulatedConv2DTranspose)


def _simulated(generator: keras.Model, target: Simulated, learns: Any) -> keras.Model:
    forms: dict[Any, Any] = {
        keras.layers.Conv2D: _SimulatedConv2D,
        InstanceNormalization: _SimulatedInstanceNormalization,
    }
    if target == "tflite":
        forms[keras.layers.Conv2DTranspose] = _SimulatedConv2DTranspose
    symmetric = target == "onnx"

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        form = forms.get(type(layer), type(layer))
        copy = form.from_config(layer.get_config())
        if form in _SIMULATED:
            alone = not symmetric and _all_read(layer, InstanceNormalization)
            limit = TANH_REACH if _is_before_tanh(layer) else float("inf")
            copy.source = _Observed(learns, symmetric)
            copy.result = _Observed(learns, symmetric, layer.filters if alone else None, limit)
        return copy

    network = keras.models.clone_model(generator, clone_function=clone)
    for variable, value in zip(_matching(network, generator), generator.get_weights(), strict=True):
        variable.assign(value)
    return network


def _all_read(layer: keras.layers.Layer, kind: type) -> bool:
    """Tell whether only layers of a kind read the output of `layer`, past crops."""
    readers = following_layers(layer)
    return bool(readers) and all(isinstance(one, kind) for one in readers)


def _is_before_tanh(layer: keras.layers.Layer) -> bool:
    return _all_read(layer, keras.layers.Activation) and all(
        one.activation is keras.activations.tanh for one in following_layers(layer)
    )


def _matching(network: keras.Model, generator: keras.Model) -> list[Any]:
    """List the variables of `network` that `generator` has, too, in that one's order."""
    found = []
    for layer in generator.layers:
        own = network.get_layer(layer.name)
        if isinstance(own, _SIMULATED):
            found += [own.kernel, own.bias] if own.use_bias else [own.kernel]
        else:
            found += own.weights
    return found


def _variable(value: Any) -> Any:
    # Replicas see parts of a batch; a range follows the mean of what they see.
    mean = tf.VariableAggregation.MEAN
    return tf.Variable(value, trainable=False, aggregation=mean)


def _rounded(x: Any, step: Any) -> Any:
    return x + tf.stop_gradient(tf.round(x / step) * step - x)
