"""Silence for converters that write to stdout and stderr, from Python and from C++."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout


@contextmanager
def quiet() -> Iterator[None]:
    """Swallow what the block writes to stdout and stderr, file descriptors included."""
    with (
        tempfile.TemporaryFile("w+") as scratch,
        _descriptors_to(scratch.fileno()),
        redirect_stdout(scratch),
        redirect_stderr(scratch),
    ):
        yield


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
