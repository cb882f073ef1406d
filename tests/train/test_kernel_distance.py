from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edgegan.train import kernel_distance as module
from edgegan.train.kernel_distance import kernel_distance, kernel_distance_estimate

Array = NDArray[np.float64]


def features(seed: int, count: int, size: int = 5, shift: float = 0.0) -> Array:
    return np.random.default_rng(seed).normal(size=(count, size)) + shift


def by_double_loop(x: Array, y: Array) -> float:
    def kernel(a: Array, b: Array) -> float:
        return float((sum(a[i] * b[i] for i in range(len(a))) / len(a) + 1) ** 3)

    n, m = len(x), len(y)
    xx = sum(kernel(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    yy = sum(kernel(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    xy = sum(kernel(x[i], y[j]) for i in range(n) for j in range(m)) / (n * m)
    return xx + yy - 2 * xy


def test_it_equals_a_double_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = features(0, 17), features(1, 13, shift=0.5)
    expected = by_double_loop(x, y)
    assert abs(kernel_distance(x, y) - expected) < 1e-9
    monkeypatch.setattr(module, "_ROWS", 4)  # several blocks, the last one smaller
    assert abs(kernel_distance(x, y) - expected) < 1e-9


def test_it_is_unbiased_for_equal_distributions() -> None:
    values = [kernel_distance(features(2 * i, 10), features(2 * i + 1, 12)) for i in range(600)]
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values)) < 3 * error
    assert min(values) < 0  # which a biased estimate, always positive, never is


def test_the_order_of_the_images_does_not_matter() -> None:
    x, y = features(0, 30), features(1, 25, shift=0.2)
    assert abs(kernel_distance(x[::-1], y[::-1]) - kernel_distance(x, y)) < 1e-9


def test_the_interval_holds_what_new_images_give() -> None:
    drawn = [(features(1000 + i, 40, shift=0.3), features(3000 + i, 40)) for i in range(80)]
    values = [kernel_distance(x, y) for x, y in drawn]
    widths = [np.std(kernel_distance_estimate(x, y).draws) for x, y in drawn[:10]]
    assert np.mean(widths) == pytest.approx(np.std(values), rel=0.35)
    estimate = kernel_distance_estimate(*drawn[0])
    assert estimate.value == pytest.approx(values[0])
    # Images drawn twice must not be compared with themselves: that would shift the draws up.
    spread = float(np.std(estimate.draws))
    assert np.mean(estimate.draws) == pytest.approx(estimate.value, abs=spread / 4)
