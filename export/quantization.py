"""What quantization needs beside the network: real inputs, a method, layers to spare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from edgegan.export.learned_ranges import LearnedRanges
from edgegan.images import FloatArray

CalibrationMethod = Literal["min-max", "entropy", "percentile"]
# One entry a call of the network: the image, float32 `[N, H, W, C]` in [-1, 1], and the
# label, float32 `[N, c]`, if it takes one.
Feeds = Sequence[tuple[FloatArray, ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Quantization:
    """How to quantize.

    Attributes:
        feeds: Real inputs to measure the ranges of activations on; static precisions
            need them.
        method: How a range is told from what was measured: its extremes, the cut that
            loses least information (Kullback-Leibler divergence), or a percentile.
        keep: Names of the Keras layers that stay in float.
        learned: The ranges that the generator was trained with; then none are measured.
    """

    feeds: Feeds = ()
    method: CalibrationMethod = "min-max"
    keep: frozenset[str] = frozenset()
    learned: LearnedRanges | None = None

    @property
    def has_ranges(self) -> bool:
        """Whether there is anything to tell ranges from."""
        return bool(self.feeds) or self.learned is not None
