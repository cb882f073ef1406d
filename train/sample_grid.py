"""Sample grids: held-out images, their translations, and the way back."""

from __future__ import annotations

import numpy as np

from edgegan.data import Images, UnpairedData
from edgegan.errors import DataError, ImageError
from edgegan.images import FloatArray, ImageArray, resize, to_float, to_uint8
from edgegan.train.cyclegan import CycleGAN

COLUMNS = 8


def held_out(data: UnpairedData, size: int) -> tuple[FloatArray, FloatArray]:
    """Take the first readable test images of A, and as many of B.

    Returns:
        Two arrays, float32 `[N, size, size, 3]` in [-1, 1], N at most `COLUMNS`.

    Raises:
        DataError: no test image of a domain can be decoded.
    """
    images_a, images_b = _first(data.test_a, size), _first(data.test_b, size)
    count = min(len(images_a), len(images_b))
    return images_a[:count], images_b[:count]


def sample_grid(gan: CycleGAN, images_a: FloatArray, images_b: FloatArray) -> ImageArray:
    """Draw six rows: A, A to B, and back to A; B, B to A, and back to B.

    Args:
        gan: The networks.
        images_a: `[N, S, S, 3]` in [-1, 1].
        images_b: The same.

    Returns:
        uint8 `[6 S, N S, 3]`.
    """
    rows: list[FloatArray] = []
    for images, there, back in (
        (images_a, gan.a2b, gan.b2a),
        (images_b, gan.b2a, gan.a2b),
    ):
        translated = there(images).numpy()
        rows += [images, translated, back(translated).numpy()]
    return np.concatenate([np.concatenate(list(to_uint8(row)), axis=1) for row in rows])


def _first(images: Images, size: int) -> FloatArray:
    found: list[FloatArray] = []
    reason = ""
    for index in range(len(images)):
        try:
            found.append(to_float(resize(images[index], (size, size))))
        except ImageError as error:
            reason = str(error)
            continue
        if len(found) == COLUMNS:
            break
    if not found:
        raise DataError(f"No test image of a domain can be decoded, the last because {reason}")
    return np.stack(found)
