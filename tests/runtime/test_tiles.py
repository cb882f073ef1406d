from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from edgegan.errors import UsageError
from edgegan.images import ImageArray
from edgegan.runtime.tile_grid import Tiling
from edgegan.runtime.tiles import translate_tiles

TILING = Tiling(size=(8, 12), overlap=4)
SIZES = [(8, 12), (3, 5), (1, 1), (17, 30), (40, 12), (8, 50), (29, 31)]


def picture(size: tuple[int, int], seed: int = 0) -> ImageArray:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3)).astype(np.uint8)


def curve(tiles: ImageArray) -> ImageArray:
    """Change each pixel by itself."""
    return (255 - tiles // 2 + tiles[..., ::-1] // 3).astype(np.uint8)


def stretched(tiles: ImageArray) -> ImageArray:
    """Bring each tile to mean 128 and deviation 40, as an instance norm would."""
    values = tiles.astype(float)
    values -= values.mean((1, 2), keepdims=True)
    values *= 40 / (values.std((1, 2), keepdims=True) + 1e-3)
    return cast(ImageArray, np.clip(np.rint(values + 128), 0, 255).astype(np.uint8))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("overlap", [0, 1, 4])
def test_a_change_of_single_pixels_has_no_seams(size: tuple[int, int], overlap: int) -> None:
    tiling = Tiling(size=(8, 12), overlap=overlap)
    image = picture(size)
    result, seams = translate_tiles(curve, image, tiling)
    assert np.array_equal(result, curve(image))
    assert all((seam.mean, seam.maximum) == (0, 0) for seam in seams)


@pytest.mark.parametrize("size", SIZES)
def test_overlaps_are_blended_linearly(size: tuple[int, int]) -> None:
    image = picture(size)
    result, _ = translate_tiles(stretched, image, TILING)
    assert result.shape == image.shape
    assert result.dtype == np.uint8
    assert np.abs(result - blended(image)).max() <= 0.501


def blended(image: ImageArray) -> np.ndarray:
    """Blend tiles by weights as pyramids over the whole canvas, divided by their sum."""
    tile, step = TILING.size, [side - TILING.overlap for side in TILING.size]
    lengths = image.shape[:2]
    counts = [max(1, int(np.ceil((n - 4) / s))) for n, s in zip(lengths, step, strict=True)]
    whole = [s * (c - 1) + t for s, c, t in zip(step, counts, tile, strict=True)]
    before = [(w - n) // 2 for w, n in zip(whole, lengths, strict=True)]
    pads = [(b, w - n - b) for b, w, n in zip(before, whole, lengths, strict=True)]
    canvas = np.pad(image, (*pads, (0, 0)), mode="reflect")
    ramps = [np.minimum(np.arange(t) + 0.5, t - 0.5 - np.arange(t)).clip(max=4) for t in tile]
    weights = np.outer(*ramps)[..., None]
    total, weight = np.zeros(canvas.shape), np.zeros(canvas.shape)
    for i in range(counts[0]):
        for j in range(counts[1]):
            top, left = i * step[0], j * step[1]
            place = np.s_[top : top + tile[0], left : left + tile[1]]
            total[place] += weights * stretched(canvas[place][None])[0]
            weight[place] += weights
    rows, columns = (slice(b, b + n) for b, n in zip(before, lengths, strict=True))
    return (total / weight)[rows, columns]


def test_an_instance_norm_makes_seams() -> None:
    image = picture((16, 20))
    image[:, 14:] //= 8  # a dark part, which only the tiles on the right see
    _, seams = translate_tiles(stretched, image, TILING)
    # 3 x 2 tiles: in each row one seam, in each column two.
    below = [(4, 8), (4, 0), (4, 8), (8, 8), (8, 0), (8, 8)]
    assert [(seam.top, seam.left) for seam in seams] == [(0, 8), *below]
    assert min(seam.mean for seam in seams) > 1


def test_a_seam_is_measured_where_it_is_seen() -> None:
    shades = iter([0, 1, 4, 9, 16, 25])
    _, seams = translate_tiles(
        lambda tiles: np.full_like(tiles, next(shades)), picture((11, 25)), TILING
    )
    # 2 x 3 tiles with the shades 0, 1, 4 and 9, 16, 25, on sides lengthened to 12 x 28.
    assert [seam.mean for seam in seams] == [1, 3, 7, 9, 9, 15, 21]
    places = [(s.top, s.left, s.height, s.width) for s in seams]
    assert places == [
        (0, 7, 8, 4),
        (0, 15, 8, 4),
        (4, 7, 7, 4),
        (4, 15, 7, 4),
        (4, 0, 4, 11),
        (4, 7, 4, 12),
        (4, 15, 4, 10),
    ]


@pytest.mark.parametrize("batch", [1, 2, 4, 100])
def test_tiles_come_in_batches(batch: int) -> None:
    sizes: list[int] = []

    def counted(tiles: ImageArray) -> ImageArray:
        sizes.append(len(tiles))
        return stretched(tiles)

    image = picture((29, 31))
    result, _ = translate_tiles(counted, image, TILING, batch)
    assert sum(sizes) == 7 * 4
    assert max(sizes) == min(batch, 28)
    assert all(size == batch for size in sizes[:-1])  # full across rows
    assert np.array_equal(result, translate_tiles(stretched, image, TILING)[0])


def test_a_network_that_changes_the_size_is_refused() -> None:
    with pytest.raises(UsageError, match="this one makes 16x12 of 8x12"):
        translate_tiles(lambda tiles: tiles.repeat(2, axis=1), picture((9, 9)), TILING)
