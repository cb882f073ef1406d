"""What happens to one artifact in its own process: opened, run, timed."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Literal

import numpy as np

from edgegan.errors import EdgeganError
from edgegan.runtime.bench_images import bench_images, image_groups, network_batch
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.end_to_end import EndToEnd, stage_medians_ms
from edgegan.runtime.engine import DeviceTimes, Engine, EngineInfo
from edgegan.runtime.environment import forget_peak_rss, peak_rss_bytes, rss_bytes
from edgegan.runtime.health import output_flags
from edgegan.runtime.image_io import NetworkArray, batch_size, from_network, nhwc
from edgegan.runtime.label import probe_label
from edgegan.runtime.layer_times import LayerTimes, layer_times
from edgegan.runtime.offline_batch import largest_batch, memory_watch
from edgegan.runtime.timing import Round, time_round, warm_up

_STAGE_RUNS = 20
_ONE_LSB = {"float32": 2 / 255, "uint8": 1.0}  # by the dtype of what a network gives

Opener = Callable[[Path, str | None, str | None, int | None, bool], Engine]  # as `load`
Request = Literal["warm up", "round", "finish", "layers"]


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The artifact was opened, and ran once on each image of the pool.

    `first_ms` is of the file's batch, of one image where that is free; `start_rss_bytes` is
    the resident size before, `rss_bytes` that afterwards.
    """

    info: EngineInfo
    batch: int
    first_ms: float
    flags: tuple[str, ...]
    start_rss_bytes: int | None
    rss_bytes: int | None


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What is known at the end.

    Attributes:
        pre_ms: Median time of one batch's images into what the network takes.
        h2d_ms: From host to device, by the device's clock; None where nothing is copied.
        net_ms: Of the network, where it was timed apart from the whole; else None.
        d2h_ms: From device to host.
        post_ms: Of what the network gives to images.
        peak_rss_bytes: The most that the process took.
        output_sha256: Of what the network gave for the first batch.
        flags: What became wrong with the output meanwhile.
    """

    pre_ms: float
    h2d_ms: float | None
    net_ms: float | None
    d2h_ms: float | None
    post_ms: float
    peak_rss_bytes: int | None
    output_sha256: str
    flags: tuple[str, ...]


def serve(connection: Connection, artifact: Path, settings: BenchSettings, opener: Opener) -> None:
    """Run in the child: open, then answer until the parent closes the connection."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    try:
        subject = _Subject(artifact, settings, opener)
        connection.send(subject.opened)
        while True:
            connection.send(subject.answer(connection.recv()))
    except EdgeganError as error:
        with suppress(OSError):
            connection.send(error)
    except (EOFError, BrokenPipeError):
        return


