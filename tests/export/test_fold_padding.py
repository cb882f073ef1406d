"""Zero padding inside the convolution: where it can be, and that it changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from edgegan.export.fold_padding import foldable_paddings
from edgegan.export.lowering import lower
from tests.export.generators import CONFIGS, SIZE, generator, noise


def padded(pad: Any, kernel: Any, **options: Any) -> keras.Model:
    keras.utils.set_random_seed(0)
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.ZeroPadding2D(pad, name="pad")(image)
    x = keras.layers.Conv2D(3, kernel, name="conv", bias_initializer="ones", **options)(x)
    return keras.Model(image, x)


FOLDED: list[dict[str, Any]] = [
    {"pad": 1, "kernel": 3},
    {"pad": 3, "kernel": 7},
    {"pad": (0, 2), "kernel": (1, 5)},
    {"pad": 2, "kernel": 3, "dilation_rate": 2},
]
KEPT: list[dict[str, Any]] = [
    {"pad": 1, "kernel": 3, "strides": 2},
    {"pad": 1, "kernel": 4},
    {"pad": 2, "kernel": 3},
    {"pad": 1, "kernel": (3, 4)},
    {"pad": 1, "kernel": 3, "dilation_rate": 2},
    {"pad": 1, "kernel": 3, "strides": (1, 2)},
    {"pad": ((1, 0), (1, 1)), "kernel": 3},
    {"pad": 1, "kernel": 3, "padding": "same"},
]


@pytest.mark.parametrize("options", FOLDED)
def test_it_is_folded_and_changes_nothing(options: dict[str, Any]) -> None:
    model = padded(**options)
    assert foldable_paddings(model) == {"pad": "conv"}
    lowered = lower(model, "tflite", (12, 20), batch=2)
    assert "ZeroPadding2D" not in [type(layer).__name__ for layer in lowered.layers]
    image = noise(size=(12, 20), batch=2)
    expected = lower(model, "keras", (12, 20), batch=2)(image).numpy()
    np.testing.assert_allclose(lowered(image).numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("options", KEPT)
def test_what_same_does_not_do_is_kept(options: dict[str, Any]) -> None:
    model = padded(**options)
    assert foldable_paddings(model) == {}
    lowered = lower(model, "tflite", (SIZE, SIZE))
    np.testing.assert_allclose(lowered(noise()).numpy(), model(noise()).numpy(), atol=1e-5)


def test_only_convolutions_with_channels_last_take_it() -> None:
    image = keras.Input((SIZE, SIZE, 3))
    for form in ("channels_first", "channels_last"):
        x = keras.layers.ZeroPadding2D(1, data_format=form)(image)
        conv = keras.layers.Conv2D(3, 3, name="conv")
        found = foldable_paddings(keras.Model(image, conv(x)))
        assert list(found.values()) == (["conv"] if form == "channels_last" else [])
    for other in (keras.layers.Conv2DTranspose(3, 3), keras.layers.DepthwiseConv2D(3)):
        x = other(keras.layers.ZeroPadding2D(1)(image))
        assert foldable_paddings(keras.Model(image, x)) == {}


def test_padding_that_two_layers_read_is_kept() -> None:
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.ZeroPadding2D(1)(image)
    branches = [keras.layers.Conv2D(3, 3)(x), keras.layers.AveragePooling2D(3, strides=1)(x)]
    assert foldable_paddings(keras.Model(image, keras.layers.Add()(branches))) == {}


def test_a_generator_with_zero_padding_keeps_only_that_of_stride_2() -> None:
    lowered = lower(generator(CONFIGS["zero"]), "tflite", (SIZE, SIZE))
    kept = [layer.name for layer in lowered.layers if type(layer) is keras.layers.ZeroPadding2D]
    assert kept == ["down1_pad", "down2_pad"]
