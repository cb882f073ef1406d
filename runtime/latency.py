"""Latency statistics: no sample is thrown away, and no tail is claimed without samples.

The median's confidence interval is the distribution-free one between two order
statistics (Conover, Practical Nonparametric Statistics, Sec. 3.2): of n samples, the
number below the true median is Binomial(n, 1/2). A percentile p is reported only where,
with 99 % confidence, at least two samples lie beyond it, as in MLPerf Inference's early
stopping: P(Binomial(n, 1 - p) <= 1) <= 0.01.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np

CONFIDENCE = 0.95
# The smallest n that meets the criterion above, by percentile.
MIN_SAMPLES = {90: 64, 95: 130, 99: 662}


@dataclass(frozen=True, kw_only=True)
class Latency:
    """A summary of `n` samples, in milliseconds.

    Percentiles are None where `n` is below `MIN_SAMPLES`; the confidence interval of the
    median is None for fewer than 6 samples.
    """

    n: int
    p50_ms: float
    p50_ci_ms: tuple[float, float] | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    min_ms: float
    mean_ms: float
    std_ms: float
    max_ms: float

    @property
    def variation(self) -> float:
        """Standard deviation over mean (the coefficient of variation)."""
        return self.std_ms / self.mean_ms


def summarize(samples_ms: Sequence[float]) -> Latency:
    """Summarize at least one sample; `std_ms` is the sample standard deviation."""
    ordered = np.sort(np.asarray(samples_ms, dtype=np.float64))
    n = len(ordered)
    ranks = median_ranks(n)
    tail = {
        p: float(np.percentile(ordered, p)) if n >= MIN_SAMPLES[p] else None for p in MIN_SAMPLES
    }
    return Latency(
        n=n,
        p50_ms=float(np.median(ordered)),
        p50_ci_ms=(float(ordered[ranks[0] - 1]), float(ordered[ranks[1] - 1])) if ranks else None,
        p90_ms=tail[90],
        p95_ms=tail[95],
        p99_ms=tail[99],
        min_ms=float(ordered[0]),
        mean_ms=float(ordered.mean()),
        std_ms=float(ordered.std(ddof=1)) if n > 1 else 0.0,
        max_ms=float(ordered[-1]),
    )


def median_ranks(n: int) -> tuple[int, int] | None:
    """Find the ranks (from 1) of the narrowest order statistics that bracket the median.

    The true median lies between samples `lower` and `upper` with the probability that
    lower <= Binomial(n, 1/2) < upper. Starting at n / 2, the likelier neighbour is taken
    until `CONFIDENCE` is reached.

    Returns:
        (lower, upper), or None where even all samples do not reach it.
    """
    lower = n // 2
    upper = lower + 1
    covered = _binomial(n, lower)
    while covered < CONFIDENCE:
        below, above = _binomial(n, lower - 1), _binomial(n, upper)
        if below >= above:
            lower, covered = lower - 1, covered + below
        else:
            upper, covered = upper + 1, covered + above
        if lower < 1 or upper > n:
            return None
    return (lower, upper) if lower >= 1 else None


def _binomial(n: int, k: int) -> float:
    """Probability of `k` heads in `n` throws of a fair coin."""
    k = min(k, n - k)  # so that equal probabilities are equal floats, too
    if k < 0:
        return 0.0
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2))
