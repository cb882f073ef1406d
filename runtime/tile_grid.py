"""Where a picture is cut into overlapping tiles, and how much each counts where they meet.

Each side is cut alike: tiles lie one step, size - overlap, apart, from end to end of the
side, which reflection lengthens at both ends to a whole number of steps. In an overlap one
tile fades out and the next one in, linearly, so that the weights sum to 1 everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgegan.errors import UsageError
from edgegan.images import FloatArray


@dataclass(frozen=True, kw_only=True)
class Tiling:
    """How large tiles are, (H, W), and by how many pixels neighbours overlap."""

    size: tuple[int, int]
    overlap: int

    def __post_init__(self) -> None:
        """Refuse what cannot be blended: more than two tiles may not meet along a side.

        Raises:
            UsageError: the overlap is negative, or more than half a tile.
        """
        most = min(self.size) // 2
        if not 0 <= self.overlap <= most:
            raise UsageError(
                f"An overlap of {self.overlap} pixels does not fit tiles of "
                f"{self.size[0]}x{self.size[1]}; it must be from 0 to {most}, half a tile."
            )

    def __str__(self) -> str:
        """Tell both, such as "256x256, overlap 64"."""
        return f"{self.size[0]}x{self.size[1]}, overlap {self.overlap}"


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a picture, cut into tiles.

    Attributes:
        length: Of the side, pixels.
        starts: Where each tile begins, in the lengthened side.
        before: How many pixels the side was lengthened by at its beginning.
        pixels: For each position of the lengthened side, the pixel of the picture.
    """

    length: int
    starts: tuple[int, ...]
    before: int
    pixels: NDArray[np.intp]


def cut_side(length: int, tile: int, overlap: int) -> Side:
    """Cut a side of `length` pixels into as few tiles as cover it; short ones get one."""
    step = tile - overlap
    count = max(1, -(-(length - overlap) // step))
    extra = tile + (count - 1) * step - length
    before = extra // 2
    return Side(
        length=length,
        starts=tuple(range(0, count * step, step)),
        before=before,
        pixels=np.pad(np.arange(length), (before, extra - before), mode="reflect"),
    )


def fade(tile: int, overlap: int, first: bool, last: bool) -> FloatArray:
    """Make the weights of a tile along one side, `[tile]`: 1, less where a neighbour is.

    Args:
        tile: Its length.
        overlap: With each neighbour.
        first: There is no tile before it.
        last: There is none behind it.
    """
    weights = np.ones(tile, np.float32)
    rising = ((np.arange(overlap) + 0.5) / max(overlap, 1)).astype(np.float32)
    if not first:
        weights[:overlap] = rising
    if not last:
        weights[tile - overlap :] = rising[::-1]
    return weights
