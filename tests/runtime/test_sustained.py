from __future__ import annotations

import pytest

from edgegan.runtime.sustained import sustained


def test_the_first_minute_and_the_last() -> None:
    # 100 s at 10 ms, 100 s at 12 ms, 100 s at 15 ms.
    samples = [10.0] * 10_000 + [12.0] * 8_333 + [15.0] * 6_667
    found = sustained(samples)
    assert (found.window_s, found.first_ms, found.last_ms) == (60.0, 10.0, 15.0)
    assert found.ratio == 1.5


def test_windows_are_those_times() -> None:
    # 59 s at 10 ms and 61 s at 20 ms: the first minute is mostly fast, the last all slow.
    found = sustained([10.0] * 5_900 + [20.0] * 3_050)
    assert (found.first_ms, found.last_ms) == (10.0, 20.0)
    # 29 s at 10 ms make up the first minute by their number (2,900 of 4,450), not their time.
    assert sustained([10.0] * 2_900 + [20.0] * 6_000).first_ms == 10.0


def test_a_short_run_is_halved() -> None:
    found = sustained([1.0] * 1_000 + [2.0] * 500)
    assert found.window_s == pytest.approx(1.0)
    assert (found.first_ms, found.last_ms) == (1.0, 2.0)
    assert sustained([5.0]).ratio == 1.0


def test_the_line_over_time() -> None:
    found = sustained([10.0] * 10_000 + [30.0] * 10_000)
    assert len(found.at_s) == len(found.p50_ms) == 100
    assert list(found.at_s) == sorted(found.at_s)
    assert found.p50_ms[:50] == (10.0,) * 50
    assert found.p50_ms[50:] == (30.0,) * 50
    assert found.at_s[0] == pytest.approx(1.0, abs=0.02)  # the middle of 200 samples of 10 ms
    assert found.at_s[-1] == pytest.approx(400 - 3.0, abs=0.04)
