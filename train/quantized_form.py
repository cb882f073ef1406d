"""The form of a generator that is trained as an int8 file will compute it.

Kernels, and what convolutions read and give, are rounded to int8; norms, additions and tanh
compute in float, as in the files that EdgeGAN exports. What a file's target can hold decides the
ranges:

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
from edgegan.train.fake_quantization import Range, quantize_kernel
from edgegan.train.following_layers import following_layers
from edgegan.train.layers import InstanceNormalization, LabelPlanes, ReflectionPadding2D

Simulated = Literal["tflite", "onnx"]
_FOLLOWING = 0.25  # the share of the steps in which ranges follow the values
_FEWEST = 4


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
        self._following_steps = int(_FOLLOWING * steps)
        self._follows = tf.Variable(1.0, trainable=False, name="follows")
        self.network = _simulated(generator, target, self._follows)
        self.weights = _matching(self.network, generator)

    def before_step(self, step: Any) -> None:
        """Let ranges be learned once they have followed long enough; `step` counts from 1."""
        if int(step) == self._following_steps + 1:
            for layer in self._simulated:
                layer.source.begin()
                layer.result.begin()
        self._follows.assign(float(int(step) <= self._following_steps))

    def finish(self, generator: keras.Model) -> None:
        """Do nothing: kernels are rounded when a file is made."""

    def record(self) -> dict[str, Any]:
        """Tell the ranges of each convolution, as `edgegan.export.learned_ranges` reads them."""
        ranges = {
            layer.name: {"input": layer.source.told(), "output": layer.result.told()}
            for layer in self._simulated
        }
        return {"int8": {"target": self._target, "ranges": ranges}}

    @property
    def _simulated(self) -> list[Any]:
        return [layer for layer in self.network.layers if isinstance(layer, _SIMULATED)]


class _SimulatedConv2D(keras.layers.Conv2D):  # type: ignore[misc]
    """A convolution as int8 computes it; `source` and `result` round what it reads and gives."""

    source: Range
    result: Range

    def call(self, inputs: Any) -> Any:
        y = self.convolution_op(self.source(inputs), quantize_kernel(self.kernel, 3))
        return self.result(tf.nn.bias_add(y, self.bias) if self.use_bias else y)


class _SimulatedConv2DTranspose(keras.layers.Conv2DTranspose):  # type: ignore[misc]
    """A transposed convolution as int8 computes it."""

    source: Range
    result: Range

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
_PADDINGS = (ReflectionPadding2D, keras.layers.ZeroPadding2D)


def _simulated(generator: keras.Model, target: Simulated, follows: Any) -> keras.Model:
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
            image = 1.0 if _reads_image(layer) else None
            copy.source = Range(follows, symmetric, known=image)
            copy.result = Range(follows, symmetric, layer.filters if alone else None, limit)
        return copy

    network = keras.models.clone_model(generator, clone_function=clone)
    for variable, value in zip(_matching(network, generator), generator.get_weights(), strict=True):
        variable.assign(value)
    return network


def _all_read(layer: keras.layers.Layer, kind: type) -> bool:
    """Tell whether only layers of a kind read the output of `layer`, past crops."""
    readers = following_layers(layer)
    return bool(readers) and all(isinstance(one, kind) for one in readers)


def _reads_image(layer: keras.layers.Layer) -> bool:
    """Tell whether a layer reads a network's input, past padding: it is in [-1, 1]."""
    before = layer.inbound_nodes[0].inbound_layers
    while isinstance(before, _PADDINGS):
        before = before.inbound_nodes[0].inbound_layers
    return isinstance(before, (keras.layers.InputLayer, LabelPlanes))


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
