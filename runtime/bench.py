"""Benchmark artifacts side by side, and say how far the numbers can be trusted.

Each artifact has a process of its own (so memory and crashes are its own), and only one
of them works at a time. They take turns in rounds, each round starting with another one,
so that drift of the machine meets all alike. What is timed is one `Engine.run`, host
array to host array; see `edgegan.runtime.timing` for the protocol.

A script that calls `bench` needs the guard `if __name__ == "__main__":`, since the
processes are spawned.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal
from uuid import uuid4

from edgegan.console import Report, silent
from edgegan.errors import EdgeganError
from edgegan.runtime.bench_worker import Worker
from edgegan.runtime.engine import EngineInfo
from edgegan.runtime.environment import Environment, capture
from edgegan.runtime.latency import Latency, summarize
from edgegan.runtime.timing import BenchSettings, Round

Step = Literal["open", "warm up", "round", "finish"]
STEADY_VARIATION = 0.05  # of a CPU; beyond it the result is flagged


@dataclass(frozen=True, kw_only=True)
class Stages:
    """Medians of what one batch goes through; None where a device copies nothing.

    Attributes:
        pre_ms: uint8 to what the network takes, for images that have its size.
        h2d_ms: Host to device.
        net_ms: The network.
        d2h_ms: Device to host.
        post_ms: What the network gives to uint8.
    """

    pre_ms: float
    h2d_ms: float | None = None
    net_ms: float
    d2h_ms: float | None = None
    post_ms: float


@dataclass(frozen=True, kw_only=True)
class BenchResult:
    """One artifact's measurement. Times are of one batch; None is "not measured".

    Attributes:
        batch: Images in one run.
        throughput_per_s: Images per second over the timed rounds, measured.
        first_ms: The first inference after opening.
        memory: `peak_rss_bytes` of the artifact's process, `opened_rss_bytes` before the
            timed runs, and what the engine tells.
        flags: What makes the result doubtful; `valid` if there is nothing.
    """

    artifact: str
    info: EngineInfo
    batch: int
    latency: Latency
    rounds: tuple[Round, ...]
    throughput_per_s: float
    first_ms: float
    stages: Stages
    memory: dict[str, int | None]
    flags: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """Whether nothing makes the result doubtful."""
        return not self.flags


@dataclass(frozen=True, kw_only=True)
class BenchReport:
    """All results of one session, and the artifacts that could not run here."""

    session: str
    started: str
    environment: Environment
    settings: BenchSettings
    results: tuple[BenchResult, ...]
    failures: tuple[tuple[str, EdgeganError], ...]


def bench(
    artifacts: Sequence[Path],
    settings: BenchSettings | None = None,
    report: Report = silent,
    backends: Sequence[str | None] = (),
) -> BenchReport:
    """Time `artifacts`, interleaved; one that fails does not stop the others.

    Args:
        artifacts: Files that `edgegan.runtime.engine.load` opens.
        settings: How to measure; None takes the defaults.
        report: Told of each step; there are `step_count(...)`.
        backends: One for each artifact, where they differ; else `settings` tells it.
    """
    settings = settings or BenchSettings()
    environment = capture()
    started = datetime.now(timezone.utc).isoformat(timespec="seconds")
    with ExitStack() as stack:
        chosen = backends or [settings.backend] * len(artifacts)
        entrants = [
            _Entrant(path, replace(settings, backend=backend), stack)
            for path, backend in zip(artifacts, chosen, strict=True)
        ]
        for turn, step in enumerate(_steps(settings)):
            first = turn % max(len(entrants), 1)
            for place, entrant in enumerate([*entrants[first:], *entrants[:first]], start=1):
                entrant.take(step)
                report(turn * len(entrants) + place, entrant.path.name)
    return BenchReport(
        session=uuid4().hex[:12],
        started=started,
        environment=environment,
        settings=settings,
        results=tuple(e.result() for e in entrants if e.error is None),
        failures=tuple((str(e.path), e.error) for e in entrants if e.error is not None),
    )


def step_count(artifacts: int, settings: BenchSettings) -> int:
    """Count the steps that `bench` reports."""
    return artifacts * len(_steps(settings))


def _steps(settings: BenchSettings) -> list[Step]:
    rounds: list[Step] = ["round"] * settings.rounds
    return ["open", "warm up", *rounds, "finish"]


class _Entrant:
    """One artifact on its way through the session, up to its first error."""

    def __init__(self, path: Path, settings: BenchSettings, stack: ExitStack) -> None:
        self.path = path
        self.error: EdgeganError | None = None
        self._settings = settings
        self._stack = stack
        self._rounds: list[Round] = []

    def take(self, step: Step) -> None:
        """Do one step, unless an earlier one failed; keep the error if this one does."""
        if self.error is not None:
            return
        try:
            self._do(step)
        except EdgeganError as error:
            self.error = error

    def _do(self, step: Step) -> None:
        if step == "open":
            self._worker = self._stack.enter_context(Worker(self.path, self._settings))
            self._opened = self._worker.open()
        elif step == "warm up":
            self._steady = self._worker.warm_up()
        elif step == "round":
            self._rounds.append(self._worker.time_round())
        else:
            self._finished = self._worker.finish()

    def result(self) -> BenchResult:
        """Put the answers together."""
        info, finished = self._opened.info, self._finished
        latency = summarize([sample for one in self._rounds for sample in one.samples_ms])
        wall_s = sum(one.wall_s for one in self._rounds)
        return BenchResult(
            artifact=str(self.path),
            info=info,
            batch=self._opened.batch,
            latency=latency,
            rounds=tuple(self._rounds),
            throughput_per_s=latency.n * self._opened.batch / wall_s,
            first_ms=self._opened.first_ms,
            stages=Stages(pre_ms=finished.pre_ms, net_ms=latency.p50_ms, post_ms=finished.post_ms),
            memory={
                **info.memory,
                "opened_rss_bytes": self._opened.rss_bytes,
                "peak_rss_bytes": finished.peak_rss_bytes,
            },
            flags=(*self._opened.flags, *doubts(latency, wall_s, self._steady, self._settings)),
        )


def doubts(latency: Latency, wall_s: float, steady: bool, settings: BenchSettings) -> list[str]:
    """List what keeps a measurement from being a valid one; empty if nothing does.

    Args:
        latency: Its samples' summary.
        wall_s: What all its rounds took.
        steady: Whether the warm-up ended with a steady time.
        settings: What was asked for.
    """
    flags = [] if steady else ["not steady after the warm-up"]
    if latency.variation > STEADY_VARIATION:
        flags.append(f"not steady: CoV {latency.variation:.1%} > {STEADY_VARIATION:.0%}")
    if latency.n < settings.min_iters:
        flags.append(f"min_iters not reached: {latency.n} < {settings.min_iters}")
    if wall_s < settings.min_time_s:
        flags.append(f"min_time not reached: {wall_s:.1f} s < {settings.min_time_s:g} s")
    return flags
