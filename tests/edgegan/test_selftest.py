"""The self-test: its input bit by bit, its golden values, and its verdict."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edgegan.domains import Domain
from edgegan.images import to_float, to_uint8
from edgegan.selftest import (
    SAMPLES,
    deviation,
    limit,
    record_selftest,
    selftest_bytes,
    selftest_input,
    selftest_label,
)

SHAPE = (1, 9, 7, 3)


def test_the_input_equals_the_formula_in_whole_numbers() -> None:
    x = selftest_input(SHAPE)
    assert x.shape == SHAPE
    assert x.dtype == np.float32
    expected = [(((k * 2654435761) % 2**32) >> 24) / 127.5 - 1 for k in range(math.prod(SHAPE))]
    np.testing.assert_allclose(x.ravel(), expected, atol=1e-7, rtol=0)


def test_the_bytes_are_those_of_the_hash() -> None:
    pixels = selftest_bytes(SHAPE)
    assert pixels.shape == SHAPE
    assert pixels.dtype == np.uint8
    expected = [((k * 2654435761) % 2**32) >> 24 for k in range(math.prod(SHAPE))]
    assert pixels.ravel().tolist() == expected


def test_the_input_does_not_overflow_at_large_positions() -> None:
    k = 1024 * 1024 * 3 - 1
    x = selftest_input((1, 1024, 1024, 3))
    assert x.ravel()[k] == pytest.approx((((k * 2654435761) % 2**32) >> 24) / 127.5 - 1, abs=1e-7)
    assert x.min() == -1
    assert x.max() == 1


@pytest.mark.parametrize(
    ("defaults", "label"), [((0, 0, 0), [1, 0, 0]), ((1, 0, 1), [1, 1, 1]), ((1, 1, 1), [0, 1, 1])]
)
def test_the_label_is_a_real_one_with_ones(defaults: tuple[int, ...], label: list[int]) -> None:
    domains = [Domain(name=str(i), default=value) for i, value in enumerate(defaults)]
    chosen = selftest_label(domains, 3)
    assert chosen.dtype == np.float32
    assert chosen.tolist() == label
    assert record_selftest(np.zeros(SHAPE, np.float32), label=chosen.tolist()).label == tuple(label)


def test_of_unknown_domains_the_first_is_on() -> None:
    assert selftest_label((), 3).tolist() == [1, 0, 0]


def test_record_takes_values_at_its_indices() -> None:
    output = np.tanh(np.random.default_rng(0).normal(size=SHAPE)).astype(np.float32)
    golden = record_selftest(output)
    assert len(golden.indices) == len(set(golden.indices)) == SAMPLES
    assert golden.indices[0] == 0
    assert golden.indices[-1] == output.size - 1
    for index, value in zip(golden.indices, golden.values, strict=True):
        assert value == pytest.approx(float(output.ravel()[index]), abs=1e-6)
    assert golden.mean == pytest.approx(float(np.mean(output, dtype=np.float64)))
    assert golden.std == pytest.approx(float(np.std(output, dtype=np.float64)))
    assert golden.atol == 1e-3


@pytest.mark.parametrize(
    ("precision", "expected"), [("fp32", 1e-3), ("fp16", 5e-2), ("int8-dynamic", 0.06)]
)
def test_limits(precision: str, expected: float) -> None:
    assert limit(precision) == expected


def test_rounding_to_bytes_stays_within_its_limit() -> None:
    output = np.tanh(np.random.default_rng(0).normal(size=SHAPE)).astype(np.float32)
    golden = record_selftest(output)
    rounded = to_float(to_uint8(output))
    found = deviation(golden, rounded, "fp32")
    assert limit("fp32") < found <= limit("fp32", "uint8")
    assert limit("fp32", "uint8") == pytest.approx(1e-3 + 1 / 255)
    assert limit("int8-dynamic", "uint8") == pytest.approx(0.06 + 1 / 255)


def test_deviation_is_the_maximum_or_the_rms() -> None:
    output = selftest_input(SHAPE)
    golden = record_selftest(output)
    changed = output.copy()
    changed.ravel()[golden.indices[5]] += np.float32(0.5)
    assert deviation(golden, output, "fp32") < 1e-6
    assert deviation(golden, changed, "fp32") == pytest.approx(0.5, abs=1e-6)
    assert deviation(golden, changed, "fp16") == pytest.approx(0.5, abs=1e-6)
    rms = math.sqrt(0.5**2 / SAMPLES)
    assert deviation(golden, changed, "int8-dynamic") == pytest.approx(rms, abs=1e-6)


@pytest.mark.parametrize("precision", ["fp32", "int8-dynamic"])
def test_nan_never_passes(precision: str) -> None:
    output = selftest_input(SHAPE)
    golden = record_selftest(output)
    broken = np.full_like(output, np.nan)
    assert not deviation(golden, broken, precision) <= limit(precision)
