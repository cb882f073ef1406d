"""The parity gate: an artifact's images against its reference's, in image metrics.

Both sides translate the same images; their uint8 results are compared. The gate is
median PSNR >= T and minimum >= T - 6 dB, with T by precision; fp32 must also be within
1 LSB everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeVar

from edgegan.image_metrics import max_lsb, psnr, share_over_2lsb, ssim
from edgegan.images import ImageArray
from edgegan.manifest import Parity

T = TypeVar("T")
MIN_PSNR_DB = {"fp32": 60.0, "fp16": 45.0, "int8-dynamic": 34.0}
WORST_BELOW_MEDIAN_DB = 6.0
FP32_MAX_LSB = 1


def verify(
    reference: Callable[[T], ImageArray],
    candidate: Callable[[T], ImageArray],
    images: Sequence[T],
    precision: str,
    source: str,
    min_psnr: float | None = None,
) -> Parity:
    """Compare two generators on `images`.

    Args:
        reference: What is right: gives uint8 `[H, W, 3]` for one of `images`.
        candidate: What is checked.
        images: uint8 `[H, W, 3]`, of the size both take; or whatever both take instead,
            such as images with labels.
        precision: The candidate's, which chooses the threshold.
        source: Says which images and reference these are.
        min_psnr: Another threshold for the median, dB.
    """
    pairs = [(candidate(image), reference(image)) for image in images]
    values = [psnr(*pair) for pair in pairs]
    threshold = MIN_PSNR_DB[precision] if min_psnr is None else min_psnr
    worst_lsb = max(max_lsb(*pair) for pair in pairs)
    close = median(values) >= threshold and min(values) >= threshold - WORST_BELOW_MEDIAN_DB
    exact = worst_lsb <= FP32_MAX_LSB or precision != "fp32" or min_psnr is not None
    return Parity(
        images=len(pairs),
        source=source,
        psnr_min=round(min(values), 2),
        psnr_median=round(median(values), 2),
        ssim_median=round(median(ssim(*pair) for pair in pairs), 5),
        max_lsb=worst_lsb,
        share_over_2lsb=round(sum(share_over_2lsb(*pair) for pair in pairs) / len(pairs), 6),
        passed=close and exact,
    )


def describe_gate(precision: str, min_psnr: float | None = None) -> str:
    """Say what the gate of `precision` asks for."""
    threshold = MIN_PSNR_DB[precision] if min_psnr is None else min_psnr
    text = f"median >= {threshold:g} dB and minimum >= {threshold - WORST_BELOW_MEDIAN_DB:g} dB"
    exact = precision == "fp32" and min_psnr is None
    return f"{text}, within {FP32_MAX_LSB}/255" if exact else text
