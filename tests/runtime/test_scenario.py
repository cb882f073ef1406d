from __future__ import annotations

import pytest

from edgegan.errors import UsageError
from edgegan.runtime.scenario import Scenario, parse_scenario


@pytest.mark.parametrize(
    ("text", "scenario", "written"),
    [
        ("single", Scenario(), "single"),
        ("offline", Scenario("offline"), "offline"),
        ("camera@30", Scenario("camera", 30.0), "camera@30"),
        ("camera@29.97", Scenario("camera", 29.97), "camera@29.97"),
        ("sustained", Scenario("sustained", 300.0), "sustained@300"),
        ("sustained@60", Scenario("sustained", 60.0), "sustained@60"),
    ],
)
def test_scenarios_are_read_and_written(text: str, scenario: Scenario, written: str) -> None:
    assert parse_scenario(text) == scenario
    assert str(scenario) == written
    assert parse_scenario(written) == scenario


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("singel", "Did you mean 'single'"),
        ("single@3", "takes no number"),
        ("camera", "camera@30"),
        ("camera@", "no number above 0"),
        ("camera@0", "no number above 0"),
        ("camera@-5", "no number above 0"),
        ("camera@fast", "no number above 0"),
        ("sustained@inf", "no number above 0"),
        ("sustained@nan", "no number above 0"),
        ("", "Unknown scenario ''"),
    ],
)
def test_other_texts_are_refused(text: str, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        parse_scenario(text)


def test_a_frame_is_as_long_as_the_rate_says() -> None:
    assert Scenario("camera", 25.0).frame_ns == 40e6
    assert Scenario("sustained", 25.0).frame_ns is None
    assert Scenario().frame_ns is None
