"""Ranges of activations: as measured on real inputs, and as cut by each method."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import log

import numpy as np
import pytest
import tf_keras as keras
from numpy.typing import NDArray

from edgegan.export.activation_ranges import (
    BINS,
    Counts,
    Range,
    entropy_range,
    measure_ranges,
    percentile_range,
)
from edgegan.export.quantization import CalibrationMethod, Feeds
from edgegan.export.tflite import to_tflite
from edgegan.export.tflite_quantization import convolutions
from edgegan.images import FloatArray
from edgegan.train.layers import LabelPlanes
from tests.export.generators import SIZE, noise

WIDE = 96
PICTURES: Feeds = [(noise(seed, (WIDE, WIDE)) ** 3,) for seed in range(4)]


@cache
def two_convolutions() -> tuple[keras.Model, bytes]:
    """A network whose inner tensor is one-sided and whose last one is not."""
    keras.utils.set_random_seed(0)
    image = keras.Input((WIDE, WIDE, 3))
    x = keras.layers.Conv2D(5, 3, name="inner", activation="relu")(image)
    x = keras.layers.Conv2D(2, 3, name="last")(x)
    model = keras.Model(image, keras.layers.Activation("tanh")(x))
    return model, to_tflite(model, (WIDE, WIDE))


def measured(method: CalibrationMethod) -> list[tuple[Range, FloatArray]]:
    """Give the range of each convolution's output, and all values that Keras has there."""
    model, content = two_convolutions()
    ops = convolutions(content)
    ranges = measure_ranges(content, {op.output for op in ops}, PICTURES, method)
    found = []
    for op in ops:
        probe = keras.Model(model.input, model.get_layer(op.layer).output)
        values = np.concatenate([probe(feed[0]).numpy().ravel() for feed in PICTURES])
        found.append((ranges[op.output], values))
    return found


def histogram(values: FloatArray) -> tuple[Counts, Range]:
    extremes = float(values.min()), float(values.max())
    return np.histogram(values, BINS)[0], extremes


def test_min_max_tells_the_extremes_over_all_inputs() -> None:
    (inner, inner_values), (last, last_values) = measured("min-max")
    assert inner == pytest.approx((0, inner_values.max()), abs=1e-5)
    assert last == pytest.approx((last_values.min(), last_values.max()), abs=1e-5)
    first = noise(0, (WIDE, WIDE)) ** 3
    one = measure_ranges(two_convolutions()[1], {"generate_image:0"}, [(first,)], "min-max")
    assert one == {"generate_image:0": (float(first.min()), float(first.max()))}


@pytest.mark.parametrize("seed", [0, 1])
def test_a_percentile_is_numpys_to_one_bin(seed: int) -> None:
    values = np.random.default_rng(seed).standard_t(3, 190_000).astype(np.float32)
    counts, extremes = histogram(values)
    found = percentile_range(counts, extremes)
    expected = np.percentile(values, (0.005, 99.995), method="inverted_cdf")
    width = (extremes[1] - extremes[0]) / BINS
    assert 0 <= expected[0] - found[0] <= width + 1e-5
    assert 0 <= found[1] - expected[1] <= width + 1e-5
    assert extremes[1] - found[1] > 5 * width


def test_percentiles_are_of_all_inputs_together() -> None:
    for found, values in measured("percentile"):
        width = float(np.ptp(values)) / BINS
        expected = np.percentile(values, (0.005, 99.995), method="inverted_cdf")
        np.testing.assert_allclose(found, expected, atol=width + 1e-5)
        assert found[1] < values.max() - width


def test_a_histogram_without_tails_is_not_cut_by_percentile() -> None:
    assert percentile_range(np.full(BINS, 9, np.int64), (-1.0, 3.0)) == (-1.0, 3.0)


