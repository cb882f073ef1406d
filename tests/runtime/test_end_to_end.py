from __future__ import annotations

from time import sleep

import numpy as np

from edgegan.images import FloatArray, ImageArray, to_float, to_uint8
from edgegan.runtime.end_to_end import EndToEnd, stage_medians_ms
from edgegan.runtime.numpy_engine import NumpyEngine

IMAGES: list[ImageArray] = [
    np.random.default_rng(seed).integers(0, 256, (8, 8, 3)).astype(np.uint8) for seed in range(2)
]


def negative(x: FloatArray) -> FloatArray:
    return -x


def test_images_become_images() -> None:
    runner = EndToEnd(NumpyEngine(negative, (8, 8)))
    for image in IMAGES:
        result = runner.run([image])
        assert result.dtype == np.uint8
        assert np.array_equal(result[0], to_uint8(-to_float(image)))


def test_results_are_not_overwritten_by_the_next_run() -> None:
    runner = EndToEnd(NumpyEngine(negative, (8, 8)))
    first = runner.run(IMAGES[:1])
    kept = first.copy()
    runner.run(IMAGES[1:])
    assert np.array_equal(first, kept)


def test_other_sizes_are_resized() -> None:
    runner = EndToEnd(NumpyEngine(negative, (4, 6)))
    assert runner.run(IMAGES[:1]).shape == (1, 4, 6, 3)


def test_the_network_has_a_stage_of_its_own() -> None:
    def slow(x: FloatArray) -> FloatArray:
        sleep(0.02)
        return x

    runner = EndToEnd(NumpyEngine(slow, (8, 8)))
    for _ in range(5):
        runner.run(IMAGES[:1])
    before, network, after = stage_medians_ms(runner.stages_ns)
    assert 20 <= network < 40
    assert 0 < before < 20
    assert 0 < after < 20


def test_medians_are_of_each_stage() -> None:
    stages = [(1_000_000, 9_000_000, 3_000_000), (5_000_000, 8_000_000, 2_000_000)]
    assert stage_medians_ms([*stages, (2_000_000, 7_000_000, 1_000_000)]) == (2.0, 8.0, 2.0)


def test_runs_before_the_timed_ones_are_forgotten() -> None:
    runner = EndToEnd(NumpyEngine(negative, (8, 8)))
    runner.stages_ns = [(n, n, n) for n in range(10)]
    runner.keep_last(3, kept=4)
    assert [stage[0] for stage in runner.stages_ns] == [0, 1, 2, 3, 7, 8, 9]
