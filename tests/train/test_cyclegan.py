"""One training step, part by part, against the reference's equations in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import edgegan.train
from edgegan.train.cyclegan import CycleGAN
from edgegan.train.cyclegan_config import CycleGANConfig, LossConfig, OptimizerConfig, TrainConfig
from edgegan.train.losses import l1_loss
from tests.train.tiny import DISCRIMINATOR, GENERATOR, noise, tiny_config
from tests.train.torch_reference import Array, discriminator, generator

A, B = noise(1), noise(2)
PAST_A, PAST_B = noise(3), noise(4)


@pytest.fixture
def gan() -> CycleGAN:
    return CycleGAN(tiny_config())


def weights(gan: CycleGAN) -> dict[str, list[Array]]:
    """Copy the weights of the four networks."""
    return {net.name: net.get_weights() for net in (gan.a2b, gan.b2a, gan.d_a, gan.d_b)}


def moved(before: dict[str, list[Array]], after: dict[str, list[Array]]) -> set[str]:
    """Name the networks with a changed weight; all of a changed net's kernels must move."""
    changed = set()
    for name, old in before.items():
        same = [np.array_equal(a, b) for a, b in zip(old, after[name], strict=True)]
        assert not any(same) or all(same), name
        if not all(same):
            changed.add(name)
    return changed


def test_the_package_offers_the_trainer() -> None:
    assert edgegan.train.CycleGAN is CycleGAN
    with pytest.raises(AttributeError, match="no attribute 'Pix2Pix'"):
        _ = edgegan.train.Pix2Pix


def test_no_two_networks_start_equal_and_the_seed_decides(gan: CycleGAN) -> None:
    start = weights(gan)
    assert not np.array_equal(start["A2B"][0], start["B2A"][0])
    assert not np.array_equal(start["D_A"][0], start["D_B"][0])
    again = weights(CycleGAN(tiny_config()))
    assert moved(start, again) == set()
    other = weights(CycleGAN(tiny_config(train=TrainConfig(seed=1))))
    assert not np.array_equal(start["A2B"][0], other["A2B"][0])


def test_the_generator_step_moves_both_generators_alone(gan: CycleGAN) -> None:
    before = weights(gan)
    gan.generator_step(A, B)
    assert moved(before, weights(gan)) == {"A2B", "B2A"}


def test_the_discriminator_step_moves_both_discriminators_alone(gan: CycleGAN) -> None:
    before = weights(gan)
    gan.discriminator_step(A, PAST_A, B, PAST_B)
    assert moved(before, weights(gan)) == {"D_A", "D_B"}


def test_generator_losses_equal_the_papers(gan: CycleGAN) -> None:
    a2b, b2a, d_a, d_b = networks(gan)
    fake_b, fake_a = a2b(A), b2a(B)
    expected = {
        "gan_a2b": np.mean((d_b(fake_b) - 1) ** 2),
        "gan_b2a": np.mean((d_a(fake_a) - 1) ** 2),
        "cycle_a": 10 * np.mean(np.abs(b2a(fake_b) - A)),
        "cycle_b": 10 * np.mean(np.abs(a2b(fake_a) - B)),
        "identity_a": 5 * np.mean(np.abs(b2a(A) - A)),
        "identity_b": 5 * np.mean(np.abs(a2b(B) - B)),
    }
    got_a, got_b, losses = gan.generator_step(A, B)
    np.testing.assert_allclose(got_a, fake_a, atol=1e-5)
    np.testing.assert_allclose(got_b, fake_b, atol=1e-5)
    assert {name: float(loss) for name, loss in losses.items()} == pytest.approx(expected, rel=1e-4)


def test_discriminator_losses_judge_the_past_images(gan: CycleGAN) -> None:
    _, _, d_a, d_b = networks(gan)
    expected = {
        "discriminator_a": (np.mean((d_a(A) - 1) ** 2) + np.mean(d_a(PAST_A) ** 2)) / 2,
        "discriminator_b": (np.mean((d_b(B) - 1) ** 2) + np.mean(d_b(PAST_B) ** 2)) / 2,
    }
    losses = gan.discriminator_step(A, PAST_A, B, PAST_B)
    assert {name: float(loss) for name, loss in losses.items()} == pytest.approx(expected, rel=1e-4)


