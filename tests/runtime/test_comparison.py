from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgegan.errors import UsageError
from edgegan.runtime.bench_file import Measured, measured
from edgegan.runtime.comparison import (
    MARGIN,
    SESSION_DEVIATION,
    Comparison,
    as_json,
    compare,
)
from tests.runtime.bench_contents import bench_content, bench_result, result_of, two_of_a_session
from tests.runtime.busy_machine import interleaved


def flat(level: float, rounds: int = 10) -> list[list[float]]:
    return [[level] * 3] * rounds


def judged(low: float, high: float) -> Comparison:
    one = result_of(flat(1.0))
    return Comparison(
        before=one, after=one, ratio=1.0, low=low, high=high, paired=True, warnings=()
    )


@pytest.mark.parametrize(
    ("low", "high", "verdict", "equivalent"),
    [
        (1.021, 1.3, "slower", False),
        (1.02, 1.3, "no difference", False),
        (0.8, 0.980, "faster", False),
        (0.8, 0.981, "no difference", False),
        (0.981, 1.019, "no difference", True),
        (0.981, 1.021, "no difference", False),
        (0.979, 1.019, "no difference", False),
        (0.5, 2.0, "no difference", False),
    ],
)
def test_the_verdict_needs_the_whole_interval(
    low: float, high: float, verdict: str, equivalent: bool
) -> None:
    assert judged(low, high).verdict == verdict
    assert judged(low, high).equivalent is equivalent


def test_without_noise_the_ratio_is_exact() -> None:
    comparison = compare(*two_of_a_session(flat(10.0), flat(11.0)))
    assert (comparison.ratio, comparison.low, comparison.high) == pytest.approx((1.1, 1.1, 1.1))
    assert comparison.verdict == "slower"
    assert comparison.paired
    assert comparison.warnings == ()


def test_rounds_are_paired_within_a_session() -> None:
    drift = [[5.0 + k] * 3 for k in range(10)]
    slower = [[1.1 * value for value in one] for one in drift]
    paired = compare(*two_of_a_session(drift, slower))
    assert (paired.low, paired.high) == pytest.approx((1.1, 1.1))
    before, after = result_of(drift), result_of(slower, session="s2")
    apart = compare(before, after)
    assert not apart.paired
    assert apart.low < 0.8 < 1.4 < apart.high


def test_a_round_counts_by_its_median() -> None:
    disturbed = [[11.0, 11.0, 500.0]] * 10
    assert compare(*two_of_a_session(flat(10.0), disturbed)).ratio == pytest.approx(1.1)


def test_sessions_add_their_own_doubt() -> None:
    before, after = result_of(flat(10.0)), result_of(flat(10.0), session="s2")
    comparison = compare(before, after)
    half = 1.96 * 2**0.5 * np.log(1 + SESSION_DEVIATION)  # the rounds themselves have none
    assert np.log([comparison.low, comparison.high]) == pytest.approx([-half, half])
    assert any("different sessions" in warning for warning in comparison.warnings)


def test_both_doubts_add_as_variances() -> None:
    noise = np.exp(np.random.default_rng(0).normal(0, 0.05, (2, 20, 1)))
    first, second = (10 * noise).tolist()
    before, after = result_of(first), result_of(second, session="s2")
    whole = compare(before, after)
    between = 1.96 * 2**0.5 * np.log(1 + SESSION_DEVIATION)
    logs = np.log(noise[:, :, 0])
    pairs = np.sort(np.subtract.outer(logs[1], logs[0]).ravel())
    within = pairs[127], pairs[-128]  # Mann-Whitney's U for 20 and 20 is 127
    middle = np.median(pairs)
    expected = middle - np.hypot(middle - within[0], between)
    assert np.log(whole.low) == pytest.approx(expected)
    assert np.log(whole.high) == pytest.approx(middle + np.hypot(within[1] - middle, between))


@pytest.mark.parametrize(
    ("result", "report", "words"),
    [
        ({"device": "cuda:0"}, {}, "device cpu against cuda:0"),
        ({"threads": 4}, {}, "threads 2 against 4"),
        ({"batch": 8}, {}, "batch 1 against 8"),
        ({"input_shape": [1, 32, 32, 3]}, {}, "input 1x64x64x3 against 1x32x32x3"),
        ({}, {"cpu_model": "Slow 1"}, "processor Fast 9000 against Slow 1"),
        ({}, {"usable_cores": 8}, "usable cores 2 against 8"),
        ({}, {"backend": "openvino"}, "backend asked for by suffix against openvino"),
        ({}, {"scenario": "camera@30"}, "scenario single against camera@30"),
        ({}, {"stages": "e2e"}, "timed stages net against e2e"),
    ],
)
def test_other_conditions_are_refused(
    result: dict[str, Any], report: dict[str, Any], words: str
) -> None:
    before = result_of(flat(10.0))
    content = bench_content(bench_result(flat(10.0), **result), session="s2", **report)
    (after,) = measured(content)
    with pytest.raises(UsageError, match=words):
        compare(before, after)
    assert any(words in warning for warning in compare(before, after, force=True).warnings)


