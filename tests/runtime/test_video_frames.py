"""What of a video's translation needs no video file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from edgegan.data import SkippedFile
from edgegan.errors import ImageError
from edgegan.images import ImageArray
from edgegan.runtime.pyav import location
from edgegan.runtime.video import early_end, translate_frames
from edgegan.runtime.video_reader import Frame

BAD = 20  # the shade that has no translation


def frames(*shades: int, size: int = 4) -> list[Frame]:
    images = [np.full((size, size, 3), shade, np.uint8) for shade in shades]
    return [Frame(image=lambda i=i: i, time=n, number=n) for n, i in enumerate(images)]  # type: ignore[misc]


def negative(images: ImageArray) -> ImageArray:
    if (images == BAD).any():
        raise ImageError("NaN")
    return 255 - images


def test_one_bad_frame_takes_no_other_with_it() -> None:
    skipped: list[SkippedFile] = []
    group = frames(10, BAD, 30, 40)
    done = list(translate_frames(negative, group, skipped, Path("a.mp4")))
    assert [(frame.number, int(image.mean())) for frame, image in done] == [
        (0, 245),
        (2, 225),
        (3, 215),
    ]
    assert [item.reason for item in skipped] == ["a.mp4, frame 1: NaN"]


def test_good_frames_are_translated_once_and_together() -> None:
    sizes: list[int] = []

    def counted(images: ImageArray) -> ImageArray:
        sizes.append(len(images))
        return negative(images)

    assert len(list(translate_frames(counted, frames(1, 2, 3), [], Path("a")))) == 3
    assert sizes == [3]
    mixed = [*frames(1), *frames(2, size=8)]
    assert len(list(translate_frames(counted, mixed, [], Path("a")))) == 2
    assert list(translate_frames(counted, frames(BAD), [], Path("a"))) == []
    assert sizes == [3, 1, 1, 1]


@pytest.mark.parametrize(
    ("promised", "found", "early"),
    [
        (300, 300, False),
        (20, 10, False),
        (300, 295, False),
        (300, 150, True),
        (0, 10, False),
        (3000, 2900, False),
    ],
)
def test_a_video_that_ends_early_is_told(promised: int, found: int, early: bool) -> None:
    told = early_end(promised, found, Fraction(30))
    assert (told is not None) == early
    if told:
        assert told == "by its length there are about 300 frames in the file, and 150 came"


def test_a_path_names_no_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert location(Path("clips:1", "a.mp4")) == str(tmp_path.resolve() / "clips:1" / "a.mp4")
