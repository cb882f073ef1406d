"""StarGAN's networks: sizes, counts, initial weights, and what the label does."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from edgegan.domains import Domain, label_length
from edgegan.errors import UsageError
from edgegan.generator import GeneratorConfig
from edgegan.train.networks import build_generator
from edgegan.train.stargan_config import StarGANConfig, StarGANDiscriminatorConfig
from edgegan.train.stargan_networks import build_stargan_discriminator
from tests.train.tiny import uniform
from tests.train.tiny_stargan import BOTH, SIZE, tiny_stargan

FIVE = tuple(Domain(name=f"attribute{i}") for i in range(5))
# The joint training of the paper: five attributes, eight classes, and the mask.
JOINT = FIVE + tuple(
    Domain(name=f"class{i}", group="class", one_hot=True, dataset=1) for i in range(8)
)


def settings(size: int = 128, filters: int = 64, domains: tuple[Domain, ...] = FIVE) -> Any:
    default = StarGANConfig()
    generator = replace(default.generator, image_size=size, filters=filters, domains=domains)
    return StarGANConfig(
        generator=generator, discriminator=StarGANDiscriminatorConfig(filters=filters)
    )


@pytest.mark.parametrize(
    ("domains", "entries", "count"), [(FIVE, 5, 8_430_528), (JOINT, 15, 8_461_888)]
)
def test_the_generators_parameters(domains: tuple[Domain, ...], entries: int, count: int) -> None:
    assert label_length(domains) == entries
    assert build_generator(settings(domains=domains).generator).count_params() == count


def test_the_discriminators_parameters() -> None:
    assert build_stargan_discriminator(settings()).count_params() == 44_762_048


@pytest.mark.parametrize(
    ("size", "side"), [(256, 4), (192, 3), (128, 2), (96, 3), (64, 2), (32, 2)]
)
def test_the_discriminators_maps(size: int, side: int) -> None:
    judge = build_stargan_discriminator(settings(size, filters=1, domains=JOINT))
    shapes = [tuple(output.shape) for output in judge.outputs]
    assert shapes == [(None, side, side, 1), (None, 13)]  # the mask is not judged
    assert judge.get_layer("classes").kernel_size == (side, side)


def test_the_discriminator_has_no_norm_and_biases_where_the_reference_has() -> None:
    judge = build_stargan_discriminator(settings(filters=2))
    kinds = [type(layer).__name__ for layer in judge.layers]
    assert kinds == ["InputLayer", *["Conv2D", "LeakyReLU"] * 6, "Conv2D", "Conv2D", "Flatten"]
    for layer in judge.layers:
        if isinstance(layer, keras.layers.Conv2D):
            assert layer.use_bias == layer.name.startswith("conv")
        if isinstance(layer, keras.layers.LeakyReLU):
            assert float(layer.alpha) == pytest.approx(0.01)


def test_the_generator_has_no_bias_and_affine_norms() -> None:
    model = build_generator(tiny_stargan().generator)
    roles = {weight.name.split("/")[-1] for weight in model.weights}
    assert roles == {"kernel:0", "gamma:0", "beta:0"}


def test_weights_start_as_pytorchs() -> None:
    """Evenly within 1 / sqrt(inputs of a value), no two layers alike."""
    config = settings(size=64, filters=16)
    for net in (build_generator(config.generator), build_stargan_discriminator(config)):
        kernels = {w.name: w.numpy() for w in net.weights if "kernel" in w.name}
        for name, kernel in kernels.items():
            bound = 1 / math.sqrt(kernel[..., 0].size)  # also PyTorch's of a transposed one
            assert np.abs(kernel).max() <= bound * 1.0001, name
            assert np.abs(kernel).max() > 0.95 * bound, name
            # Five standard errors, generously.
            tolerance = 5 / math.sqrt(kernel.size)
            assert kernel.std() == pytest.approx(bound / math.sqrt(3), rel=tolerance), name
        for (one, a), (other, b) in combinations(kernels.items(), 2):
            assert a.shape != b.shape or not np.array_equal(a, b), (one, other)


def test_one_image_does_not_change_another() -> None:
    model = build_generator(tiny_stargan(BOTH).generator)
    images, labels = uniform(0, (2, SIZE, SIZE, 3)), np.eye(8, dtype=np.float32)[:2]
    both = model([images, labels]).numpy()
    alone = model([images[1:], labels[1:]]).numpy()
    np.testing.assert_allclose(both[1:], alone, atol=1e-6)


def largest_changes(config: GeneratorConfig) -> list[float]:
    """Tell how far the outputs for any two labels differ, at initialisation."""
    labels = np.eye(6, 5, dtype=np.float32)  # each alone, and none
    image = uniform(0, (1, config.image_size, config.image_size, 3))
    outputs = build_generator(config)([np.repeat(image, 6, axis=0), labels]).numpy()
    return [float(np.abs(a - b).max()) for a, b in combinations(outputs, 2)]


def test_every_label_changes_the_output() -> None:
    assert min(largest_changes(settings(size=32, filters=8).generator)) > 1e-3


def test_under_reflection_padding_no_label_would() -> None:
    """Which is why it is refused: the planes stay constant, and the norm subtracts them."""
    config = settings(size=32, filters=8).generator
    with pytest.raises(UsageError, match=r"padding is 'reflect', which a label does not"):
        replace(config, padding="reflect")
    object.__setattr__(config, "padding", "reflect")  # past the check
    assert max(largest_changes(config)) < 1e-4
