from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import MissingRequirement
from edgegan.images import ImageArray
from edgegan.runtime import video_writer
from edgegan.runtime.video_writer import VideoWriter, choose_encoder
from tests.runtime.videos import difference, emoji_frames, read_video

MILLISECOND = Fraction(1, 1000)


def flat(color: tuple[int, int, int], size: tuple[int, int] = (32, 32)) -> ImageArray:
    return np.full((*size, 3), color, np.uint8)


COLORS = [
    flat(color)
    for color in [
        (0, 0, 0),
        (255, 255, 255),
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (20, 200, 120),
        (128, 128, 128),
    ]
]


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_colors_are_kept(tmp_path: Path, suffix: str) -> None:
    with VideoWriter(tmp_path / f"a{suffix}", Fraction(10), Fraction(1, 10)) as writer:
        for time, image in enumerate(COLORS):
            writer.write(image, time)
    for before, after in zip(COLORS, read_video(tmp_path / f"a{suffix}").images, strict=True):
        assert difference(before, after) < 4


@pytest.mark.parametrize("size", [(31, 17), (1, 1), (16, 31)])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    with VideoWriter(tmp_path / "a.mp4", Fraction(10), MILLISECOND) as writer:
        writer.write(flat((9, 99, 199), size), 0)
    (image,) = read_video(tmp_path / "a.mp4").images
    assert image.shape == (*size, 3)
    assert difference(image, flat((9, 99, 199), size)) < 4


def test_times_always_increase(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mkv", Fraction(10), MILLISECOND) as writer:
        for time in (0, 40, 40, 30, None, 500):
            writer.write(flat((0, 0, 0)), time)
        assert writer.pictures == 6
    times = [time / MILLISECOND for time in read_video(tmp_path / "a.mkv").times]
    assert times == [0, 40, 41, 42, 142, 500]


def test_the_first_picture_decides_the_size(tmp_path: Path) -> None:
    frames = emoji_frames(2)
    with VideoWriter(tmp_path / "a.mp4", Fraction(10), MILLISECOND) as writer:
        writer.write(frames[0], 0)
        writer.write(frames[1][:32], 100)
    assert [image.shape for image in read_video(tmp_path / "a.mp4").images] == [(64, 64, 3)] * 2


def test_an_older_encoder_where_x264_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_writer, "_has_encoder", lambda name: name == "mpeg4")
    fine = Fraction(1, 90_000)  # finer than MPEG-4 Part 2 can tell
    with VideoWriter(tmp_path / "a.mp4", Fraction(10), fine) as writer:
        for index, image in enumerate(emoji_frames(4)):
            writer.write(image, index * 9000)
    found = read_video(tmp_path / "a.mp4")
    assert found.codec == "mpeg4"
    assert found.times == [Fraction(index, 10) for index in range(4)]
    for before, after in zip(emoji_frames(4), found.images, strict=True):
        assert difference(before, after) < 8


def test_the_best_encoder_there_is() -> None:
    assert choose_encoder(".MP4", lambda name: True) == "libx264"
    assert choose_encoder(".mkv", lambda name: name == "mpeg4") == "mpeg4"
    with pytest.raises(MissingRequirement, match=r"neither libvpx-vp9 nor libvpx to write \.webm"):
        choose_encoder(".webm", lambda name: False)
