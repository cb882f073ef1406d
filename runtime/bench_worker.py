"""One process per artifact: its memory is its own, and a crash takes nothing else along.

The worker opens the artifact, then answers one message to each request. Errors travel
back as messages too.
"""

from __future__ import annotations

import multiprocessing
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from edgegan.errors import EdgeganError
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.runtime.bench_subject import Finished, Opened, Opener, Request, serve
from edgegan.runtime.engine import load
from edgegan.runtime.layer_times import LayerTimes
from edgegan.runtime.timing import Round

T = TypeVar("T")


class Worker:
    """The parent's side: starts the process, asks, and ends it. A context manager."""

    def __init__(self, artifact: Path, settings: BenchSettings, opener: Opener = load) -> None:
        """Start opening `artifact`; the first answer is `Opened`.

        Args:
            artifact: What is run.
            settings: How.
            opener: Opens it, in the process; a function of a module, since it is sent there
                by its name.
        """
        # "spawn", since a forked child would inherit the parent's threads and memory.
        context = multiprocessing.get_context("spawn")
        self._artifact = artifact
        self._connection, remote = context.Pipe()
        self._process = context.Process(
            target=serve, args=(remote, artifact, settings, opener), daemon=True
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

    def layer_times(self) -> LayerTimes:
        """Have it open the artifact once more, and time its layers."""
        return self._ask("layers", LayerTimes)

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
