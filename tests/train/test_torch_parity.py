"""Our training, losses and networks against PyTorch's, run side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from edgegan.generator import GeneratorConfig
from edgegan.train.cyclegan import CycleGAN
from edgegan.train.cyclegan_config import DiscriminatorConfig
from edgegan.train.losses import discriminator_gan_loss, generator_gan_loss, gradient_penalty
from edgegan.train.networks import build_discriminator, build_generator
from tests.train.parity import (
    CHANGES,
    GOLDEN,
    STEPS,
    Recording,
    assert_same_losses,
    assert_same_weights,
    drawn_slots,
    images,
    on_avx2,
    parity_config,
    set_weights,
    train,
)
from tests.train.tiny import uniform

torch = pytest.importorskip("torch", reason="needs PyTorch: make test-torch")

from tests.train import torch_cyclegan as reference  # noqa: E402 - imports torch
from tests.train import torch_networks  # noqa: E402 - imports torch
from tests.train.torch_recording import record, tiny_networks  # noqa: E402 - imports torch

MODES = ("lsgan", "vanilla", "hinge", "wgan-gp")
# wgan-gp mixes images by random numbers; its penalty is tested by itself.
RUNS = (
    ("cyclegan", "lsgan", STEPS),
    ("cyclegan", "vanilla", 8),
    ("cyclegan", "hinge", 8),
    ("keras-io", "lsgan", STEPS),
)


@pytest.fixture(autouse=True, scope="module")
def one_torch_thread() -> Iterator[None]:
    """Tiny networks take far longer on several threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize(("preset", "mode", "steps"), RUNS)
def test_training_is_that_of_pytorch(preset: str, mode: str, steps: int) -> None:
    initial = Recording.load(GOLDEN / f"{preset}.npz").initial
    slots = drawn_slots(0)
    theirs = record(preset, initial, slots, steps=steps, mode=mode, dtype=torch.float64)
    losses, weights = on_avx2(train, preset, initial, (f"loss.gan={mode}",), steps)
    assert_same_losses(losses, theirs.losses)
    assert_same_weights(weights, theirs.final)


@pytest.mark.parametrize("preset", CHANGES)
def test_the_recording_is_that_of_this_pytorch(preset: str) -> None:
    golden = Recording.load(GOLDEN / f"{preset}.npz")
    again = record(preset, golden.initial, golden.slots, dtype=torch.float64)
    np.testing.assert_allclose(again.losses, golden.losses, rtol=1e-6)
    for name, value in golden.final.items():
        np.testing.assert_allclose(again.final[name], value, atol=1e-7)


@pytest.mark.parametrize("mode", MODES)
def test_gan_losses_and_their_gradients(mode: Any) -> None:
    real, fake = uniform(1, (2, 5, 5, 1)) * 3, uniform(2, (2, 5, 5, 1)) * 3
    ours, theirs = [tf.constant(x) for x in (real, fake)], [_leaf(x) for x in (real, fake)]
    with tf.GradientTape() as tape:
        tape.watch(ours)
        loss = discriminator_gan_loss(mode, *ours) / 2 + 2 * generator_gan_loss(mode, ours[1])
    expected = reference.discriminator_loss(mode, *theirs)
    expected = expected + 2 * reference.generator_loss(mode, theirs[1])
    expected.backward()
    np.testing.assert_allclose(loss, expected.item(), rtol=1e-6)
    for gradient, leaf in zip(tape.gradient(loss, ours), theirs, strict=True):
        np.testing.assert_allclose(gradient, leaf.grad.numpy(), rtol=1e-5, atol=1e-9)


def test_the_gradient_penalty_and_its_gradients() -> None:
    initial = Recording.load(GOLDEN / "cyclegan.npz").initial
    nets = tiny_networks("cyclegan")
    torch_networks.load_weights(nets, initial)
    gan = CycleGAN(parity_config("cyclegan", "loss.gan=wgan-gp"))
    set_weights(gan, initial)
    real, fake = (np.concatenate([one, other]) for one, other in (images(0), images(1)))
    mix = np.array([0.25, 0.75], np.float32).reshape(2, 1, 1, 1)

    with tf.GradientTape() as tape:
        penalty = gradient_penalty(gan.d_a, tf.constant(real), tf.constant(fake), mix)
    theirs = [_nchw(real), _nchw(fake), torch.from_numpy(mix)]
    expected = reference.gradient_penalty(nets["d_a"], *theirs)
    expected.backward()
    np.testing.assert_allclose(penalty, expected.item(), rtol=1e-5)
    layers = ("conv1", "conv2", "conv3", "conv4", "logits")
    kernels = [gan.d_a.get_layer(name).kernel for name in layers]
    for name, gradient in zip(layers, tape.gradient(penalty, kernels), strict=True):
        wanted = nets["d_a"].get_submodule(name).weight.grad.numpy().transpose(2, 3, 1, 0)
        np.testing.assert_allclose(gradient, wanted, atol=1e-5 * np.abs(wanted).max())


def test_parameter_counts_differ_by_the_dead_biases_only() -> None:
    nets = {
        "generator": torch_networks.generator(),
        "6 blocks": torch_networks.generator(blocks=6),
        "discriminator": torch_networks.discriminator(),
    }
    counts = {name: sum(p.numel() for p in net.parameters()) for name, net in nets.items()}
    ours = {
        "generator": build_generator(GeneratorConfig()),
        "6 blocks": build_generator(GeneratorConfig(residual_blocks=6)),
        "discriminator": build_discriminator(DiscriminatorConfig()),
    }
    dead = {name: sum(torch_networks.dead_biases(net).values()) for name, net in nets.items()}
    assert counts == {"generator": 11_378_179, "6 blocks": 7_837_699, "discriminator": 2_764_737}
    assert dead == {"generator": 5_248, "6 blocks": 3_712, "discriminator": 896}
    for name, net in ours.items():
        assert net.count_params() == counts[name] - dead[name]


def _leaf(value: Any) -> Any:
    return torch.from_numpy(value.copy()).requires_grad_()


def _nchw(batch: Any) -> Any:
    return torch.from_numpy(batch.transpose(0, 3, 1, 2)).contiguous()
