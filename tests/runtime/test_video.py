from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import EdgeganError, ImageError, UsageError
from edgegan.images import ImageArray
from edgegan.runtime.video import VideoTranslation, translate_video, video_destination
from edgegan.runtime.video_reader import VideoReader
from tests.runtime.videos import (
    RATE,
    difference,
    emoji_frames,
    read_video,
    spoil_packet,
    write_video,
)

Translate = Callable[[ImageArray], ImageArray]


def negative(images: ImageArray) -> ImageArray:
    return 255 - images


def translated(
    source: Path, destination: Path, translate: Translate = negative, batch: int = 1
) -> VideoTranslation:
    with VideoReader(source) as reader:
        return translate_video(translate, reader, source, destination, batch)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_pictures_times_and_sound(tmp_path: Path, suffix: str) -> None:
    times = [0, 1, 2, 3, 7, 8, 9, 10, 11, 12]  # one is shown longer
    source = write_video(tmp_path / "a.mp4", emoji_frames(10), times, sound=True)
    done = translated(source, tmp_path / f"b{suffix}")
    before, after = read_video(source), read_video(done.written)
    assert len(before.sound) > 5
    assert [data for _, data in after.sound] == [data for _, data in before.sound]
    # AAC begins before 0, which Matroska cannot tell: there all is later by the same time.
    later = after.times[0]
    assert (later == 0) == (suffix != ".mkv")
    assert [time - later for time in after.times] == [Fraction(time, RATE) for time in times]
    shifts = [new - old for (new, _), (old, _) in zip(after.sound, before.sound, strict=True)]
    assert max(abs(shift - later) for shift in shifts) <= Fraction(1, 1000)
    assert float(after.rate) == pytest.approx(float(before.rate), rel=0.05)
    for old, new in zip(before.images, after.images, strict=True):
        assert difference(255 - old, new) < 5
    assert (done.frames, done.skipped, done.sound) == (10, (), "copied")
    assert (done.encoder, done.source_rate) == ("libx264", float(before.rate))
    assert done.seconds > 0


def test_webm_has_its_own_encoder_and_no_aac(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4", emoji_frames(3), sound=True)
    done = translated(source, tmp_path / "b.webm")
    assert (done.encoder, done.sound) == ("libvpx-vp9", "left out")
    after = read_video(done.written)
    assert after.codec in ("libvpx-vp9", "vp9")  # what reads it may be another than what wrote it
    assert after.sound == []
    assert len(after.images) == 3


def test_a_video_from_a_phone_is_upright(tmp_path: Path) -> None:
    frames = [frame[:48] for frame in emoji_frames(2)]
    source = write_video(tmp_path / "a.mp4", frames, rotation=90)
    after = read_video(translated(source, tmp_path / "b.mp4").written)
    assert after.images[0].shape == (64, 48, 3)
    for old, new in zip(frames, after.images, strict=True):
        assert difference(255 - np.rot90(old), new) < 5


def test_a_frame_that_cannot_be_decoded_is_left_out(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mkv", emoji_frames(6), codec="mjpeg")
    spoil_packet(source, 2)
    done = translated(source, tmp_path / "b.mp4")
    assert done.frames == 5
    (bad,) = done.skipped
    assert bad.reason.startswith(f"{source}, frame 2: ")
    after = read_video(done.written)
    assert after.times == [Fraction(time, RATE) for time in (0, 1, 3, 4, 5)]


def test_a_file_that_was_cut_is_translated_so_far(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mkv", emoji_frames(30))
    content = source.read_bytes()
    source.write_bytes(content[: len(content) // 2])
    done = translated(source, tmp_path / "b.mp4")
    assert 5 < done.frames < 30
    assert done.ended is not None
    assert "frames in the file" in done.ended
    assert len(read_video(done.written).images) == done.frames


@pytest.mark.parametrize("batch", [1, 2])
def test_a_translation_that_is_no_picture_is_left_out(tmp_path: Path, batch: int) -> None:
    frames = emoji_frames(5)
    source = write_video(tmp_path / "a.mp4", frames)

    def broken(images: ImageArray) -> ImageArray:
        if any(difference(image, frames[2]) < 3 for image in images):
            raise ImageError("NaN")
        return images

    done = translated(source, tmp_path / "b.mp4", broken, batch)
    assert [item.reason for item in done.skipped] == [f"{source}, frame 2: NaN"]
    assert (done.frames, done.ended) == (4, None)


def test_frames_come_in_batches(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4", emoji_frames(7))
    sizes: list[int] = []
    told: list[int] = []

    def counted(images: ImageArray) -> ImageArray:
        sizes.append(len(images))
        return images

    with VideoReader(source) as reader:
        assert reader.frames == 7
        translate_video(
            counted, reader, source, tmp_path / "b.mp4", 3, lambda done, note="": told.append(done)
        )
    assert sizes == [3, 3, 1]
    assert told == [3, 6, 7]


def test_no_more_frames_are_held_than_needed(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4", emoji_frames(60))
    with VideoReader(source) as reader:
        events = iter(reader)
        first = next(events)
        assert getattr(first, "number", None) == 0
        assert len(list(events)) == 59  # none was read ahead


def test_a_folder_that_looks_like_a_protocol(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("clips:1").mkdir()
    source = write_video(tmp_path / "clips:1" / "a.mp4", emoji_frames(2))
    done = translated(source.relative_to(tmp_path), Path("clips:1", "b.mp4"))
    assert len(read_video(tmp_path / done.written).images) == 2


def test_an_interrupt_leaves_the_old_file(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4", emoji_frames(5))
    (tmp_path / "b.mp4").write_text("old")
    calls = 0

    def interrupted(images: ImageArray) -> ImageArray:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return images

    with pytest.raises(KeyboardInterrupt):
        translated(source, tmp_path / "b.mp4", interrupted)
    assert (tmp_path / "b.mp4").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4"]


def test_a_video_without_any_good_frame(tmp_path: Path) -> None:
    def broken(images: ImageArray) -> ImageArray:
        raise ImageError("NaN")

    source = write_video(tmp_path / "a.mp4", emoji_frames(2), sound=True)
    with pytest.raises(EdgeganError, match=r"No frame of .*a.mp4 could be translated\. .*NaN"):
        translated(source, tmp_path / "b.mp4", broken)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_files_that_are_no_video(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("this is text")
    with pytest.raises(EdgeganError, match=r"text\.mp4 is not a readable video \("):
        VideoReader(tmp_path / "text.mp4")
    with pytest.raises(UsageError, match="does not exist"):
        VideoReader(tmp_path / "none.mp4")
    listing = f"ffconcat version 1.0\nfile {write_video(tmp_path / 'a.mp4', emoji_frames(1))}\n"
    (tmp_path / "list.mp4").write_text(listing)
    with pytest.raises(EdgeganError, match="not a readable video"):
        VideoReader(tmp_path / "list.mp4")


def test_where_a_video_goes(tmp_path: Path) -> None:
    source = tmp_path / "a.mov"
    source.touch()
    assert video_destination(source, tmp_path) == tmp_path / "a.mp4"
    assert video_destination(source, tmp_path / "new") == tmp_path / "new" / "a.mp4"
    assert video_destination(source, tmp_path / "b.MKV") == tmp_path / "b.MKV"
    for destination, words in (("b.avi", r"one of \.mp4, \.m4v"), ("a.mov", "overwritten")):
        with pytest.raises(UsageError, match=words):
            video_destination(source, tmp_path / destination)
    with pytest.raises(UsageError, match="does not exist"):
        video_destination(tmp_path / "none.mp4", tmp_path)
