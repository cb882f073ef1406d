"""The self-test: a fixed input and golden outputs, so that wrong results are noticed.

Every consumer (Python, web, phone) makes the same input without an image decoder:
`x[k] = ((k * 2654435761 mod 2^32) >> 24) / 127.5 - 1` (Knuth's multiplicative hash),
and feeds the stored label beside it, if there is one. It compares 64 outputs, and the
mean and standard deviation of all, with those of the fp32 Keras generator. GPU delegates
can be silently wrong; this is what catches them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgegan.domains import Domain, every_domain
from edgegan.images import FloatArray

SAMPLES = 64
# Largest deviation from the golden values, per precision; RMS for the int8 kinds.
ATOL = {"fp32": 1e-3, "fp16": 5e-2}
RMS_LIMIT = 0.06


@dataclass(frozen=True, kw_only=True)
class SelfTest:
    """Golden values of the fp32 generator for the fixed input.

    Attributes:
        indices: Positions in the flattened output.
        values: The outputs there.
        label: The label fed beside the image; empty for CycleGAN.
        mean: Mean of the whole output.
        std: Standard deviation of the whole output.
        atol: The limit that applies to this artifact's precision.
    """

    indices: tuple[int, ...]
    values: tuple[float, ...]
    label: tuple[float, ...] = ()
    mean: float
    std: float
    atol: float


def selftest_input(shape: tuple[int, ...]) -> FloatArray:
    """Make the fixed input: float32 of `shape`, in [-1, 1]."""
    k = np.arange(math.prod(shape), dtype=np.uint64)
    hashed = (k * np.uint64(2654435761)) % np.uint64(2**32)
    values = (hashed >> np.uint64(24)).astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    return np.asarray(values.reshape(shape), dtype=np.float32)


def selftest_label(domains: Sequence[Domain], length: int) -> FloatArray:
    """Choose the label of the self-test: one with a 1 in it, to notice if it has no effect.

    Args:
        domains: Those of the generator; empty if they are not known.
        length: Entries of its label.

    Returns:
        float32 `[length]`: of the labels that ask for one domain, the first with the most
        ones. Without domains, a 1 and zeros.
    """
    if not domains:
        first: FloatArray = np.eye(1, length, dtype=np.float32)[0]
        return first
    labels = [label for _, label in every_domain(domains)]
    return max(labels, key=lambda label: float(label.sum()))


def record_selftest(
    output: FloatArray, precision: str = "fp32", label: Sequence[float] = ()
) -> SelfTest:
    """Take the golden values from the fp32 generator's `output` of `selftest_input`.

    Args:
        output: Of one image, with `label` beside it if the generator takes one.
        precision: Of the artifact, which chooses the limit.
        label: The label; empty if it takes none.
    """
    flat = output.ravel().astype(np.float64)
    indices = np.linspace(0, flat.size - 1, SAMPLES).astype(int)
    return SelfTest(
        indices=tuple(int(i) for i in indices),
        values=tuple(round(float(flat[i]), 7) for i in indices),
        label=tuple(float(value) for value in label),
        mean=float(flat.mean()),
        std=float(flat.std()),
        atol=limit(precision),
    )


def limit(precision: str) -> float:
    """Return the allowed deviation for `precision`."""
    return ATOL.get(precision, RMS_LIMIT)


def deviation(selftest: SelfTest, output: FloatArray, precision: str) -> float:
    """Measure an artifact's `output` of `selftest_input` against the golden values.

    Returns:
        The largest absolute difference of the 64 values, the mean and the standard
        deviation (fp32, fp16), or the root mean square of the 64 (int8 kinds). It passes
        if it is at most `limit(precision)`; NaN never passes.
    """
    flat = output.ravel().astype(np.float64)
    difference = flat[list(selftest.indices)] - np.asarray(selftest.values)
    if precision not in ATOL:
        return float(np.sqrt(np.mean(difference**2)))
    whole = (flat.mean() - selftest.mean, flat.std() - selftest.std)
    return float(np.max(np.abs([*difference, *whole])))
