"""The measurement itself, in the process that runs the artifact.

Protocol: real images rotated from a pool; warm-up until the time is steady; rounds of
runs, each timed from host array to host array with a monotonic clock and the garbage
collector off. Runs follow each other back to back, or at a camera's frames.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns, sleep
from typing import Protocol, TypeVar

from edgegan.images import FloatArray
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.clocks import fastest_mhz
from edgegan.runtime.image_io import NetworkArray

REWARM_RUNS = 3  # at the start of each round, since others ran in between
_REWARM_NS = 1e8  # a slow network needs one run only
_WINDOW = 10
_STEADY = 0.02  # the medians of two windows in a row differ by less
_PATIENCE = 10  # warm-up lasts at most this many times `warmup_time_s`

X = TypeVar("X", contravariant=True)
Given = TypeVar("Given")


class Runner(Protocol[X]):
    """What is timed: an engine, or what stands around one."""

    def run(
        self, x: X, out: NetworkArray | None = None, label: FloatArray | None = None
    ) -> NetworkArray:
        """Run once, as `edgegan.runtime.engine.Engine.run` does."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round's samples.

    Attributes:
        samples_ms: The time of each run.
        wall_s: What all of them took, with the pauses between them.
        started_s: When it began, by `time.perf_counter`.
        missed: Frames of a camera that came while another was worked on.
        warm_s: What the untimed runs before took.
        clock_mhz: The fastest usable processor's clock right after; None if unknown.
    """

    samples_ms: tuple[float, ...]
    wall_s: float
    started_s: float = 0.0
    missed: int = 0
    warm_s: float = 0.0
    clock_mhz: float | None = None


def warm_up(
    runner: Runner[Given],
    pool: Sequence[Given],
    settings: BenchSettings,
    label: FloatArray | None = None,
) -> bool:
    """Run untimed until the time is steady; return whether it became so.

    Args:
        runner: What to run.
        pool: The batches of images that take turns, as the runner takes them.
        settings: How long.
        label: Goes beside every image, if the network takes one.
    """
    samples: list[float] = []
    start = perf_counter_ns()
    while True:
        samples.append(_timed_run(runner, pool[len(samples) % len(pool)], None, label))
        elapsed_s = (perf_counter_ns() - start) / 1e9
        enough = len(samples) >= settings.warmup_runs and elapsed_s >= settings.warmup_time_s
        if enough and is_steady(samples):
            return True
        if enough and elapsed_s >= _PATIENCE * settings.warmup_time_s:
            return False
        if elapsed_s >= settings.max_time_s:  # a slow network cannot be run that often
            return is_steady(samples)


def time_round(
    runner: Runner[Given],
    pool: Sequence[Given],
    settings: BenchSettings,
    label: FloatArray | None = None,
) -> Round:
    """Time one round: its share of `min_iters` and of `min_time_s`, both reached.

    The arguments are those of `warm_up`.
    """
    least_runs = -(-settings.min_iters // settings.rounds)
    least_ns = settings.min_time_s / settings.rounds * 1e9
    most_ns = settings.max_time_s / settings.rounds * 1e9
    samples: list[float] = []
    with _collector_off():
        start = perf_counter_ns()
        out = _warm_again(runner, pool, label)
        warm_s = (perf_counter_ns() - start) / 1e9
        pace = _Pace(settings.scenario.frame_ns)
        elapsed = 0
        while elapsed < most_ns and (len(samples) < least_runs or elapsed < least_ns):
            pace.wait()
            samples.append(_timed_run(runner, pool[len(samples) % len(pool)], out, label))
            elapsed = perf_counter_ns() - pace.start
    return Round(
        samples_ms=tuple(samples),
        wall_s=elapsed / 1e9,
        started_s=pace.start / 1e9,
        missed=pace.missed,
        warm_s=warm_s,
        clock_mhz=fastest_mhz(),
    )


def is_steady(samples: Sequence[float]) -> bool:
    """Tell whether the medians of the last two windows of samples agree."""
    width = min(_WINDOW, len(samples) // 2)  # slow networks have few samples
    if width == 0:
        return False
    before, last = median(samples[-2 * width : -width]), median(samples[-width:])
    return abs(last - before) < _STEADY * before


class _Pace:
    """Waits for the next frame; without a camera there is always one."""

    def __init__(self, frame_ns: float | None) -> None:
        self.start = perf_counter_ns()
        self.missed = 0
        self._frame_ns = frame_ns
        self._frame = 0  # the first comes after one pause

    def wait(self) -> None:
        """Sleep until a frame comes; those that came since the last one are missed."""
        if self._frame_ns is None:
            return
        passed = perf_counter_ns() - self.start
        following = self._frame + 1
        self._frame = max(following, -int(-passed // self._frame_ns))
        self.missed += self._frame - following
        sleep(max(self._frame * self._frame_ns - passed, 0) / 1e9)


def _warm_again(
    runner: Runner[Given], pool: Sequence[Given], label: FloatArray | None
) -> NetworkArray:
    """Run untimed after a pause; return an array for the results."""
    start = perf_counter_ns()
    out = runner.run(pool[0], label=label).copy()
    for x in pool[1:REWARM_RUNS]:
        if perf_counter_ns() - start > _REWARM_NS:
            break
        runner.run(x, out, label)
    return out


def _timed_run(
    runner: Runner[Given], x: Given, out: NetworkArray | None, label: FloatArray | None
) -> float:
    start = perf_counter_ns()
    runner.run(x, out, label)
    return (perf_counter_ns() - start) / 1e6


@contextmanager
def _collector_off() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
