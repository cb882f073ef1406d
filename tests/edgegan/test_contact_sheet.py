"""Contact sheets: which images, how they are fitted, where they lie."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from edgegan.contact_sheet import CELL, captioned_rows, contact_sheet, spread, thumbnail


def test_spread_takes_first_and_last_and_evenly_between() -> None:
    assert spread(100, most=4) == [0, 33, 66, 99]
    assert spread(5, most=4) == [0, 1, 3, 4]
    assert spread(3, most=4) == [0, 1, 2]
    assert spread(1, most=4) == [0]
    assert spread(0, most=4) == []


@pytest.mark.parametrize("count", [12, 13, 14, 23, 24, 25, 1334])
def test_spread_repeats_none(count: int) -> None:
    chosen = spread(count)
    assert len(set(chosen)) == len(chosen) == 12
    assert chosen[-1] == count - 1


def test_a_thumbnail_keeps_the_aspect_on_white() -> None:
    image = np.random.default_rng(0).integers(0, 200, (30, 60, 3), dtype=np.uint8)
    small = thumbnail(image, 20)
    assert (small[:5] == 255).all()
    assert (small[15:] == 255).all()
    expected = Image.fromarray(image).resize((20, 10), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(small[5:15], np.asarray(expected))


@pytest.mark.parametrize("shape", [(1, 500, 3), (500, 1, 3), (1, 1, 3), (7, 5, 3)])
def test_a_thumbnail_of_any_shape(shape: tuple[int, ...]) -> None:
    small = thumbnail(np.zeros(shape, np.uint8))
    assert small.shape == (CELL, CELL, 3)
    assert (small == 0).any()


def test_rows_lie_one_below_the_other() -> None:
    reds = {
        value: np.full((CELL, CELL, 3), (value, 0, 0), np.uint8) for value in (100, 120, 140, 160)
    }
    sheet = contact_sheet({"first": [reds[100], reds[120], reds[140]], "second": [reds[160]]})
    assert sheet.dtype == np.uint8
    corners = []
    for value in reds:
        found = np.argwhere((sheet == (value, 0, 0)).all(-1))
        assert len(found) == CELL * CELL
        corners.append(found[0].tolist())
    tops, lefts = zip(*corners, strict=True)
    assert tops[0] == tops[1] == tops[2] <= tops[3] - CELL
    assert lefts[1] - lefts[0] == lefts[2] - lefts[1] >= CELL
    assert lefts[3] == lefts[0]


def test_each_row_has_its_label_left_of_the_images() -> None:
    white = np.full((CELL, CELL, 3), 255, np.uint8)
    sheet = contact_sheet({"trainA": [white], "": [white]})
    left = int(np.argwhere((sheet == 255).all(-1))[:, 1].min())
    dark = np.argwhere(sheet.max(-1) < 100)
    assert len(dark) > 20
    assert dark[:, 1].max() < left
    assert dark[:, 0].max() < len(sheet) // 2


def test_rows_may_be_empty() -> None:
    assert contact_sheet({"trainA": [], "trainB": []}).shape[0] > 2 * CELL
    assert contact_sheet({}).size > 0


def rows_of(side: int, caption: str = "one") -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    image = np.full((side, side, 3), (200, 0, 0), np.uint8)
    return captioned_rows(["title"], ["left", "right"], [(caption, [image, image])])


@pytest.mark.parametrize(("side", "shown"), [(4, 128), (100, 200), (128, 128), (1024, 384)])
def test_captioned_images_are_large_enough_to_see_and_small_enough_to_fit(
    side: int, shown: int
) -> None:
    sheet = rows_of(side)
    assert (sheet == (200, 0, 0)).all(-1).sum() == 2 * shown**2
    assert 2 * shown < sheet.shape[1] < 2 * shown + 40


def test_a_caption_that_does_not_fit_is_cut_and_any_name_can_be_drawn() -> None:
    assert rows_of(4, "long " * 100).shape == rows_of(4).shape
    np.testing.assert_array_equal(rows_of(4, "\u65e5 x"), rows_of(4, "? x"))
    assert (rows_of(4, "a") != rows_of(4, "b")).any()
