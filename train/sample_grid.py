"""Sample grids: held-out images, their translations, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgegan.data import Images, UnpairedData
from edgegan.errors import DataError, ImageError
from edgegan.images import FloatArray, ImageArray, to_float, to_uint8
from edgegan.train.preprocess import resize_to_channels

COLUMNS = 8


def held_out(data: UnpairedData, size: int, channels: int = 3) -> tuple[FloatArray, FloatArray]:
    """Take the first readable test images of A, and as many of B; aspect ignored.

    Returns:
        Two arrays, float32 `[N, size, size, channels]` in [-1, 1], N at most `COLUMNS`.

    Raises:
        DataError: no test image of a domain can be decoded.
    """
    images_a, images_b = (_first(images, size, channels) for images in (data.test_a, data.test_b))
    count = min(len(images_a), len(images_b))
    return images_a[:count], images_b[:count]


def sample_grid(a2b: Any, b2a: Any, images_a: FloatArray, images_b: FloatArray) -> ImageArray:
    """Draw six rows: A, A to B, and back to A; B, B to A, and back to B.

    Args:
        a2b: The generator from A to B.
        b2a: The other one.
        images_a: `[N, S, S, C]` in [-1, 1], C being 3 (RGB) or 1 (gray).
        images_b: The same.

    Returns:
        uint8 `[6 S, N S, 3]`, RGB.
    """
    rows: list[FloatArray] = []
    for images, there, back in ((images_a, a2b, b2a), (images_b, b2a, a2b)):
        translated = there(images).numpy()
        rows += [images, translated, back(translated).numpy()]
    return stack_rows(rows)


def student_grid(teacher: Any, student: Any, images: FloatArray) -> ImageArray:
    """Draw three rows: images, what the teacher makes of them, and what the student makes.

    Args:
        teacher: A generator.
        student: A generator of the same direction.
        images: `[N, S, S, C]` in [-1, 1], C being 3 (RGB) or 1 (gray).

    Returns:
        uint8 `[3 S, N S, 3]`, RGB.
    """
    return stack_rows([images, teacher(images).numpy(), student(images).numpy()])


def stack_rows(rows: Sequence[FloatArray]) -> ImageArray:
    """Put images side by side, and rows below each other.

    Args:
        rows: `[N, S, S, C]` in [-1, 1] each, C being 3 (RGB) or 1 (gray).

    Returns:
        uint8 `[len(rows) S, N S, 3]`, RGB.
    """
    grid = np.concatenate([np.concatenate(list(to_uint8(row)), axis=1) for row in rows])
    return np.broadcast_to(grid, (*grid.shape[:2], 3))


def _first(images: Images, size: int, channels: int) -> FloatArray:
    found: list[FloatArray] = []
    reason = ""
    for index in range(len(images)):
        try:
            found.append(to_float(resize_to_channels(images[index], (size, size), channels)))
        except ImageError as error:
            reason = str(error)
            continue
        if len(found) == COLUMNS:
            break
    if not found:
        raise DataError(f"No test image of a domain can be decoded, the last because {reason}")
    return np.stack(found)
