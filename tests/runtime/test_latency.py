from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest

from edgegan.runtime.latency import CONFIDENCE, MIN_SAMPLES, median_ranks, summarize


def coverage(n: int, lower: int, upper: int) -> float:
    """Exact P(lower <= Binomial(n, 1/2) < upper)."""
    return float(Fraction(sum(comb(n, k) for k in range(lower, upper)), 2**n))


def test_hundred_samples_give_ranks_40_to_60() -> None:
    assert median_ranks(100) == (40, 60)


@pytest.mark.parametrize("n", [6, 7, 13, 64, 99, 100, 101, 250, 999])
def test_ranks_are_the_narrowest_that_reach_the_confidence(n: int) -> None:
    ranks = median_ranks(n)
    assert ranks is not None
    width = ranks[1] - ranks[0]
    assert coverage(n, *ranks) >= CONFIDENCE
    narrower = (coverage(n, low, low + width - 1) for low in range(1, n - width + 2))
    assert max(narrower) < CONFIDENCE


@pytest.mark.parametrize("n", range(1, 6))
def test_five_samples_bracket_no_median(n: int) -> None:
    assert coverage(n, 1, n) < CONFIDENCE
    assert median_ranks(n) is None
    assert summarize([1.0] * n).p50_ci_ms is None


@pytest.mark.parametrize("percentile", [90, 95, 99])
def test_least_samples_are_the_exact_binomial_ones(percentile: int) -> None:
    beyond = Fraction(100 - percentile, 100)

    def at_most_one_beyond(n: int) -> Fraction:
        return (1 - beyond) ** n + n * beyond * (1 - beyond) ** (n - 1)

    least = MIN_SAMPLES[percentile]
    assert at_most_one_beyond(least) <= Fraction(1, 100) < at_most_one_beyond(least - 1)


@pytest.mark.parametrize(
    ("n", "given"), [(63, []), (64, [90]), (129, [90]), (130, [90, 95]), (662, [90, 95, 99])]
)
def test_percentiles_need_enough_samples(n: int, given: list[int]) -> None:
    samples = np.random.default_rng(n).exponential(5.0, n)
    summary = summarize(samples.tolist())
    values = {90: summary.p90_ms, 95: summary.p95_ms, 99: summary.p99_ms}
    assert [p for p, value in values.items() if value is not None] == given
    for p in given:
        assert values[p] == pytest.approx(np.percentile(samples, p))


def test_summary_of_one_to_hundred() -> None:
    shuffled = np.random.default_rng(0).permutation(np.arange(1.0, 101.0))
    summary = summarize(shuffled.tolist())
    assert (summary.n, summary.min_ms, summary.max_ms) == (100, 1.0, 100.0)
    assert summary.p50_ms == summary.mean_ms == 50.5
    assert summary.p50_ci_ms == (40.0, 60.0)
    # The variance of 1..n about its mean is n (n + 1) / 12, with n - 1 degrees of freedom.
    assert summary.std_ms == pytest.approx((100 * 101 / 12) ** 0.5)
    assert summary.variation == pytest.approx(summary.std_ms / 50.5)


def test_no_sample_is_thrown_away() -> None:
    summary = summarize([1.0] * 99 + [1000.0])
    assert summary.max_ms == 1000.0
    assert summary.mean_ms == pytest.approx(10.99)
