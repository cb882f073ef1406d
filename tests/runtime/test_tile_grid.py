from __future__ import annotations

import numpy as np
import pytest

from edgegan.errors import UsageError
from edgegan.runtime.tile_grid import Tiling, cut_side, fade

SIDES = [
    (length, tile, overlap)
    for tile in (1, 2, 7, 8)
    for overlap in {0, 1, tile // 4, tile // 2}
    if overlap <= tile // 2
    for length in (1, 2, 5, 8, 9, 15, 16, 17, 40)
]


@pytest.mark.parametrize(("length", "tile", "overlap"), SIDES)
def test_weights_sum_to_one(length: int, tile: int, overlap: int) -> None:
    side = cut_side(length, tile, overlap)
    total = np.zeros(len(side.pixels))
    for index, start in enumerate(side.starts):
        last = index == len(side.starts) - 1
        total[start : start + tile] += fade(tile, overlap, index == 0, last)
    assert np.allclose(total, 1, atol=1e-6)


@pytest.mark.parametrize(("length", "tile", "overlap"), SIDES)
def test_tiles_cover_the_side_and_no_more_than_needed(length: int, tile: int, overlap: int) -> None:
    side = cut_side(length, tile, overlap)
    step = tile - overlap
    assert side.starts == tuple(index * step for index in range(len(side.starts)))
    assert side.starts[-1] + tile == len(side.pixels) >= length
    if len(side.starts) > 1:  # one tile fewer would leave a part of the side out
        assert (len(side.starts) - 2) * step + tile < length
    inside = side.pixels[side.before : side.before + length]
    assert np.array_equal(inside, np.arange(length))


def test_a_side_is_reflected_at_both_ends() -> None:
    assert cut_side(4, 8, 2).pixels.tolist() == [2, 1, 0, 1, 2, 3, 2, 1]
    side = cut_side(17, 8, 2)  # 3 tiles reach over 20 pixels
    assert (side.starts, side.before) == ((0, 6, 12), 1)
    assert side.pixels.tolist() == [1, *range(17), 15, 14]
    assert cut_side(1, 3, 0).pixels.tolist() == [0, 0, 0]


def test_fading_is_linear() -> None:
    assert fade(8, 4, first=False, last=True).tolist() == [0.125, 0.375, 0.625, 0.875, 1, 1, 1, 1]
    assert fade(5, 2, first=True, last=False).tolist() == [1, 1, 1, 0.75, 0.25]
    assert fade(3, 0, first=False, last=False).tolist() == [1, 1, 1]


@pytest.mark.parametrize("overlap", [-1, 4])
def test_overlaps_that_cannot_be_blended(overlap: int) -> None:
    with pytest.raises(UsageError, match=f"overlap of {overlap} pixels.*from 0 to 3, half a tile"):
        Tiling(size=(7, 16), overlap=overlap)
    assert str(Tiling(size=(7, 16), overlap=3)) == "7x16, overlap 3"
