"""Colours of videos, by the definition of their matrices (ITU-R BT.601 and BT.709)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegan.runtime.video_color import matrix_of
from edgegan.runtime.video_reader import Frame, VideoReader
from edgegan.runtime.video_writer import VideoWriter

av: Any = pytest.importorskip("av")

COLOR = (200, 60, 30)
SIZES = {"BT.601": (64, 48), "BT.709": (720, 64)}
WEIGHTS = {"BT.601": (0.299, 0.114), "BT.709": (0.2126, 0.0722)}  # of red and blue in luma


def coded(matrix: str) -> tuple[float, float, float]:
    """Y, Cb and Cr of COLOR, 8 bits, limited range."""
    red, blue = WEIGHTS[matrix]
    r, g, b = (value / 255 for value in COLOR)
    luma = red * r + (1 - red - blue) * g + blue * b
    return (
        16 + 219 * luma,
        128 + 224 * (b - luma) / (2 - 2 * blue),
        128 + 224 * (r - luma) / (2 - 2 * red),
    )


def picture(matrix: str) -> Any:
    return np.tile(np.array(COLOR, np.uint8), (*SIZES[matrix], 1))


def write(path: Path, matrix: str) -> None:
    with VideoWriter(path, Fraction(25), Fraction(1, 25)) as writer:
        for time in range(2):
            writer.write(picture(matrix), time)


def read(path: Path) -> Any:
    with VideoReader(path) as reader:
        (first, *_) = (item for item in reader if isinstance(item, Frame))
        return first.image()


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
@pytest.mark.parametrize("matrix", list(SIZES))
def test_what_is_written_has_the_matrix_of_its_size_and_says_so(
    tmp_path: Path, matrix: str, suffix: str
) -> None:
    write(tmp_path / f"a{suffix}", matrix)
    with av.open(str(tmp_path / f"a{suffix}")) as container:
        frame = next(container.decode(video=0))
        planes = [bytes(plane)[0] for plane in frame.planes]
        assert np.abs(np.subtract(planes, coded(matrix))).max() <= 2
        told = container.streams.video[0].codec_context
        assert told.colorspace == matrix_of(SIZES[matrix][0])
        assert (told.color_primaries, told.color_trc, told.color_range) == (1, 1, 1)
    assert np.abs(read(tmp_path / f"a{suffix}").astype(int) - COLOR).max() <= 4


def test_pictures_as_cameras_give_them_are_of_bt601_in_hd_too(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.nut"), "w") as container:
        stream = container.add_stream("rawvideo", rate=25)
        stream.height, stream.width = SIZES["BT.709"]
        stream.pix_fmt = "yuyv422"
        frame = av.VideoFrame(stream.width, stream.height, "yuyv422")
        y, cb, cr = (round(value) for value in coded("BT.601"))
        (plane,) = frame.planes
        plane.update(bytes([y, cb, y, cr]) * (plane.buffer_size // 4))
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert np.abs(read(tmp_path / "a.nut").astype(int) - COLOR).max() <= 4


@pytest.mark.parametrize("matrix", list(SIZES))
def test_a_file_that_does_not_say_is_read_as_players_do(tmp_path: Path, matrix: str) -> None:
    height, width = SIZES[matrix]
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "5"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane, value in zip(frame.planes, coded(matrix), strict=True):
            plane.update(bytes([round(value)]) * plane.buffer_size)
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert np.abs(read(tmp_path / "a.mp4").astype(int) - COLOR).max() <= 4
