from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import UsageError
from edgegan.export.parity import Sample, verify
from edgegan.export.parity_sheet import difference, parity_sheet, sheet_path, write_parity_sheet
from edgegan.images import load_image

# Neither side is gray, so that the images are found again on the sheet.
SOURCES = {"a.png": (10, 0, 0), "b.png": (0, 20, 0)}
REFERENCE, GOOD, BAD = (0, 0, 100), (0, 0, 103), (0, 0, 120)


def solid(colour: tuple[int, int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((64, 48, 3), colour, np.uint8)


COMPARISON = verify(
    lambda image, label: solid(REFERENCE),
    lambda image, label: solid(GOOD if image[0, 0, 0] else BAD),
    [Sample(name=name, image=solid(colour)) for name, colour in SOURCES.items()],
    "int8",
    "these",
)


def test_the_difference_is_eight_times_and_clipped() -> None:
    image, reference = (np.array([[values]], np.uint8) for values in ([10, 4, 99], [7, 5, 9]))
    assert difference(image, reference).tolist() == [[[24, 8, 255]]]


def test_rows_go_from_the_worst_and_columns_from_the_source() -> None:
    sheet = parity_sheet(COMPARISON)
    corners = {}
    for colour in (*SOURCES.values(), REFERENCE, GOOD, BAD, (0, 0, 160), (0, 0, 24)):
        found = np.argwhere((sheet == colour).all(-1))
        assert len(found) % (128 * 96) == 0  # enlarged twice
        corners[colour] = found[0].tolist()
    worst = [corners[colour] for colour in (SOURCES["b.png"], REFERENCE, BAD, (0, 0, 160))]
    assert len({top for top, _ in worst}) == 1
    lefts = [left for _, left in worst]
    assert lefts == sorted(lefts)
    better = [corners[colour] for colour in (SOURCES["a.png"], GOOD, (0, 0, 24))]
    assert len({top for top, _ in better}) == 1
    assert better[0][0] > worst[0][0] + 128


def test_the_sheet_lies_beside_its_artifact(tmp_path: Path) -> None:
    path = sheet_path(tmp_path / "A2B-64x64-int8.tflite")
    assert path.name == "A2B-64x64-int8.tflite.parity.png"
    write_parity_sheet(path, COMPARISON)
    np.testing.assert_array_equal(load_image(path), parity_sheet(COMPARISON))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    with pytest.raises(UsageError, match="Cannot save an image"):
        write_parity_sheet(tmp_path / "sheet.txt", COMPARISON)
