"""The learning rate at the steps that matter."""

from __future__ import annotations

import pytest

from edgegan.train.schedule import linear_decay


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
