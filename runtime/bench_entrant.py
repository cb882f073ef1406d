"""One artifact on its way through a benchmark, seen from the process that leads it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from edgegan.errors import EdgeganError
from edgegan.runtime.bench_doubts import doubts
from edgegan.runtime.bench_result import BenchResult, Stages
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.bench_subject import Finished, Opened, Opener
from edgegan.runtime.bench_worker import Worker
from edgegan.runtime.environment import Environment
from edgegan.runtime.latency import summarize
from edgegan.runtime.layer_times import LayerTimes
from edgegan.runtime.power import EnergyMeter
from edgegan.runtime.sustained import sustained
from edgegan.runtime.throttling import throttled
from edgegan.runtime.timing import Round

Step = Literal["open", "warm up", "round", "finish", "layers"]


class Entrant:
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
        self.gpu: int | None = None  # see `BenchResult.gpu`

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
            self._time_round()
        elif step == "finish":
            self._finished: Finished = self._worker.finish()
        else:
            self._layers = self._layer_times()

    def _time_round(self) -> None:
        """Time a round, unless those before took as long as all of them may."""
        spent_s = sum(one.warm_s + one.wall_s for one in self._rounds)
        if spent_s < self._settings.max_time_s:
            self._rounds.append(self._worker.time_round())

    def _layer_times(self) -> LayerTimes:
        """Time the layers; if that fails, the measurement before it stays."""
        try:
            return self._worker.layer_times()
        except EdgeganError as error:
            return LayerTimes(note=f"not timed: {error}")

    def result(self, meters: dict[str, EnergyMeter], states: Sequence[Environment]) -> BenchResult:
        """Put the answers together, with what the meters and the machine told meanwhile."""
        opened, finished = self._opened, self._finished
        samples = [sample for one in self._rounds for sample in one.samples_ms]
        latency = summarize(samples)
        wall_s = sum(one.wall_s for one in self._rounds)
        long = self._settings.scenario.kind == "sustained"
        windows = [(one.started_s, one.started_s + one.wall_s) for one in self._rounds]
        found = doubts(latency, self._rounds, self._steady, self._settings, self.device)
        slowed = [f"throttled: {why}" for why in throttled(states, self.gpu)]
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
                "start_rss_bytes": opened.start_rss_bytes,
                "opened_rss_bytes": opened.rss_bytes,
                "peak_rss_bytes": finished.peak_rss_bytes,
            },
            output_sha256=finished.output_sha256,
            flags=(*opened.flags, *finished.flags, *found, *slowed),
            energy=meters[self.device].result(latency.n * opened.batch, windows),
            sustained=sustained(samples) if long else None,
            layers=self._layers,
            gpu=self.gpu,
        )
