"""Translate pictures larger than the network, tile by tile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from edgegan.errors import UsageError
from edgegan.images import FloatArray, ImageArray
from edgegan.runtime.seams import Seam, measure_seam
from edgegan.runtime.tile_grid import Side, Tiling, cut_side, fade


@dataclass(frozen=True, kw_only=True)
class _Grid:
    tiling: Tiling
    rows: Side
    columns: Side


def translate_tiles(
    translate: Callable[[ImageArray], ImageArray],
    picture: ImageArray,
    tiling: Tiling,
    batch: int = 1,
) -> tuple[ImageArray, list[Seam]]:
    """Translate a picture of any size.

    The memory needed beside picture and result is that of one row of tiles.

    Args:
        translate: Maps tiles, uint8 `[N, *tiling.size, 3]`, to the same.
        picture: uint8 `[H, W, 3]`.
        tiling: How it is cut.
        batch: How many tiles are given at once, N; the last time may be fewer.

    Returns:
        uint8 `[H, W, 3]`, and the seams: those of a tile with that on its left, and with
        that above.

    Raises:
        UsageError: `translate` does not keep the size.
    """
    grid = _Grid(
        tiling=tiling,
        rows=cut_side(picture.shape[0], tiling.size[0], tiling.overlap),
        columns=cut_side(picture.shape[1], tiling.size[1], tiling.overlap),
    )
    outputs = _outputs(translate, _cut(picture, grid), tiling, batch)
    result = np.empty_like(picture)
    seams: list[Seam] = []
    above: list[ImageArray] = []
    faded_out: FloatArray | None = None  # what the row above adds to the overlap
    for top in grid.rows.starts:
        tiles = list(islice(outputs, len(grid.columns.starts)))
        seams += _seams(tiles, above, top, grid)
        faded_out = _place(result, _blend_row(tiles, grid), faded_out, top, grid)
        above = tiles
    return result, seams


def _cut(picture: ImageArray, grid: _Grid) -> Iterator[ImageArray]:
    """Cut the tiles, row by row."""
    height, width = grid.tiling.size
    for top in grid.rows.starts:
        row = picture[grid.rows.pixels[top : top + height]]
        for left in grid.columns.starts:
            yield row[:, grid.columns.pixels[left : left + width]]


def _outputs(
    translate: Callable[[ImageArray], ImageArray],
    tiles: Iterator[ImageArray],
    tiling: Tiling,
    batch: int,
) -> Iterator[ImageArray]:
    while group := list(islice(tiles, batch)):
        for output in translate(np.stack(group)):
            if output.shape[:2] != tiling.size:
                was, now = ("x".join(map(str, size)) for size in (tiling.size, output.shape[:2]))
                raise UsageError(
                    f"--tile needs a network that keeps the size of its input; this one makes "
                    f"{now} of {was}. Leave out --tile, or give a size that the network takes."
                )
            yield output


def _blend_row(tiles: list[ImageArray], grid: _Grid) -> FloatArray:
    """Blend the tiles of one row with each other, `[tile height, lengthened width, 3]`."""
    height, width = grid.tiling.size
    blended = np.zeros((height, len(grid.columns.pixels), 3), np.float32)
    for index, (left, tile) in enumerate(zip(grid.columns.starts, tiles, strict=True)):
        weights = fade(width, grid.tiling.overlap, index == 0, index == len(tiles) - 1)
        blended[:, left : left + width] += tile * weights[:, None]
    return blended


def _place(
    result: ImageArray, row: FloatArray, faded_out: FloatArray | None, top: int, grid: _Grid
) -> FloatArray:
    """Write what of a row of tiles is final; return what it adds to the row below.

    Args:
        result: Is written to.
        row: The tiles blended with each other; is changed.
        faded_out: What the row above adds to this one's first lines; None if there is none.
        top: Where the row begins, in the lengthened side.
        grid: The tiles.
    """
    height, overlap = grid.tiling.size[0], grid.tiling.overlap
    last = top == grid.rows.starts[-1]
    row *= fade(height, overlap, faded_out is None, last)[:, None, None]
    if faded_out is not None:
        row[:overlap] += faded_out
    lines = height if last else height - overlap
    begin = max(top, grid.rows.before)
    end = min(top + lines, grid.rows.before + grid.rows.length)
    first = grid.columns.before
    visible = row[begin - top : end - top, first : first + grid.columns.length]
    result[begin - grid.rows.before : end - grid.rows.before] = np.rint(visible)
    return row[lines:]


def _seams(
    tiles: list[ImageArray], above: list[ImageArray], top: int, grid: _Grid
) -> Iterator[Seam]:
    """Measure the seams of a row of tiles with each other, and with those above."""
    overlap = grid.tiling.overlap
    if not overlap:
        return
    height, width = grid.tiling.size
    place = grid.columns.starts
    for left, one, other in zip(place[1:], tiles, tiles[1:], strict=False):
        yield _seam(one[:, width - overlap :], other[:, :overlap], top, left, grid)
    for left, one, other in zip(place, above, tiles, strict=False):
        yield _seam(one[height - overlap :], other[:overlap], top, left, grid)


def _seam(one: ImageArray, other: ImageArray, top: int, left: int, grid: _Grid) -> Seam:
    """Measure the visible part of a seam that begins at (top, left) of the lengthened sides."""
    down, across = grid.rows, grid.columns
    top, left = top - down.before, left - across.before
    rows = slice(max(-top, 0), min(one.shape[0], down.length - top))
    columns = slice(max(-left, 0), min(one.shape[1], across.length - left))
    return measure_seam(one[rows, columns], other[rows, columns], max(top, 0), max(left, 0))
