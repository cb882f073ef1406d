from __future__ import annotations

import gc
from statistics import median
from time import perf_counter, sleep
from typing import Any

import numpy as np
import pytest

from edgegan.images import FloatArray
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.numpy_engine import NumpyEngine
from edgegan.runtime.scenario import Scenario
from edgegan.runtime.timing import REWARM_RUNS, is_steady, time_round, warm_up
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


def test_a_camera_sets_the_pace() -> None:
    recorder = Recorder(0.001)
    limits = settings(min_iters=20, rounds=1, scenario=Scenario("camera", 100))
    timed = time_round(NumpyEngine(recorder), POOL, limits)
    assert len(timed.samples_ms) == 20
    assert 0.2 <= timed.wall_s - 0.01 * timed.missed < 0.3
    assert median(timed.samples_ms) < 10  # the wait for the frame does not count


def test_frames_that_come_meanwhile_are_missed() -> None:
    limits = settings(min_iters=5, rounds=1, scenario=Scenario("camera", 100))
    timed = time_round(NumpyEngine(Recorder(0.025)), POOL, limits)
    # The frames of 10, 40, 70, 100 and 130 ms are taken, two are missed after each but the last.
    assert timed.missed >= 2 * 4
    assert timed.wall_s == pytest.approx(0.01 * (5 + timed.missed) + 0.025, abs=0.03)


def test_without_a_camera_nothing_is_missed() -> None:
    assert time_round(NumpyEngine(Recorder()), POOL, settings(rounds=1)).missed == 0


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


def test_warm_up_of_a_slow_network_ends_in_time() -> None:
    recorder = Recorder(0.05)
    limits = settings(warmup_runs=30, warmup_time_s=60, max_time_s=0.2)
    warm_up(NumpyEngine(recorder), POOL, limits)
    assert 1 <= len(recorder.firsts) <= 4


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
