"""How far apart two series are, with an interval that assumes no distribution.

The estimate is Hodges and Lehmann's: of paired series the median of all means of two
differences (Walsh averages), of unpaired ones the median of all differences between the
two. The interval lies between two of those values, counted from the ends; how many may be
cut off is exact, from the null distribution of the rank statistic that belongs to it:
Wilcoxon's signed-rank (Tukey's interval) and Mann and Whitney's U (Moses's interval).
Hollander & Wolfe, Nonparametric Statistical Methods, 2nd ed., Sec. 3.2-3.3 and 4.2-4.3.

One disturbed value in four hardly moves the estimate, which no mean could promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
LEAST_PAIRS = 6  # all six of one sign have probability 2 / 2^6 = 3 %; five would have 6 %

Values = Sequence[float] | NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A difference, and its interval of at least `CONFIDENCE`."""

    estimate: float
    low: float
    high: float


def paired_shift(differences: Values) -> Shift | None:
    """Estimate the centre of differences between pairs.

    Returns:
        The shift; None where there are fewer than `LEAST_PAIRS`, too few for the confidence.
    """
    values = np.asarray(differences, dtype=np.float64)
    first, second = np.triu_indices(len(values))
    return _shift((values[first] + values[second]) / 2, signed_rank_counts(len(values)))


def unpaired_shift(before: Values, after: Values) -> Shift | None:
    """Estimate by how much `after` lies above `before`.

    Returns:
        The shift; None where there are too few values for the confidence.
    """
    differences = np.subtract.outer(np.asarray(after, float), np.asarray(before, float))
    return _shift(differences.ravel(), rank_sum_counts(len(before), len(after)))


@cache  # pure, and asked for with few numbers
def signed_rank_counts(n: int) -> NDArray[np.float64]:
    """Count the subsets of 1..n by their sum: the signed-rank statistic's distribution."""
    counts = np.zeros(n * (n + 1) // 2 + 1)
    counts[0] = 1
    for rank in range(1, n + 1):
        counts[rank:] = counts[rank:] + counts[:-rank]
    return counts


@cache
def rank_sum_counts(m: int, n: int) -> NDArray[np.float64]:
    """Count the choices of m among 1..m+n by their sum above the least: U's distribution."""
    counts = np.zeros((m + 1, m * n + 1))  # chosen so far, sum above the least possible
    counts[0, 0] = 1
    for skipped_and_taken in range(1, m + n + 1):
        for taken in range(min(m, skipped_and_taken), 0, -1):
            skipped = skipped_and_taken - taken  # each of them adds 1 to what is taken after
            if skipped <= n:
                counts[taken, skipped:] += counts[taken - 1, : m * n + 1 - skipped]
    chosen: NDArray[np.float64] = counts[m]
    return chosen


def _shift(candidates: NDArray[np.float64], counts: NDArray[np.float64]) -> Shift | None:
    """Take the median of `candidates`, and as many from both ends as `counts` allow."""
    tail = np.cumsum(counts) / counts.sum()
    cut = int(np.sum(tail <= (1 - CONFIDENCE) / 2))
    if cut == 0:
        return None
    ordered = np.sort(candidates)
    return Shift(
        estimate=float(np.median(ordered)), low=float(ordered[cut - 1]), high=float(ordered[-cut])
    )
