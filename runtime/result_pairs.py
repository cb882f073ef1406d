"""Which result of a report is compared with which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from edgegan.errors import UsageError, unknown_name
from edgegan.runtime.bench_file import Measured

Pair = tuple[Measured, Measured]


def pairs_within(results: Sequence[Measured], names: Sequence[str] = ()) -> list[Pair]:
    """Pair the first result of a report with each of the others.

    Args:
        results: Those of one report.
        names: Take only these artifacts, in this order.

    Raises:
        UsageError: a name is not there, or fewer than two results are left.
    """
    chosen = chosen_results(results, names)
    if len(chosen) < 2:
        raise UsageError(
            f"There is only one result to look at, {chosen[0].name}; give a second report, or a "
            "report of several artifacts."
        )
    return [(chosen[0], other) for other in chosen[1:]]


def pairs_between(
    before: Sequence[Measured], after: Sequence[Measured], names: Sequence[str] = ()
) -> list[Pair]:
    """Pair the results of two reports: the only ones, else those of the same file name.

    The n-th of a name belongs to the n-th of the other report.

    Raises:
        UsageError: a name is not there, or no name is in both.
    """
    before, after = chosen_results(before, names), chosen_results(after, names)
    found = counterparts([one.name for one in before], after)
    pairs = [(one, other) for one, other in zip(before, found, strict=True) if other is not None]
    if not pairs:
        raise UsageError(
            f"The reports have no artifact in common: {_names(before)} against {_names(after)}. "
            "Choose one of each with --artifact."
        )
    return pairs


def with_baseline(
    results: Sequence[Measured], baseline: Sequence[Measured] | None
) -> list[tuple[Measured | None, Measured]]:
    """Find the counterpart of each result in a baseline; None where there is none."""
    found = counterparts([result.name for result in results], baseline or ())
    return list(zip(found, results, strict=True))


def counterparts(names: Sequence[str], baseline: Sequence[Measured]) -> list[Measured | None]:
    """Find the result in a baseline for each of these file names; None where there is none.

    Where both are a single one, they belong together whatever they are called.
    """
    if len(names) == len(baseline) == 1:
        return [baseline[0]]
    known = dict(zip(_keys([one.name for one in baseline]), baseline, strict=True))
    return [known.get(key) for key in _keys(names)]


def chosen_results(results: Sequence[Measured], names: Sequence[str]) -> list[Measured]:
    """Take the results of the artifacts `names`, file names or paths; all without any.

    Those that a report lacks are left out, as long as it has one of them.

    Raises:
        UsageError: none of the names is there.
    """
    if not names:
        return list(results)
    chosen = [
        one for name in dict.fromkeys(names) for one in results if name in (one.name, one.artifact)
    ]
    if not chosen:
        raise unknown_name("artifact", names[0], {one.name for one in results})
    return chosen


def _keys(names: Sequence[str]) -> list[tuple[str, int]]:
    """Number the equal ones."""
    seen: Counter[str] = Counter()
    keys = []
    for name in names:
        keys.append((name, seen[name]))
        seen[name] += 1
    return keys


def _names(results: Sequence[Measured]) -> str:
    return ", ".join(dict.fromkeys(result.name for result in results))
