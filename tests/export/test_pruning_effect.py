"""What a pruned file weighs and takes beside its dense twin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from edgegan.export.pruning_effect import pruning_effect
from edgegan.runtime.bench_settings import BenchSettings
from edgegan.train.generator_file import save_generator
from tests.export.generators import TINY, generator

QUICK = BenchSettings(rounds=10, min_iters=10, min_time_s=0, warmup_runs=1, warmup_time_s=0)


def test_zeros_are_worth_bytes_after_gzip_alone(tmp_path: Path) -> None:
    model = generator()
    weights = [w * (np.random.default_rng(0).random(w.shape) > 0.8) for w in model.get_weights()]
    model.set_weights(weights)
    path = tmp_path / "A2B.keras"
    save_generator(model, path, TINY, "A2B")
    steps: list[int] = []
    larger = replace(TINY, filters=32)  # slower for sure, so that swapped sides are found out
    found = pruning_effect(path, larger, lambda done, note="": steps.append(done), QUICK)
    assert found.gzip_bytes < 0.6 * found.bytes < found.bytes < found.dense_gzip_bytes
    assert found.ratio < 0.8
    assert found.verdict == "faster"
    low, high = found.ratio_ci
    assert low <= found.ratio <= high
    assert f"{found.gzip_bytes / 1e6:.3f} after gzip" in found.words()
    assert found.as_json()["verdict"] == found.verdict
    assert steps[-1] == len(steps)
