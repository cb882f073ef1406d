"""Which EdgeGAN configuration a foreign Keras generator has, told from its tensors.

The keras-io example's generator (examples/generative/cyclegan.py): a 7x7 convolution, 3x3
ones of stride 2 that double the width, residual blocks of two 3x3 ones, transposed ones
that halve it, and a 7x7 one; a norm after each but the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tf_keras as keras

from edgegan.errors import ArtifactError
from edgegan.generator import ConvPadding, GeneratorConfig, Padding, Upsample
from edgegan.images import FloatArray
from edgegan.selftest import selftest_input
from edgegan.train.foreign_keras_weights import LayerWeights, NamedArray
from edgegan.train.layers import InstanceNormalization, ReflectionPadding2D
from edgegan.train.networks import build_generator


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What tensors do not tell. Defaults are the keras-io example's.

    Attributes:
        size: Height and width of the images, pixels.
        epsilon: Of the norm; TensorFlow Addons's default is 1e-3.
        padding: Of the stride-1 convolutions.
        conv_padding: Of those of stride 2.
        upsample: How the width is halved again.
    """

    size: int
    epsilon: float = 1e-3
    padding: Padding = "reflect"
    conv_padding: ConvPadding = "same"
    upsample: Upsample = "deconv"


def infer_config(layers: Sequence[LayerWeights], habits: Habits) -> GeneratorConfig:
    """Tell the configuration from the shapes of the kernels.

    Args:
        layers: The layers with weights, in the order that a generator runs through them.
        habits: What the shapes do not tell.

    Raises:
        ValueError: these are not the tensors of such a generator.
        UsageError: no generator can be of these numbers.
    """
    kernels = [layer[0] for layer in layers if layer[0].value.ndim == 4]
    if len(kernels) < 2 or any(k.value.shape[:2] != (7, 7) for k in (kernels[0], kernels[-1])):
        raise ValueError(
            "expected a first and a last convolution of 7x7, as of a ResNet generator; "
            f"it has {len(kernels)} convolutions, {_described(kernels[:1] + kernels[-1:])}"
        )
    channels, filters = kernels[0].value.shape[2:]
    middle = [kernel.value.shape for kernel in kernels[1:-1]]
    downs = 0
    while downs < len(middle) and middle[downs][3] == 2 * middle[downs][2]:
        downs += 1
    return GeneratorConfig(
        image_size=habits.size,
        channels=channels,
        filters=filters,
        residual_blocks=max(0, len(middle) - 2 * downs) // 2,
        downsamplings=downs,
        norm_affine=len(layers) > len(kernels),
        norm_epsilon=habits.epsilon,
        padding=habits.padding,
        conv_padding=habits.conv_padding,
        upsample=habits.upsample,
    )


def rebuild(path: Path, layers: Sequence[LayerWeights], config: GeneratorConfig) -> keras.Model:
    """Build what `config` describes, with the weights of a file.

    Raises:
        ArtifactError: a tensor does not fit; it is named.
    """
    model = build_generator(config)
    targets = [layer for layer in model.layers if layer.weights]
    for layer, stored in zip(targets, layers, strict=False):
        set_weights(path, layer, _with_bias_as(layer, stored))
    if len(targets) != len(layers):
        raise ArtifactError(
            f"{path} has {len(layers)} layers with weights; a generator of {config.filters} "
            f"filters, {config.downsamplings} downsamplings and {config.residual_blocks} residual "
            f"blocks has {len(targets)}."
        )
    return model


def set_weights(path: Path, layer: keras.layers.Layer, stored: LayerWeights) -> None:
    """Give a layer the weights of a file.

    Raises:
        ArtifactError: they are of other shapes; the tensor is named.
    """
    expected = [tuple(weight.shape) for weight in layer.weights]
    for tensor, shape in zip(stored, expected, strict=False):
        if tensor.value.shape != shape:
            raise ArtifactError(
                f"{path}: the tensor {tensor.name} is {list(tensor.value.shape)}; "
                f"expected {list(shape)} for {layer.name}."
            )
    if len(stored) != len(expected):
        raise ArtifactError(
            f"{path} holds {_described(stored)} for the layer {layer.name}, which has "
            f"{len(expected)} tensors."
        )
    layer.set_weights([tensor.value for tensor in stored])


def match(path: Path, graph: keras.Model) -> tuple[keras.Model, GeneratorConfig] | None:
    """Find the configuration that makes a foreign graph's function.

    Args:
        path: The file, for messages.
        graph: With its weights; of EdgeGAN's layers.

    Returns:
        The network built anew, and its configuration; None where there is none.
    """
    layers = [
        [NamedArray(w.name, value) for w, value in zip(x.weights, x.get_weights(), strict=True)]
        for x in graph.layers
        if x.weights
    ]
    try:
        config = infer_config(layers, _habits(graph))
        model = rebuild(path, layers, config)
    except (ValueError, ArtifactError):
        return None
    x = selftest_input((1, *graph.inputs[0].shape[1:]))
    return (model, config) if _equal(graph(x).numpy(), model(x).numpy()) else None


def _habits(graph: keras.Model) -> Habits:
    height, width = graph.inputs[0].shape[1:3]
    norms = {x.epsilon for x in graph.layers if isinstance(x, InstanceNormalization)}
    if height != width or len(norms) > 1:
        raise ValueError("its images are no square, or its norms are not alike")
    strides = [x for x in graph.layers if getattr(x, "strides", None) == (2, 2)]
    reflects = any(isinstance(x, ReflectionPadding2D) for x in graph.layers)
    resizes = any(isinstance(x, keras.layers.UpSampling2D) for x in graph.layers)
    return Habits(
        size=height,
        epsilon=norms.pop() if norms else 1e-3,
        padding="reflect" if reflects else "zero",
        conv_padding="same" if any(x.padding == "same" for x in strides) else "explicit",
        upsample="resize" if resizes else "deconv",
    )


def _with_bias_as(layer: keras.layers.Layer, stored: LayerWeights) -> LayerWeights:
    """Drop a bias before a norm, which subtracts it again; put zeros where there was none."""
    if not isinstance(layer, keras.layers.Conv2D):  # which transposed ones are, too
        return stored
    if layer.use_bias and len(stored) == 1:
        zeros = np.zeros(layer.bias.shape, np.float32)
        return [*stored, NamedArray("no bias", zeros)]
    return stored[:1] if not layer.use_bias and len(stored) == 2 else stored


def _equal(a: FloatArray, b: FloatArray) -> bool:
    return a.shape == b.shape and bool(np.abs(a - b).max() <= 1e-4)


def _described(tensors: LayerWeights) -> str:
    return ", ".join(f"{name} {list(value.shape)}" for name, value in tensors) or "no tensors"
