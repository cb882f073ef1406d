"""Candidates of a budget, and the choice among them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgegan.errors import UsageError
from edgegan.export.width_budget import (
    Candidate,
    Measured,
    candidates,
    measured,
    parse_macs,
    rows,
    widest,
)
from edgegan.generator import GeneratorConfig
from edgegan.runtime.bench_settings import BenchSettings
from tests.export.generators import STARGAN

TEACHER = GeneratorConfig(image_size=16, filters=10, residual_blocks=1)
QUICK = BenchSettings(rounds=2, min_iters=2, min_time_s=0, warmup_runs=1, warmup_time_s=0)


def candidate(filters: int) -> Candidate:
    return Candidate(filters=filters, params=1, macs=1)


def test_candidates_are_fours_up_to_the_teacher() -> None:
    found = candidates(TEACHER)
    assert [one.filters for one in found] == [4, 8, 10]
    macs = [one.macs for one in found]
    # Of a generator of 4 filters at 16x16, by hand: stem, down, down, block, up, up, head.
    by_hand = (
        16 * 16 * 49 * 3 * 4
        + 8 * 8 * 9 * 4 * 8
        + 4 * 4 * 9 * 8 * 16
        + 2 * 4 * 4 * 9 * 16 * 16
        + 4 * 4 * 9 * 16 * 8
        + 8 * 8 * 9 * 8 * 4
        + 16 * 16 * 49 * 4 * 3
    )
    assert macs[0] == by_hand
    assert macs == sorted(macs)


def test_candidates_of_an_uneven_teacher_fit_it_everywhere() -> None:
    uneven = replace(TEACHER, widths=(8, 16, 32, 20, 16, 8))
    assert [one.filters for one in candidates(uneven)] == [4, 5]


@pytest.mark.parametrize(
    ("costs", "budget", "chosen"),
    [([1, 2, 3], 2, 8), ([1, 2, 3], 9, 12), ([1, 5, 3], 4, 4), ([2, 2, 2], 2, 12)],
)
def test_the_widest_before_the_first_beyond(costs: list[float], budget: float, chosen: int) -> None:
    found = [candidate(filters) for filters in (4, 8, 12)]
    assert widest(found, costs, budget, "ms") == chosen


def test_nothing_that_fits_is_an_error() -> None:
    with pytest.raises(UsageError, match="Even 4 filters take 3 ms, and the budget is 2"):
        widest([candidate(4)], [3], 2, "ms")


@pytest.mark.parametrize(
    ("text", "value"), [("3G", 3e9), ("450M", 450e6), ("1.5e9", 1.5e9), ("2k", 2e3), ("7", 7)]
)
def test_numbers_of_macs(text: str, value: float) -> None:
    assert parse_macs(text) == value


@pytest.mark.parametrize("text", ["", "3T", "-3G", "0", "G"])
def test_other_numbers_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="3G or 450M"):
        parse_macs(text)


@pytest.mark.parametrize(
    "teacher",
    [TEACHER, pytest.param(replace(STARGAN, filters=10), marks=pytest.mark.slow)],
)
def test_files_are_measured_as_they_will_be_exported(teacher: GeneratorConfig) -> None:
    how = Measured(target="tflite", precision="int8-dynamic", settings=QUICK)
    found = candidates(teacher)[:2]
    sized = measured(teacher, found, how, timed=False)
    bytes_ = [one.size_bytes or 0 for one in sized]
    assert 0 < found[0].params < bytes_[0] < bytes_[1]
    assert sized[0].p50_ms is None
    timed = measured(teacher, found, how, timed=True)
    assert all(one.p50_ms and one.p50_ms > 0 for one in timed)
    lines = rows(timed, 8)
    assert lines[2].startswith("*       8")
    assert f"{bytes_[1] / 1e6:.3f}" in lines[2]
