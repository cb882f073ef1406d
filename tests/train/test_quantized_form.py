"""A network trained as an int8 file computes: its form, its ranges, and runs of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from edgegan.errors import UsageError
from edgegan.generator import GeneratorConfig
from edgegan.images import TANH_REACH
from edgegan.train.distillation_config import DistillationConfig
from edgegan.train.generator_file import load_generator
from edgegan.train.layers import InstanceNormalization
from edgegan.train.networks import build_generator
from edgegan.train.precision import compute_in
from edgegan.train.quantized_form import QuantizedForm, _SimulatedInstanceNormalization
from tests.train.test_fit import assert_resumes
from tests.train.tiny import noise, numbered_data
from tests.train.tiny_distillation import TEACHER, student_config, write_teacher

CONFIG = GeneratorConfig(image_size=16, filters=4, residual_blocks=1)


def test_the_range_before_tanh_ends_where_tanh_does() -> None:
    generator = build_generator(CONFIG)
    generator.set_weights([100 * weight for weight in generator.get_weights()])
    form = QuantizedForm(generator, "tflite", steps=8)
    form.network(noise(1, 1, 16))
    low, high = form.record()["int8"]["ranges"]["head_conv"]["output"]
    assert (low, high) == pytest.approx((-TANH_REACH, TANH_REACH))


def test_ranges_follow_a_quarter_of_the_steps() -> None:
    generator = build_generator(CONFIG)
    form = QuantizedForm(generator, "tflite", steps=8)
    stem = form.network.get_layer("stem_conv").kernel

    def found(name: str) -> float:
        (_, high) = form.record()["int8"]["ranges"][name]["output"]
        return float(np.max(high))

    form.before_step(tf.constant(1))
    form.network(noise(1, 1, 16))
    first = found("stem_conv")
    stem.assign(3 * stem)
    form.before_step(tf.constant(2))
    form.network(noise(1, 1, 16))
    assert found("stem_conv") == pytest.approx(0.99 * first + 0.01 * 3 * first, rel=1e-2)
    form.before_step(tf.constant(3))
    before = found("stem_conv")
    stem.assign(3 * stem)
    form.network(noise(1, 1, 16))
    assert found("stem_conv") == before
    assert form.record()["int8"]["ranges"]["stem_conv"]["input"] == [-1.0, 1.0]


def test_what_adam_did_to_ranges_before_they_are_learned_is_forgotten() -> None:
    form = QuantizedForm(build_generator(CONFIG), "tflite", steps=8)
    form.before_step(tf.constant(1))
    form.network(noise(1, 1, 16))
    before = form.record()
    stretches = [v for v in form.network.trainable_variables if "stretch" in v.name]
    for stretch in stretches:
        stretch.assign(stretch + 0.1)
    assert form.record() == before
    form.before_step(tf.constant(3))
    assert form.record() == before
    stretches[0].assign(stretches[0] + 0.1)
    form.before_step(tf.constant(4))
    assert form.record() != before


@pytest.mark.parametrize("target", ["tflite", "onnx"])
def test_the_network_is_near_the_plain_one_and_its_ranges_are_met(target: str) -> None:
    keras.utils.set_random_seed(1)
    generator = build_generator(CONFIG)
    generator.set_weights([10 * weight for weight in generator.get_weights()])
    form = QuantizedForm(generator, target, steps=8)  # type: ignore[arg-type]
    x = noise(1, 2, 16)
    difference = np.abs(np.asarray(form.network(x)) - np.asarray(generator(x)))
    assert 1e-4 < difference.mean() < 0.05
    told = form.record()["int8"]
    assert told["target"] == target
    transposed = {"up1_conv", "up2_conv"}
    convolutions = {layer.name for layer in generator.layers if "conv" in layer.name}
    assert told["ranges"].keys() == convolutions - (transposed if target == "onnx" else set())
    stem = told["ranges"]["stem_conv"]
    assert stem["input"] == [-1, 1]  # whatever images have
    probe = keras.Model(generator.inputs, generator.get_layer("stem_conv").output)(x).numpy()
    if target == "tflite":
        np.testing.assert_allclose(stem["output"][0], probe.min(axis=(0, 1, 2)), atol=0.05)
        assert np.ndim(told["ranges"]["head_conv"]["output"][0]) == 0  # tanh reads it
        assert np.shape(told["ranges"]["up1_conv"]["output"][0]) == (8,)  # a norm, behind a crop
    else:
        assert stem["output"][1] == pytest.approx(np.abs(probe).max(), rel=0.05)
        assert stem["output"][0] == -stem["output"][1]


@pytest.mark.parametrize("target", ["tflite", "onnx"])
def test_an_image_of_one_colour_teaches_nothing_wild(target: Literal["tflite", "onnx"]) -> None:
    config = replace(CONFIG, residual_blocks=4, norm_affine=True, upsample="resize")
    generator = build_generator(replace(config, conv_padding="explicit"))
    for layer in generator.layers:
        if isinstance(layer, InstanceNormalization):
            layer.beta.assign(tf.fill(layer.beta.shape, 0.5))  # past ReLU, which stops the rest
    form = QuantizedForm(generator, target, steps=8)
    for seed in range(2):  # the ranges of images with much in them
        form.network(noise(seed, 2, 16))
    flat = tf.fill((1, 16, 16, 3), 0.3)
    with tf.GradientTape() as tape:
        tape.watch(flat)
        loss = tf.reduce_mean(tf.abs(form.network(flat) - noise(2, 1, 16)))
    image, *weights = tape.gradient(loss, [flat, *form.network.trainable_variables])
    assert float(tf.reduce_max(tf.abs(image))) == 0
    assert 0 < max(float(tf.reduce_max(tf.abs(one))) for one in weights) < 10


def test_weights_are_those_of_the_plain_generator() -> None:
    generator = build_generator(replace(CONFIG, norm_affine=True))
    form = QuantizedForm(generator, "tflite", steps=8)
    for mine, plain in zip(form.weights, generator.weights, strict=True):
        np.testing.assert_array_equal(mine, plain)
    ranges = 2 * 8 - 1  # of what each convolution reads and gives, but for the image
    assert len(form.network.trainable_variables) == len(generator.trainable_variables) + ranges


def test_a_run_is_resumed_bit_for_bit(tmp_path: Path) -> None:
    lessons = DistillationConfig(teacher=str(write_teacher(tmp_path)), quantize="tflite")
    config = student_config(lessons, filters=4)
    config = replace(config, train=replace(config.train, ema=0.9))
    data = numbered_data(5, 4)
    broken = assert_resumes(config, data, tmp_path)
    model, manifest = load_generator(broken.generators / "A2B.keras")
    assert manifest is not None
    assert manifest.generator == TEACHER
    assert "head_conv" in manifest.options["int8"]["ranges"]
    assert all(type(layer).__name__[0] != "_" for layer in model.layers)


def test_what_cannot_be_simulated_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 4"):
        QuantizedForm(build_generator(CONFIG), "tflite", steps=3)
    with compute_in("bfloat16"):
        generator = build_generator(CONFIG)
    with pytest.raises(UsageError, match="mixed_precision = off"):
        QuantizedForm(generator, "tflite", steps=8)
    with pytest.raises(UsageError, match="one after the other"):
        DistillationConfig(prune="2:4", quantize="onnx")


def test_only_flat_channels_pass_no_gradient() -> None:
    x = tf.constant(noise(1, 1, 16))
    flat = tf.concat([x[..., :2], tf.fill((1, 16, 16, 1), 0.3)], axis=-1)
    gradients = []
    for norm in (InstanceNormalization(), _SimulatedInstanceNormalization()):
        with tf.GradientTape() as tape:
            tape.watch(flat)
            loss = tf.reduce_sum(norm(flat) * noise(2, 1, 16))
        gradients.append(np.asarray(tape.gradient(loss, flat)))
    plain, simulated = gradients
    np.testing.assert_array_equal(plain[..., :2], simulated[..., :2])
    assert np.abs(plain[..., 2]).max() > 10
    assert np.abs(simulated[..., 2]).max() == 0
