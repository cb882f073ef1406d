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
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from uuid import uuid4

from edgegan.console import Report, silent
from edgegan.runtime.bench_entrant import Entrant, Step
from edgegan.runtime.bench_result import BenchReport
from edgegan.runtime.bench_settings import BenchSettings, settled
from edgegan.runtime.bench_subject import Opener
from edgegan.runtime.engine import load
from edgegan.runtime.environment import capture
from edgegan.runtime.gpu_index import gpu_index
from edgegan.runtime.machine_state import machine_state
from edgegan.runtime.power import EnergyMeter, energy_meter
from edgegan.runtime.power_sources import PowerSource, find_source


def bench(
    artifacts: Sequence[Path],
    settings: BenchSettings | None = None,
    report: Report = silent,
    backends: Sequence[str | None] = (),
    openers: Sequence[Opener] = (),
    power: Callable[[str], PowerSource | None] = find_source,
    gpu_of: Callable[[str], int | None] = gpu_index,
) -> BenchReport:
    """Time `artifacts`, interleaved; one that fails does not stop the others.

    Args:
        artifacts: Files that `edgegan.runtime.engine.load` opens.
        settings: How to measure; None takes the defaults.
        report: Told of each step; there are `step_count(...)`.
        backends: One for each artifact, where they differ; else `settings` tells it.
        openers: One for each artifact, in place of `edgegan.runtime.engine.load`.
        power: Finds what tells the power of a device.
        gpu_of: Finds the number of an NVIDIA GPU among those of the environment.
    """
    settings = settled(settings or BenchSettings())
    states, before = [capture()], machine_state()
    after = before
    started = datetime.now(timezone.utc).isoformat(timespec="seconds")
    meters: dict[str, EnergyMeter] = {}
    with ExitStack() as stack:
        entrants = _entrants(artifacts, settings, backends, openers, stack)
        for turn, step in enumerate(_steps(settings)):
            if step == "warm up":  # nothing runs, but all is open: what idling takes
                meters = _start_meters(entrants, power, gpu_of, stack)
            if step == "finish":  # the rounds are over, and the machine is still hot
                after = machine_state()
            first = turn % max(len(entrants), 1)
            for place, entrant in enumerate([*entrants[first:], *entrants[:first]], start=1):
                entrant.take(step)
                report(turn * len(entrants) + place, entrant.path.name)
            if step == "round":
                states.append(capture())
    return BenchReport(
        session=uuid4().hex[:12],
        started=started,
        environment=states[0],
        before=before,
        after=after,
        settings=settings,
        results=tuple(e.result(meters, states) for e in entrants if e.error is None),
        failures=tuple((str(e.path), e.error) for e in entrants if e.error is not None),
    )


def step_count(artifacts: int, settings: BenchSettings) -> int:
    """Count the steps that `bench` reports."""
    return artifacts * len(_steps(settled(settings)))


def _steps(settings: BenchSettings) -> list[Step]:
    rounds: list[Step] = ["round"] * settings.rounds
    layers: list[Step] = ["layers"] if settings.layers else []
    return ["open", "warm up", *rounds, "finish", *layers]


def _entrants(
    artifacts: Sequence[Path],
    settings: BenchSettings,
    backends: Sequence[str | None],
    openers: Sequence[Opener],
    stack: ExitStack,
) -> list[Entrant]:
    backends = backends or [settings.backend] * len(artifacts)
    openers = openers or [load] * len(artifacts)
    return [
        Entrant(path, replace(settings, backend=backend), opener, stack)
        for path, backend, opener in zip(artifacts, backends, openers, strict=True)
    ]


def _start_meters(
    entrants: Sequence[Entrant],
    power: Callable[[str], PowerSource | None],
    gpu_of: Callable[[str], int | None],
    stack: ExitStack,
) -> dict[str, EnergyMeter]:
    """Find the GPUs that are used, and start to measure the energy of each device."""
    opened = [entrant for entrant in entrants if entrant.error is None]
    for entrant in opened:
        entrant.gpu = gpu_of(entrant.device)
    devices = dict.fromkeys(entrant.device for entrant in opened)
    return {device: stack.enter_context(energy_meter(power(device))) for device in devices}
