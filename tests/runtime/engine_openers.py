"""Engines of the tests' own, to be opened in the process of a benchmark."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edgegan.images import FloatArray
from edgegan.runtime.engine import Engine
from edgegan.runtime.numpy_engine import NumpyEngine
from tests.runtime.models import SIZE


def open_restless(
    path: Path, backend: str | None, device: str | None, threads: int | None, trust: bool
) -> Engine:
    """Open an engine that gives something else each time."""
    del path, backend, device, threads, trust
    runs = iter(range(10**9))

    def darker(x: FloatArray) -> FloatArray:
        return x / np.float32(2 + next(runs))

    return NumpyEngine(darker, (SIZE, SIZE))