GPU = {"index": 0, "name": "Tesla T4", "compute_capability": "7.5"}
ORIN = {"board": {"model": "Jetson Orin Nano"}, "power_mode": {"id": 0, "name": "15W"}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gpus": [{**GPU, "name": "NVIDIA L4"}]}, "GPU Tesla T4 against NVIDIA L4"),
        ({"gpus": [{**GPU, "compute_capability": "8.9"}]}, "compute capability 7.5 against 8.9"),
        (
            {"jetson": {**ORIN, "board": {"model": "Jetson AGX Orin"}}},
            "board Jetson Orin Nano against Jetson AGX Orin",
        ),
        ({"jetson": {**ORIN, "power_mode": {"id": 2, "name": "MAXN"}}}, "mode 15W against MAXN"),
    ],
)
def test_other_hardware_is_refused(change: dict[str, Any], words: str) -> None:
    result = bench_result(flat(10.0), gpu=0)
    hardware: dict[str, Any] = {"gpus": [GPU], "jetson": ORIN}
    (before,) = measured(bench_content(result, **hardware))
    (after,) = measured(bench_content(result, session="s2", **{**hardware, **change}))
    with pytest.raises(UsageError, match=words):
        compare(before, after)


def test_what_is_not_known_is_not_held_against_a_file() -> None:
    old = bench_content(bench_result(flat(10.0), input_shape=None), session="s2")
    del old["settings"]["scenario"]
    before, (after,) = result_of(flat(10.0)), measured(old)
    assert compare(before, after).verdict == "no difference"


def test_other_circumstances_are_warned_of() -> None:
    before = result_of(flat(10.0))
    other = bench_result(flat(10.0), backend_version="2.4.0", flags=["not steady: CoV 9% > 5%"])
    (after,) = measured(bench_content(other, session="s2", governor="powersave"))
    warnings = "\n".join(compare(before, after).warnings)
    assert "backend litert 2.3.0 against litert 2.4.0" in warnings
    assert "not a valid measurement: not steady: CoV 9% > 5%" in warnings


def test_rounds_that_only_one_had_time_for_are_left_out() -> None:
    first, second = flat(10.0), flat(12.0)
    before, after = two_of_a_session([*first, [99.0]], second)
    assert compare(before, after).ratio == pytest.approx(1.2)
    before, after = two_of_a_session(first[:-2], second)
    assert compare(before, after).ratio == pytest.approx(1.2)


def test_too_few_rounds_are_refused() -> None:
    with pytest.raises(UsageError, match=r"5 and 5 rounds, too few .* at least 6 rounds"):
        compare(*two_of_a_session(flat(10.0, 5), flat(10.0, 5)))
    assert compare(*two_of_a_session(flat(10.0, 6), flat(10.0, 6))).ratio == 1.0


def test_json() -> None:
    content = as_json(compare(*two_of_a_session(flat(10.0), flat(12.0))))
    assert content["ratio"] == pytest.approx(1.2)
    assert content["verdict"] == "slower"
    assert content["before"] == {
        "artifact": "a.tflite",
        "session": "s1",
        "p50_ms": 10.0,
        "valid": True,
    }
    assert content["margin"] == MARGIN


def verdicts(factor: float, cases: int, noise: float, seed: int) -> list[Comparison]:
    random = np.random.default_rng(seed)
    sessions = (interleaved(random, (1.0, factor), noise=noise) for _ in range(cases))
    return [compare(*two_of_a_session(*series)) for series in sessions]


@pytest.mark.parametrize("noise", [0.01, 0.06])
def test_on_a_busy_machine_equals_are_equal_and_10_percent_is_seen(noise: float) -> None:
    equal = verdicts(1.0, 200, noise, seed=0)
    slowed = verdicts(1.1, 200, noise, seed=1)
    assert sum(one.verdict != "no difference" for one in equal) <= 2
    assert sum(one.verdict == "slower" for one in slowed) >= 195
    # The intervals cover, though runs are not independent and some are far out.
    assert sum(one.low <= 1.0 <= one.high for one in equal) >= 182
    assert sum(one.low <= 1.1 <= one.high for one in slowed) >= 182


def other_side(before: Measured, after: Measured) -> str:
    return compare(after, before).verdict


def test_faster_is_slower_seen_from_the_other_side() -> None:
    assert other_side(*two_of_a_session(flat(10.0), flat(12.0))) == "faster"
