"""Equalised networks compute the same, with channels that span [-1, 1]."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from edgegan.export.equalize import channel_ranges, equalize
from edgegan.export.lowering import AxisByAxisInstanceNormalization, lower
from edgegan.export.quantization import Feeds
from edgegan.images import FloatArray
from edgegan.train.layers import InstanceNormalization
from tests.export.generators import CONFIGS, SIZE, STARGAN, generator, noise

IMAGES: Feeds = [(noise(seed),) for seed in range(4)]


def pair(model: keras.Model, feeds: Feeds = IMAGES) -> tuple[keras.Model, keras.Model]:
    lowered = lower(model, "tflite", (SIZE, SIZE))
    return lowered, equalize(lowered, feeds)


def before_norms(model: keras.Model) -> list[str]:
    norms = [layer for layer in model.layers if isinstance(layer, InstanceNormalization)]
    return [norm.inbound_nodes[0].inbound_layers.name for norm in norms]


@pytest.mark.parametrize("name", CONFIGS)
def test_it_computes_the_same(name: str) -> None:
    lowered, equal = pair(generator(CONFIGS[name]))
    for seed in (0, 9):  # 9 was not measured
        expected = lowered(noise(seed)).numpy()
        np.testing.assert_allclose(equal(noise(seed)).numpy(), expected, atol=5e-5)


def test_with_a_label_it_computes_the_same() -> None:
    labels = np.eye(3, dtype=np.float32)[:, None]
    feeds: Feeds = [(noise(i), label) for i, label in enumerate(labels)]
    lowered, equal = pair(generator(STARGAN), feeds)
    for feed in feeds:
        inputs: list[FloatArray] = list(feed)
        np.testing.assert_allclose(equal(inputs).numpy(), lowered(inputs).numpy(), atol=5e-5)


@pytest.mark.parametrize("name", ["plain", "same", "shallow"])
def test_every_channel_before_a_norm_spans_minus_1_to_1(name: str) -> None:
    lowered, equal = pair(generator(CONFIGS[name]))
    convolutions = [name for name in before_norms(equal) if name.endswith("conv")]
    assert len(convolutions) >= 4
    for low, high in channel_ranges(equal, convolutions, IMAGES).values():
        np.testing.assert_allclose(low, -1, atol=1e-4)
        np.testing.assert_allclose(high, 1, atol=1e-4)
    unequal = channel_ranges(lowered, convolutions, IMAGES).values()
    assert max(float(np.abs(high - 1).max()) for _, high in unequal) > 0.1


def test_past_a_crop_and_with_a_bias_it_computes_the_same() -> None:
    image = keras.Input((SIZE, SIZE, 3))
    conv = keras.layers.Conv2DTranspose(5, 3, strides=2, name="conv")
    x = keras.layers.Cropping2D(((1, 0), (1, 0)))(conv(image))
    model = keras.Model(image, InstanceNormalization(affine=True)(x))
    lowered, equal = pair(model)
    assert len(lowered.get_layer("conv").weights) == 1
    assert len(equal.get_layer("conv").weights) == 2
    np.testing.assert_allclose(equal(noise()).numpy(), lowered(noise()).numpy(), atol=5e-5)


def test_deviations_near_the_root_of_epsilon_are_kept() -> None:
    lowered, equal = pair(one_norm(np.array([1e-3, 1.0, 30.0], np.float32)))
    expected = lowered(noise()).numpy()
    assert expected[..., 0].std() < 0.5 < expected[..., 1].std()
    np.testing.assert_allclose(equal(noise()).numpy(), expected, atol=5e-5)


def test_a_constant_channel_stays_as_it_is() -> None:
    lowered, equal = pair(one_norm(np.array([0.0, 1.0, 2.0], np.float32)))
    np.testing.assert_allclose(equal(noise()).numpy(), lowered(noise()).numpy(), atol=5e-5)
    assert (equal.get_layer("conv").get_weights()[0][..., 0] == 0).all()


@pytest.mark.parametrize("other_reader", [True, False])
def test_what_others_read_is_left_alone(other_reader: bool) -> None:
    image = keras.Input((SIZE, SIZE, 3))
    activation = None if other_reader else "relu"
    x: Any = keras.layers.Conv2D(3, 1, name="conv", activation=activation)(image)
    normed = InstanceNormalization()(x)
    model = keras.Model(image, keras.layers.Add()([x, normed]) if other_reader else normed)
    lowered, equal = pair(model)
    assert equal is lowered


def test_only_the_measured_feeds_count() -> None:
    model = lower(generator(), "tflite", (SIZE, SIZE))
    (low, high), (wider_low, wider_high) = (
        channel_ranges(model, ["stem_conv"], feeds)["stem_conv"] for feeds in (IMAGES[:1], IMAGES)
    )
    stem = keras.Model(model.inputs, model.get_layer("stem_conv").output)(noise(0)).numpy()
    np.testing.assert_allclose(low, stem.min(axis=(0, 1, 2)), atol=1e-6)
    np.testing.assert_allclose(high, stem.max(axis=(0, 1, 2)), atol=1e-6)
    assert (wider_low <= low).all()
    assert (wider_high >= high).all()
    assert (wider_high > high).any()


def one_norm(strengths: FloatArray) -> keras.Model:
    keras.utils.set_random_seed(0)
    image = keras.Input((SIZE, SIZE, 3))
    conv = keras.layers.Conv2D(3, 3, name="conv", use_bias=False)
    model = keras.Model(image, InstanceNormalization()(conv(image)))
    conv.set_weights([conv.get_weights()[0] * strengths])
    return model


def test_a_channel_of_rounding_noise_stays_as_it_is() -> None:
    flat: Feeds = [(np.full((1, SIZE, SIZE, 3), level, np.float32),) for level in (0.3, 0.3)]
    lowered, equal = pair(one_norm(np.array([1.0, -2.0, 3.0], np.float32)), flat)
    kernels = [model.get_layer("conv").get_weights()[0] for model in (lowered, equal)]
    np.testing.assert_array_equal(*kernels)


def test_a_bias_is_equalised_too() -> None:
    keras.utils.set_random_seed(0)
    image = keras.Input(batch_shape=(1, SIZE, SIZE, 3))
    conv = keras.layers.Conv2D(4, 3, name="conv", bias_initializer="ones")
    model = keras.Model(image, AxisByAxisInstanceNormalization()(conv(image)))
    equal = equalize(model, IMAGES)
    ((low, high),) = channel_ranges(equal, ["conv"], IMAGES).values()
    np.testing.assert_allclose([low, high], [[-1] * 4, [1] * 4], atol=1e-4)
    np.testing.assert_allclose(equal(noise()).numpy(), model(noise()).numpy(), atol=5e-5)
