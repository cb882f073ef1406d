"""The fixed feature net: the same everywhere, and a distance."""

from __future__ import annotations

import numpy as np

from edgegan.train.random_features import WIDTHS, feature_distance, feature_statistics
from tests.train.tiny import noise
from tests.train.torch_reference import Array, conv2d

# The first weights of NumPy's PCG64, seed 0, times sqrt(2 / 27).
FIRST_WEIGHTS = (0.125730 * (2 / 27) ** 0.5, -0.132105 * (2 / 27) ** 0.5)


def test_equal_images_are_at_distance_zero() -> None:
    x = noise(0, count=3)
    np.testing.assert_array_equal(feature_distance(x, x), np.zeros(3))


def test_it_is_symmetric_and_one_number_an_image() -> None:
    x, y = noise(0, count=3), noise(1, count=3)
    there, back = feature_distance(x, y), feature_distance(y, x)
    assert there.shape == (3,)
    assert (there > 0).all()
    np.testing.assert_allclose(there, back, rtol=1e-6)
    np.testing.assert_allclose(feature_distance(x[1:2], y[1:2]), there[1:2], rtol=1e-5)


def test_it_grows_with_the_difference() -> None:
    x, step = 0.5 * noise(0), 0.5 * noise(1)
    near, middle, far = (feature_distance(x, x + t * step)[0] for t in (0.1, 0.4, 1.0))
    assert near < middle < far


def test_it_equals_its_definition() -> None:
    x, y = noise(0, count=2), noise(1, count=2)
    expected = np.zeros(2)
    for a, b in zip(_features(x), _features(y), strict=True):
        expected += np.square(_unit(a) - _unit(b)).sum(axis=-1).mean(axis=(1, 2))
    np.testing.assert_allclose(feature_distance(x, y), expected, rtol=1e-4)


def test_statistics_are_the_means_and_deviations_of_the_features() -> None:
    x = noise(0, count=2)
    expected = []
    for layer in _features(x):
        expected += [layer.mean(axis=(1, 2)), layer.std(axis=(1, 2))]
    np.testing.assert_allclose(
        feature_statistics(x), np.concatenate(expected, axis=1), rtol=1e-3, atol=1e-5
    )


def _features(x: Array) -> list[Array]:
    rng = np.random.default_rng(0)
    layers = []
    for index, width in enumerate(WIDTHS):
        channels = x.shape[-1]
        kernel = rng.standard_normal((3, 3, channels, width)) * np.sqrt(2 / (9 * channels))
        if index == 0:
            np.testing.assert_allclose(kernel.ravel()[:2], FIRST_WEIGHTS, rtol=1e-5)
            x = conv2d(x, kernel, padding=1)
        else:  # TensorFlow's "same" at stride 2 and an even size: zeros after, none before
            after = np.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0)))
            x = conv2d(after, kernel, stride=2)
        x = np.maximum(x, 0)
        layers.append(x)
    return layers


def _unit(x: Array) -> Array:
    scaled: Array = x / (np.linalg.norm(x, axis=-1, keepdims=True) + 1e-10)
    return scaled
