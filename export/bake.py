"""Baking a label in: a multi-domain generator becomes one for a single choice of domains.

The label is constant then, and so are its planes. The convolution behind them is linear
in its input: the planes l_1 .. l_c with kernels k_1 .. k_c do what one plane of ones does
with the kernel l_1 k_1 + .. + l_c k_c. That plane must stay, since zero padding makes its
border another value than its middle.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from edgegan.errors import EdgeganError
from edgegan.images import FloatArray
from edgegan.train.layers import LabelPlanes


class OnesPlane(keras.layers.Layer):  # type: ignore[misc]
    """Put a plane of ones behind the channels of an image.

    Input: float `[N, H, W, C]`. Output: `[N, H, W, C + 1]`.
    """

    def call(self, inputs: Any) -> Any:
        """Append the plane."""
        return tf.concat([inputs, tf.ones_like(inputs[..., :1])], axis=-1)


def bake(model: keras.Model, label: FloatArray) -> keras.Model:
    """Make the generator that translates as `model` does with one label.

    Args:
        model: A functional generator with the inputs image and label.
        label: float32 `[c]`.

    Returns:
        A new model of the image alone.

    Raises:
        EdgeganError: the label is used otherwise than as planes for a convolution.
    """
    planes = [layer for layer in model.layers if isinstance(layer, LabelPlanes)]
    readers = model.get_layer(model.inputs[1].name).outbound_nodes
    convolutions = [conv for layer in planes for conv in _convolutions_behind(layer)]
    if not planes or len(readers) != len(planes) or None in convolutions:
        raise EdgeganError(
            f"The label of {model.name} cannot be baked in: it is not only spread as planes for "
            "a convolution. Export without --bake-domain."
        )
    baked = _without_label(model)
    for layer in model.layers:
        weights = layer.get_weights()
        if layer in convolutions:
            weights[0] = _folded(weights[0], label)
        if weights:
            baked.get_layer(layer.name).set_weights(weights)
    return baked


def _convolutions_behind(layer: keras.layers.Layer) -> list[keras.layers.Layer | None]:
    """Find what reads a layer, past zero padding; None stands for no convolution."""
    found: list[keras.layers.Layer | None] = []
    for node in layer.outbound_nodes:
        reader = node.outbound_layer
        if isinstance(reader, keras.layers.ZeroPadding2D):
            found += _convolutions_behind(reader)
        else:
            found.append(reader if type(reader) is keras.layers.Conv2D else None)
    return found


def _without_label(model: keras.Model) -> keras.Model:
    """Rebuild the network with a plane of ones in place of the label's, and fresh weights."""
    config = model.get_config()
    label = config["input_layers"].pop()[0]
    config["layers"] = [layer for layer in config["layers"] if layer["name"] != label]
    for layer in config["layers"]:
        if isinstance(model.get_layer(layer["name"]), LabelPlanes):
            ones = OnesPlane(name=layer["name"])
            layer.update(class_name="OnesPlane", config=ones.get_config(), module=None)
            layer["registered_name"] = "OnesPlane"
            layer["inbound_nodes"] = [node[:1] for node in layer["inbound_nodes"]]
            layer.pop("build_config", None)
    return keras.Model.from_config(config, custom_objects={"OnesPlane": OnesPlane})


def _folded(kernel: FloatArray, label: FloatArray) -> FloatArray:
    """Turn the kernels of the label's planes, the last of `[h, w, C + c, F]`, into one."""
    channels = kernel.shape[2] - len(label)
    plane = np.einsum("hwcf,c->hwf", kernel[:, :, channels:], label)
    return np.concatenate([kernel[:, :, :channels], plane[:, :, None]], axis=2)
