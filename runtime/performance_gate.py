"""Rules that a measurement must keep, such as "p50 > +5%": what makes it fail.

A rule is METRIC > LIMIT or METRIC < LIMIT. A limit is relative to a baseline, an earlier
report (+5%, -5%), or a value with its unit (20ms, 30/s, 300MB).

What is judged is the value as measured, so that the outcome is the one that the numbers on
the screen have. A baseline is of another session, whose median may differ by some percent
though nothing changed; where the interval of the p50's ratio (`edgegan.runtime.comparison`)
reaches over the limit, a failure says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

from edgegan.errors import EdgeganError, MeasurementError, UsageError, unknown_name
from edgegan.runtime.bench_file import METRICS, Measured
from edgegan.runtime.comparison import differences, time_shift
from edgegan.runtime.latency import MIN_SAMPLES

_RULE = re.compile(r"\s*(\w+)\s*([<>])\s*([+-]?\d+(?:\.\d+)?)\s*(%|ms|/s|MB)\s*")
_UNITS = {"throughput": "/s", "peak_rss": "MB"}  # of all others: ms
_FORMS = 'expected something like "p50 > +5%", "p90 > 20ms", "throughput < 30/s" or ' + (
    '"peak_rss > 300MB"'
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What makes a measurement fail.

    Attributes:
        text: As it was given.
        metric: One of `METRICS`.
        above: Whether it fails above the limit, or below.
        limit: In the metric's unit, or a share of the baseline, such as 0.05.
        relative: Which of the two it is.
    """

    text: str
    metric: str
    above: bool
    limit: float
    relative: bool


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A rule that a result breaks, in a line; and why that may be chance, if it may."""

    line: str
    doubt: str | None


def parse_rule(text: str) -> Rule:
    """Read a rule.

    Raises:
        UsageError: it is none; telling what was expected.
    """
    match = _RULE.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is not a rule; {_FORMS}.")
    metric, sign, number, unit = match.groups()
    if metric not in METRICS:
        raise unknown_name("metric", metric, METRICS)
    relative = unit == "%"
    if relative != (number[0] in "+-"):
        raise UsageError(
            f"The limit of {text!r} is neither relative, with sign and %, nor a value; {_FORMS}."
        )
    if not relative and unit != _unit(metric):
        raise UsageError(f"{metric} is measured in {_unit(metric)}, not {unit}; got {text!r}.")
    limit = float(number) / 100 if relative else float(number)
    return Rule(text=text, metric=metric, above=sign == ">", limit=limit, relative=relative)


def check_baseline(rules: Sequence[Rule], baseline: Sequence[Measured] | None) -> None:
    """Refuse relative rules without anything to be relative to.

    Raises:
        UsageError: naming the rule.
    """
    for rule in rules:
        if rule.relative and baseline is None:
            raise UsageError(
                f"The rule {rule.text!r} needs --baseline, the bench.json of an earlier run."
            )


def require_alike(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Refuse a baseline whose conditions are others than those of the artifact `name`.

    Raises:
        UsageError: naming what differs, of what is known of both.
    """
    differing = differences({key: before[key] for key in after}, after)
    if differing:
        raise UsageError(
            f"The baseline of {name} was not measured alike: {'; '.join(differing)}. "
            "Measure it again under the same conditions."
        )


def judge(
    rules: Sequence[Rule], pairs: Sequence[tuple[Measured | None, Measured]]
) -> tuple[list[Violation], list[EdgeganError]]:
    """List each rule that a result breaks, and why others cannot be judged.

    Args:
        rules: What to look at.
        pairs: The results, each with its counterpart in the baseline.

    Returns:
        The violations; then a UsageError where a result has no counterpart, or one measured
        under other conditions, and a MeasurementError where there were too few samples.
    """
    found: list[Violation] = []
    unjudged: list[EdgeganError] = []
    for before, after in pairs:
        for rule in rules:
            try:
                violation = _violation(rule, before, after)
            except (UsageError, MeasurementError) as error:
                unjudged.append(error)
            else:
                found += [violation] if violation else []
    return found, unjudged


def _violation(rule: Rule, before: Measured | None, after: Measured) -> Violation | None:
    value = _value(after, rule)
    base = _base(rule, before, after) if rule.relative else None
    limit = rule.limit if base is None else base * (1 + rule.limit)
    if not (value > limit if rule.above else value < limit):
        return None
    beside = "" if base is None else f" (baseline {_shown(base, rule.metric)})"
    return Violation(
        line=f"{after.name}: {rule.metric} is {_shown(value, rule.metric)}{beside}; "
        f"the rule is {rule.text}",
        doubt=_doubt(rule, before, after),
    )


def _base(rule: Rule, before: Measured | None, after: Measured) -> float:
    if before is None:
        raise UsageError(f"The baseline has no result for {after.name}; rule {rule.text!r}.")
    require_alike(after.name, before.conditions, after.conditions)
    return _value(before, rule)


def _value(result: Measured, rule: Rule) -> float:
    value = result.metrics[rule.metric]
    if value is None:
        least = MIN_SAMPLES.get(int(rule.metric[1:]) if rule.metric[1:].isdigit() else 0)
        need = f"it needs {least} samples; raise --min-iters" if least else "it is unknown here"
        raise MeasurementError(f"{result.name} has no {rule.metric} to judge by: {need}.")
    return value / 1e6 if rule.metric == "peak_rss" else value


def _doubt(rule: Rule, before: Measured | None, after: Measured) -> str | None:
    if not rule.relative or rule.metric != "p50" or before is None:
        return None
    shift = time_shift(before, after)
    if shift is None:
        return f"{after.name}: too few rounds to tell how sure the ratio to the baseline is"
    low, high = exp(shift.low), exp(shift.high)
    if low <= 1 + rule.limit <= high:
        return (
            f"{after.name}: the interval of the ratio to the baseline, [{low:.3f}, {high:.3f}], "
            f"includes the limit, {1 + rule.limit:.3f}: it may be chance"
        )
    return None


def _unit(metric: str) -> str:
    return _UNITS.get(metric, "ms")


def _shown(value: float, metric: str) -> str:
    unit = _unit(metric)
    return f"{value:.2f} {unit}" if unit == "ms" else f"{value:.1f}{unit}"
