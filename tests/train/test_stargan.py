"""StarGAN's training step, part by part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from edgegan.train.config_groups import MixedPrecision
from edgegan.train.stargan import StarGAN
from edgegan.train.stargan_config import StarGANConfig, StarGANLossConfig, StarGANMode
from tests.train.tiny import moments_of
from tests.train.tiny_stargan import (
    ATTRIBUTES,
    BOTH,
    CLASSES,
    LSGAN,
    TRAIN,
    tiny_batch,
    tiny_stargan,
    weights_of,
)

IMAGES, LABELS, TARGETS = tiny_batch(ATTRIBUTES, 1)
Weights = dict[str, list[Any]]


def moved(before: Weights, after: Weights) -> set[str]:
    """Name the networks with a changed weight; all kernels of a changed one must move."""
    changed = set()
    for name, old in before.items():
        pairs = list(zip(old, after[name], strict=True))
        if any(not np.array_equal(a, b) for a, b in pairs):
            assert not any(np.array_equal(a, b) for a, b in pairs if a.ndim == 4), name
            changed.add(name)
    return changed


def numbers(losses: dict[str, Any]) -> dict[str, float]:
    return {name: float(loss) for name, loss in losses.items()}


def test_the_step_of_a_network_moves_it_alone() -> None:
    gan = StarGAN(tiny_stargan())
    start = weights_of(gan)
    gan.discriminator_step(IMAGES, LABELS, TARGETS)
    middle = weights_of(gan)
    assert moved(start, middle) == {"D"}
    gan.generator_step(IMAGES, LABELS, TARGETS)
    assert moved(middle, weights_of(gan)) == {"G"}


def test_the_generator_follows_once_in_n_critic_steps() -> None:
    gan = StarGAN(tiny_stargan(train=replace(TRAIN, n_critic=3)))
    always = {"discriminator", "classification_real", "penalty"}
    for step in range(1, 8):
        before = weights_of(gan)
        losses = gan.train_step(*tiny_batch(ATTRIBUTES, step))
        assert int(gan.step) == step  # a step is one of the discriminator
        if step % 3:
            assert (set(losses), moved(before, weights_of(gan))) == (always, {"D"})
        else:
            assert set(losses) == {*always, "gan", "classification_fake", "cycle"}
            assert moved(before, weights_of(gan)) == {"D", "G"}
    assert int(gan._discriminator_optimizer.iterations) == 7
    assert int(gan._generator_optimizer.iterations) == 2


def test_the_generator_is_updated_on_the_images_of_the_last_critic_step() -> None:
    whole, parts = (StarGAN(tiny_stargan(train=replace(TRAIN, n_critic=2))) for _ in range(2))
    first, second = tiny_batch(ATTRIBUTES, 1), tiny_batch(ATTRIBUTES, 2)
    whole.train_step(*first)
    losses = whole.train_step(*second)
    parts.discriminator_step(*first)
    parts.step.assign_add(1)  # the penalty looks elsewhere at each step
    expected = parts.discriminator_step(*second)
    expected |= parts.generator_step(*second)  # judged by the updated discriminator
    assert numbers(losses) == numbers(expected)
    assert moved(weights_of(whole), weights_of(parts)) == set()


def test_the_seed_decides_the_weights() -> None:
    start = weights_of(StarGAN(tiny_stargan()))
    assert moved(start, weights_of(StarGAN(tiny_stargan()))) == set()
    other = weights_of(StarGAN(tiny_stargan(train=replace(TRAIN, seed=1))))
    assert not np.array_equal(start["G"][0], other["G"][0])


def test_the_average_moves_only_with_the_generator() -> None:
    gan = StarGAN(tiny_stargan(train=replace(TRAIN, n_critic=2, ema=0.15)))
    (average,) = gan.generators
    assert average.name == "G"
    expected = gan.generator.get_weights()
    for step, keep in enumerate([None, 0.1, None, 0.15, None, 0.15], start=1):  # 1/10 < 0.15 < 2/11
        gan.train_step(*tiny_batch(ATTRIBUTES, step))
        if keep is not None:
            now = gan.generator.get_weights()
            expected = [keep * a + (1 - keep) * b for a, b in zip(expected, now, strict=True)]
        for got, mean in zip(average.get_weights(), expected, strict=True):
            np.testing.assert_allclose(got, mean, atol=1e-6)
    plain = StarGAN(tiny_stargan(train=replace(TRAIN, ema=0.0)))
    assert plain.generators == [plain.generator]


# On the discriminator's logits of real and of fake images, and the generator's loss.
BY_HAND: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any], Any]]] = {
    "wgan-gp": (lambda real, fake: np.mean(fake) - np.mean(real), lambda fake: -np.mean(fake)),
    "lsgan": (
        lambda real, fake: np.mean((real - 1) ** 2) + np.mean(fake**2),
        lambda fake: np.mean((fake - 1) ** 2),
    ),
    "hinge": (
        lambda real, fake: np.mean(np.maximum(1 - real, 0)) + np.mean(np.maximum(1 + fake, 0)),
        lambda fake: -np.mean(fake),
    ),
}


@pytest.mark.parametrize("mode", BY_HAND)
def test_losses_are_those_of_the_equations(mode: StarGANMode) -> None:
    """Not halved, and weighted as the settings say."""
    weights = StarGANLossConfig(gan=mode, classification=2.0, cycle=3.0)
    gan = StarGAN(tiny_stargan(CLASSES, loss=weights))
    for net in (gan.discriminator, gan.generator):  # so that hinge has both sides, labels weight
        net.set_weights([4 * weight for weight in net.get_weights()])
    images, labels, targets = tiny_batch(CLASSES, 1)
    fakes = gan.generator([images, targets])
    (real, seen), (fake, asked) = (
        [x.numpy().astype(np.float64) for x in gan.discriminator(y)] for y in (images, fakes)
    )
    discriminator, generator = BY_HAND[mode]
    back = gan.generator([fakes, labels]).numpy()
    expected = {
        "gan": generator(fake),
        "classification_fake": 2 * np.mean(cross_entropy(asked, targets)),
        "cycle": 3 * np.mean(np.abs(back - images)),
        "discriminator": discriminator(real, fake),
        "classification_real": 2 * np.mean(cross_entropy(seen, labels)),
    }
    losses = {name: float(x) for name, x in gan._generator_losses(images, labels, targets).items()}
    mix = [np.ones((4, 1, 1, 1), np.float32)] if mode == "wgan-gp" else []
    (found, _), _ = gan._discriminator_gradients(images, labels, targets, *mix)
    losses |= numbers({name: loss for name, loss in found.items() if name != "penalty"})
    assert losses == pytest.approx(expected, rel=1e-4)


def cross_entropy(logits: Any, labels: Any) -> Any:
    return np.log(np.exp(logits).sum(axis=1)) - (logits * labels).sum(axis=1)


def test_the_penalty_is_ten_where_the_discriminator_is_flat_and_it_still_learns() -> None:
    gan = StarGAN(tiny_stargan())
    gan.discriminator.set_weights([0 * weight for weight in gan.discriminator.get_weights()])
    losses = numbers(gan.train_step(IMAGES, LABELS, TARGETS))
    assert losses["penalty"] == pytest.approx(10.0, rel=1e-4)
    assert losses["discriminator"] == 0.0
    for weight in gan.discriminator.get_weights():
        assert np.isfinite(weight).all()


@pytest.mark.parametrize("dataset", [0, 1])
def test_a_label_moves_only_the_logits_of_its_own_data_set(dataset: int) -> None:
    """The discriminator's head: the other set's part of it gets a gradient of exactly zero."""
    gan = StarGAN(tiny_stargan(BOTH))
    images, labels, targets = tiny_batch(BOTH, dataset)
    assert labels[:, 6 + dataset].all()
    mix = np.full((4, 1, 1, 1), 0.3, np.float32)
    (_, gradients), _ = gan._discriminator_gradients(images, labels, targets, mix)
    head = gan.discriminator.get_layer("classes").kernel
    names = [variable.name for variable in gan._discriminator_variables]
    gradient = gradients[names.index(head.name)].numpy()
    mine, others = (gradient[..., :3], gradient[..., 3:])[:: 1 if dataset == 0 else -1]
    assert np.abs(others).max() == 0.0
    assert np.abs(mine).reshape(-1, 3).max(axis=0).min() > 0


@pytest.mark.parametrize("dataset", [0, 1])
def test_a_target_listens_only_to_the_logits_of_its_own_data_set(dataset: int) -> None:
    """The generator's gradient: the other set's part of the head may hold anything."""
    gan = StarGAN(tiny_stargan(BOTH))
    batch = tiny_batch(BOTH, dataset)
    head = gan.discriminator.get_layer("classes").kernel
    start = head.numpy()

    def after(part: slice) -> tuple[float, list[Any]]:
        changed = start.copy()
        changed[..., part] *= -5
        head.assign(changed)
        (losses, gradients), _ = gan._generator_gradients(*batch)
        return float(losses["classification_fake"]), [g.numpy() for g in gradients]

    mine, others = (slice(3), slice(3, 6))[:: 1 if dataset == 0 else -1]
    expected, same, different = after(slice(0)), after(others), after(mine)
    assert same[0] == expected[0] != different[0]
    for a, b, c in zip(expected[1], same[1], different[1], strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c)


def test_the_penalty_looks_elsewhere_at_each_step() -> None:
    gan = StarGAN(tiny_stargan())
    first = gan._mix(4, 0).numpy()
    assert first.shape == (4, 1, 1, 1)
    assert len({*first.ravel()}) == 4
    gan.step.assign_add(1)
    assert not np.array_equal(first, gan._mix(4, 0).numpy())


def settings(mode: StarGANMode, **train: Any) -> StarGANConfig:
    return tiny_stargan(loss=StarGANLossConfig(gan=mode), train=replace(TRAIN, n_critic=1, **train))


@pytest.fixture(scope="module")
def exact() -> dict[str, float]:
    """The losses of a step in float32."""
    return numbers(StarGAN(settings("wgan-gp")).train_step(IMAGES, LABELS, TARGETS))


def losses_of(config: StarGANConfig, steps: int) -> Any:
    """Train; return the losses, `[steps, losses]`, sorted by name."""
    gan = StarGAN(config)
    found = [numbers(gan.train_step(*tiny_batch(ATTRIBUTES, step))) for step in range(steps)]
    return np.array([[losses[name] for name in sorted(losses)] for losses in found])


def test_an_accumulated_step_is_the_step_on_the_whole_batch() -> None:
    whole, parts = (StarGAN(settings("wgan-gp", accumulation_steps=n)) for n in (1, 2))
    expected, got = (numbers(gan.train_step(IMAGES, LABELS, TARGETS)) for gan in (whole, parts))
    assert got == pytest.approx(expected, rel=1e-4, abs=1e-6)
    # Adam's first step is the gradient's sign, so the moments tell more than the weights.
    one, other = moments_of(whole), moments_of(parts)
    np.testing.assert_allclose(other, one, rtol=1e-3, atol=1e-5 * np.abs(one).max())


@pytest.mark.slow  # the comparison with PyTorch compiles a step by XLA, too
def test_xla_computes_the_same_steps() -> None:
    """The random places of the penalty are others under XLA, so without it."""
    expected, got = (losses_of(settings("lsgan", jit_compile=jit), 3) for jit in (False, True))
    np.testing.assert_allclose(got, expected, rtol=1e-4)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_with_the_penalty_only_the_generator_computes_in_16_bits(
    precision: MixedPrecision, exact: dict[str, float]
) -> None:
    before = keras.mixed_precision.global_policy()
    mixed = StarGAN(settings("wgan-gp", mixed_precision=precision))
    assert keras.mixed_precision.global_policy() is before
    assert mixed.generator.get_layer("block1a_conv").compute_dtype == precision
    assert {layer.compute_dtype for layer in mixed.discriminator.layers} == {"float32"}
    for net in (mixed.generator, mixed.discriminator):
        assert {tf.as_dtype(weight.dtype) for weight in net.weights} == {tf.float32}
    assert mixed.generator([IMAGES, LABELS]).dtype == tf.float32
    losses = numbers(mixed.train_step(IMAGES, LABELS, TARGETS))
    assert losses == pytest.approx(exact, rel=0.02, abs=0.002)
    assert losses != exact  # it does compute in 16 bits


def test_without_the_penalty_both_do() -> None:
    gan = StarGAN(settings("hinge", mixed_precision="bfloat16"))
    assert gan.discriminator.get_layer("conv2").compute_dtype == "bfloat16"
    assert [output.dtype for output in gan.discriminator(IMAGES)] == [tf.float32] * 2
    assert all(np.isfinite(list(numbers(gan.train_step(IMAGES, LABELS, TARGETS)).values())))


def test_an_overflow_skips_an_update_but_not_the_generators_turn() -> None:
    train = replace(TRAIN, n_critic=2, mixed_precision="float16")
    gan = StarGAN(tiny_stargan(loss=LSGAN, train=train))
    scales = [
        optimizer._loss_scale._current_loss_scale
        for optimizer in (gan._discriminator_optimizer, gan._generator_optimizer)
    ]
    found = []
    for step, scale in enumerate((2.0**127, 2.0**10, 2.0**10, 2.0**127), start=1):
        for variable in scales:
            variable.assign(scale)  # the larger one overflows
        before = weights_of(gan)
        gan.train_step(*tiny_batch(ATTRIBUTES, step))
        assert int(gan.step) == step
        found.append(moved(before, weights_of(gan)))
    assert found == [set(), {"D", "G"}, {"D"}, set()]
    assert [float(variable) for variable in scales] == [2.0**126] * 2


def test_gray_images() -> None:
    config = tiny_stargan()
    gan = StarGAN(replace(config, generator=replace(config.generator, channels=1)))
    losses = numbers(gan.train_step(IMAGES[..., :1], LABELS, TARGETS))
    assert all(np.isfinite(list(losses.values())))
