from __future__ import annotations

from collections.abc import Sequence

import pytest

from edgegan.errors import UsageError
from edgegan.runtime.bench_file import Measured, measured
from edgegan.runtime.result_pairs import Pair, pairs_between, pairs_within
from tests.runtime.bench_contents import bench_content, bench_result


def results(*artifacts: str, session: str = "s1") -> tuple[Measured, ...]:
    made = (bench_result([[float(at)]], name) for at, name in enumerate(artifacts, start=1))
    return measured(bench_content(*made, session=session))


def shown(pairs: Sequence[Pair]) -> list[tuple[str, float | None, str, float | None]]:
    return [
        (one.artifact, one.metrics["p50"], other.artifact, other.metrics["p50"])
        for one, other in pairs
    ]


def test_the_first_of_a_report_is_the_base() -> None:
    pairs = pairs_within(results("a", "b", "c"))
    assert shown(pairs) == [("a", 1, "b", 2), ("a", 1, "c", 3)]


def test_names_choose_and_order() -> None:
    pairs = pairs_within(results("x/a", "x/b", "x/c"), ["c", "x/a"])
    assert shown(pairs) == [("x/c", 3, "x/a", 1)]


def test_one_artifact_twice_is_compared_with_itself() -> None:
    for names in ([], ["a"], ["a", "a"]):
        assert shown(pairs_within(results("a", "a"), names)) == [("a", 1, "a", 2)]


def test_reports_are_paired_by_name() -> None:
    pairs = pairs_between(results("old/a", "old/b", "c"), results("new/b", "d", "new/a"))
    assert shown(pairs) == [("old/a", 1, "new/a", 3), ("old/b", 2, "new/b", 1)]


def test_the_second_of_a_name_meets_the_second() -> None:
    pairs = pairs_between(results("a", "a"), results("b", "a", "a"))
    assert shown(pairs) == [("a", 1, "a", 2), ("a", 2, "a", 3)]


def test_single_results_need_no_common_name() -> None:
    assert shown(pairs_between(results("a"), results("b"))) == [("a", 1, "b", 1)]
    before, after = results("a", "b"), results("c", "d")
    assert shown(pairs_between(before, after, ["b", "c"])) == [("b", 2, "c", 1)]


def test_what_cannot_be_paired_is_an_error() -> None:
    with pytest.raises(UsageError, match="only one result to look at, a"):
        pairs_within(results("a"))
    with pytest.raises(UsageError, match="no artifact in common: a, b against c, d"):
        pairs_between(results("a", "b"), results("c", "d"))
    with pytest.raises(UsageError, match=r"Unknown artifact 'a.tflit'.*'a.tflite'"):
        pairs_within(results("a.tflite", "b.tflite"), ["a.tflit"])
