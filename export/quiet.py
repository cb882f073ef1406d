"""Silence for converters that write to stdout and stderr, from Python and from C++."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout


@contextmanager
def quiet() -> Iterator[None]:
    """Swallow what the block writes to stdout and stderr, file descriptors included."""
    with (
        tempfile.TemporaryFile() as scratch,
        _descriptors_to(scratch.fileno()),
        redirect_stdout(_stream(1)),
        redirect_stderr(_stream(2)),
    ):
        yield


def _stream(descriptor: int) -> io.TextIOWrapper:
    """Write to a descriptor, also after the block: loggers made inside keep their stream."""
    return io.TextIOWrapper(io.FileIO(descriptor, "w", closefd=False), write_through=True)


@contextmanager
def _descriptors_to(target: int) -> Iterator[None]:
    sys.stdout.flush()
    sys.stderr.flush()
    saved = {number: os.dup(number) for number in (1, 2)}
    try:
        for number in saved:
            os.dup2(target, number)
        yield
    finally:
        for number, copy in saved.items():
            os.dup2(copy, number)
            os.close(copy)
