from __future__ import annotations

import numpy as np
import pytest

from edgegan.images import ImageArray
from edgegan.runtime.domain_sheet import titled_grid


def cell(level: int, title: str = "x") -> tuple[str, ImageArray]:
    """Make a coloured cell; titles and ground are gray."""
    image = np.zeros((10, 40, 3), np.uint8)
    image[..., 0] = level
    return title, image


@pytest.mark.parametrize(
    ("count", "rows", "columns"), [(1, 1, 1), (2, 1, 2), (4, 2, 2), (6, 2, 3), (41, 6, 7)]
)
def test_cells_fill_a_near_square(count: int, rows: int, columns: int) -> None:
    sheet = titled_grid([cell(10 + index) for index in range(count)])
    assert sheet.dtype == np.uint8
    found = [np.argwhere((sheet == (10 + index, 0, 0)).all(axis=-1)) for index in range(count)]
    assert [len(pixels) for pixels in found] == [10 * 40] * count
    corners = [tuple(pixels.min(axis=0)) for pixels in found]
    assert len({row for row, _ in corners}) == rows
    assert len({column for _, column in corners}) == columns
    assert corners == sorted(corners)  # row by row


def test_titles_are_written_and_make_room() -> None:
    title = "Wearing_Necklace and more =0"
    narrow, wide = titled_grid([cell(200)]), titled_grid([cell(200, title)])
    assert wide.shape[1] > narrow.shape[1] > 40
    dark = [(sheet.min(axis=-1) > 0) & (sheet.max(axis=-1) < 150) for sheet in (narrow, wide)]
    assert dark[1].sum() > dark[0].sum() > 0
