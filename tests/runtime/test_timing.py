from __future__ import annotations

import gc
from time import perf_counter, sleep
from typing import Any

import numpy as np
import pytest

from edgegan.errors import UsageError
from edgegan.images import FloatArray
from edgegan.runtime.numpy_engine import NumpyEngine
from edgegan.runtime.timing import REWARM_RUNS, BenchSettings, is_steady, time_round, warm_up
from tests.runtime.models import image

POOL = [image(seed) for seed in range(8)]


class Recorder:
    """The identity, which remembers what it was given and in which state."""

    def __init__(self, pause_s: float = 0.0) -> None:
        self.firsts: list[float] = []
        self.collector_on: list[bool] = []
        self._pause_s = pause_s

    def __call__(self, x: FloatArray) -> FloatArray:
        self.firsts.append(float(x[0, 0, 0, 0]))
        self.collector_on.append(gc.isenabled())
        sleep(self._pause_s)
        return x


def settings(**changes: Any) -> BenchSettings:
    values = {"min_iters": 1, "min_time_s": 0.0, "warmup_runs": 0, "warmup_time_s": 0.0}
    return BenchSettings(**{**values, **changes})


def test_a_round_does_its_share_of_the_runs() -> None:
    recorder = Recorder()
    timed = time_round(NumpyEngine(recorder), POOL, settings(min_iters=100, rounds=3))
    assert len(timed.samples_ms) == 34
    assert len(recorder.firsts) == 34 + REWARM_RUNS
    assert sum(timed.samples_ms) <= timed.wall_s * 1e3


def test_a_round_lasts_its_share_of_the_time() -> None:
    timed = time_round(NumpyEngine(Recorder(0.002)), POOL, settings(min_time_s=0.3, rounds=3))
    assert timed.wall_s >= 0.1
    assert all(sample >= 2.0 for sample in timed.samples_ms)


def test_a_round_stops_at_the_longest_time() -> None:
    limits = settings(min_iters=10**9, max_time_s=0.1, rounds=1)
    timed = time_round(NumpyEngine(Recorder(0.02)), POOL, limits)
    assert 1 <= len(timed.samples_ms) <= 5


def test_a_slow_network_is_warmed_again_by_one_run() -> None:
    recorder = Recorder(0.11)
    time_round(NumpyEngine(recorder), POOL, settings(rounds=1))
    assert len(recorder.firsts) == 1 + 1


def test_images_rotate_and_the_collector_rests() -> None:
    recorder = Recorder()
    time_round(NumpyEngine(recorder), POOL, settings(min_iters=16, rounds=1))
    expected = [float(x[0, 0, 0, 0]) for x in POOL]
    assert recorder.firsts[REWARM_RUNS:] == expected * 2
    assert not any(recorder.collector_on[REWARM_RUNS:])
    assert gc.isenabled()


def test_warm_up_lasts_at_least_as_told() -> None:
    recorder = Recorder(0.001)
    start = perf_counter()
    warm_up(NumpyEngine(recorder), POOL, settings(warmup_runs=10, warmup_time_s=0.05))
    assert perf_counter() - start >= 0.05
    assert len(recorder.firsts) >= 10


def test_warm_up_does_at_least_its_runs() -> None:
    recorder = Recorder()
    warm_up(NumpyEngine(recorder), POOL, settings(warmup_runs=30))
    assert len(recorder.firsts) == 30


def test_warm_up_notices_what_never_becomes_steady() -> None:
    class Slowing(Recorder):
        def __call__(self, x: FloatArray) -> FloatArray:
            sleep(0.0002 * len(self.firsts))
            return super().__call__(x)

    limits = settings(warmup_runs=10, warmup_time_s=0.02)
    assert not warm_up(NumpyEngine(Slowing()), POOL, limits)


@pytest.mark.parametrize(
    ("samples", "steady"),
    [
        ([], False),
        ([5.0], False),
        ([5.0] * 20, True),
        ([9.0] * 30 + [5.0] * 20, True),
        ([5.0] * 10 + [5.2] * 10, False),
        ([5.0] * 10 + [5.09] * 10, True),
        ([5.0] * 10 + [4.8] * 10, False),
        ([5.0, 5.0, 5.0, 90.0, 5.0, 5.0], True),
        ([5.0, 5.0, 5.0, 6.0, 6.0, 6.0], False),
    ],
)
def test_steady_means_equal_medians(samples: list[float], steady: bool) -> None:
    assert is_steady(samples) is steady


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"min_iters": 0}, "min_iters is 0"),
        ({"rounds": 0}, "rounds is 0"),
        ({"threads": 0}, "threads is 0"),
        ({"min_time_s": -1.0}, "min_time_s is -1"),
        ({"min_time_s": 5.0, "max_time_s": 1.0}, "below min_time_s"),
    ],
)
def test_settings_that_measure_nothing_are_refused(change: dict[str, Any], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        settings(**change)


def test_out_is_reused() -> None:
    seen: list[int | None] = []

    class Engine(NumpyEngine):
        def run(
            self, x: FloatArray, out: FloatArray | None = None, label: FloatArray | None = None
        ) -> FloatArray:
            seen.append(None if out is None else out.ctypes.data)
            return super().run(x, out, label)

    time_round(Engine(np.tanh), POOL, settings(min_iters=5))
    assert seen[0] is None  # the copy of its result serves all others
    assert None not in seen[1:]
    assert len(set(seen[1:])) == 1
