"""What makes `edgegan bench` fail though it measured: doubtful results and broken rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgegan.errors import MeasurementError, PerformanceError

if TYPE_CHECKING:
    from edgegan.runtime.bench_file import Measured
    from edgegan.runtime.bench_result import BenchReport
    from edgegan.runtime.bench_settings import BenchSettings
    from edgegan.runtime.performance_gate import Rule


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What was asked for on the command line."""

    rules: tuple[Rule, ...]
    baseline: tuple[Measured, ...] | None
    strict: bool

    def judge(self, report: BenchReport) -> None:
        """Tell each rule that is broken or cannot be judged, and fail.

        Raises:
            MeasurementError: a result is not valid, and that was asked for; or no rule is
                broken, but one cannot be judged by what was measured.
            PerformanceError: rules are broken.
            UsageError: no rule is broken, but the baseline was not measured alike, or lacks
                an artifact.
        """
        from edgegan.console import note
        from edgegan.runtime.bench_file import measured
        from edgegan.runtime.bench_report import as_json
        from edgegan.runtime.performance_gate import judge
        from edgegan.runtime.result_pairs import with_baseline

        results = measured(as_json(report))
        found, unjudged = judge(self.rules, with_baseline(results, self.baseline))
        for violation in found:
            if violation.doubt:
                note(f"warning: {violation.doubt}")
            note(f"failed: {violation.line}")
        invalid = [result.name for result in results if result.flags]
        if self.strict and invalid:
            raise MeasurementError(f"Not a valid measurement: {', '.join(invalid)}; see above why.")
        if found:
            for error in unjudged:
                note(f"not judged: {error}")
            raise PerformanceError(f"{len(found)} performance rule(s) broken; see above.")
        if unjudged:
            raise unjudged[0]


def read_gate(
    texts: Sequence[str],
    baseline: Path | None,
    strict: bool,
    artifacts: Sequence[Path],
    settings: BenchSettings,
) -> Gate:
    """Read rules and baseline, before anything is measured.

    Raises:
        UsageError: a rule or the baseline cannot be read, the baseline is missing, or it
            cannot be held against these artifacts, measured like this.
    """
    from edgegan.runtime.baseline_check import check_alike
    from edgegan.runtime.bench_file import read_bench
    from edgegan.runtime.environment import capture
    from edgegan.runtime.performance_gate import check_baseline, parse_rule

    rules = tuple(parse_rule(text) for text in texts)
    earlier = None if baseline is None else read_bench(baseline)
    check_baseline(rules, earlier)
    if earlier is not None and any(rule.relative for rule in rules):
        check_alike(earlier, artifacts, settings, capture())
    return Gate(rules=rules, baseline=earlier, strict=strict)
