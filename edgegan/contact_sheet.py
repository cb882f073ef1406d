"""Contact sheets: images in labelled or captioned rows, in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from edgegan.images import ImageArray, resize

COLUMNS = 12
CELL = 96  # pixels
_GAP = 6
_LINE = 14  # pixels from one line of text to the next
_SMALLEST, _LARGEST = 128, 384  # sides that images are brought between to be looked at
_GROUND = (216, 216, 216)  # gray, so that the white squares show
_Font = ImageFont.ImageFont | ImageFont.FreeTypeFont


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


def captioned_rows(
    title: Sequence[str], columns: Sequence[str], rows: Sequence[tuple[str, Sequence[ImageArray]]]
) -> ImageArray:
    """Draw rows of images, each below its caption, in columns that have names.

    Small images are enlarged by a whole factor, so that each pixel shows; large ones are
    made smaller.

    Args:
        title: Lines above all.
        columns: The names.
        rows: Caption and images, uint8 `[H, W, 3]`, all of one size; at least one row, with
            an image for each column.

    Returns:
        uint8 `[H, W, 3]`. Text that does not fit ends in "...".
    """
    font = ImageFont.load_default()
    cells = [(caption, [_visible(image) for image in images]) for caption, images in rows]
    height, width = cells[0][1][0].shape[:2]
    head = _GAP + (len(title) + 1) * _LINE
    step = _LINE + height + 2 * _GAP
    across = len(columns) * (width + _GAP) + _GAP
    sheet = Image.new("RGB", (across, head + _GAP + len(cells) * step), _GROUND)
    pen = ImageDraw.Draw(sheet)

    def write(left: int, top: int, text: str, room: int) -> None:
        pen.text((left, top), _fitted(text, font, room), fill="black", font=font)

    for line, text in enumerate(title):
        write(_GAP, _GAP + line * _LINE, text, across - 2 * _GAP)
    for column, text in enumerate(columns):
        write(_GAP + column * (width + _GAP), head - _LINE, text, width)
    for row, (caption, images) in enumerate(cells):
        top = head + _GAP + row * step
        write(_GAP, top, caption, across - 2 * _GAP)
        for column, image in enumerate(images):
            sheet.paste(Image.fromarray(image), (_GAP + column * (width + _GAP), top + _LINE))
    return np.asarray(sheet, dtype=np.uint8)


def _visible(image: ImageArray) -> ImageArray:
    side = max(image.shape[:2])
    if side > _LARGEST:
        height, width = (max(1, round(edge * _LARGEST / side)) for edge in image.shape[:2])
        return resize(image, (height, width))
    factor = -(-_SMALLEST // side)
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def _fitted(text: str, font: _Font, room: int) -> str:
    """Cut a text to `room` pixels; what the simplest of Pillow's fonts lacks becomes "?"."""
    text = text.encode("ascii", "replace").decode()
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(f"{text}...") > room:
        text = text[:-1]
    return f"{text}..."
