"""A number measured on some images, and how far other images would have moved it.

Intervals come from the bootstrap (Efron 1979): the images are drawn again and again, with
replacement, and the number is computed anew. All numbers of one table use the same draws,
so that rows and directions that share images can be averaged and compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 500
LEVEL = 95  # percent

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Estimate:
    """A measured number.

    Attributes:
        value: The number.
        draws: `[D]`, what it is for images drawn anew.
        images: How many images it is from.
    """

    value: float
    draws: Values
    images: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        tail = (100 - LEVEL) / 2
        low, high = np.percentile(self.draws, [tail, 100 - tail])
        return float(low), float(high)

    def images_needed(self, half_width: float) -> int:
        """Tell how many images would narrow the interval to +- `half_width`.

        Intervals shrink with the root of the number of images.
        """
        low, high = self.interval
        if half_width <= 0:
            return self.images
        return math.ceil(self.images * ((high - low) / 2 / half_width) ** 2)


def mean_estimate(values: Sequence[float] | Values) -> Estimate:
    """Estimate the mean of what was measured on each image, `[N]`."""
    array = np.asarray(values, np.float64)
    return Estimate(float(array.mean()), array[picks(len(array))].mean(axis=1), len(array))


def averaged(estimates: Sequence[Estimate]) -> Estimate:
    """Average over directions, which count alike."""
    draws = np.mean([estimate.draws for estimate in estimates], axis=0)
    value = float(np.mean([estimate.value for estimate in estimates]))
    return Estimate(value, draws, min(estimate.images for estimate in estimates))


def picks(count: int, seed: int = 0) -> NDArray[np.int64]:
    """Draw `count` of `count` images, with replacement, `DRAWS` times: `[DRAWS, count]`."""
    return np.random.default_rng(seed).integers(count, size=(DRAWS, count))