def test_each_cycle_reaches_both_generators(gan: CycleGAN) -> None:
    with tf.GradientTape(persistent=True) as tape:
        cycle_a = l1_loss(gan.b2a(gan.a2b(A)), A)
        cycle_b = l1_loss(gan.a2b(gan.b2a(B)), B)
    for loss in (cycle_a, cycle_b):
        for net in (gan.a2b, gan.b2a):
            gradients = tape.gradient(loss, net.trainable_variables)
            assert all(np.abs(g.numpy()).max() > 0 for g in gradients), net.name


@pytest.mark.parametrize("part", ["generators", "discriminators"])
def test_the_first_update_is_pytorchs_adam(gan: CycleGAN, part: str) -> None:
    """Adam's first step is -lr * g / (|g| + eps), with g of the whole objective."""
    if part == "generators":
        variables = [*gan.a2b.trainable_variables, *gan.b2a.trainable_variables]
        gradients = objective_gradients(gan, variables)
    else:
        variables = [*gan.d_a.trainable_variables, *gan.d_b.trainable_variables]
        gradients = discriminator_gradients(gan, variables)
    before = [variable.numpy() for variable in variables]
    if part == "generators":
        gan.generator_step(A, B)
    else:
        gan.discriminator_step(A, PAST_A, B, PAST_B)
    rate = 2e-4
    for old, variable, gradient in zip(before, variables, gradients, strict=True):
        g = gradient.astype(np.float64)
        clear = np.abs(g) > 1e-5  # elsewhere float32 rounding decides the direction
        assert clear.mean() > 0.5
        expected = -rate * g / (np.abs(g) + 1e-8)
        update = variable.numpy().astype(np.float64) - old
        np.testing.assert_allclose(update[clear], expected[clear], atol=1e-7)
        assert np.abs(update).max() <= rate * 1.001


def test_the_second_update_has_the_momenta_of_the_settings() -> None:
    rate, beta_1, beta_2 = 1e-3, 0.3, 0.6
    optimizer = OptimizerConfig(learning_rate=rate, beta_1=beta_1, beta_2=beta_2)
    gan = CycleGAN(replace(tiny_config(), optimizer=optimizer))
    variables = [*gan.d_a.trainable_variables, *gan.d_b.trainable_variables]
    first = discriminator_gradients(gan, variables)
    gan.discriminator_step(A, PAST_A, B, PAST_B)
    images = tuple(noise(seed) for seed in range(5, 9))
    second = discriminator_gradients(gan, variables, *images)
    before = [variable.numpy() for variable in variables]
    gan.discriminator_step(*images)
    for old, variable, g1, g2 in zip(before, variables, first, second, strict=True):
        mean = (1 - beta_1) * (beta_1 * g1 + g2) / (1 - beta_1**2)
        square = (1 - beta_2) * (beta_2 * g1**2 + g2**2) / (1 - beta_2**2)
        expected = -rate * mean / (np.sqrt(square) + 1e-8)
        clear = np.abs(g1) > 1e-4
        update = variable.numpy() - old
        np.testing.assert_allclose(update[clear], expected[clear], atol=1e-6)


def test_a_whole_step_counts_and_follows_the_schedule() -> None:
    train = TrainConfig(steps=4, decay_start=2, pool_size=0)
    gan = CycleGAN(tiny_config(train=train))
    moves = []
    for step in range(4):
        assert int(gan.step) == step
        before = weights(gan)
        losses = gan.train_step(A, B)
        after = weights(gan)
        assert moved(before, after) == {"A2B", "B2A", "D_A", "D_B"}
        moves.append(
            [np.abs(after[net][0] - before[net][0]).max() / 2e-4 for net in ("A2B", "D_A")]
        )
    assert int(gan.step) == 4
    assert len(losses) == 8
    # Adam's steps are about the learning rate: full, full, full, half.
    assert moves[0] == pytest.approx([1, 1], abs=0.01)
    assert all(max(move) < 0.75 for move in moves[3:])
    assert all(min(move) > 0.75 for move in moves[:3])


def test_a_whole_step_is_its_parts_in_order() -> None:
    whole, parts = (CycleGAN(tiny_config(train=TrainConfig(pool_size=0))) for _ in range(2))
    losses = whole.train_step(A, B)
    fake_a, fake_b, expected = parts.generator_step(A, B)
    # The discriminators see the translations made before the update.
    expected.update(parts.discriminator_step(A, fake_a, B, fake_b))
    assert {k: float(v) for k, v in losses.items()} == {k: float(v) for k, v in expected.items()}
    assert moved(weights(whole), weights(parts)) == set()


