from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from edgegan.errors import MissingRequirement, UsageError
from edgegan.runtime.camera import Address, Camera, as_they_come, camera_address
from edgegan.runtime.live import record
from tests.runtime.videos import read_video

# FFmpeg's test picture, 20 times a second of real time: the way of a camera, without one.
TEST_PICTURE = Address(device="lavfi", name="testsrc=size=64x48:rate=20,realtime")


@pytest.mark.parametrize(
    ("source", "system", "device", "name"),
    [
        ("camera", "linux", "v4l2", "/dev/video0"),
        ("camera:2", "linux", "v4l2", "/dev/video2"),
        ("/dev/video1", "linux", "v4l2", "/dev/video1"),
        ("camera", "darwin", "avfoundation", "0"),
        ("camera:1", "darwin", "avfoundation", "1"),
        ("camera:Integrated Webcam", "win32", "dshow", "video=Integrated Webcam"),
    ],
)
def test_addresses(source: str, system: str, device: str, name: str) -> None:
    options = {"framerate": "30"} if system == "darwin" else {}
    assert camera_address(source, system) == Address(device=device, name=name, options=options)


def test_a_camera_that_has_no_frame_yet_is_asked_again() -> None:
    left = [1, 2, None, None, 3]

    def demux() -> Iterator[int]:  # as PyAV's: an error ends it
        while left:
            packet = left.pop(0)
            if packet is None:
                raise BlockingIOError("Resource temporarily unavailable")
            yield packet

    assert list(as_they_come(demux)) == [[1], [2], [], [], [3]]


def test_other_errors_of_a_camera_end_it() -> None:
    def demux() -> Iterator[int]:
        yield 1
        raise OSError("Input/output error")

    packets = as_they_come(demux)
    assert next(packets) == [1]
    with pytest.raises(OSError, match="Input/output"):
        next(packets)


def test_windows_asks_for_a_name() -> None:
    with pytest.raises(UsageError, match="Name the camera"):
        camera_address("camera", "win32")


@pytest.mark.parametrize("device", ["v4l2", "no_such_device"])
def test_no_camera(device: str) -> None:
    with pytest.raises(MissingRequirement, match="No camera can be opened as /dev/video99"):
        Camera(Address(device=device, name="/dev/video99"))


def test_frames_come_in_real_time() -> None:
    with Camera(TEST_PICTURE) as camera:
        assert camera.rate == 20
        frames = camera.frames()
        first, start = next(frames), time.monotonic()
        numbers = [next(frames).number for _ in range(10)]
        assert time.monotonic() - start > 0.35
    assert (first.number, numbers) == (0, list(range(1, 11)))
    assert first.image().shape == (48, 64, 3)


def test_it_is_recorded(tmp_path: Path) -> None:
    with Camera(TEST_PICTURE) as camera:
        done = record(
            lambda i: 255 - i, camera.frames(), tmp_path / "a.mp4", camera.rate, 1.0, Event()
        )
    found = read_video(done.written)
    assert (done.ended, len(found.images)) == ("time", done.frames)
    assert 10 <= done.frames <= 21
    assert found.images[0].shape == (48, 64, 3)
