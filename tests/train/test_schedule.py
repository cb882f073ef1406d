"""The learning rate at the steps that matter."""

from __future__ import annotations

import pytest

from edgegan.train.schedule import faithful_decay, linear_decay


@pytest.mark.parametrize(
    ("step", "factor"),
    [(0, 1.0), (49, 1.0), (50, 1.0), (51, 0.98), (75, 0.5), (99, 0.02)],
)
def test_constant_then_linear(step: int, factor: float) -> None:
    assert linear_decay(step, steps=100, decay_start=50) == pytest.approx(factor)


@pytest.mark.parametrize("decay_start", [0, 1, 50, 99, 100, 200])
def test_it_never_rises_and_never_reaches_zero(decay_start: int) -> None:
    factors = [linear_decay(step, 100, decay_start) for step in range(100)]
    assert factors[0] == 1.0
    assert factors == sorted(factors, reverse=True)
    assert min(factors) > 0


def test_a_single_step_has_the_full_rate() -> None:
    assert linear_decay(0, steps=1, decay_start=0) == 1.0


def test_the_papers_second_half() -> None:
    # 266,800 steps, half of them constant: the last has 1 / 133,400 of the rate.
    assert linear_decay(133_400, 266_800, 133_400) == 1.0
    assert linear_decay(266_799, 266_800, 133_400) == pytest.approx(1 / 133_400)


@pytest.mark.parametrize("decay_start", [0, 500, 2_000, 2_500, 5_000])
def test_the_published_stargan_takes_off_a_little_every_thousand_steps(decay_start: int) -> None:
    """As its solver.py does, step by step."""
    steps, rate = 5_000, 1.0
    length = max(steps - decay_start, 1)
    for step in range(steps):
        assert faithful_decay(step, steps, decay_start) == pytest.approx(rate, rel=1e-12)
        done = step + 1
        if done % 1_000 == 0 and done > decay_start:
            rate -= 1 / length


def test_in_200_000_steps_that_is_a_thousandth() -> None:
    assert faithful_decay(199_999, 200_000, 100_000) == pytest.approx(1 - 99 / 100_000)
    assert faithful_decay(100_000, 200_000, 100_000) == 1.0
