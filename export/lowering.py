"""Lowering: a trained generator becomes the form that runs fast on its target.

It works layer by layer on the functional Keras graph, so any network of known layers
goes the same way. The lowered network has a static batch and size, and computes the
same function. Each target has one table of export forms:

- TFLite (XNNPACK and GPU delegates): reflection padding as slices and a concatenation
  (MIRROR_PAD is outside XNNPACK and would split the graph at each use); the norm as
  `d = x - mean; d * (rsqrt(mean(d*d) + eps) * gamma) + beta`, all rank 4, the means
  axis by axis; nearest upsampling as a depth-to-space of copies
  (RESIZE_NEAREST_NEIGHBOR is outside, too); a label spread over the image by a
  multiplication with ones (TILE and BROADCAST_TO are outside, too); zero padding inside the
  convolution (edgegan.export.fold_padding).
- TFLite int16x8: the same, but nearest upsampling stays, which has int16 kernels where
  depth-to-space has none.
- ONNX: reflection padding stays one Pad node; the norm is fused again after
  conversion (edgegan.export.fuse_norm); the label is spread in the same way, as NCHW.

For all, a convolution's bias before an instance norm is dropped: the norm subtracts
it again. Batch norm is folded into the convolution (edgegan.export.fold_batch_norm). The
target "keras" keeps every layer as it is: the reference at another size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import tensorflow as tf
import tf_keras as keras

from edgegan.export.fold_batch_norm import foldable_norms, folded_weights
from edgegan.export.fold_padding import foldable_paddings
from edgegan.train.following_layers import following_layers
from edgegan.train.generator_file import INPUTS
from edgegan.train.layers import InstanceNormalization, LabelPlanes, ReflectionPadding2D

Target = Literal["keras", "tflite", "tflite-int16x8", "onnx"]


def lower(model: keras.Model, target: Target, size: tuple[int, int], batch: int = 1) -> keras.Model:
    """Rebuild `model` in the export form of `target`.

    Args:
        model: A functional generator, `[N, H, W, C]` in [-1, 1] to the same, with or
            without a label `[N, c]` as second input.
        target: Whose export forms to use.
        size: (H, W) of the result's input, pixels.
        batch: Its batch size.

    Returns:
        A new model with copies of the weights. Its inputs are "image", `[batch, H, W, C]`,
        and "label", `[batch, c]`, if `model` takes one.
    """
    shapes: list[tuple[int, ...]] = [(batch, *size, model.inputs[0].shape[-1])]
    shapes += [(batch, label.shape[-1]) for label in model.inputs[1:]]
    inputs = [
        keras.Input(batch_shape=shape, name=name)
        for shape, name in zip(shapes, INPUTS, strict=False)
    ]
    dead = _layers_with_dead_bias(model) if target != "keras" else set()
    folds = foldable_norms(model) if target != "keras" else {}
    paddings = foldable_paddings(model) if target.startswith("tflite") else {}
    folded = {*folds.values(), *paddings}

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        if layer.name in folded:
            return keras.layers.Activation("linear", name=layer.name)
        form = _FORMS[target].get(type(layer), _same)
        config = {**layer.get_config(), "dtype": "float32"}
        if layer.name in paddings.values():
            config["padding"] = "same"
        if layer.name in dead or layer.name in folds:
            config["use_bias"] = layer.name in folds
        return form(type(layer), config)

    lowered = keras.models.clone_model(model, input_tensors=inputs, clone_function=clone)
    for layer in model.layers:
        if layer.name in folded:
            continue
        weights = layer.get_weights()
        if layer.name in dead:
            weights = weights[:-1]
        if layer.name in folds:
            weights = folded_weights(layer, model.get_layer(folds[layer.name]))
        if weights:
            lowered.get_layer(layer.name).set_weights(weights)
    return lowered


class SlicedReflectionPadding2D(ReflectionPadding2D):
    """Reflection padding as slices and concatenations of at most three tensors."""

    def call(self, inputs: Any) -> Any:
        """Pad axes 1 and 2; bit-identical to the training form."""
        return _reflect(_reflect(inputs, self.padding, 1), self.padding, 2)


class DepthToSpaceUpSampling2D(keras.layers.UpSampling2D):  # type: ignore[misc]
    """Nearest upsampling by 2: four copies of each pixel, laid out as a 2x2 block."""

    def call(self, inputs: Any) -> Any:
        """Double axes 1 and 2; bit-identical to the training form."""
        return tf.nn.depth_to_space(tf.concat([inputs] * 4, axis=-1), 2)


class MultipliedLabelPlanes(LabelPlanes):
    """Label planes as the label times ones, which both have to be of static shape."""

    def call(self, inputs: Any) -> Any:
        """Spread the label over axes 1 and 2; bit-identical to the training form."""
        image, label = inputs
        batch, height, width, _ = image.shape
        ones = tf.ones((1, height, width, 1))
        return tf.concat([image, ones * tf.reshape(label, (batch, 1, 1, -1))], axis=-1)


class ChannelsFirstLabelPlanes(LabelPlanes):
    """Label planes made as NCHW, so that tf2onnx need not transpose them."""

    def call(self, inputs: Any) -> Any:
        """Spread the label over axes 1 and 2; bit-identical to the training form."""
        image, label = inputs
        batch, height, width, _ = image.shape
        planes = tf.ones((1, 1, height, width)) * tf.reshape(label, (batch, -1, 1, 1))
        return tf.concat([image, tf.transpose(planes, (0, 2, 3, 1))], axis=-1)


class FusibleInstanceNormalization(InstanceNormalization):
    """Instance norm in the operations that edgegan.export.fuse_norm fuses again."""

    def call(self, inputs: Any) -> Any:
        """Normalise over axes 1 and 2."""
        return _normalise(self, inputs, lambda x: tf.reduce_mean(x, axis=[1, 2], keepdims=True))


class AxisByAxisInstanceNormalization(InstanceNormalization):
    """Instance norm in operations that every delegate knows, all of rank 4.

    Its `epsilon` may be a list, one for each channel (edgegan.export.equalize).

    The means go axis by axis. XNNPACK adds up the pixels of a mean one by one in float32;
    over both axes at once the error, divided by a small deviation (flat images), reached
    2/255 at the output of the full generator. Axis by axis it is 100 times smaller.
    """

    def call(self, inputs: Any) -> Any:
        """Normalise over axes 1 and 2."""
        return _normalise(self, inputs, _mean_axis_by_axis)


def _normalise(layer: InstanceNormalization, x: Any, mean: Callable[[Any], Any]) -> Any:
    centred = x - mean(x)
    scale = tf.math.rsqrt(mean(centred * centred) + layer.epsilon)
    if not layer.affine:
        return centred * scale
    return centred * (scale * layer.gamma) + layer.beta


def _mean_axis_by_axis(x: Any) -> Any:
    return tf.reduce_mean(tf.reduce_mean(x, axis=2, keepdims=True), axis=1, keepdims=True)


Form = Callable[[type, dict[str, Any]], keras.layers.Layer]


def _same(cls: type, config: dict[str, Any]) -> keras.layers.Layer:
    return cls.from_config(config)  # type: ignore[attr-defined]


def _replace(form: type) -> Form:
    return lambda _, config: form.from_config(config)  # type: ignore[attr-defined]


def _upsampling(cls: type, config: dict[str, Any]) -> keras.layers.Layer:
    by_two = tuple(config["size"]) == (2, 2) and config["interpolation"] == "nearest"
    return _same(DepthToSpaceUpSampling2D if by_two else cls, config)


_TFLITE: dict[type, Form] = {
    ReflectionPadding2D: _replace(SlicedReflectionPadding2D),
    InstanceNormalization: _replace(AxisByAxisInstanceNormalization),
    LabelPlanes: _replace(MultipliedLabelPlanes),
}
_FORMS: dict[Target, dict[type, Form]] = {
    "keras": {},
    "tflite": {**_TFLITE, keras.layers.UpSampling2D: _upsampling},
    "tflite-int16x8": _TFLITE,
    "onnx": {
        InstanceNormalization: _replace(FusibleInstanceNormalization),
        LabelPlanes: _replace(ChannelsFirstLabelPlanes),
    },
}


def _reflect(x: Any, pad: int, axis: int) -> Any:
    length = x.shape[axis]
    before = [_slice(x, i, axis) for i in range(pad, 0, -1)]
    after = [_slice(x, i, axis) for i in range(length - 2, length - 2 - pad, -1)]
    # XNNPACK takes few inputs a concatenation, so each border is joined first.
    return tf.concat([_join(before, axis), x, _join(after, axis)], axis)


def _slice(x: Any, index: int, axis: int) -> Any:
    # Whole sizes rather than -1, which XNNPACK does not take.
    begin, size = [0] * 4, x.shape.as_list()
    begin[axis], size[axis] = index, 1
    return tf.slice(x, begin, size)


def _join(parts: list[Any], axis: int) -> Any:
    return parts[0] if len(parts) == 1 else tf.concat(parts, axis)


def _layers_with_dead_bias(model: keras.Model) -> set[str]:
    """Name the convolutions with a bias that an instance norm alone consumes."""
    dead = set()
    for layer in model.layers:
        if not getattr(layer, "use_bias", False) or layer.activation.__name__ != "linear":
            continue
        following = following_layers(layer)
        if following and all(isinstance(next_, InstanceNormalization) for next_ in following):
            dead.add(layer.name)
    return dead
