"""The image convention, and the only place that reads and writes image files.

At the edges an image is uint8 `[H, W, 3]`, RGB. Inside it is float32 `[N, H, W, 3]`,
RGB, in [-1, 1]: `x / 127.5 - 1`, as both papers' reference code does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from math import atanh
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from edgegan.atomic import atomic_path
from edgegan.errors import EdgeganError, ImageError, UsageError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
# Only these decoders are tried, whatever a file is called: some of Pillow's others start
# programs (EPS: Ghostscript).
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
_QUALITY = 95  # of JPEG and WebP; Pillow's own 75 to 80 shows on flat colours
# A 64-megapixel photo takes 192 MiB as RGB. Larger files are refused before decoding,
# so that a small crafted file cannot exhaust the memory.
MAX_PIXELS = 64_000_000
# What tanh makes of anything beyond rounds to the byte 0 or 255, so that a wider range of its
# inputs only coarsens what is inside. It is one int8 step more than needed: a zero point moves
# the ends of a range by up to half a step, and white would be 254.
TANH_REACH = atanh(1 - 1 / 255) * (1 + 1 / 127)

ImageArray = NDArray[np.uint8]
FloatArray = NDArray[np.float32]


def load_image(path: Path, size: tuple[int, int] | None = None) -> ImageArray:
    """Read an image file as uint8 `[H, W, 3]`, RGB.

    The EXIF orientation is applied, and transparency is flattened on white.

    Args:
        path: A PNG, JPEG, WebP or BMP file.
        size: `(H, W)` to resize to (bicubic); None keeps the file's size.

    Raises:
        ImageError: the file is not an image, is damaged, or is too large.
    """
    with _opened(path, str(path)) as image:
        array = _upright_rgb(image)
    return array if size is None else resize(array, size)


def decode_image(data: bytes, name: str) -> ImageArray:
    """Decode the bytes of an image file, which errors call `name`, as `load_image` does.

    Raises:
        ImageError: the bytes are not an image, are damaged, or make too large a one.
    """
    with _opened(BytesIO(data), name) as image:
        return _upright_rgb(image)


def probe_image(path: Path) -> tuple[int, int]:
    """Read only the header of an image file; return its (H, W).

    Raises:
        ImageError: the file is not an image, or is too large.
    """
    with _opened(path, str(path)) as image:
        return image.height, image.width


def save_image(path: Path, image: ImageArray) -> None:
    """Write uint8 `[H, W, 3]` to `path`, atomically; the suffix chooses the format.

    Raises:
        UsageError: the suffix is not an image format.
        EdgeganError: the file cannot be written.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"Cannot save an image as {path.name}; use one of {', '.join(SUFFIXES)}.")
    with atomic_path(path) as temporary:
        Image.fromarray(image).save(temporary, quality=_QUALITY)


def resize(image: ImageArray, size: tuple[int, int]) -> ImageArray:
    """Resize uint8 `[H, W, 3]` or gray `[H, W]` to `size` = (H, W).

    It is Pillow's bicubic filter: antialiased, and clipped to 0..255.
    """
    if image.shape[:2] == tuple(size):
        return image
    height, width = size
    resized = Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(resized, dtype=np.uint8)


def center_crop(image: ImageArray) -> ImageArray:
    """Cut out the central square, as wide as the shorter side of `[H, W, C]`."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def to_gray(image: ImageArray) -> ImageArray:
    """Turn uint8 RGB `[H, W, 3]` into gray `[H, W]`: ITU-R 601-2 luma, as Pillow's "L"."""
    return np.asarray(Image.fromarray(image).convert("L"), dtype=np.uint8)


def to_float(image: ImageArray) -> FloatArray:
    """Map uint8 0..255 of any shape to float32 in [-1, 1]."""
    return image.astype(np.float32) / np.float32(127.5) - np.float32(1.0)


def to_uint8(values: NDArray[Any]) -> ImageArray:
    """Map floats in [-1, 1] of any shape to uint8, rounded to nearest and clipped.

    Raises:
        ImageError: a value is NaN, which no picture can show.
    """
    if np.isnan(values).any():
        raise ImageError("The network's output has NaN values; the artifact is numerically broken.")
    return np.clip(np.rint((values + 1.0) * 127.5), 0, 255).astype(np.uint8)


def list_images(folder: Path) -> list[Path]:
    """List the image files directly in `folder`, by suffix, sorted by name.

    Hidden files are left out: some systems put one beside each image.
    """
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


@contextmanager
def _opened(source: Path | BytesIO, name: str) -> Iterator[Image.Image]:
    try:
        with Image.open(source, formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_large(name)
            yield image
    except EdgeganError:
        raise
    except FileNotFoundError as error:
        raise UsageError(f"{name} does not exist.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(name) from error
    except Exception as error:  # damaged files make Pillow raise anything, struct.error too
        raise ImageError(
            f"{name} is not a readable image ({_reason(error)}). "
            f"Expected a file of one of the formats {', '.join(SUFFIXES)}."
        ) from error


def _too_large(name: str) -> ImageError:
    return ImageError(
        f"{name} is too large: at most {MAX_PIXELS // 10**6} megapixels are decoded. "
        "Make it smaller first."
    )


def _upright_rgb(image: Image.Image) -> ImageArray:
    return np.asarray(_to_rgb(ImageOps.exif_transpose(image)), dtype=np.uint8)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode == "I":  # 16-bit gray PNG
        gray = (np.asarray(image, dtype=np.uint32) // 257).astype(np.uint8)
        return Image.fromarray(gray).convert("RGB")
    if "A" in image.mode or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "no known image format"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
