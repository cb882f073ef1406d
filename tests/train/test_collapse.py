"""The collapse alarm, on sequences of log lines."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
import tensorflow as tf

from edgegan.train.collapse import SHARE, STEPS, UNDECIDED, CollapseAlarm, undecided
from edgegan.train.config_groups import GANMode
from edgegan.train.cyclegan_config import CycleGANConfig, LossConfig
from edgegan.train.losses import discriminator_gan_loss
from edgegan.train.stargan_config import StarGANConfig, StarGANLossConfig, StarGANMode

EVERY = 100
LEVEL = UNDECIDED["lsgan"] / 2  # CycleGAN halves its losses


def lines(
    values: Iterable[float], start: int = 0, name: str = "discriminator_a"
) -> list[dict[str, float]]:
    """Make log lines, one for each loss; the other discriminator is healthy."""
    other = {"discriminator_a": "discriminator_b", "discriminator_b": "discriminator_a"}[name]
    return [
        {"step": start + EVERY * i, "gan_a2b": 0.0, name: value, other: 0.2}
        for i, value in enumerate(values, start=1)
    ]


def told(alarm: CollapseAlarm, sequence: Iterable[dict[str, float]]) -> list[int]:
    """List the steps at which it warns."""
    return [int(line["step"]) for line in sequence if alarm.update(line)]


def test_a_long_spell_is_told_once() -> None:
    assert told(CollapseAlarm(LEVEL), lines([0.2] * 5 + [0.01] * 30)) == [500 + STEPS]
    assert told(CollapseAlarm(LEVEL), lines([0.01] * 30)) == [STEPS]


def test_a_spell_that_ends_in_time_is_not_told() -> None:
    spell = [0.01] * (STEPS // EVERY - 1)
    assert told(CollapseAlarm(LEVEL), lines([*spell, 0.03] * 4)) == []


def test_each_spell_is_told() -> None:
    spell = [0.01] * (STEPS // EVERY)
    assert told(CollapseAlarm(LEVEL), lines([*spell, 0.2, *spell, 0.01])) == [1_000, 2_100]


def test_each_discriminator_has_its_own_spell() -> None:
    alarm = CollapseAlarm(LEVEL)
    sequence = lines([0.01] * 20)
    for line in sequence[5:]:
        line["discriminator_b"] = 0.001
    warnings = {int(line["step"]): alarm.update(line) for line in sequence}
    first, second = (text for text in warnings.values() if text)
    assert [step for step, text in warnings.items() if text] == [1_000, 1_500]
    assert first.startswith("discriminator_a: loss below 0.02 since step 0.")
    assert second.startswith("discriminator_b: loss below 0.02 since step 500.")


def test_two_at_once_are_one_warning() -> None:
    alarm = CollapseAlarm(LEVEL)
    line = {"step": 5_000.0, "discriminator_a": 0.0, "discriminator_b": 0.0}
    text = alarm.update(line)
    assert text
    assert text.startswith("discriminator_a and discriminator_b: loss below 0.02")
    for advice in ("samples", "discriminator.filters", "optimizer.learning_rate", "loss.identity"):
        assert advice in text


@pytest.mark.parametrize("cut", [0, 3, 7, 12, 19, 20, 31])
def test_a_resumed_run_goes_on_with_its_spell(cut: int) -> None:
    sequence = lines([0.2] * 4 + [0.01] * 15 + [0.2] + [0.01] * 12)
    expected = told(CollapseAlarm(LEVEL), sequence)
    assert expected == [1_400, 3_000]
    resumed = CollapseAlarm(LEVEL, sequence[:cut])
    assert told(resumed, sequence[cut:]) == [step for step in expected if step > EVERY * cut]


@pytest.mark.parametrize("mode", UNDECIDED)
def test_undecided_is_the_loss_of_logits_that_tell_nothing(mode: GANMode) -> None:
    logits = tf.fill((1, 3, 3, 1), 0.5 if mode == "lsgan" else 0.0)
    loss = float(discriminator_gan_loss(mode, logits, logits))
    config = CycleGANConfig(loss=LossConfig(gan=mode))
    assert loss == pytest.approx(UNDECIDED[mode], rel=1e-6)
    assert undecided(config) == pytest.approx(loss / 2, rel=1e-6)  # halved, as CycleGAN's are
    nothing, little = 0.999 * SHARE * loss / 2, 1.001 * SHARE * loss / 2
    assert told(CollapseAlarm(undecided(config)), lines([nothing] * 10)) == [STEPS]
    assert told(CollapseAlarm(undecided(config)), lines([little] * 30)) == []


@pytest.mark.parametrize("mode", ["lsgan", "hinge"])
def test_the_losses_of_stargan_are_not_halved(mode: StarGANMode) -> None:
    config = StarGANConfig(loss=StarGANLossConfig(gan=mode))
    assert undecided(config) == UNDECIDED[mode]
    low = 0.999 * SHARE * UNDECIDED[mode]
    rest = {"classification_real": 0.0, "gan": 0.0}
    sequence = [{"step": EVERY * (1 + i), "discriminator": low, **rest} for i in range(10)]
    assert told(CollapseAlarm(undecided(config)), sequence) == [STEPS]


def test_a_critic_has_no_such_level() -> None:
    critic = CycleGANConfig(loss=LossConfig(gan="wgan-gp"))
    assert undecided(critic) is undecided(StarGANConfig()) is None
    assert told(CollapseAlarm(undecided(critic)), lines([0.0, -5.0, 0.001] * 30)) == []
    assert told(CollapseAlarm(LEVEL), lines([math.inf] * 30)) == []
