from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from edgegan.errors import EdgeganError, ImageError
from edgegan.images import ImageArray
from edgegan.runtime.live import record
from edgegan.runtime.video_reader import Frame
from tests.runtime.videos import read_video

RATE = Fraction(50)


def shade(number: int) -> ImageArray:
    return np.full((16, 16, 3), number * 10 % 256, np.uint8)


def camera(count: int, pause: float = 0.02) -> Iterator[Frame]:
    """Give `count` frames, one each `pause` seconds whatever is done with them."""
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number * pause - time.monotonic()))
        yield Frame(image=partial(shade, number), time=None, number=number)


def test_a_fast_network_records_each_frame(tmp_path: Path) -> None:
    done = record(lambda i: i, camera(10, 0.1), tmp_path / "a.mkv", RATE, None, Event())
    found = read_video(done.written)
    shades = [round(image.mean() / 10) for image in found.images]
    assert shades == sorted(set(shades))
    assert (done.frames, done.frames + done.dropped) == (len(shades), 10)
    assert done.frames >= 4  # opening the encoder, and a busy machine, may cost some
    assert shades[-1] == 9
    assert (done.ended, done.failed) == ("camera", 0)
    assert found.times[0] == 0
    real = (shades[-1] - shades[0]) * 0.1  # what passed between the two, seconds
    assert abs(float(found.times[-1]) - real) < 0.25
    assert done.seconds >= found.times[-1]
    assert 0 < done.latency_ms < 100


def test_a_slow_network_gets_the_newest_frame(tmp_path: Path) -> None:
    seen: list[int] = []

    def slow(image: ImageArray) -> ImageArray:
        time.sleep(0.1)
        seen.append(round(image.mean() / 10))
        return image

    done = record(slow, camera(24), tmp_path / "a.mp4", RATE, None, Event())
    assert done.frames + done.dropped == 24
    assert 2 <= done.frames <= 7
    assert seen[-1] == 23  # not the oldest of a queue
    assert 100 <= done.latency_ms < 300  # the network's time, and about one frame's wait


def test_it_ends_when_the_time_is_over(tmp_path: Path) -> None:
    done = record(lambda i: i, camera(10_000), tmp_path / "a.mp4", RATE, 0.5, Event())
    assert done.ended == "time"
    assert 0.2 < done.seconds < 3
    assert done.frames + done.dropped < 1000


def test_it_ends_when_stopped_and_the_file_is_whole(tmp_path: Path) -> None:
    stop = Event()

    def stopping(image: ImageArray) -> ImageArray:
        if image.mean() >= 50:
            stop.set()
        return image

    done = record(stopping, camera(10_000), tmp_path / "a.mp4", RATE, None, stop)
    assert done.ended == "stop"
    assert len(read_video(done.written).images) == done.frames


def test_a_camera_that_fails_keeps_what_there_is(tmp_path: Path) -> None:
    def unplugged() -> Iterator[Frame]:
        yield from camera(3, 0.1)
        raise OSError("No such device")

    done = record(lambda i: i, unplugged(), tmp_path / "a.mp4", RATE, None, Event())
    assert done.ended == "No such device"
    assert len(read_video(done.written).images) == done.frames >= 1


def test_translations_that_are_no_picture_are_counted(tmp_path: Path) -> None:
    def broken(image: ImageArray) -> ImageArray:
        if image.mean() == 10:
            raise ImageError("NaN")
        return image

    done = record(broken, camera(3, 0.2), tmp_path / "a.mp4", RATE, None, Event())
    assert (done.frames, done.failed) == (2, 1)


@pytest.mark.parametrize(("count", "stopped"), [(0, False), (5, True)])
def test_nothing_recorded_is_an_error(tmp_path: Path, count: int, stopped: bool) -> None:
    stop = Event()
    if stopped:
        stop.set()
    with pytest.raises(EdgeganError, match="No frame of the camera could be recorded"):
        record(lambda i: i, camera(count), tmp_path / "a.mp4", RATE, None, stop)
    assert list(tmp_path.iterdir()) == []
