"""Simulated int8: its arithmetic, its gradients and its ranges."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from edgegan.images import TANH_REACH, to_uint8
from edgegan.train.fake_quantization import (
    Range,
    aligned,
    fake_quantize,
    fake_quantize_channels,
    quantize_kernel,
)
from tests.train.tiny import uniform


def test_values_are_those_of_an_int8_tensor() -> None:
    x = uniform(1, (1000,)) * 3
    low, high = -1.0, 2.0
    scale = (high - low) / 255
    zero = round(-low / scale) - 128
    stored = np.clip(np.round(x / np.float32(scale)) + zero, -128, 127)
    expected = (stored - zero) * scale
    np.testing.assert_allclose(fake_quantize(x, low, high), expected, atol=scale * 1e-3)
    assert 0.0 in np.asarray(fake_quantize(tf.zeros((1,)), low, high))


def test_a_range_of_images_does_not_put_bytes_on_ties() -> None:
    pixels = (np.arange(256) / 127.5 - 1).astype(np.float32)
    low, high = aligned(tf.constant(-1.0), tf.constant(1.0))
    rounded = np.asarray(fake_quantize(pixels, low, high))
    assert (float(low), float(high)) == pytest.approx((-128 / 127, 1))
    assert np.abs(rounded - pixels).max() < 0.75 / 127.5
    far = aligned(tf.constant(-1.0), tf.constant(3.0))
    assert [float(bound) for bound in far] == [-1, 3]


@pytest.mark.parametrize("low", np.linspace(-TANH_REACH, -0.1, 20))
def test_white_stays_white_wherever_the_zero_point_is(low: float) -> None:
    low, high = aligned(tf.constant(low, tf.float32), tf.constant(TANH_REACH, tf.float32))
    assert to_uint8(np.tanh(fake_quantize(tf.constant(9.0), low, high))) == 255


def test_channels_have_their_own_centre_and_scale() -> None:
    x = uniform(1, (2, 5, 5, 3)) * [1, 10, 0.1] + [0, 50, -3]
    low, high = x.min(axis=(0, 1, 2)), x.max(axis=(0, 1, 2))
    error = np.abs(fake_quantize_channels(x.astype(np.float32), low, high) - x)
    half_step = (high - low) / 254 / 2
    assert (error.max(axis=(0, 1, 2)) <= half_step * 1.01).all()
    assert (error.max(axis=(0, 1, 2)) >= half_step * 0.8).all()


@pytest.mark.parametrize("axis", [2, 3])
def test_kernels_have_255_steps_for_each_output(axis: int) -> None:
    kernel = uniform(1, (3, 3, 8, 8)) * np.logspace(-3, 0, 8).reshape(
        [-1 if i == axis else 1 for i in range(4)]
    ).astype(np.float32)
    rounded = np.moveaxis(np.asarray(quantize_kernel(tf.constant(kernel), axis)), axis, 0)
    original = np.moveaxis(kernel, axis, 0)
    for mine, whole in zip(rounded, original, strict=True):
        step = np.abs(whole).max() / 127
        steps = mine / step
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-3)
        assert np.abs(mine - whole).max() <= step / 2 * 1.001


def test_gradients_pass_inside_the_range_alone() -> None:
    x = tf.constant([-3.0, -0.5, 0.7, 5.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(fake_quantize(x, -1.0, 2.0) * [1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(tape.gradient(y, x), [0, 2, 3, 0])
    kernel = tf.constant(uniform(1, (1, 1, 2, 2)))
    with tf.GradientTape() as tape:
        tape.watch(kernel)
        y = tf.reduce_sum(quantize_kernel(kernel, 3) ** 2)
    expected = 2 * quantize_kernel(kernel, 3)
    np.testing.assert_allclose(tape.gradient(y, kernel), expected, rtol=1e-5)


def test_bounds_have_the_gradient_of_learned_step_sizes() -> None:
    x = uniform(1, (200,)) * 3
    high = tf.Variable(1.7)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(fake_quantize(x, -high, high, 254))
    steps = x / (1.7 / 127)
    inside = np.round(steps) - steps
    expected = np.where(np.abs(steps) < 127, inside, 127 * np.sign(steps)).sum() / 127
    assert float(tape.gradient(y, high)) == pytest.approx(expected, rel=1e-3)


def test_each_bound_feels_what_is_beyond_it() -> None:
    x = uniform(1, (200,)) * 4
    low, high = tf.Variable(-1.1), tf.Variable(2.9)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(fake_quantize(x, low, high))
    step = (2.9 + 1.1) / 255
    zero = round(1.1 / step)
    lowest, highest = -zero * step, (255 - zero) * step
    steps = x[(x > lowest) & (x < highest)] / step
    inside = (np.round(steps) - steps).sum() / 255  # of a step that is 1/255 of the range
    expected = (x < lowest).sum() - inside, (x > highest).sum() + inside
    assert min(expected) > 10
    assert [float(g) for g in tape.gradient(y, (low, high))] == pytest.approx(expected, abs=0.2)


def test_the_sides_of_a_range_are_stretched_apart_if_it_is_not_symmetric() -> None:
    x = np.array([-1.0, 3.0], np.float32).reshape(1, 1, 2, 1)
    twice = 0.1 * float(np.log(2))
    for symmetric, values, expected in (
        (False, [twice, -twice], [-2.0, 1.5]),
        (True, [twice], [-6.0, 6.0]),
    ):
        follows = tf.Variable(1.0, trainable=False)
        bounds = Range(follows, symmetric)
        bounds(x)
        follows.assign(0.0)
        (stretch,) = bounds.trainable_variables
        stretch.assign(values)
        np.testing.assert_allclose(bounds.told(), expected, rtol=1e-5)


@pytest.mark.parametrize("channels", [None, 3])
def test_a_range_follows_and_is_then_stretched(channels: int | None) -> None:
    follows = tf.Variable(1.0, trainable=False)
    bounds = Range(follows, symmetric=False, channels=channels)
    x = uniform(1, (2, 5, 5, 3)) + 0.5
    (stretch,) = bounds.trainable_variables
    for value in (1.0, 0.0):
        follows.assign(value)
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(bounds(x) ** 2)
        assert np.any(tape.gradient(y, stretch))  # Adam learns its size while it follows
    axes = None if channels is None else (0, 1, 2)
    met = np.stack([x.min(axes), x.max(axes)])
    np.testing.assert_allclose(bounds.told(), met, rtol=1e-6)
    stretch.assign(tf.fill(stretch.shape, 0.1 * float(np.log(2))))
    centre = met.mean(0) if channels else 0.0
    np.testing.assert_allclose(bounds.told(), centre + 2 * (met - centre), rtol=1e-5)
    bounds(100 * x)
    np.testing.assert_allclose(bounds.told(), centre + 2 * (met - centre), rtol=1e-5)


def test_a_stretched_range_ends_at_its_limit() -> None:
    bounds = Range(tf.Variable(0.0, trainable=False), symmetric=False, known=2.0, limit=3.0)
    assert bounds.trainable_variables == ()
    assert bounds.told() == [-2.0, 2.0]
    bounds._stretch.assign([1.0, 1.0])
    assert bounds.told() == [-3.0, 3.0]
    bounds.begin()
    assert bounds.told() == [-2.0, 2.0]
