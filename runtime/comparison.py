"""Is one artifact faster than another? A ratio with its interval, and a verdict.

The unit is the round, not the run: runs right after each other are alike (a busy machine,
a warm cache), so that many of them say little more than one. A round counts by its median.

Two results of one session took turns, so round i of one is paired with round i of the
other and drift of the machine cancels. The ratio is that of Hodges and Lehmann over the
rounds' log ratios, with the exact signed-rank interval (`edgegan.runtime.rank_intervals`).

Two results of different sessions have nothing to pair. The ratio is that between all rounds
of one and all of the other, with the rank-sum interval, and this is widened by what lies
between sessions, which no session can tell: `SESSION_DEVIATION` for each, added as
variances. It is an assumption; such a comparison comes with a warning.

The verdict asks for a difference that matters and is established (a minimum-effect test;
Murphy & Myors, J. Appl. Psychol. 84(2), 1999): "slower" if the whole interval lies above
1 + `MARGIN`, "faster" if it lies below 1 / (1 + `MARGIN`), else "no difference". That does
not say that there is none: only where the whole interval lies within the margin are the two
shown to be equal (`equivalent`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, hypot, log, sqrt
from typing import Any, Literal

import numpy as np

from edgegan.errors import UsageError
from edgegan.runtime.bench_file import Measured
from edgegan.runtime.rank_intervals import LEAST_PAIRS, Shift, paired_shift, unpaired_shift

MARGIN = 0.02  # a smaller difference does not matter
SESSION_DEVIATION = 0.03  # standard deviation between sessions of one artifact, assumed
_NORMAL = 1.96  # standard deviations in half a 95 % interval

Verdict = Literal["faster", "slower", "no difference"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How the time of `after` compares with that of `before`.

    Attributes:
        ratio: Time of `after` over that of `before`; above 1 is slower.
        low: Lower end of its 95 % interval.
        high: Upper end.
        paired: Whether both are of one session.
        warnings: What to know before believing it.
    """

    before: Measured
    after: Measured
    ratio: float
    low: float
    high: float
    paired: bool
    warnings: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """The verdict, as the module tells."""
        if self.low > 1 + MARGIN:
            return "slower"
        return "faster" if self.high < 1 / (1 + MARGIN) else "no difference"

    @property
    def equivalent(self) -> bool:
        """Whether the interval lies within the margin: the two are shown to be equal."""
        return self.low >= 1 / (1 + MARGIN) and self.high <= 1 + MARGIN


def compare(before: Measured, after: Measured, force: bool = False) -> Comparison:
    """Compare two results.

    Args:
        before: What it is compared with.
        after: What is judged.
        force: Compare even under different conditions; they are warned of then.

    Raises:
        UsageError: the conditions differ, or there are too few rounds for an interval.
    """
    differing = differences(before.conditions, after.conditions)
    if differing and not force:
        raise UsageError(
            f"{before.name} and {after.name} were not measured alike: {'; '.join(differing)}. "
            "Measure both in one session, edgegan bench A B, or compare with --force."
        )
    shift = time_shift(before, after)
    if shift is None:
        rounds = len(before.round_p50_ms), len(after.round_p50_ms)
        raise UsageError(
            f"{before.name} and {after.name} have {rounds[0]} and {rounds[1]} rounds, too few for "
            f"an interval; measure with at least {LEAST_PAIRS} rounds, better with the default."
        )
    return Comparison(
        before=before,
        after=after,
        ratio=exp(shift.estimate),
        low=exp(shift.low),
        high=exp(shift.high),
        paired=before.session == after.session,
        warnings=tuple(_warnings(before, after, differing)),
    )


def time_shift(before: Measured, after: Measured) -> Shift | None:
    """Estimate the logarithm of the ratio of times; None where rounds are too few."""
    logs = [np.log(one.round_p50_ms) for one in (before, after)]
    if before.session == after.session:
        common = min(map(len, logs))  # a slow one may have had no time for the last ones
        return paired_shift(logs[1][:common] - logs[0][:common])
    shift = unpaired_shift(logs[0], logs[1])
    return None if shift is None else _widened(shift)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """List what is known of both, and differs."""
    return [
        f"{name} {before[name]} against {after[name]}"
        for name in before
        if None not in (before[name], after[name]) and before[name] != after[name]
    ]


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Turn a comparison into what `edgegan compare --json` prints for it."""
    return {
        "before": _side(comparison.before),
        "after": _side(comparison.after),
        "ratio": comparison.ratio,
        "ratio_ci": [comparison.low, comparison.high],
        "verdict": comparison.verdict,
        "equivalent": comparison.equivalent,
        "margin": MARGIN,
        "paired": comparison.paired,
        "rounds": [len(comparison.before.round_p50_ms), len(comparison.after.round_p50_ms)],
        "warnings": list(comparison.warnings),
    }


def _side(result: Measured) -> dict[str, Any]:
    return {
        "artifact": result.artifact,
        "session": result.session,
        "p50_ms": result.metrics["p50"],
        "valid": not result.flags,
    }


def _widened(shift: Shift) -> Shift:
    between = _NORMAL * sqrt(2) * log(1 + SESSION_DEVIATION)  # two sessions differ by two
    return Shift(
        estimate=shift.estimate,
        low=shift.estimate - hypot(shift.estimate - shift.low, between),
        high=shift.estimate + hypot(shift.high - shift.estimate, between),
    )


def _warnings(before: Measured, after: Measured, forced: Sequence[str]) -> list[str]:
    found = [f"not measured alike: {difference}" for difference in forced]
    if before.session != after.session:
        found.append(
            "different sessions: the interval assumes that sessions differ by "
            f"{SESSION_DEVIATION:.0%} (standard deviation); measure both at once to know better"
        )
        found += differences(before.circumstances, after.circumstances)
    for result in (before, after):
        found += [f"{result.name} is not a valid measurement: {flag}" for flag in result.flags]
    return found
