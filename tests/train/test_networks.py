"""The networks are the reference implementation's."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from edgegan.export.lowering import lower
from edgegan.generator import GeneratorConfig
from edgegan.train.cyclegan_config import DiscriminatorConfig
from edgegan.train.networks import build_discriminator, build_generator
from tests.train.tiny import DISCRIMINATOR, GENERATOR, noise, uniform
from tests.train.torch_reference import (
    conv2d,
    conv_transpose2d,
    discriminator,
    generator,
    reflection_pad,
)

# The reference's counts include the biases before norms, which change nothing.
GENERATOR_DEAD_BIASES = 64 + 128 + 256 + 18 * 256 + 128 + 64
DISCRIMINATOR_DEAD_BIASES = 128 + 256 + 512


def test_parameter_counts_are_the_papers(paper_generator: Any) -> None:
    assert paper_generator.count_params() == 11_378_179 - GENERATOR_DEAD_BIASES == 11_372_931
    judge = build_discriminator(DiscriminatorConfig())
    assert judge.count_params() == 2_764_737 - DISCRIMINATOR_DEAD_BIASES == 2_763_841


def test_the_paper_generator_keeps_the_size(paper_generator: Any) -> None:
    assert paper_generator.input_shape == paper_generator.output_shape == (None, 256, 256, 3)


def test_discriminator_logits_at_256_pixels_are_30_by_30() -> None:
    judge = build_discriminator(DiscriminatorConfig())
    assert judge(keras.Input((256, 256, 3))).shape == (None, 30, 30, 1)


def test_the_discriminators_width_is_doubled_up_to_eight_times() -> None:
    judge = build_discriminator(DiscriminatorConfig(filters=2, layers=5))
    widths = [judge.get_layer(f"conv{i}").filters for i in range(1, 7)]
    assert widths == [2, 4, 8, 16, 16, 16]


def test_each_logit_sees_70_pixels() -> None:
    judge = build_discriminator(DiscriminatorConfig())
    jump, field = 1, 1
    for layer in judge.layers:
        if isinstance(layer, keras.layers.Conv2D):
            field += (layer.kernel_size[0] - 1) * jump
            jump *= layer.strides[0]
    assert field == 70


def test_the_generator_equals_the_reference() -> None:
    model = build_generator(GENERATOR)
    model.get_layer("head_conv").bias.assign([0.1, -0.2, 0.3])
    x = noise(0, count=2)
    np.testing.assert_allclose(model(x).numpy(), generator(x, model), atol=1e-5)


def test_the_discriminator_equals_the_reference() -> None:
    model = build_discriminator(DISCRIMINATOR)
    model.get_layer("conv1").bias.assign([0.5, -0.5])
    model.get_layer("logits").bias.assign([0.25])
    x = noise(0, count=2)
    np.testing.assert_allclose(model(x).numpy(), discriminator(x, model), atol=1e-5)


def test_downsampling_is_pytorchs_unless_same_is_chosen() -> None:
    x, kernel = uniform(0, (2, 8, 8, 2)), uniform(1, (3, 3, 2, 4))
    expected = conv2d(x, kernel, stride=2, padding=1)
    explicit = _part(GENERATOR, "down1_pad", "down1_conv", kernel)
    np.testing.assert_allclose(explicit(x).numpy(), expected, atol=1e-5)
    same = _part(replace(GENERATOR, conv_padding="same"), "down1_conv", "down1_conv", kernel)
    assert same(x).shape == expected.shape
    assert np.abs(same(x).numpy() - expected).max() > 0.1


def test_upsampling_is_pytorchs_unless_same_is_chosen() -> None:
    x, kernel = uniform(0, (2, 4, 4, 4)), uniform(1, (3, 3, 2, 4))
    expected = conv_transpose2d(x, kernel, stride=2, padding=1, output_padding=1)
    explicit = _part(GENERATOR, "up1_conv", "up1_crop", kernel)
    np.testing.assert_allclose(explicit(x).numpy(), expected, atol=1e-5)
    same = _part(replace(GENERATOR, conv_padding="same"), "up1_conv", "up1_conv", kernel)
    assert same(x).shape == expected.shape
    assert np.abs(same(x).numpy() - expected).max() > 0.1


def test_resize_repeats_each_pixel_then_convolves() -> None:
    x, kernel = uniform(0, (2, 4, 4, 4)), uniform(1, (3, 3, 4, 2))
    resize = _part(replace(GENERATOR, upsample="resize"), "up1_resize", "up1_conv", kernel)
    repeated = x.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(
        resize(x).numpy(), conv2d(reflection_pad(repeated, 1), kernel), atol=1e-5
    )


def test_zero_padding_puts_zeros_where_reflection_mirrors() -> None:
    model = build_generator(replace(GENERATOR, padding="zero"))
    stem = keras.Model(model.input, model.get_layer("stem_conv").output)
    kernel = np.asarray(model.get_layer("stem_conv").kernel)
    x = noise(0)
    np.testing.assert_allclose(stem(x).numpy(), conv2d(x, kernel, padding=3), atol=1e-5)
    kinds = {type(layer).__name__ for layer in model.layers}
    assert "ReflectionPadding2D" not in kinds
    assert model.count_params() == build_generator(GENERATOR).count_params()


def test_weights_are_drawn_from_the_normal_distribution_of_the_paper(paper_generator: Any) -> None:
    kernels = {w.name: w.numpy() for w in paper_generator.weights if "kernel" in w.name}
    assert len(kernels) == 24
    for name, kernel in kernels.items():
        # Five standard errors of the mean and of the standard deviation.
        assert abs(kernel.mean()) < 5 * 0.02 / kernel.size**0.5, name
        assert abs(kernel.std() - 0.02) < 5 * 0.02 / (2 * kernel.size) ** 0.5, name
    for (one, a), (other, b) in combinations(kernels.items(), 2):
        assert a.shape != b.shape or not np.array_equal(a, b), (one, other)
    np.testing.assert_array_equal(paper_generator.get_layer("head_conv").bias, 0)


def test_the_seed_decides_the_weights() -> None:
    def weights(seed: int) -> list[Any]:
        keras.utils.set_random_seed(seed)
        return list(build_generator(GENERATOR).get_weights())

    first, again, other = weights(1), weights(1), weights(2)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first[0], other[0])


def test_the_untrained_output_is_not_saturated_nor_flat(paper_generator: Any) -> None:
    small = lower(paper_generator, "keras", (32, 32))
    output = small(noise(0, size=32)).numpy()
    assert 0.1 < output.std() < 0.9


@pytest.mark.parametrize("size", [(8, 12), (16, 4)])
def test_other_sizes_and_oblong_images(size: tuple[int, int]) -> None:
    model = build_generator(GENERATOR)
    x = noise(0, size=16)[:, : size[0], : size[1]]
    output = lower(model, "keras", size)(x).numpy()
    np.testing.assert_allclose(output, generator(x, model), atol=1e-5)


def test_the_shallowest_net_works() -> None:
    config = GeneratorConfig(image_size=7, filters=2, residual_blocks=0, downsamplings=0)
    assert build_generator(config)(noise(0, size=7)).shape == (1, 7, 7, 3)


def _part(config: GeneratorConfig, first: str, last: str, kernel: Any) -> Any:
    """Cut the layers `first` to `last` out of a generator, with `kernel` in the one that has."""
    model = build_generator(replace(config, residual_blocks=0))
    model.get_layer(f"{first.partition('_')[0]}_conv").set_weights([kernel])
    return keras.Model(model.get_layer(first).input, model.get_layer(last).output)
