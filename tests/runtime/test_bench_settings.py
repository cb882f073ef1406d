from __future__ import annotations

from typing import Any

import pytest

from edgegan.errors import UsageError
from edgegan.runtime.bench_settings import BenchSettings, settled
from edgegan.runtime.scenario import Scenario


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"min_iters": 0}, "min_iters is 0"),
        ({"rounds": 0}, "rounds is 0"),
        ({"threads": 0}, "threads is 0"),
        ({"min_time_s": -1.0}, "min_time_s is -1"),
        ({"stages": "ne2e"}, "Did you mean 'e2e'"),
        ({"min_time_s": 5.0, "max_time_s": 1.0}, r"max_time_s is 1, below min_time_s, 5; lower"),
    ],
)
def test_settings_that_measure_nothing_are_refused(change: dict[str, Any], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        BenchSettings(**change)


def test_what_is_sustained_is_one_long_round() -> None:
    long = settled(BenchSettings(scenario=Scenario("sustained", 90)))
    assert (long.rounds, long.min_time_s, long.max_time_s, long.min_iters) == (1, 90, 90, 1)


@pytest.mark.parametrize("scenario", [Scenario(), Scenario("camera", 30), Scenario("offline")])
def test_other_scenarios_take_turns(scenario: Scenario) -> None:
    settings = BenchSettings(scenario=scenario)
    assert settled(settings) == settings
