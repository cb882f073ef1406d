"""The self-test: a fixed input and golden outputs, so that wrong results are noticed.

Every consumer (Python, web, phone) makes the same input without an image decoder: the
bytes `(k * 2654435761 mod 2^32) >> 24` (Knuth's multiplicative hash), as `byte / 127.5 - 1`
where the network takes floats, and feeds the stored label beside it, if there is one. It
compares 64 outputs, and the mean and standard deviation of all, with those of the fp32
Keras generator. GPU delegates can be silently wrong; this is what catches them.

The golden values are of one image, float32 NHWC, whatever form the artifact's have: its
input is transposed and repeated to fit, and its first output is brought back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgegan.domains import Domain, every_domain
from edgegan.images import FloatArray, ImageArray, to_float

SAMPLES = 64
# Largest deviation from the golden values, per precision; RMS for the int8 kinds.
ATOL = {"fp32": 1e-3, "fp16": 5e-2}
RMS_LIMIT = 0.06
ROUNDING = 1 / 255  # half a step of a uint8 output, in [-1, 1]


@dataclass(frozen=True, kw_only=True)
class SelfTest:
    """Golden values of the fp32 generator for the fixed input.

    Attributes:
        indices: Positions in the flattened output.
        values: The outputs there.
        label: The label fed beside the image; empty for CycleGAN.
        mean: Mean of the whole output.
        std: Standard deviation of the whole output.
        atol: The limit that applies to this artifact.
    """

    indices: tuple[int, ...]
    values: tuple[float, ...]
    label: tuple[float, ...] = ()
    mean: float
    std: float
    atol: float


def selftest_bytes(shape: tuple[int, ...]) -> ImageArray:
    """Make the fixed input as an image: uint8 of `shape`, 0..255."""
    k = np.arange(math.prod(shape), dtype=np.uint64)
    hashed = (k * np.uint64(2654435761)) % np.uint64(2**32)
    return (hashed >> np.uint64(24)).astype(np.uint8).reshape(shape)


def selftest_input(shape: tuple[int, ...]) -> FloatArray:
    """Make the fixed input: float32 of `shape`, in [-1, 1]."""
    return to_float(selftest_bytes(shape))


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


def limit(precision: str, dtype: str = "float32") -> float:
    """Return the allowed deviation for `precision`; more where the output is rounded to uint8."""
    return ATOL.get(precision, RMS_LIMIT) + (ROUNDING if dtype == "uint8" else 0.0)


def calibrated_limit(found: float, std: float) -> float:
    """Return the deviation allowed to a static int8 file whose own is `found`.

    Its ranges are those of real images, which the noise of the self-test leaves: it is cut off,
    by design, and images are what judges the file. So a backend may deviate a quarter more than
    the file did where it was made (`found`), but by no more than half of `std`, that of the
    golden output: one that computes something else is farther off.
    """
    return min(1.25 * found, std / 2)


def deviation(selftest: SelfTest, output: FloatArray, precision: str) -> float:
    """Measure an artifact's `output` of `selftest_input` against the golden values.

    Args:
        selftest: The golden values.
        output: Of one image, float NHWC.
        precision: Of the artifact.

    Returns:
        The largest absolute difference of the 64 values, the mean and the standard
        deviation (fp32, fp16), or the root mean square of the 64 (int8 kinds). It passes
        if it is at most `selftest.atol`; NaN never passes.
    """
    flat = output.ravel().astype(np.float64)
    difference = flat[list(selftest.indices)] - np.asarray(selftest.values)
    if precision not in ATOL:
        return float(np.sqrt(np.mean(difference**2)))
    whole = (flat.mean() - selftest.mean, flat.std() - selftest.std)
    return float(np.max(np.abs([*difference, *whole])))
