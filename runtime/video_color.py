"""Which matrix turns a video's colours into RGB: BT.709 for HD, BT.601 below.

Files may say it. Browsers take those that do not for BT.709 from 720 rows on; FFmpeg's
converter would take all for BT.601, which turns greens and reds by some levels (ITU-R BT.709,
BT.601).
"""

from __future__ import annotations

from typing import Any

_HD_ROWS = 720
_UNSPECIFIED, _BT709, _BT601 = 2, 1, 6  # as ITU-T H.273 numbers matrices
_LIMITED = 1  # luma from 16 to 235
_NAMES = {_BT709: "itu709", _BT601: "itu601"}


def matrix_of(rows: int) -> int:
    """Return the matrix of pictures so high, by its number in ITU-T H.273 (Table 4)."""
    return _BT709 if rows >= _HD_ROWS else _BT601


def to_rgb(frame: Any, codec: str) -> Any:
    """Convert a frame of PyAV, whatever it says of its colours: uint8 `[H, W, 3]`.

    Args:
        frame: The frame.
        codec: FFmpeg's name of what it was coded by. Cameras that do not compress give
            "rawvideo", and mean BT.601 in every size (V4L2's default for sRGB).
    """
    if frame.colorspace != _UNSPECIFIED or codec == "rawvideo":
        return frame.to_ndarray(format="rgb24")
    name = _NAMES[matrix_of(frame.height)]
    return frame.reformat(format="rgb24", src_colorspace=name).to_ndarray()


def from_rgb(frame: Any, pix_fmt: str) -> Any:
    """Convert a frame of RGB for an encoder, by the matrix of its size."""
    name = _NAMES[matrix_of(frame.height)]
    return frame.reformat(format=pix_fmt, dst_colorspace=name)


def tag(codec_context: Any, rows: int) -> None:
    """Have a file say how its colours are to be read."""
    codec_context.colorspace = matrix_of(rows)
    # RGB is taken for sRGB, which shares its primaries, and nearly its curve, with BT.709.
    codec_context.color_primaries = codec_context.color_trc = _BT709
    codec_context.color_range = _LIMITED
