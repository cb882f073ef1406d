"""A caller with arrays of its own runs an engine without anything being allocated."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from edgegan.images import FloatArray
from edgegan.runtime.engine import Engine, load
from edgegan.runtime.environment import rss_bytes
from edgegan.runtime.numpy_engine import NumpyEngine
from tests.runtime.models import conv_relu_tanh, image, onnx_model, write_onnx, write_tflite

CALLS = 1000
WARM_CALLS = 200  # Python itself keeps a few kilobytes for code that has become hot
MOST_BYTES = 16 * 1024
SIDES = (8, 96)  # an image of 96 takes 110,592 bytes


def open_tiny(backend: str, folder: Path, side: int) -> Engine:
    """Open a tiny network for images of `side`."""
    shape = (1, side, side, 3)
    if backend == "litert":
        path = write_tflite(folder / "tiny.tflite", conv_relu_tanh, shape)
    else:
        path = write_onnx(folder / "tiny.onnx", onnx_model(shape))
    return load(path, backend, threads=1)


def peak_bytes(engine: Engine, side: int) -> int:
    """Run it many times into one array; return the most that was allocated at once.

    The least of three measurements: other threads of the test run allocate now and then.
    """
    x = image(size=side)
    out = np.empty_like(x)
    for _ in range(WARM_CALLS):
        engine.run(x, out)
    return min(_peak(engine, x, out) for _ in range(3))


def _peak(engine: Engine, x: FloatArray, out: FloatArray) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(CALLS):
            engine.run(x, out)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("backend", ["litert", "onnxruntime"])
def test_out_allocates_nothing_that_grows(backend: str, tmp_path: Path) -> None:
    peaks = [peak_bytes(open_tiny(backend, tmp_path, side), side) for side in SIDES]
    assert max(peaks) < MOST_BYTES  # of either image, of which one is 144 times as large


@pytest.mark.parametrize("backend", ["litert", "onnxruntime"])
def test_the_backend_keeps_nothing_either(backend: str, tmp_path: Path) -> None:
    engine = open_tiny(backend, tmp_path, SIDES[1])
    x = image(size=SIDES[1])
    out = np.empty_like(x)
    sizes = []
    for _ in range(2):
        for _ in range(CALLS):
            engine.run(x, out)
        sizes.append(rss_bytes() or 0)
    assert sizes[1] - sizes[0] < 4e6  # of 110 MB that as many outputs take


def test_an_allocation_would_be_seen() -> None:
    engine = NumpyEngine(np.tanh, (SIDES[1], SIDES[1]))  # makes an array, and copies it
    assert peak_bytes(engine, SIDES[1]) >= image(size=SIDES[1]).nbytes
