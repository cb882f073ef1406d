"""Contact sheets: a few images of each part of a data set, in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from edgegan.images import ImageArray, resize

COLUMNS = 12
CELL = 96  # pixels
_GAP = 6
_GROUND = (216, 216, 216)  # gray, so that the white squares show


def spread(count: int, most: int = COLUMNS) -> list[int]:
    """Choose at most `most` of `count` indices: the first, the last, and evenly between."""
    return [round(index) for index in np.linspace(0, count - 1, min(count, most)).tolist()]


def thumbnail(image: ImageArray, side: int = CELL) -> ImageArray:
    """Fit uint8 `[H, W, 3]` into a white square `[side, side, 3]`, aspect kept, centred."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    small = resize(image, (max(1, round(height * scale)), max(1, round(width * scale))))
    square = np.full((side, side, 3), 255, np.uint8)
    top, left = (side - small.shape[0]) // 2, (side - small.shape[1]) // 2
    square[top : top + small.shape[0], left : left + small.shape[1]] = small
    return square


def contact_sheet(rows: Mapping[str, Sequence[ImageArray]]) -> ImageArray:
    """Draw labelled rows of thumbnails.

    Args:
        rows: By label: uint8 `[CELL, CELL, 3]` each. The end of a short row stays gray.

    Returns:
        uint8 `[H, W, 3]`.
    """
    font = ImageFont.load_default()
    margin = round(max((font.getlength(label) for label in rows), default=0)) + 2 * _GAP
    step, columns = CELL + _GAP, max(map(len, rows.values()), default=0)
    sheet = Image.new("RGB", (margin + columns * step, _GAP + len(rows) * step), _GROUND)
    pen = ImageDraw.Draw(sheet)
    for row, (label, images) in enumerate(rows.items()):
        top = _GAP + row * step
        pen.text((_GAP, top + CELL // 2), label, fill="black", font=font)
        for column, image in enumerate(images):
            sheet.paste(Image.fromarray(image), (margin + column * step, top))
    return np.asarray(sheet, dtype=np.uint8)
