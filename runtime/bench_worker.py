"""One process per artifact: its memory is its own, and a crash takes nothing else along.

The worker opens the artifact, then answers one message to each request. Errors travel
back as messages too.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from types import TracebackType
from typing import Literal, TypeVar

from edgegan.errors import EdgeganError
from edgegan.images import ImageArray, resize
from edgegan.manifest import IO
from edgegan.runtime.engine import Engine, EngineInfo, load
from edgegan.runtime.environment import peak_rss_bytes, rss_bytes
from edgegan.runtime.health import output_flags
from edgegan.runtime.image_io import (
    NetworkArray,
    batch_size,
    from_network,
    input_size,
    to_batches,
)
from edgegan.runtime.label import probe_label
from edgegan.runtime.timing import BenchSettings, Round, time_round, warm_up

POOL = 8
ANY_SIZE = (256, 256)  # for networks that take any; the papers' size
_STAGE_RUNS = 20

Request = Literal["warm up", "round", "finish"]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The artifact was opened, and ran once on each image of the pool."""

    info: EngineInfo
    batch: int
    first_ms: float
    flags: tuple[str, ...]
    rss_bytes: int | None


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What is known at the end; the stages are medians for one batch."""

    pre_ms: float
    post_ms: float
    peak_rss_bytes: int | None


class Worker:
    """The parent's side: starts the process, asks, and ends it. A context manager."""

    def __init__(self, artifact: Path, settings: BenchSettings) -> None:
        """Start opening `artifact`; the first answer is `Opened`."""
        # "spawn", since a forked child would inherit the parent's threads and memory.
        context = multiprocessing.get_context("spawn")
        self._artifact = artifact
        self._connection, remote = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(remote, artifact, settings), daemon=True
        )
        self._process.start()
        remote.close()  # so that the end of the process ends the connection

    def __enter__(self) -> Worker:
        """Return the worker itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        del kind, error, trace
        self._connection.close()
        self._process.terminate()
        self._process.join()

    def open(self) -> Opened:
        """Wait until the artifact is open; to be called first.

        This and the other requests raise EdgeganError where the artifact cannot be
        opened or run, or where its process died.
        """
        return self._receive(Opened)

    def warm_up(self) -> bool:
        """Have it run untimed; return whether the time became steady."""
        return self._ask("warm up", bool)

    def time_round(self) -> Round:
        """Have it run one timed round."""
        return self._ask("round", Round)

    def finish(self) -> Finished:
        """Have it tell what is known at the end."""
        return self._ask("finish", Finished)

    def _ask(self, request: Request, answer: type[T]) -> T:
        with suppress(OSError):  # the process has died; receiving tells how
            self._connection.send(request)
        return self._receive(answer)

    def _receive(self, kind: type[T]) -> T:
        try:
            answer = self._connection.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            raise EdgeganError(
                f"The process that ran {self._artifact} ended unexpectedly "
                f"(exit code {self._process.exitcode}). What it said is on stderr; "
                "the command line shows that with --debug."
            ) from error
        if isinstance(answer, EdgeganError):
            raise answer
        assert isinstance(answer, kind)
        return answer


def image_pool(io: IO) -> tuple[list[ImageArray], list[NetworkArray]]:
    """Take real images from the embedded emoji, spread over the test set.

    Returns:
        The `POOL` images as uint8 `[H, W, 3]`, of the network's size, and as many batches of
        them, as the network takes them; the n-th starts with the n-th image.
    """
    from edgegan.data import open_unpaired

    emoji = open_unpaired("emoji").test_a
    picks = [index * len(emoji) // POOL for index in range(POOL)]
    images = [resize(emoji[pick], input_size(io) or ANY_SIZE) for pick in picks]
    return images, [_batch(images, start, io) for start in range(POOL)]


def _batch(images: Sequence[ImageArray], start: int, io: IO) -> NetworkArray:
    picked = [images[(start + offset) % len(images)] for offset in range(batch_size(io))]
    return next(to_batches(picked, io))


def _serve(connection: Connection, artifact: Path, settings: BenchSettings) -> None:
    """Run in the child: open, then answer until the parent closes the connection."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    try:
        engine = load(artifact, settings.backend, settings.device, settings.threads, settings.trust)
        images, pool = image_pool(engine.info.io)
        connection.send(_open(engine, pool))
        while True:
            connection.send(_answer(connection.recv(), engine, images, pool, settings))
    except EdgeganError as error:
        connection.send(error)
    except (EOFError, BrokenPipeError):
        return


def _open(engine: Engine, pool: Sequence[NetworkArray]) -> Opened:
    batch = batch_size(engine.info.io)
    label = probe_label(engine.info.io, engine.manifest, batch)
    start = perf_counter_ns()
    engine.run(pool[0], label=label)
    first_ms = (perf_counter_ns() - start) / 1e6
    return Opened(
        info=engine.info,
        batch=batch,
        first_ms=first_ms,
        flags=tuple(output_flags(engine, pool)),
        rss_bytes=rss_bytes(),
    )


def _answer(
    request: Request,
    engine: Engine,
    images: Sequence[ImageArray],
    pool: Sequence[NetworkArray],
    settings: BenchSettings,
) -> bool | Round | Finished:
    label = probe_label(engine.info.io, engine.manifest, batch_size(engine.info.io))
    if request == "warm up":
        return warm_up(engine, pool, settings, label)
    if request == "round":
        return time_round(engine, pool, settings, label)
    pre_ms, post_ms = _stages(engine, images, pool)
    return Finished(pre_ms=pre_ms, post_ms=post_ms, peak_rss_bytes=peak_rss_bytes())


def _stages(
    engine: Engine, images: Sequence[ImageArray], pool: Sequence[NetworkArray]
) -> tuple[float, float]:
    """Time the conversions around the network: images to a batch of it, and back."""
    io = engine.info.io
    output = engine.run(pool[0], label=probe_label(io, engine.manifest, batch_size(io)))
    before, after = [], []
    for _ in range(_STAGE_RUNS):
        start = perf_counter_ns()
        _batch(images, 0, io)
        middle = perf_counter_ns()
        from_network(output, io.outputs[0].layout)
        before.append(middle - start)
        after.append(perf_counter_ns() - middle)
    return median(before) / 1e6, median(after) / 1e6
