from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from edgegan.runtime.energy import Samples, Seconds, SourceKind, energy_j, energy_use


def sampled(
    power: Callable[[Seconds], Seconds], times: npt.ArrayLike, kind: SourceKind = "power"
) -> Samples:
    at = np.asarray(times, np.float64)
    return Samples(kind=kind, times_s=at, values=power(at))


@pytest.mark.parametrize("window", [(0.0, 10.0), (2.5, 7.25), (1.01, 1.02)])
def test_constant_power(window: tuple[float, float]) -> None:
    samples = sampled(lambda t: 5 + 0 * t, np.arange(0, 10.5, 0.5))
    assert energy_j(samples, window) == pytest.approx(5 * (window[1] - window[0]))


@pytest.mark.parametrize("window", [(0.0, 10.0), (0.3, 9.9), (4.1, 4.2)])
def test_a_ramp_is_exact_even_between_uneven_samples(window: tuple[float, float]) -> None:
    samples = sampled(lambda t: 2 + 3 * t, [0, 0.1, 0.5, 3, 3.7, 8, 9.99, 10])
    a, b = window
    assert energy_j(samples, window) == pytest.approx(2 * (b - a) + 1.5 * (b * b - a * a))


def test_a_sine_is_met_by_enough_samples() -> None:
    times = np.linspace(0, 10, 201)  # 20 Hz, one swing a second
    samples = Samples(kind="power", times_s=times, values=10 + 4 * np.sin(2 * np.pi * times))
    expected = 10 * 0.25 + 4 / (2 * np.pi)  # the integral over a quarter of a swing
    assert energy_j(samples, (3.0, 3.25)) == pytest.approx(expected, rel=0.01)


def test_a_counter_is_a_difference() -> None:
    samples = sampled(lambda t: 1000 + 7 * t, np.arange(0, 11), kind="energy")
    assert energy_j(samples, (2.5, 4.0)) == pytest.approx(10.5)


def test_power_stays_outside_of_the_samples_and_a_counter_stands() -> None:
    assert energy_j(sampled(lambda t: 6 + 0 * t, [1, 2]), (0.0, 3.0)) == pytest.approx(18.0)
    assert energy_j(sampled(lambda t: 6 * t, [1, 2], kind="energy"), (0.0, 3.0)) == pytest.approx(
        6.0
    )


def test_gross_and_net() -> None:
    times = np.linspace(0, 20, 401)
    samples = Samples(kind="power", times_s=times, values=np.where(times <= 10, 2.0, 8.0))
    use = energy_use(samples, "VDD_IN", [(11.0, 13.0), (15.0, 16.0)], images=6, idle=(0.0, 5.0))
    assert use is not None
    assert use.gross_mj_per_image == pytest.approx(8 * 3 / 6 * 1000)
    assert use.net_mj_per_image == pytest.approx((8 - 2) * 3 / 6 * 1000)
    assert use.mean_w == pytest.approx(8)
    assert use.idle_w == pytest.approx(2)
    assert (use.images, use.seconds, use.rail) == (6, 3.0, "VDD_IN")
    assert use.samples == 39 + 19  # without those at the ends
    assert use.hz == pytest.approx(20, rel=0.05)
    assert use.longest_gap_s == pytest.approx(0.05)
    assert use.flags == ()


def test_a_counter_gives_the_same_as_power() -> None:
    times = np.linspace(0, 20, 401)
    watts = np.where(times <= 10, 2.0, 8.0)
    joules = np.concatenate([[0], np.cumsum(np.diff(times) * (watts[1:] + watts[:-1]) / 2)])
    counter = Samples(kind="energy", times_s=times, values=joules)
    use = energy_use(counter, "RAPL", [(12.0, 14.0)], images=4, idle=(1.0, 3.0))
    assert use is not None
    assert use.gross_mj_per_image == pytest.approx(4000)
    assert use.net_mj_per_image == pytest.approx(3000)


def test_without_an_idle_time_there_is_no_net() -> None:
    use = energy_use(
        sampled(lambda t: 1 + 0 * t, np.linspace(0, 2, 81)), "a", [(0.5, 1.5)], 10, None
    )
    assert use is not None
    assert (use.net_mj_per_image, use.idle_w) == (None, None)
    assert use.gross_mj_per_image == pytest.approx(100)


@pytest.mark.parametrize(
    ("times", "window", "flag"),
    [
        (np.linspace(0, 9, 46), (0.5, 8.5), "power sampled at 5.0 Hz, below 10"),
        ([*np.linspace(0, 1, 21), *np.linspace(3, 4, 21)], (0.0, 4.0), "for 2.00 s"),
        (np.linspace(0, 0.4, 9), (0.05, 0.35), "only 5 samples of the power"),
        (np.linspace(0, 2, 41), (1.0, 2.5), "do not cover the loop"),
    ],
)
def test_what_makes_it_doubtful(times: list[float], window: tuple[float, float], flag: str) -> None:
    use = energy_use(sampled(lambda t: 1 + 0 * t, times), "a", [window], 1, None)
    assert use is not None
    assert flag in "; ".join(use.flags)


def test_failed_readings_and_a_busy_idle_time_are_told() -> None:
    times = np.linspace(0, 4, 81)
    busy = Samples(kind="power", times_s=times, values=np.where(times < 2, 9.0, 3.0), failed=2)
    use = energy_use(busy, "a", [(2.5, 3.5)], 1, (0.0, 1.0))
    assert use is not None
    assert use.flags == (
        "the machine drew more before the loop than in it: it was not idle",
        "2 readings of the power failed",
    )


def test_nothing_to_tell() -> None:
    empty = Samples(kind="power", times_s=np.empty(0), values=np.empty(0))
    some = sampled(lambda t: 1 + 0 * t, [0, 1])
    assert energy_use(empty, "a", [(0, 1)], 1, None) is None
    assert energy_use(some, "a", [(0, 1)], 0, None) is None
    assert energy_use(some, "a", [], 1, None) is None
    assert energy_use(some, "a", [(1, 1)], 1, None) is None
