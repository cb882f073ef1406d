from __future__ import annotations

import time
from pathlib import Path
from threading import Event

import pytest

from edgegan.errors import MissingRequirement, UsageError
from edgegan.runtime.camera import Address, Camera, camera_address
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
    assert camera_address(source, system) == Address(device=device, name=name)


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
