"""The layers equal their definitions, and survive saving."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from edgegan.train.layers import InstanceNormalization, ReflectionPadding2D
from tests.train.tiny import noise, uniform
from tests.train.torch_reference import Array, instance_norm, reflection_pad


def test_instance_norm_equals_its_definition() -> None:
    x = 3 * noise(0, count=2) + 5
    got = InstanceNormalization()(x).numpy()
    np.testing.assert_allclose(got, instance_norm(x), atol=1e-5)


def test_epsilon_is_added_to_the_variance() -> None:
    x = 0.1 * noise(0)  # small, so that epsilon shows
    got = InstanceNormalization(epsilon=0.01)(x).numpy()
    np.testing.assert_allclose(got, instance_norm(x, epsilon=0.01), atol=1e-6)


def test_affine_scales_and_shifts_each_channel() -> None:
    x = noise(0, count=2)
    layer = InstanceNormalization(affine=True)
    np.testing.assert_allclose(layer(x).numpy(), instance_norm(x), atol=1e-5)
    gamma, beta = np.array([2.0, -1.0, 0.5]), np.array([0.0, 3.0, -2.0])
    layer.set_weights([gamma, beta])
    np.testing.assert_allclose(layer(x).numpy(), instance_norm(x) * gamma + beta, atol=1e-5)


def test_it_has_weights_only_if_affine() -> None:
    plain, affine = InstanceNormalization(), InstanceNormalization(affine=True)
    plain.build((None, 4, 4, 5))
    affine.build((None, 4, 4, 5))
    assert plain.weights == []
    assert [tuple(weight.shape) for weight in affine.trainable_weights] == [(5,), (5,)]


def test_each_image_is_normalised_alone() -> None:
    a, b = noise(0), 100 * noise(1)
    layer = InstanceNormalization()
    np.testing.assert_array_equal(layer(np.concatenate([a, b])).numpy()[:1], layer(a).numpy())
    np.testing.assert_array_equal(layer(a, training=True).numpy(), layer(a).numpy())


def test_second_derivatives_are_those_of_the_definition() -> None:
    """A gradient penalty needs them; here against finite differences of the first ones.

    Of y(x) = the norm in NumPy and float64, the first derivative of sum(w y) is
    scale * (w - mean(w) - y * mean(w y)).
    """
    x = uniform(1, (1, 3, 4, 2))
    w, c = (uniform(seed, x.shape).astype(np.float64) for seed in (2, 3))
    layer = InstanceNormalization()

    def slopes(x: Array) -> Array:
        centred = x - x.mean(axis=(1, 2), keepdims=True)
        scale = 1 / np.sqrt((centred**2).mean(axis=(1, 2), keepdims=True) + 1e-5)
        y = centred * scale
        means = [v.mean(axis=(1, 2), keepdims=True) for v in (w, w * y)]
        return np.asarray(scale * (w - means[0] - y * means[1]))

    image = tf.constant(x)
    with tf.GradientTape() as outer:
        outer.watch(image)
        with tf.GradientTape() as inner:
            inner.watch(image)
            loss = tf.reduce_sum(tf.cast(w, tf.float32) * layer(image))
        penalty = tf.reduce_sum(tf.cast(c, tf.float32) * inner.gradient(loss, image) ** 2)
    got = outer.gradient(penalty, image).numpy()
    direction = uniform(4, x.shape).astype(np.float64)
    ends = [np.sum(c * slopes(x + sign * 1e-6 * direction) ** 2) for sign in (1, -1)]
    assert np.sum(got * direction) == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4)


def test_large_float16_values_stay_finite() -> None:
    x = (noise(0) * 30_000).astype(np.float16)  # its square is far beyond float16's 65504
    got = InstanceNormalization(affine=True, dtype="mixed_float16")(x)
    assert got.dtype == tf.float16
    np.testing.assert_allclose(got.numpy(), instance_norm(x), atol=2e-3)


@pytest.mark.parametrize("padding", [1, 3])
def test_reflection_padding_equals_numpys(padding: int) -> None:
    x = noise(0, count=2)[:, :, :5]
    np.testing.assert_array_equal(
        ReflectionPadding2D(padding)(x).numpy(), reflection_pad(x, padding)
    )


def test_a_saved_model_loads_with_its_settings(tmp_path: Path) -> None:
    image = keras.Input((8, 8, 3))
    y = InstanceNormalization(epsilon=1e-3, affine=True, name="norm")(
        ReflectionPadding2D(2, name="pad")(image)
    )
    model = keras.Model(image, y)
    model.set_weights([np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])])
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras", compile=False)
    norm = loaded.get_layer("norm")
    assert (norm.epsilon, norm.affine) == (1e-3, True)
    assert loaded.get_layer("pad").padding == 2
    np.testing.assert_array_equal(loaded(noise(0)).numpy(), model(noise(0)).numpy())
