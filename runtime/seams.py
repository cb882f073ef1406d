"""How far two tiles differ where they overlap: what blending has to hide.

A network with instance norm looks at a whole tile, so that a pixel's result depends on
which tile it is in. Differences are of uint8 results, before blending, in LSB (steps of
0..255).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgegan.images import ImageArray

# Above it, a tile's brightness or colour visibly differs from its neighbour's.
NOTABLE_LSB = 4.0


@dataclass(frozen=True, kw_only=True)
class Seam:
    """The overlap of two tiles, where it lies in the picture, and how far they differ.

    Attributes:
        top, left, height, width: The place, pixels.
        mean: Mean absolute difference, LSB.
        maximum: The largest.
    """

    top: int
    left: int
    height: int
    width: int
    mean: float
    maximum: int


@dataclass(frozen=True, kw_only=True)
class SeamSummary:
    """The seams of all pictures of a run.

    Attributes:
        count: How many.
        median: Of their means, LSB.
        maximum: The largest difference of all, LSB.
        worst: The seam with the largest mean.
        picture: The picture that it is in.
    """

    count: int
    median: float
    maximum: int
    worst: Seam
    picture: str

    @property
    def notable(self) -> bool:
        """Tell whether the seams are likely to show: a typical one is above the limit."""
        return self.median > NOTABLE_LSB


class SeamLog:
    """Gathers the seams of pictures, of which it keeps the means and the worst."""

    def __init__(self) -> None:
        self._pending: list[Seam] = []
        self._means: list[float] = []
        self._maximum = 0
        self._worst: tuple[Seam, str] | None = None

    def add(self, seams: Sequence[Seam]) -> None:
        """Take the seams of the picture at hand."""
        self._pending.extend(seams)

    def name(self, picture: str) -> None:
        """Say what the picture is called whose seams were added last."""
        for seam in self._pending:
            self._means.append(seam.mean)
            self._maximum = max(self._maximum, seam.maximum)
            if self._worst is None or seam.mean > self._worst[0].mean:
                self._worst = seam, picture
        self._pending.clear()

    def summary(self) -> SeamSummary | None:
        """Summarize all pictures named; None if they have no seam."""
        if self._worst is None:
            return None
        return SeamSummary(
            count=len(self._means),
            median=float(np.median(self._means)),
            maximum=self._maximum,
            worst=self._worst[0],
            picture=self._worst[1],
        )


def measure_seam(one: ImageArray, other: ImageArray, top: int, left: int) -> Seam:
    """Compare what two tiles say of the same pixels.

    Args:
        one: uint8 `[H, W, 3]`, at least one pixel.
        other: The same.
        top: Where it lies in the picture.
        left: The same.
    """
    difference = np.abs(one.astype(np.int16) - other)
    return Seam(
        top=top,
        left=left,
        height=one.shape[0],
        width=one.shape[1],
        mean=float(difference.mean()),
        maximum=int(difference.max()),
    )
