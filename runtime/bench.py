"""Benchmark artifacts side by side, and say how far the numbers can be trusted.

Each artifact has a process of its own (so memory and crashes are its own), and only one
of them works at a time. They take turns in rounds, each round starting with another one,
so that drift of the machine meets all alike. What is timed is one `Engine.run`, host
array to host array; see `edgegan.runtime.timing` for the protocol.

A script that calls `bench` needs the guard `if __name__ == "__main__":`, since the
processes are spawned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal
from uuid import uuid4

from edgegan.console import Report, silent
from edgegan.errors import EdgeganError
from edgegan.runtime.bench_doubts import doubts
from edgegan.runtime.bench_settings import BenchSettings, settled
from edgegan.runtime.bench_subject import Finished, Opened, Opener
from edgegan.runtime.bench_worker import Worker
from edgegan.runtime.energy import EnergyUse
from edgegan.runtime.engine import EngineInfo, load
from edgegan.runtime.environment import Environment, capture
from edgegan.runtime.latency import Latency, summarize
from edgegan.runtime.layer_times import LayerTimes
from edgegan.runtime.machine_state import MachineState, machine_state
from edgegan.runtime.power import EnergyMeter, energy_meter
from edgegan.runtime.power_sources import PowerSource, find_source
from edgegan.runtime.sustained import Sustained, sustained
from edgegan.runtime.throttling import throttled
from edgegan.runtime.timing import Round

Step = Literal["open", "warm up", "round", "finish", "layers"]


@dataclass(frozen=True, kw_only=True)
class Stages:
    """Medians of what one batch goes through; None where a device copies nothing.

    Attributes:
        pre_ms: uint8 to what the network takes; with a folder of images, resizing too.
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
        missed: Frames of a camera that came while another was worked on.
        first_ms: The first inference after opening.
        memory: `peak_rss_bytes` of the artifact's process, `opened_rss_bytes` before the
            timed runs, and what the engine tells.
        output_sha256: Of what the network gave for the first images.
        flags: What makes the result doubtful; `valid` if there is nothing.
        energy: Of each image, where the machine tells its power.
        sustained: How it went over time, in that scenario.
        layers: Where the time goes, if asked for.
    """

    artifact: str
    info: EngineInfo
    batch: int
    latency: Latency
    rounds: tuple[Round, ...]
    throughput_per_s: float
    missed: int
    first_ms: float
    stages: Stages
    memory: dict[str, int | None]
    output_sha256: str
    flags: tuple[str, ...]
    energy: EnergyUse | None = None
    sustained: Sustained | None = None
    layers: LayerTimes | None = None

    @property
    def valid(self) -> bool:
        """Whether nothing makes the result doubtful."""
        return not self.flags


@dataclass(frozen=True, kw_only=True)
class BenchReport:
    """All results of one session, and the artifacts that could not run here.

    Attributes:
        session: A name of its own: results of one session took turns.
        started: When, ISO 8601.
        environment: The machine.
        before: Its clocks, temperatures and load before.
        after: And right after the rounds.
        settings: How it was measured.
        results: In the order of the command line.
        failures: Artifacts, and why they did not run.
    """

    session: str
    started: str
    environment: Environment
    before: MachineState
    after: MachineState
    settings: BenchSettings
    results: tuple[BenchResult, ...]
    failures: tuple[tuple[str, EdgeganError], ...]


def bench(
    artifacts: Sequence[Path],
    settings: BenchSettings | None = None,
    report: Report = silent,
    backends: Sequence[str | None] = (),
    openers: Sequence[Opener] = (),
    power: Callable[[str], PowerSource | None] = find_source,
) -> BenchReport:
    """Time `artifacts`, interleaved; one that fails does not stop the others.

    Args:
        artifacts: Files that `edgegan.runtime.engine.load` opens.
        settings: How to measure; None takes the defaults.
        report: Told of each step; there are `step_count(...)`.
        backends: One for each artifact, where they differ; else `settings` tells it.
        openers: One for each artifact, in place of `edgegan.runtime.engine.load`.
        power: Finds what tells the power of a device.
    """
    settings = settled(settings or BenchSettings())
    environment, before = capture(), machine_state()
    worked, after = environment, before
    started = datetime.now(timezone.utc).isoformat(timespec="seconds")
    meters: dict[str, EnergyMeter] = {}
    with ExitStack() as stack:
        chosen = backends or [settings.backend] * len(artifacts)
        openers = openers or [load] * len(artifacts)
        entrants = [
            _Entrant(path, replace(settings, backend=backend), opener, stack)
            for path, backend, opener in zip(artifacts, chosen, openers, strict=True)
        ]
        for turn, step in enumerate(_steps(settings)):
            if step == "warm up":  # nothing runs, but all is open: what idling takes
                meters = _meters(entrants, power, stack)
            if step == "finish":  # the rounds are over, and the machine is still hot
                worked, after = capture(), machine_state()
            first = turn % max(len(entrants), 1)
            for place, entrant in enumerate([*entrants[first:], *entrants[:first]], start=1):
                entrant.take(step)
                report(turn * len(entrants) + place, entrant.path.name)
    return BenchReport(
        session=uuid4().hex[:12],
        started=started,
        environment=environment,
        before=before,
        after=after,
        settings=settings,
        results=tuple(e.result(meters, environment, worked) for e in entrants if e.error is None),
        failures=tuple((str(e.path), e.error) for e in entrants if e.error is not None),
    )


def step_count(artifacts: int, settings: BenchSettings) -> int:
    """Count the steps that `bench` reports."""
    return artifacts * len(_steps(settled(settings)))


def _steps(settings: BenchSettings) -> list[Step]:
    rounds: list[Step] = ["round"] * settings.rounds
    layers: list[Step] = ["layers"] if settings.layers else []
    return ["open", "warm up", *rounds, "finish", *layers]


def _meters(
    entrants: Sequence[_Entrant], power: Callable[[str], PowerSource | None], stack: ExitStack
) -> dict[str, EnergyMeter]:
    """Start to measure the energy of each device that is used."""
    devices = dict.fromkeys(entrant.device for entrant in entrants if entrant.error is None)
    return {device: stack.enter_context(energy_meter(power(device))) for device in devices}


class _Entrant:
    """One artifact on its way through the session, up to its first error."""

    def __init__(
        self, path: Path, settings: BenchSettings, opener: Opener, stack: ExitStack
    ) -> None:
        self.path = path
        self.error: EdgeganError | None = None
        self._settings = settings
        self._opener = opener
        self._stack = stack
        self._rounds: list[Round] = []
        self._layers: LayerTimes | None = None

    @property
    def device(self) -> str:
        """Where it runs; known once it is open."""
        return self._opened.info.device

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
            self._worker = self._stack.enter_context(
                Worker(self.path, self._settings, self._opener)
            )
            self._opened: Opened = self._worker.open()
        elif step == "warm up":
            self._steady: bool = self._worker.warm_up()
        elif step == "round":
            self._rounds.append(self._worker.time_round())
        elif step == "finish":
            self._finished: Finished = self._worker.finish()
        else:
            self._layers = self._worker.layer_times()

    def result(
        self, meters: dict[str, EnergyMeter], before: Environment, worked: Environment
    ) -> BenchResult:
        """Put the answers together, with what the meters and the machine told meanwhile."""
        opened, finished = self._opened, self._finished
        samples = [sample for one in self._rounds for sample in one.samples_ms]
        latency = summarize(samples)
        wall_s = sum(one.wall_s for one in self._rounds)
        long = self._settings.scenario.kind == "sustained"
        windows = [(one.started_s, one.started_s + one.wall_s) for one in self._rounds]
        found = doubts(latency, self._rounds, self._steady, self._settings)
        slowed = [f"throttled: {why}" for why in throttled(before, worked, self.device)]
        return BenchResult(
            artifact=str(self.path),
            info=opened.info,
            batch=opened.batch,
            latency=latency,
            rounds=tuple(self._rounds),
            throughput_per_s=latency.n * opened.batch / wall_s,
            missed=sum(one.missed for one in self._rounds),
            first_ms=opened.first_ms,
            stages=Stages(
                pre_ms=finished.pre_ms,
                h2d_ms=finished.h2d_ms,
                net_ms=latency.p50_ms if finished.net_ms is None else finished.net_ms,
                d2h_ms=finished.d2h_ms,
                post_ms=finished.post_ms,
            ),
            memory={
                **opened.info.memory,
                "opened_rss_bytes": opened.rss_bytes,
                "peak_rss_bytes": finished.peak_rss_bytes,
            },
            output_sha256=finished.output_sha256,
            flags=(*opened.flags, *finished.flags, *found, *slowed),
            energy=meters[self.device].result(latency.n * opened.batch, windows),
            sustained=sustained(samples) if long else None,
            layers=self._layers,
        )
