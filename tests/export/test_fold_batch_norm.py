"""Batch norm disappears into convolutions, and only where it may."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from edgegan.export.fold_batch_norm import foldable_norms
from edgegan.export.lowering import lower
from tests.export.generators import SIZE, noise

Norm = keras.layers.BatchNormalization


def network(*layers: Any) -> keras.Model:
    """Make a sequence of an image with random weights."""
    image = keras.Input((SIZE, SIZE, 3))
    x = image
    for layer in layers:
        x = layer(x)
    model = keras.Model(image, x)
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in model.get_weights()])
    return model


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("transposed", [True, False])
def test_the_function_is_the_same(bias: bool, scale: bool, transposed: bool) -> None:
    norm = Norm(scale=scale, center=scale, name="norm")
    if transposed:
        convolution = keras.layers.Conv2DTranspose(4, 3, strides=2, use_bias=bias, name="conv")
        model = network(convolution, keras.layers.Cropping2D(((1, 0), (1, 0))), norm)
    else:
        model = network(keras.layers.Conv2D(4, 3, use_bias=bias, name="conv"), norm)
    lowered = lower(model, "onnx", (SIZE, SIZE))
    assert foldable_norms(model) == {"conv": "norm"}
    assert not any(isinstance(layer, Norm) for layer in lowered.layers)
    np.testing.assert_allclose(
        lowered(noise()).numpy(), model(noise()).numpy(), rtol=1e-5, atol=1e-5
    )


def test_the_reference_keeps_its_norm() -> None:
    model = network(keras.layers.Conv2D(4, 3), Norm())
    assert any(isinstance(layer, Norm) for layer in lower(model, "keras", (SIZE, SIZE)).layers)


def test_what_is_not_linear_in_the_kernel_stays() -> None:
    activated = network(keras.layers.Conv2D(4, 3, activation="relu"), Norm())
    depthwise = network(keras.layers.DepthwiseConv2D(3), Norm())
    for model in (activated, depthwise):
        assert foldable_norms(model) == {}
        got = lower(model, "tflite", (SIZE, SIZE))(noise()).numpy()
        np.testing.assert_allclose(got, model(noise()).numpy(), rtol=1e-5, atol=1e-5)


def test_a_convolution_that_others_read_stays() -> None:
    image = keras.Input((SIZE, SIZE, 3))
    convolved = keras.layers.Conv2D(4, 3)(image)
    model = keras.Model(image, keras.layers.Add()([convolved, Norm()(convolved)]))
    assert foldable_norms(model) == {}
