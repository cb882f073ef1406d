from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from numpy.typing import NDArray

from edgegan.runtime.rank_intervals import (
    LEAST_PAIRS,
    paired_shift,
    rank_sum_counts,
    signed_rank_counts,
    unpaired_shift,
)

# Two-sided 5 % points: Hollander & Wolfe, tables A.4 and A.6; any textbook has them.
SIGNED_RANK = {6: 0, 7: 2, 8: 3, 9: 5, 10: 8, 12: 13, 15: 25, 20: 52, 25: 89, 30: 137}
MANN_WHITNEY = {(4, 4): 0, (5, 5): 2, (6, 8): 8, (10, 10): 23, (15, 20): 90, (20, 20): 127}


@pytest.mark.parametrize(("n", "point"), SIGNED_RANK.items())
def test_signed_rank_points_are_the_tables(n: int, point: int) -> None:
    tail = np.cumsum(signed_rank_counts(n)) / 2.0**n
    assert tail[point] <= 0.025 < tail[point + 1]


@pytest.mark.parametrize(("sizes", "point"), MANN_WHITNEY.items())
def test_rank_sum_points_are_the_tables(sizes: tuple[int, int], point: int) -> None:
    counts = rank_sum_counts(*sizes)
    tail = np.cumsum(counts) / counts.sum()
    assert tail[point] <= 0.025 < tail[point + 1]


def test_counts_are_those_of_all_cases() -> None:
    sums = [sum(r * s for r, s in zip(range(1, 7), signs, strict=True)) for signs in cases(6)]
    assert signed_rank_counts(6).tolist() == np.bincount(sums).tolist()
    for m, n in ((1, 1), (3, 5), (5, 3), (4, 4)):
        least = m * (m + 1) // 2
        chosen = [sum(ranks) - least for ranks in combinations(range(1, m + n + 1), m)]
        assert rank_sum_counts(m, n).tolist() == np.bincount(chosen).tolist()


def cases(n: int) -> list[tuple[int, ...]]:
    return list(product((0, 1), repeat=n))


def test_ten_differences_by_hand() -> None:
    shift = paired_shift([float(2**k) for k in range(10)])
    walsh = sorted((2**i + 2**j) / 2 for i in range(10) for j in range(i, 10))
    assert shift is not None
    assert (shift.low, shift.high) == (walsh[8], walsh[-9])  # T = 8: the ninth from each end
    assert shift.estimate == walsh[27]  # the middle one of 55


def test_two_samples_by_hand() -> None:
    shift = unpaired_shift([1.0, 2.0, 3.0, 4.0, 5.0], [11.0, 13.0, 15.0, 17.0, 19.0])
    pairs = sorted(b - a for a in range(1, 6) for b in (11, 13, 15, 17, 19))
    assert shift is not None
    assert (shift.low, shift.estimate, shift.high) == (pairs[2], pairs[12], pairs[-3])


def test_too_few_give_no_interval() -> None:
    assert paired_shift([0.0] * (LEAST_PAIRS - 1)) is None
    assert paired_shift([0.0] * LEAST_PAIRS) is not None
    assert unpaired_shift([0.0] * 3, [0.0] * 3) is None
    assert unpaired_shift([0.0] * 3, [0.0] * 6) is not None


def test_the_shift_moves_with_the_data_and_ignores_order() -> None:
    noise = np.random.default_rng(0).standard_cauchy(15)
    here, there = paired_shift(noise.tolist()), paired_shift((noise[::-1] + 5).tolist())
    assert here is not None
    assert there is not None
    assert there.low - here.low == pytest.approx(5)
    assert there.estimate - here.estimate == pytest.approx(5)


Noise = NDArray[np.float64]


def normal(random: np.random.Generator, shape: tuple[int, int]) -> Noise:
    return random.normal(0, 1, shape)


def heavy(random: np.random.Generator, shape: tuple[int, int]) -> Noise:
    return random.standard_t(2, shape)  # its variance is infinite


@pytest.mark.parametrize("noise", [normal, heavy])
@pytest.mark.parametrize("rounds", [10, 30])
def test_intervals_cover_as_they_say(noise: object, rounds: int) -> None:
    assert callable(noise)
    random = np.random.default_rng(1)
    before, after = (noise(random, (1000, rounds)) for _ in range(2))
    hits = [0, 0]
    for a, b in zip(before, after + 3, strict=True):
        for kind, shift in enumerate((paired_shift(b - a), unpaired_shift(a, b))):
            assert shift is not None
            hits[kind] += shift.low <= 3 <= shift.high
    # The nominal 95 % and three standard deviations of 1,000 cases.
    assert all(930 <= hit <= 975 for hit in hits), hits
