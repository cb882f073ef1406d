"""The measurement itself, in the process that runs the artifact.

Protocol: real images rotated from a pool; warm-up until the time is steady; rounds of
back-to-back runs, each timed from host array to host array with a monotonic clock and
the garbage collector off.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns

from edgegan.errors import UsageError
from edgegan.images import FloatArray
from edgegan.runtime.engine import Engine
from edgegan.runtime.image_io import NetworkArray

REWARM_RUNS = 3  # at the start of each round, since others ran in between
_REWARM_NS = 1e8  # a slow network needs one run only
_WINDOW = 10
_STEADY = 0.02  # the medians of two windows in a row differ by less
_PATIENCE = 10  # warm-up lasts at most this many times `warmup_time_s`


@dataclass(frozen=True, kw_only=True)
class BenchSettings:
    """How artifacts are run and timed; the defaults are the protocol's.

    Attributes:
        backend: A key of `BACKENDS`; None takes each suffix's default.
        device: Where the backend runs; None leaves it the choice.
        threads: CPU threads; None takes all that the process may use.
        trust: Whether to load what has no manifest without more ado; see
            `edgegan.runtime.engine.load`.
        min_iters: Timed runs of each artifact, at least.
        min_time_s: Time of the timed runs, at least.
        max_time_s: The timed runs stop then in any case, and the result is flagged.
        warmup_runs: Untimed runs before, at least.
        warmup_time_s: Time of the untimed runs, at least.
        rounds: The artifacts take turns that often, so that drift meets all of them. How
            sure a comparison is depends on their number, hardly on their length.
    """

    backend: str | None = None
    device: str | None = None
    threads: int | None = None
    trust: bool = False
    min_iters: int = 100
    min_time_s: float = 10.0
    max_time_s: float = 120.0
    warmup_runs: int = 10
    warmup_time_s: float = 2.0
    rounds: int = 30

    def __post_init__(self) -> None:
        """Refuse values that make no measurement.

        Raises:
            UsageError: naming the setting and its value.
        """
        for name, least in (("min_iters", 1), ("rounds", 1), ("threads", 1), ("max_time_s", 0.1)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise UsageError(f"{name} is {value}; it must be at least {least}.")
        for name in ("min_time_s", "warmup_time_s", "warmup_runs"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} is {getattr(self, name)}; it must not be negative.")
        if self.max_time_s < self.min_time_s:
            raise UsageError(f"max_time_s ({self.max_time_s}) is below min_time_s.")


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round's samples, and the wall time that all of them took."""

    samples_ms: tuple[float, ...]
    wall_s: float


def warm_up(
    engine: Engine,
    pool: Sequence[NetworkArray],
    settings: BenchSettings,
    label: FloatArray | None = None,
) -> bool:
    """Run untimed until the time is steady; return whether it became so.

    Args:
        engine: What to run.
        pool: The batches of images that take turns, as the engine takes them.
        settings: How long.
        label: Goes beside every image, if the engine takes one.
    """
    samples: list[float] = []
    start = perf_counter_ns()
    while True:
        samples.append(_timed_run(engine, pool[len(samples) % len(pool)], None, label))
        elapsed_s = (perf_counter_ns() - start) / 1e9
        enough = len(samples) >= settings.warmup_runs and elapsed_s >= settings.warmup_time_s
        if enough and is_steady(samples):
            return True
        if enough and elapsed_s >= _PATIENCE * settings.warmup_time_s:
            return False


def time_round(
    engine: Engine,
    pool: Sequence[NetworkArray],
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
        out = _warm_again(engine, pool, label)
        start = perf_counter_ns()
        elapsed = 0
        while elapsed < most_ns and (len(samples) < least_runs or elapsed < least_ns):
            samples.append(_timed_run(engine, pool[len(samples) % len(pool)], out, label))
            elapsed = perf_counter_ns() - start
    return Round(samples_ms=tuple(samples), wall_s=elapsed / 1e9)


def _warm_again(
    engine: Engine, pool: Sequence[NetworkArray], label: FloatArray | None
) -> NetworkArray:
    """Run untimed after a pause; return an array for the results."""
    start = perf_counter_ns()
    out = engine.run(pool[0], label=label).copy()
    for x in pool[1:REWARM_RUNS]:
        if perf_counter_ns() - start > _REWARM_NS:
            break
        engine.run(x, out, label)
    return out


def is_steady(samples: Sequence[float]) -> bool:
    """Tell whether the medians of the last two windows of samples agree."""
    width = min(_WINDOW, len(samples) // 2)  # slow networks have few samples
    if width == 0:
        return False
    before, last = median(samples[-2 * width : -width]), median(samples[-width:])
    return abs(last - before) < _STEADY * before


def _timed_run(
    engine: Engine, x: NetworkArray, out: NetworkArray | None, label: FloatArray | None
) -> float:
    start = perf_counter_ns()
    engine.run(x, out, label)
    return (perf_counter_ns() - start) / 1e6


@contextmanager
def _collector_off() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
