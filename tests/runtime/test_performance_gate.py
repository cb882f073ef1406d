from __future__ import annotations

from typing import Any

import pytest

from edgegan.errors import MeasurementError, UsageError
from edgegan.runtime.bench_file import Measured, measured
from edgegan.runtime.performance_gate import Rule, check_baseline, judge, parse_rule
from tests.runtime.bench_contents import bench_content, bench_result


def result(level: float, session: str = "s1", rounds: int = 10, **changes: Any) -> Measured:
    samples = [[level] * 10] * rounds
    return measured(bench_content(bench_result(samples, **changes), session=session))[0]


@pytest.mark.parametrize(
    ("text", "metric", "above", "limit", "relative"),
    [
        ("p50 > +5%", "p50", True, 0.05, True),
        ("throughput<-7.5%", "throughput", False, -0.075, True),
        (" p99 > 20ms ", "p99", True, 20.0, False),
        ("throughput < 30/s", "throughput", False, 30.0, False),
        ("peak_rss > 300 MB", "peak_rss", True, 300.0, False),
        ("p50 > -10%", "p50", True, -0.1, True),
    ],
)
def test_rules_are_read(text: str, metric: str, above: bool, limit: float, relative: bool) -> None:
    rule = parse_rule(text)
    assert rule == Rule(text=text, metric=metric, above=above, limit=limit, relative=relative)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("p50", "is not a rule; expected something like"),
        ("p50 >= +5%", "is not a rule"),
        ("p50 > 5", "is not a rule"),
        ("p50 > +5% or so", "is not a rule"),
        ("p50 > five ms", "is not a rule"),
        ("p55 > +5%", "Unknown metric 'p55'"),
        ("p50 > 5%", "neither relative, with sign and %, nor a value"),
        ("p50 > +5ms", "neither relative"),
        ("p50 > 5MB", "p50 is measured in ms, not MB"),
        ("throughput < 30ms", "throughput is measured in /s, not ms"),
    ],
)
def test_other_texts_are_refused(text: str, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        parse_rule(text)


def broken(text: str, before: Measured | None, after: Measured) -> list[str]:
    found, unjudged = judge([parse_rule(text)], [(before, after)])
    for error in unjudged:
        raise error
    return [one.line for one in found]


@pytest.mark.parametrize(
    ("text", "level", "fails"),
    [
        ("p50 > +5%", 10.49, False),
        ("p50 > +5%", 10.51, True),
        ("p50 > -5%", 9.6, True),
        ("p50 > -5%", 9.4, False),
        ("mean > +5%", 10.51, True),
        ("p90 > +5%", 10.51, True),
        ("throughput < -5%", 10.51, False),  # 4.9 % less
        ("throughput < -5%", 10.54, True),
        ("throughput > +5%", 9.5, True),
        ("p50 > 10.5ms", 10.51, True),
        ("p50 > 10.5ms", 10.5, False),
        ("throughput < 100/s", 10.1, True),
        ("peak_rss > 99MB", 10.0, True),
        ("peak_rss > 100MB", 10.0, False),
        ("first > 20ms", 10.1, True),
        ("load > 5ms", 10.0, False),
    ],
)
def test_a_rule_is_broken_beyond_its_limit(text: str, level: float, fails: bool) -> None:
    assert len(broken(text, result(10.0), result(level, "s2"))) == fails


def test_a_violation_is_told_in_a_line() -> None:
    (line,) = broken("p50 > +5%", result(10.0), result(12.0, "s2"))
    assert line == "a.tflite: p50 is 12.00 ms (baseline 10.00 ms); the rule is p50 > +5%"
    (line,) = broken("peak_rss > 99MB", None, result(12.0))
    assert line == "a.tflite: peak_rss is 100.0MB; the rule is peak_rss > 99MB"


def test_chance_is_told_of() -> None:
    rules = [parse_rule("p50 > +5%")]
    ((near,), _) = judge(rules, [(result(10.0), result(10.6, "s2"))])
    # The two sessions alone add 1.96 * sqrt(2) * log(1.03) to each side: a factor of 1.085.
    assert "[0.977, 1.151], includes the limit, 1.050" in (near.doubt or "")
    ((far,), _) = judge(rules, [(result(10.0), result(13.0, "s2"))])
    assert far.doubt is None
    ((few,), _) = judge(rules, [(result(10.0, rounds=1), result(13.0, "s2", rounds=1))])
    assert "too few rounds" in (few.doubt or "")


def test_baselines_of_other_conditions_are_refused() -> None:
    with pytest.raises(UsageError, match="not measured alike: threads 2 against 4"):
        broken("p50 > +5%", result(10.0), result(10.0, "s2", threads=4))
    assert broken("p50 > 20ms", result(10.0), result(10.0, "s2", threads=4)) == []


def test_what_cannot_be_judged_does_not_pass() -> None:
    with pytest.raises(MeasurementError, match=r"no p99 to judge by: it needs 662 samples"):
        broken("p99 > 20ms", None, result(10.0))
    with pytest.raises(MeasurementError, match="no peak_rss to judge by: it is unknown here"):
        broken("peak_rss > 1MB", None, result(10.0, memory={"peak_rss_bytes": None}))
    with pytest.raises(UsageError, match=r"no result for a.tflite"):
        broken("p50 > +5%", None, result(10.0))


def test_what_cannot_be_judged_hides_nothing() -> None:
    rules = [parse_rule(text) for text in ("p99 > 50ms", "p50 > +5%", "mean > 1ms")]
    pairs = [(None, result(10.0)), (result(10.0), result(20.0, "s2"))]
    found, unjudged = judge(rules, pairs)
    assert [one.line.rpartition("rule is ")[2] for one in found] == [
        *("mean > 1ms", "p50 > +5%", "mean > 1ms")
    ]
    assert [type(error) for error in unjudged] == [MeasurementError, UsageError, MeasurementError]


def test_relative_rules_need_a_baseline() -> None:
    rules = [parse_rule("p50 > 9ms"), parse_rule("p50 > +5%")]
    with pytest.raises(UsageError, match=r"'p50 > \+5%' needs --baseline"):
        check_baseline(rules, None)
    check_baseline(rules, [result(10.0)])
    check_baseline(rules[:1], None)
