from __future__ import annotations

import pytest

from edgegan.runtime.bench_doubts import doubts
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.latency import Latency, summarize
from edgegan.runtime.scenario import Scenario
from edgegan.runtime.timing import Round

STEADY = summarize([10.0] * 100)
DEFAULT = BenchSettings(rounds=1)
SHAKY = summarize([9.0, 11.0] * 50)


def rounds(wall_s: float, *clocks: float | None) -> list[Round]:
    turns = clocks or (None,)
    return [Round(samples_ms=(), wall_s=wall_s / len(turns), clock_mhz=clock) for clock in turns]


@pytest.mark.parametrize(
    ("latency", "wall_s", "steady", "flags"),
    [
        (STEADY, 10.0, True, []),
        (STEADY, 10.0, False, ["not steady after the warm-up"]),
        (STEADY, 9.94, True, ["min_time not reached: 9.9 s < 10 s"]),
        (summarize([10.0] * 99), 10.0, True, ["min_iters not reached: 99 < 100"]),
        # Half the samples 5 % below the mean, half above: with n - 1, just over 5 %.
        (summarize([9.5, 10.5] * 50), 10.0, True, ["not steady: CoV 5.0% > 5%"]),
        (summarize([9.6, 10.4] * 50), 10.0, True, []),
    ],
)
def test_doubts(latency: Latency, wall_s: float, steady: bool, flags: list[str]) -> None:
    assert doubts(latency, rounds(wall_s), steady, DEFAULT, "cpu") == flags


def test_a_clock_that_fell_is_told() -> None:
    def clocks(*values: float | None) -> list[str]:
        return doubts(STEADY, rounds(10.1, *values), True, DEFAULT, "cpu")

    assert clocks(*[3000] * 4, 2950, *[2905, 2890, 2900, 2950]) == [
        "the clock fell from 3000 to 2900 MHz"
    ]
    assert clocks(*[3000] * 20, *[2911] * 10) == []
    assert clocks(*[3000] * 15, 1200, *[3000] * 13, 1200) == []  # two readings at a bad moment
    assert clocks(1200, *[3000] * 29) == []
    assert clocks(None, 3000, None) == []
    assert clocks(3000, 2900) == ["the clock fell from 3000 to 2900 MHz"]


def test_rounds_without_time_for_them_are_told() -> None:
    limits = BenchSettings(rounds=3)
    assert doubts(STEADY, rounds(10.0, 1, 1, 1), True, limits, "cpu") == []
    assert doubts(STEADY, rounds(10.0, 1, 1), True, limits, "cpu") == [
        "max_time reached after 2 of 3 rounds"
    ]


def test_what_a_scenario_looks_for_is_no_doubt() -> None:
    long = BenchSettings(rounds=1, scenario=Scenario("sustained", 10))
    assert doubts(SHAKY, rounds(10.0, 3000, 1500), True, long, "cpu") == []
    camera = BenchSettings(rounds=1, scenario=Scenario("camera", 30))
    assert doubts(STEADY, rounds(10.0, 3000, 1500), True, camera, "cpu") == []
    assert len(doubts(SHAKY, rounds(10.0), True, camera, "cpu")) == 1


@pytest.mark.parametrize("device", ["cuda:0", "cuda", "tensorrt:1", "gpu"])
def test_a_gpu_has_to_be_steadier(device: str) -> None:
    calm, shaky = summarize([9.76, 10.24] * 50), summarize([9.7, 10.3] * 50)
    assert doubts(calm, rounds(10.0), True, DEFAULT, device) == []
    flags = doubts(shaky, rounds(10.0), True, DEFAULT, device)
    assert flags == ["not steady: CoV 3.0% > 2.5%"]
    assert doubts(shaky, rounds(10.0), True, DEFAULT, "cpu") == []
