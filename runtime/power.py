"""Measure the energy of images: a thread samples the power while they are made.

    with energy_meter(find_source("cuda:0")) as meter:      # first waits, idle
        for image in images:
            engine.run(image)
        use = meter.result(len(images))

The thread wakes up 20 times a second, and its Python code stops the others for that moment.
Where times matter too, run it in another process than the timed loop, and give `result` the
windows in which the loop ran, by `time.perf_counter` (one clock for all processes on Linux).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from edgegan.runtime.energy import EnergyUse, Samples, Window, energy_use
from edgegan.runtime.power_sources import PowerSource

IDLE_S = 5.0
SAMPLING_HZ = 20.0


class EnergyMeter:
    """Samples a source from `start` to `stop`; made by `energy_meter`."""

    def __init__(self, source: PowerSource | None, hz: float) -> None:
        """Prepare to sample `source`, `hz` times a second; None is never sampled."""
        self._source = source
        self._period_s = 1 / hz
        self._times: list[float] = []
        self._values: list[float] = []
        self._failed = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="energy meter", daemon=True)
        self._idle: Window | None = None
        self._began = 0.0
        self._stopped: float | None = None

    def start(self, idle_s: float) -> None:
        """Begin to sample, and wait `idle_s` to learn what the machine draws when idle."""
        self._began = time.perf_counter()
        if self._source is None:
            return
        self._sample()
        self._thread.start()
        if idle_s > 0:
            time.sleep(idle_s)
            self._idle = self._began, time.perf_counter()
            self._sample()  # so that the samples reach the end
        self._began = time.perf_counter()

    def stop(self) -> None:
        """End the thread; results can still be asked for."""
        self._stopped = time.perf_counter()
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
            self._sample()  # so that the samples reach the end

    def result(self, images: int, windows: Sequence[Window] | None = None) -> EnergyUse | None:
        """Tell what each image cost; None without a source, a reading, or an image.

        Args:
            images: How many were made.
            windows: When, by `time.perf_counter`; None is from the end of idling until now,
                or until the block ended.
        """
        if self._source is None:
            return None
        end = time.perf_counter() if self._stopped is None else self._stopped
        if self._stopped is None:
            self._sample()
        with self._lock:
            samples = Samples(
                kind=self._source.kind,
                times_s=np.array(self._times, np.float64),
                values=np.array(self._values, np.float64),
                failed=self._failed,
            )
        asked = [(self._began, end)] if windows is None else windows
        return energy_use(samples, self._source.rail, asked, images, self._idle)

    def _run(self) -> None:
        due = time.perf_counter()
        while not self._ended.wait(max(0.0, due - time.perf_counter())):
            self._sample()
            due = max(due + self._period_s, time.perf_counter())  # late ones are not made up

    def _sample(self) -> None:
        if self._source is None:
            return
        with self._lock:
            before = time.perf_counter()
            value = self._source.read()
            if value is None:
                self._failed += 1
                return
            self._times.append((before + time.perf_counter()) / 2)
            self._values.append(value)


@contextmanager
def energy_meter(
    source: PowerSource | None, idle_s: float = IDLE_S, hz: float = SAMPLING_HZ
) -> Iterator[EnergyMeter]:
    """Sample `source` while the block runs; see `EnergyMeter.result`.

    Args:
        source: Of `edgegan.runtime.power_sources.find_source`. None is allowed, so that
            callers need not ask: its results are None, and it does not wait.
        idle_s: How long to wait before the block, seconds, for the power while idle.
        hz: Samples a second.
    """
    meter = EnergyMeter(source, hz)
    try:
        meter.start(idle_s)
        yield meter
    finally:
        meter.stop()
