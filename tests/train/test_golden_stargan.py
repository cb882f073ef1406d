"""Steps of StarGAN against PyTorch's, as scripts/build_golden.py recorded them."""

from __future__ import annotations

import numpy as np
import pytest

from edgegan.domains import Domain
from edgegan.train.networks import build_generator
from edgegan.train.stargan_config import StarGANConfig, with_domains
from edgegan.train.stargan_networks import build_stargan_discriminator
from tests.train.stargan_cases import CASES, PATH, load
from tests.train.stargan_parity import (
    assert_same_gradients,
    assert_same_losses,
    assert_same_weights,
    build_gan,
    losses_and_gradients,
    train,
)

GRAPH, XLA = False, True


@pytest.mark.parametrize(
    ("case", "jit_compile"),
    [*((case, GRAPH) for case in CASES), ("attributes", XLA), ("two-sets", XLA)],
)
def test_losses_and_gradients_are_those_of_pytorch(case: str, jit_compile: bool) -> None:
    golden = load(case)
    gan = build_gan(CASES[case], golden.initial)
    losses, gradients = losses_and_gradients(gan, CASES[case], jit_compile)
    assert_same_losses(losses, golden.losses)
    assert_same_gradients(gradients, golden.gradients)


# From the same seed, XLA draws other numbers for the penalty of wgan-gp.
@pytest.mark.parametrize(
    ("case", "jit_compile"), [*((case, GRAPH) for case in CASES), ("hinge", XLA)]
)
def test_training_is_that_of_pytorch(case: str, jit_compile: bool) -> None:
    golden = load(case)
    gan = build_gan(CASES[case], golden.initial, jit_compile)
    assert_same_weights(train(gan, CASES[case]), golden.final)


def test_the_recordings_exercise_every_term() -> None:
    for case in CASES:
        golden = load(case)
        assert all(abs(loss) > 0.01 for loss in golden.losses.values())
        assert all(np.linalg.norm(gradient) > 0.01 for gradient in golden.gradients.values())


def test_parameter_counts_are_those_of_the_reference() -> None:
    domains = [Domain(name=f"attribute{i}") for i in range(5)]
    config = with_domains(StarGANConfig(), domains)
    assert build_generator(config.generator).count_params() == 8_430_528
    assert build_stargan_discriminator(config).count_params() == 44_762_048


def test_the_recording_is_small() -> None:
    assert PATH.stat().st_size < 600_000
