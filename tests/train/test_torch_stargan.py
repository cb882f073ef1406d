"""Our StarGAN against PyTorch's, run side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tf_keras as keras

from edgegan.train.networks import build_generator
from edgegan.train.stargan_config import StarGANConfig, with_domains
from edgegan.train.stargan_networks import build_stargan_discriminator
from tests.train.stargan_cases import ATTRIBUTES, CASES, CLASSES, Case, Recording, load
from tests.train.stargan_parity import assert_same, build_gan, losses_and_gradients, train

torch = pytest.importorskip("torch", reason="needs PyTorch: make test-torch")

from tests.train.torch_stargan import Discriminator, Generator, weights_of  # noqa: E402
from tests.train.torch_stargan_recording import draw_weights, record  # noqa: E402

ONE_SET = tuple(replace(domain, dataset=0) for domain in CLASSES)
OTHERS = {
    "classes": Case(ONE_SET, "wgan-gp", seed=11),
    "classes-lsgan": Case(ONE_SET, "lsgan", seed=12),
    "two-sets-hinge": Case(ATTRIBUTES + CLASSES, "hinge", seed=13),
}


@pytest.fixture(autouse=True, scope="module")
def one_torch_thread() -> Iterator[None]:
    """Tiny networks take far longer on several threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", OTHERS)
def test_training_is_that_of_pytorch(name: str) -> None:
    case = OTHERS[name]
    initial = draw_weights(case)
    gan = build_gan(case, initial)
    losses, gradients = losses_and_gradients(gan, case, jit_compile=False)
    ours = Recording(initial, losses, gradients, train(gan, case))
    assert_same(ours, record(case, initial, torch.float64))


@pytest.mark.parametrize("name", CASES)
def test_the_recording_is_that_of_this_pytorch(name: str) -> None:
    golden = load(name)
    again = record(CASES[name], golden.initial, torch.float64)
    for part in ("losses", "gradients", "final"):
        for key, value in getattr(golden, part).items():
            np.testing.assert_allclose(getattr(again, part)[key], value, rtol=1e-6, atol=1e-6)


def test_parameter_counts_are_the_same() -> None:
    config = with_domains(StarGANConfig(), ATTRIBUTES)
    with torch.device("meta"):
        theirs: list[Any] = [Generator(5), Discriminator(128, 5)]
    ours = [build_generator(config.generator), build_stargan_discriminator(config)]
    counts = [sum(p.numel() for p in net.parameters()) for net in theirs]
    assert counts == [8_430_528, 44_762_048]
    assert [net.count_params() for net in ours] == counts


def test_weights_start_in_the_same_range() -> None:
    config = with_domains(StarGANConfig(), ATTRIBUTES)
    config = replace(config, generator=replace(config.generator, filters=16, residual_blocks=1))
    config = replace(config, discriminator=replace(config.discriminator, filters=16))
    torch.manual_seed(1)
    keras.utils.set_random_seed(1)
    theirs = weights_of(Generator(5, 16, 1)) | weights_of(Discriminator(128, 5, 16))
    for net in (build_generator(config.generator), build_stargan_discriminator(config)):
        for layer in net.layers:
            for variable in layer.weights:
                role = variable.name.split("/")[-1].split(":")[0]
                ours, expected = variable.numpy(), theirs[f"{layer.name}.{role}"]
                assert ours.shape == expected.shape
                if ours.size > 100:
                    assert ours.std() == pytest.approx(expected.std(), rel=0.15), layer.name
                    assert np.abs(ours).max() == pytest.approx(np.abs(expected).max(), rel=0.1)
                if role in ("gamma", "beta"):
                    np.testing.assert_array_equal(ours, expected)
