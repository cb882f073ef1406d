"""A sheet of one image in every domain, with titles."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from edgegan.images import ImageArray

_GAP = 6
_TITLE = 16  # pixels, above each image
_GROUND = (216, 216, 216)  # gray, so that white images show


def titled_grid(cells: Sequence[tuple[str, ImageArray]]) -> ImageArray:
    """Draw images with their titles above, in about as many rows as columns.

    Args:
        cells: Titles and images, uint8 `[H, W, 3]`, all of one size; at least one.

    Returns:
        uint8 `[H, W, 3]`.
    """
    font = ImageFont.load_default()
    height, width = cells[0][1].shape[:2]
    columns = math.ceil(math.sqrt(len(cells)))
    rows = math.ceil(len(cells) / columns)
    across = max(width, math.ceil(max(font.getlength(title) for title, _ in cells))) + _GAP
    down = _TITLE + height + _GAP
    sheet = Image.new("RGB", (_GAP + columns * across, _GAP + rows * down), _GROUND)
    pen = ImageDraw.Draw(sheet)
    for index, (title, image) in enumerate(cells):
        row, column = divmod(index, columns)
        left, top = _GAP + column * across, _GAP + row * down
        pen.text((left, top), title, fill="black", font=font)
        sheet.paste(Image.fromarray(image), (left, top + _TITLE))
    return np.asarray(sheet, dtype=np.uint8)