def test_each_discriminator_sees_its_own_pool() -> None:
    gan = CycleGAN(tiny_config(train=TrainConfig(pool_size=1)))
    for judge in (gan.d_a, gan.d_b):  # stronger opinions, so that images can be told apart
        judge.set_weights([20 * weight for weight in judge.get_weights()])
    a2b, b2a, d_a, d_b = networks(gan)
    held = {"discriminator_a": b2a(noise(1)), "discriminator_b": a2b(noise(0))}
    gan.train_step(noise(0), noise(1))  # fills both pools
    exchanged = dict.fromkeys(held, 0)
    for step in range(1, 9):
        a, b = noise(2 * step), noise(2 * step + 1)
        cases = (("discriminator_a", d_a, a, b2a(b)), ("discriminator_b", d_b, b, a2b(a)))
        expected = {
            name: [
                (np.mean((d(real) - 1) ** 2) + np.mean(d(x) ** 2)) / 2 for x in (fake, held[name])
            ]
            for name, d, real, fake in cases
        }
        losses = gan.train_step(a, b)
        for name, _, _, fake in cases:
            current, past = expected[name]
            assert abs(current - past) > 1e-3 * current
            if float(losses[name]) != pytest.approx(current, rel=1e-4):
                assert float(losses[name]) == pytest.approx(past, rel=1e-4)
                held[name] = fake
                exchanged[name] += 1
    assert all(0 < count < 8 for count in exchanged.values())


def test_without_identity_loss_it_is_left_out() -> None:
    config = CycleGANConfig(
        generator=GENERATOR,
        discriminator=DISCRIMINATOR,
        loss=LossConfig(cycle=3.0, identity=0.0),
        optimizer=OptimizerConfig(learning_rate=0.0),
    )
    gan = CycleGAN(config)
    a2b, b2a, _, _ = networks(gan)
    before = weights(gan)
    losses = gan.train_step(A, B)
    assert not any(name.startswith("identity") for name in losses)
    assert float(losses["cycle_a"]) == pytest.approx(3 * np.mean(np.abs(b2a(a2b(A)) - A)), rel=1e-4)
    assert moved(before, weights(gan)) == set()  # the rate is 0


def test_batches_of_two() -> None:
    gan = CycleGAN(tiny_config())
    a2b, b2a, _, _ = networks(gan)
    a, b = noise(1, count=2), noise(2, count=2)
    expected = 10 * np.mean(np.abs(a2b(b2a(b)) - b))
    _, _, losses = gan.generator_step(a, b)
    assert float(losses["cycle_b"]) == pytest.approx(expected, rel=1e-4)


Net = Callable[[Array], Array]


def networks(gan: CycleGAN) -> tuple[Net, Net, Net, Net]:
    """Return A2B, B2A, D_A and D_B in NumPy, with the weights of now."""
    return (
        lambda x: generator(x, gan.a2b),
        lambda x: generator(x, gan.b2a),
        lambda x: discriminator(x, gan.d_a),
        lambda x: discriminator(x, gan.d_b),
    )


def objective_gradients(gan: CycleGAN, variables: list[Any]) -> list[Array]:
    """Differentiate the paper's whole objective (eq. 3 and Sec. 5.2), written out again."""
    mean, absolute = tf.reduce_mean, tf.abs
    with tf.GradientTape() as tape:
        fake_b, fake_a = gan.a2b(A), gan.b2a(B)
        loss = mean((gan.d_b(fake_b) - 1) ** 2) + mean((gan.d_a(fake_a) - 1) ** 2)
        loss += 10 * mean(absolute(gan.b2a(fake_b) - A)) + 10 * mean(absolute(gan.a2b(fake_a) - B))
        loss += 5 * mean(absolute(gan.b2a(A) - A)) + 5 * mean(absolute(gan.a2b(B) - B))
    return [gradient.numpy() for gradient in tape.gradient(loss, variables)]


def discriminator_gradients(
    gan: CycleGAN,
    variables: list[Any],
    real_a: Array = A,
    past_a: Array = PAST_A,
    real_b: Array = B,
    past_b: Array = PAST_B,
) -> list[Array]:
    """Differentiate the discriminators' losses, written out again."""
    mean = tf.reduce_mean
    with tf.GradientTape() as tape:
        loss = (mean((gan.d_a(real_a) - 1) ** 2) + mean(gan.d_a(past_a) ** 2)) / 2
        loss += (mean((gan.d_b(real_b) - 1) ** 2) + mean(gan.d_b(past_b) ** 2)) / 2
    return [gradient.numpy() for gradient in tape.gradient(loss, variables)]
