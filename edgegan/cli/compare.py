"""`edgegan compare`: is one artifact faster than another?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgegan.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgegan.runtime.comparison import Comparison
    from edgegan.runtime.result_pairs import Pair

_COLUMNS = ("before", "after", "p50 ms", "ratio [95% CI]", "rounds", "verdict")


def compare(
    before: Annotated[Path, typer.Argument(help="A bench.json.")],
    after: Annotated[
        Path | None,
        typer.Argument(help="Another; without it, the artifacts of the first are compared."),
    ] = None,
    artifact: Annotated[
        list[str] | None,
        typer.Option(help="Look only at this artifact; may be repeated, the first is the base."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Compare what was not measured alike, with a warning.")
    ] = False,
    json: Json = False,
) -> None:
    """Compare measured artifacts: the ratio of their times, its confidence, a verdict.

    Of one report, the first artifact is compared with each other one. Of two reports, the
    artifacts of the same name are, which is far less certain: measure both in one session
    of edgegan bench if you can.
    """
    from edgegan.console import emit_json
    from edgegan.runtime.comparison import as_json
    from edgegan.runtime.comparison import compare as judge

    pairs = _pairs(before, after, artifact or [])
    comparisons = [judge(one, other, force) for one, other in pairs]
    if json:
        emit_json({"comparisons": [as_json(one) for one in comparisons]})
    else:
        _print(comparisons)


def _pairs(before: Path, after: Path | None, names: Sequence[str]) -> list[Pair]:
    from edgegan.runtime.bench_file import read_bench
    from edgegan.runtime.result_pairs import pairs_between, pairs_within

    if after is None:
        return pairs_within(read_bench(before), names)
    return pairs_between(read_bench(before), read_bench(after), names)


def _print(comparisons: Sequence[Comparison]) -> None:
    from edgegan.console import note, table

    table(_COLUMNS, [_row(one) for one in comparisons])
    for comparison in comparisons:
        if comparison.verdict == "no difference" and not comparison.equivalent:
            note(f"{comparison.after.name}: {_not_shown(comparison)}")
    for warning in dict.fromkeys(w for one in comparisons for w in one.warnings):
        note(f"warning: {warning}")


def _row(comparison: Comparison) -> tuple[str, ...]:
    before, after = comparison.before, comparison.after
    rounds = len(before.round_p50_ms), len(after.round_p50_ms)
    return (
        before.name,
        after.name,
        f"{before.metrics['p50']:.2f} -> {after.metrics['p50']:.2f}",
        f"{comparison.ratio:.3f} [{comparison.low:.3f}, {comparison.high:.3f}]",
        f"{min(rounds)} paired" if comparison.paired else f"{rounds[0]} and {rounds[1]}, unpaired",
        comparison.verdict,
    )


def _not_shown(comparison: Comparison) -> str:
    from edgegan.runtime.comparison import MARGIN

    return (
        f"no difference of more than {MARGIN:.0%} is established, nor is equality: the time may "
        f"differ by {comparison.low - 1:+.1%} to {comparison.high - 1:+.1%}"
    )
