"""What a training step does under the settings that are off by default."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from edgegan.errors import UsageError
from edgegan.train.config_groups import GANMode
from edgegan.train.cyclegan import CycleGAN
from edgegan.train.cyclegan_config import (
    CycleGANConfig,
    DataConfig,
    LossConfig,
    OptimizerConfig,
    TrainConfig,
)
from edgegan.train.losses import gradient_penalty
from tests.train.test_cyclegan import moved, weights
from tests.train.tiny import SIZE, moments_of, noise, tiny_config

STEPS = 20
A, B = noise(1), noise(2)


def settings(batch_size: int = 1, loss: LossConfig | None = None, **train: Any) -> CycleGANConfig:
    data = DataConfig(load_size=SIZE + 2, batch_size=batch_size)
    config = tiny_config(train=TrainConfig(steps=STEPS, pool_size=2, **train), data=data)
    return replace(config, loss=loss or LossConfig())


def losses_of(config: CycleGANConfig, steps: int = STEPS) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Train on noise; return the losses, `[steps, losses]`, sorted by name."""
    gan, count = CycleGAN(config), config.data.batch_size
    history = []
    for step in range(steps):
        losses = gan.train_step(noise(2 * step, count), noise(2 * step + 1, count))
        history.append([float(losses[name]) for name in sorted(losses)])
    return np.array(history)


@pytest.mark.parametrize("mode", ["lsgan", "wgan-gp"])
def test_an_accumulated_step_is_the_step_on_the_whole_batch(mode: GANMode) -> None:
    a, b = noise(1, count=4), noise(2, count=4)
    loss = LossConfig(gan=mode)
    whole = CycleGAN(settings(batch_size=4, loss=loss))
    parts = CycleGAN(settings(batch_size=4, loss=loss, accumulation_steps=2))
    expected, got = whole.train_step(a, b), parts.train_step(a, b)
    assert {k: float(v) for k, v in got.items()} == pytest.approx(
        {k: float(v) for k, v in expected.items()}, rel=1e-5
    )
    # Adam's first step is the gradient's sign, so the moments tell more than the weights.
    for one, other in zip(whole.trainable_variables, parts.trainable_variables, strict=True):
        np.testing.assert_allclose(one, other, atol=4.1e-4)
    moments = [moments_of(gan) for gan in (whole, parts)]
    np.testing.assert_allclose(moments[1], moments[0], rtol=1e-3, atol=1e-6)


def test_wgan_gp_penalises_both_discriminators_half_as_the_losses() -> None:
    gan, a, b = CycleGAN(settings(loss=LossConfig(gan="wgan-gp", gradient_penalty=8.0))), A, B
    fake_a, fake_b = gan.b2a(b), gan.a2b(a)
    expected = [
        4.0 * float(gradient_penalty(judge, real, fake, gan._mix(1, domain)))
        for domain, (judge, real, fake) in enumerate(((gan.d_a, a, fake_a), (gan.d_b, b, fake_b)))
    ]
    losses = gan.train_step(a, b)
    got = [float(losses[name]) for name in ("penalty_a", "penalty_b")]
    assert got == pytest.approx(expected, rel=1e-4)
    none = CycleGAN(settings(loss=LossConfig(gan="hinge"))).train_step(a, b)
    assert not any(name.startswith("penalty") for name in none)


def test_the_mix_of_the_penalty_is_drawn_anew_for_each_step_and_domain() -> None:
    gan = CycleGAN(settings(batch_size=3, loss=LossConfig(gan="wgan-gp")))
    first, other = gan._mix(3, 0).numpy(), gan._mix(3, 1).numpy()
    assert first.shape == (3, 1, 1, 1)
    assert len({*first.ravel(), *other.ravel()}) == 6
    gan.step.assign_add(1)
    assert not np.array_equal(first, gan._mix(3, 0).numpy())
    assert 0 <= first.min() <= first.max() < 1


@pytest.mark.parametrize("mode", ["vanilla", "hinge", "wgan-gp"])
def test_every_mode_trains(mode: GANMode) -> None:
    history = losses_of(settings(loss=LossConfig(gan=mode)), steps=3)
    assert np.isfinite(history).all()