def divergence(counts: list[int], first: int, last: int) -> float:
    """KL(p || q) of one cut, after Migacz 2017, one bin after the other."""
    p = [float(count) for count in counts[first:last]]
    p[0] += sum(counts[:first])
    p[-1] += sum(counts[last:])
    levels: dict[int, list[int]] = {}
    for i in range(last - first):
        levels.setdefault(i * 256 // (last - first), []).append(i)
    q = [0.0] * len(p)
    for bins in levels.values():
        filled = [i for i in bins if p[i] > 0]
        for i in filled:
            q[i] = sum(counts[first + j] for j in bins) / len(filled)
    total_p, total_q = sum(p), max(sum(q), 1)
    terms = ((a / total_p, max(b / total_q, 1e-9)) for a, b in zip(p, q, strict=True) if a > 0)
    return sum(a * log(a / b) for a, b in terms)


def best_cut(counts: Counts, extremes: Range) -> Range:
    """Try 64/64, 63/64, ... of the farther extreme on both sides, while 256 bins are left."""
    low, high = extremes
    width, every = (high - low) / len(counts), counts.tolist()
    found = []
    for step in range(64, 0, -1):
        limit = max(-low, high) * step / 64
        # On the histograms below, each cut falls on the border of two bins.
        first, last = (round((end - low) / width) for end in (max(low, -limit), min(high, limit)))
        if last - first >= 256:
            found.append((divergence(every, first, last), first, last))
    _, first, last = min(found)
    return low + first * width, low + last * width


DISTRIBUTIONS: dict[str, Callable[[np.random.Generator], NDArray[np.float64]]] = {
    "normal": lambda rng: rng.normal(0, 0.7, 50_000),
    "heavy tails": lambda rng: rng.standard_t(3, 50_000) / 5,
    "rectified": lambda rng: np.maximum(rng.standard_t(4, 50_000) / 5, 0),
    "two humps": lambda rng: np.concatenate(
        [rng.normal(-1, 0.1, 20_000), rng.normal(2, 0.2, 30_000)]
    ),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("extremes", [(-4.0, 4.0), (-1.0, 3.0), (0.0, 4.0)])
def test_entropy_cuts_where_its_definition_does(name: str, extremes: Range) -> None:
    values = DISTRIBUTIONS[name](np.random.default_rng(0))
    counts = np.histogram(values[(values >= extremes[0]) & (values <= extremes[1])], BINS, extremes)
    found, expected = entropy_range(counts[0], extremes), best_cut(counts[0], extremes)
    assert found == pytest.approx(expected, abs=1e-9)


def test_entropy_leaves_a_uniform_distribution_whole() -> None:
    assert entropy_range(np.full(BINS, 5, np.int64), (-1.0, 1.0)) == (-1.0, 1.0)


@pytest.mark.parametrize("sign", [1, -1])
def test_entropy_cuts_one_far_outlier_off(sign: int) -> None:
    values = np.random.default_rng(0).normal(0, 1, 100_000)
    counts, extremes = histogram(np.append(values, 60.0).astype(np.float32) * sign)
    low, high = sorted(sign * end for end in entropy_range(counts, extremes))
    assert 3 < high < 10
    assert -5 < low < -3


def test_entropy_of_a_one_sided_tensor_keeps_zero() -> None:
    values = np.maximum(np.random.default_rng(0).normal(0, 1, 100_000), 0)
    low, high = entropy_range(*histogram(np.append(values, 40.0).astype(np.float32)))
    assert low == 0
    assert 2 < high < 20


@pytest.mark.parametrize("method", ["min-max", "percentile", "entropy"])
def test_a_tensor_of_one_value_has_that_range(method: CalibrationMethod) -> None:
    for value in (0.0, 0.5, -100.0):
        feed = np.full((1, WIDE, WIDE, 3), value, np.float32)
        found = measure_ranges(two_convolutions()[1], {"generate_image:0"}, [(feed,)], method)
        assert found == {"generate_image:0": (value, value)}
        feed[0, 0, 0, 0] = float(np.nextafter(np.float32(value), np.float32(1)))
        ((low, high),) = measure_ranges(
            two_convolutions()[1], {"generate_image:0"}, [(feed,)], method
        ).values()
        assert value == low < high <= feed[0, 0, 0, 0]


def test_entropy_looks_at_all_inputs_together() -> None:
    for found, values in measured("entropy"):
        extremes = float(values.min()), float(values.max())
        width = (extremes[1] - extremes[0]) / BINS
        expected = entropy_range(np.histogram(values, BINS)[0], extremes)
        np.testing.assert_allclose(found, expected, atol=width)


def test_labels_are_fed_too() -> None:
    inputs = [keras.Input((SIZE, SIZE, 3)), keras.Input((2,))]
    x = keras.layers.Conv2D(3, 1, name="stem")(LabelPlanes()(inputs))
    content = to_tflite(keras.Model(inputs, keras.layers.Activation("tanh")(x)), (SIZE, SIZE))
    (stem,) = convolutions(content)
    one, other = (
        measure_ranges(content, {stem.output}, [(noise(), label[None])], "min-max")
        for label in np.eye(2, dtype=np.float32)
    )
    assert one != other
