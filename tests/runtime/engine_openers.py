"""Engines of the tests' own, to be opened in the process of a benchmark."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import sleep

import numpy as np

from edgegan.errors import ArtifactError
from edgegan.images import FloatArray
from edgegan.manifest import tensor_of_rank
from edgegan.runtime.engine import DeviceTimes, Engine, load
from edgegan.runtime.numpy_engine import NumpyEngine
from tests.runtime.models import SIZE

LARGEST = 5


class GraphicsEngine(NumpyEngine):
    """Says that it has a device of its own, which the output comes back from."""

    def stage_times(self) -> DeviceTimes:
        return DeviceTimes(h2d_ms=None, net_ms=0.25, d2h_ms=0.125)


def open_graphics(
    path: Path, backend: str | None, device: str | None, threads: int | None, trust: bool
) -> Engine:
    """Open an engine with times of its device."""
    del path, backend, device, threads, trust
    engine = GraphicsEngine(np.tanh, (SIZE, SIZE))
    engine.info = replace(engine.info, device="cuda:0")
    return engine


def open_restless(
    path: Path, backend: str | None, device: str | None, threads: int | None, trust: bool
) -> Engine:
    """Open an engine that gives something else each time."""
    del path, backend, device, threads, trust
    runs = iter(range(10**9))

    def darker(x: FloatArray) -> FloatArray:
        return x / np.float32(2 + next(runs))

    return NumpyEngine(darker, (SIZE, SIZE))


def open_slow(
    path: Path, backend: str | None, device: str | None, threads: int | None, trust: bool
) -> Engine:
    """Open an engine that takes 50 ms."""
    del path, backend, device, threads, trust

    def wait(x: FloatArray) -> FloatArray:
        sleep(0.05)
        return np.tanh(x)

    return NumpyEngine(wait, (SIZE, SIZE))


def open_any_batch(
    path: Path, backend: str | None, device: str | None, threads: int | None, trust: bool
) -> Engine:
    """Open an engine that takes up to `LARGEST` images at once."""
    del path, backend, device, threads, trust

    def darken(x: FloatArray) -> FloatArray:
        if len(x) > LARGEST:
            raise ArtifactError(f"out of memory with {len(x)} images")
        return np.tanh(x)

    image = tensor_of_rank("image", (None, SIZE, SIZE, 3), "float32")
    return NumpyEngine(darken, image=image)


def open_vanishing(
    path: Path, backend: str | None, device: str | None, threads: int | None, trust: bool
) -> Engine:
    """Open a file as `load` does, and remove it: it cannot be opened again."""
    engine = load(path, backend, device, threads, trust)
    path.unlink()
    return engine