def test_separate_generators_ignore_the_cycle_of_the_other_domain() -> None:
    """With the seed's routing, A2B follows cycle_b, and cycle_a leaves it alone."""
    a, b = noise(1), noise(2)
    config = settings(loss=LossConfig(cycle=1e4, identity=0.0))
    separate = replace(config, optimizer=OptimizerConfig(separate_generators=True))
    joint, alone = CycleGAN(config), CycleGAN(separate)
    (_, joint_gradients), _ = joint._generator_gradients(a, b)
    (_, gradients), _ = alone._generator_gradients(a, b)
    reference = alone_gradients(alone, a, b)
    for got, expected in zip(gradients, reference, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    largest = max(np.abs(g - j).max() for g, j in zip(gradients, joint_gradients, strict=True))
    assert largest > 0.1 * max(np.abs(g).max() for g in gradients)


def alone_gradients(gan: CycleGAN, a: Any, b: Any) -> list[Any]:
    """Differentiate each generator's own total, written out again."""
    found = []
    for there, back, judge, x, y in (
        (gan.a2b, gan.b2a, gan.d_b, a, b),
        (gan.b2a, gan.a2b, gan.d_a, b, a),
    ):
        with tf.GradientTape() as tape:
            total = tf.reduce_mean((judge(there(x)) - 1) ** 2)
            total += 1e4 * tf.reduce_mean(tf.abs(there(back(y)) - y))
        found += [g.numpy() for g in tape.gradient(total, there.trainable_variables)]
    return found


def test_the_average_is_what_samples_show_and_trails_behind() -> None:
    gan = CycleGAN(settings(ema=0.5))
    a2b, b2a = gan.generators
    assert (a2b.name, b2a.name) == ("A2B", "B2A")
    start = gan.a2b.get_weights()[0]
    gan.train_step(noise(1), noise(2))
    now = gan.a2b.get_weights()[0]
    np.testing.assert_allclose(a2b.get_weights()[0], 0.1 * start + 0.9 * now, atol=1e-7)
    plain = CycleGAN(settings())
    assert plain.generators == [plain.a2b, plain.b2a]


def test_a_shared_initializer_makes_everything_start_equal() -> None:
    gan = CycleGAN(settings(shared_initializer=True))
    for one, other in ((gan.a2b, gan.b2a), (gan.d_a, gan.d_b)):
        for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    block = [gan.a2b.get_layer(f"block1{part}_conv").kernel.numpy() for part in "ab"]
    np.testing.assert_array_equal(block[0], block[1])
    free = CycleGAN(settings())
    block = [free.a2b.get_layer(f"block1{part}_conv").kernel.numpy() for part in "ab"]
    assert not np.array_equal(block[0], block[1])


def test_xla_without_a_gradient_is_refused() -> None:
    config = settings(jit_compile=True)
    config = replace(config, generator=replace(config.generator, upsample="resize"))
    with pytest.raises(UsageError, match="XLA has no gradient"):
        CycleGAN(config)


def test_xla_computes_the_same_step() -> None:
    np.testing.assert_allclose(
        losses_of(settings(jit_compile=True), steps=3), losses_of(settings(), steps=3), rtol=1e-4
    )


def test_bfloat16_stays_within_two_percent_of_float32() -> None:
    exact, mixed = losses_of(settings()), losses_of(settings(mixed_precision="bfloat16"))
    assert np.abs(mixed / exact - 1).max() < 0.02
    assert np.abs(mixed / exact - 1).max() > 1e-5  # it does compute in 16 bits


def test_mixed_precision_keeps_weights_and_outputs_in_float32() -> None:
    before = keras.mixed_precision.global_policy()
    gan = CycleGAN(settings(mixed_precision="bfloat16"))
    assert keras.mixed_precision.global_policy() is before
    for net in (gan.a2b, gan.b2a, gan.d_a, gan.d_b):
        assert {tf.as_dtype(weight.dtype) for weight in net.weights} == {tf.float32}
        assert net(noise(1)).dtype == "float32"
    assert gan.a2b.get_layer("block1a_conv").compute_dtype == "bfloat16"
    penalised = settings(mixed_precision="bfloat16", loss=LossConfig(gan="wgan-gp"))
    assert CycleGAN(penalised).d_a.get_layer("conv1").compute_dtype == "float32"


def test_an_overflow_under_float16_skips_the_step_and_halves_the_scale() -> None:
    gan = CycleGAN(settings(mixed_precision="float16"))
    for optimizer in (gan._generator_optimizer, gan._discriminator_optimizer):
        scale = optimizer._loss_scale
        scale._current_loss_scale.assign(2.0**127)  # any gradient overflows
    before = weights(gan)
    gan.train_step(noise(1), noise(2))
    assert moved(before, weights(gan)) == set()
    assert int(gan.step) == 1
    assert float(gan._generator_optimizer.loss_scale) == 2.0**126
    for optimizer in (gan._generator_optimizer, gan._discriminator_optimizer):
        optimizer._loss_scale._current_loss_scale.assign(2.0**10)
    gan.train_step(noise(1), noise(2))
    assert moved(before, weights(gan)) == {"A2B", "B2A", "D_A", "D_B"}


def test_a_batch_that_cannot_be_divided_is_refused() -> None:
    with pytest.raises(UsageError, match=r"batch_size is 3; .*accumulation_steps = 2"):
        settings(batch_size=3, accumulation_steps=2)