class _Subject:
    """An engine, and all that it is run with."""

    def __init__(self, artifact: Path, settings: BenchSettings, opener: Opener) -> None:
        self._artifact, self._settings = artifact, settings
        at_start = rss_bytes()
        engine = opener(
            artifact, settings.backend, settings.device, settings.threads, settings.trust
        )
        self._engine = engine
        self._io = engine.info.io
        self._peak_to_open = peak_rss_bytes()
        self._images = bench_images(settings.images, self._io, settings.stages)
        forget_peak_rss()  # of decoding photos
        first_s = self._run_once(batch_size(self._io))
        batch = self._batch()
        self._groups = image_groups(self._images, batch)
        self._pool = [network_batch(group, self._io) for group in self._groups]
        self._label = probe_label(self._io, engine.manifest, batch)
        self._end_to_end = EndToEnd(engine) if settings.stages == "e2e" else None
        self._first_output = engine.run(self._pool[0], label=self._label).copy()
        self.opened = Opened(
            info=engine.info,
            batch=batch,
            first_ms=first_s * 1e3,
            flags=tuple(output_flags(engine, self._pool)),
            start_rss_bytes=at_start,
            rss_bytes=rss_bytes(),
        )

    def _batch(self) -> int:
        """Count the images of one run."""
        free = nhwc(self._io.inputs[0])[0] is None
        if not free or self._settings.scenario.kind != "offline":
            return batch_size(self._io)
        limit_s = self._settings.max_time_s / self._settings.rounds  # the share of a round
        return largest_batch(self._run_once, limit_s, memory_watch())

    def _run_once(self, count: int) -> float:
        """Run on a batch of `count` images; return the time, seconds."""
        x = network_batch(image_groups(self._images, count)[0], self._io)
        label = probe_label(self._io, self._engine.manifest, count)
        start = perf_counter_ns()
        self._engine.run(x, label=label)
        return (perf_counter_ns() - start) / 1e9

    def answer(self, request: Request) -> bool | Round | Finished | LayerTimes:
        """Do what is asked for, and return what came of it."""
        if request == "warm up":
            return self._warm_up()
        if request == "round":
            return self._round()
        return self._finish() if request == "finish" else self._layers()

    def _warm_up(self) -> bool:
        if self._end_to_end is None:
            return warm_up(self._engine, self._pool, self._settings, self._label)
        steady = warm_up(self._end_to_end, self._groups, self._settings, self._label)
        self._end_to_end.stages_ns.clear()
        return steady

    def _round(self) -> Round:
        if self._end_to_end is None:
            return time_round(self._engine, self._pool, self._settings, self._label)
        before = len(self._end_to_end.stages_ns)
        timed = time_round(self._end_to_end, self._groups, self._settings, self._label)
        self._end_to_end.keep_last(len(timed.samples_ms), kept=before)
        return timed

    def _finish(self) -> Finished:
        # Before anything else is done.
        peak = max(filter(None, (self._peak_to_open, peak_rss_bytes())), default=None)
        output = self._engine.run(self._pool[0], label=self._label)
        changed = float(np.abs(output.astype(np.float64) - self._first_output).max())
        # Some backends add up in another order each time; what is seen must stay.
        same = changed <= _ONE_LSB[output.dtype.name]
        pre_ms, net_ms, post_ms = self._stages()
        device = self._device_times()
        return Finished(
            pre_ms=pre_ms,
            h2d_ms=_median([one.h2d_ms for one in device]),
            net_ms=_median([one.net_ms for one in device]) or net_ms,
            d2h_ms=_median([one.d2h_ms for one in device]),
            post_ms=post_ms,
            peak_rss_bytes=peak,
            output_sha256=hashlib.sha256(self._first_output.tobytes()).hexdigest(),
            flags=() if same else ("the output for one image changed while it was timed",),
        )

    def _stages(self) -> tuple[float, float | None, float]:
        if self._end_to_end is not None:
            return stage_medians_ms(self._end_to_end.stages_ns)
        pre_ms, post_ms = self._conversions()
        return pre_ms, None, post_ms

    def _device_times(self) -> list[DeviceTimes]:
        """Have a device time its own part of some runs; empty for the CPU."""
        found: list[DeviceTimes] = []
        for run in range(_STAGE_RUNS if self._engine.stage_times() else 0):
            self._engine.run(self._pool[run % len(self._pool)], label=self._label)
            times = self._engine.stage_times()
            found += [times] if times else []
        return found

    def _conversions(self) -> tuple[float, float]:
        """Time what stands around the network: images to a batch of it, and back."""
        layout = self._io.outputs[0].layout
        before, after = [], []
        for run in range(_STAGE_RUNS):
            start = perf_counter_ns()
            network_batch(self._groups[run % len(self._groups)], self._io)
            middle = perf_counter_ns()
            from_network(self._first_output, layout)
            before.append(middle - start)
            after.append(perf_counter_ns() - middle)
        return median(before) / 1e6, median(after) / 1e6

    def _layers(self) -> LayerTimes:
        info = self._engine.info
        labels: list[NetworkArray] = [] if self._label is None else [self._label]
        feeds = [[batch, *labels] for batch in self._pool]
        manifest = self._engine.manifest
        return layer_times(self._artifact, info.backend, manifest, info.threads, feeds, info.device)


def _median(values: Sequence[float | None]) -> float | None:
    """Take the median of what is known; None if nothing is."""
    known = [value for value in values if value is not None]
    return median(known) if known else None
