"""Small videos for tests, made of the embedded emoji, and what is in a video file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from edgegan.emoji import open_emoji
from edgegan.images import ImageArray

RATE = 10  # frames per second
SOUND_RATE = 8000  # samples per second


def emoji_frames(count: int, size: int = 64) -> list[ImageArray]:
    """Take `count` emoji, cut to `size`."""
    images = open_emoji().train_a
    return [np.ascontiguousarray(images[index][:size, :size]) for index in range(count)]


def write_video(
    path: Path,
    frames: Sequence[ImageArray],
    times: Sequence[int] | None = None,
    sound: bool = False,
    codec: str = "libx264",
    rotation: int = 0,
) -> Path:
    """Write frames, shown at `times` (in 1/`RATE` s; by default one after the other).

    `rotation` is what a player is to turn them by, counterclockwise, degrees.
    """
    import av

    height, width = frames[0].shape[:2]
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=RATE, width=width, height=height)
        video.pix_fmt = {"mjpeg": "yuvj444p", "ffv1": "bgr0"}.get(codec, "yuv444p")
        video.options = {"crf": "1"} if codec == "libx264" else {}
        if rotation:
            video.set_display_rotation(rotation)
        audio = container.add_stream("aac", rate=SOUND_RATE, layout="mono") if sound else None
        for time, frame in zip(times or range(len(frames)), frames, strict=True):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture.pts, picture.time_base = time, Fraction(1, RATE)
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        if audio is not None:
            _write_sound(container, audio, len(frames) / RATE)
    return path


@dataclass(frozen=True, kw_only=True)
class Content:
    """What is in a video file: `sound` are its packets, with their times in seconds."""

    images: list[ImageArray]
    times: list[Fraction]
    sound: list[tuple[Fraction, bytes]]
    rate: Fraction
    codec: str


def read_video(path: Path) -> Content:
    """Read all that is in a video file."""
    import av

    with av.open(str(path)) as container:
        video = container.streams.video[0]
        frames = list(container.decode(video))
        rate, codec = Fraction(video.average_rate), video.codec_context.name
    sound = []
    with av.open(str(path)) as container:
        for packet in container.demux(audio=0) if container.streams.audio else ():
            if packet.dts is not None:
                sound.append((packet.pts * packet.time_base, bytes(packet)))
    return Content(
        images=[frame.to_ndarray(format="rgb24") for frame in frames],
        times=[frame.pts * frame.time_base for frame in frames],
        sound=sound,
        rate=rate,
        codec=codec,
    )


def difference(one: ImageArray, other: ImageArray) -> float:
    """Return the mean absolute difference of two images, LSB."""
    return float(np.abs(one.astype(np.int16) - other).mean())


def spoil_packet(path: Path, index: int) -> None:
    """Overwrite what the packet `index` of the pictures holds, within the file."""
    import av

    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        place, size = packets[index].pos, packets[index].size
        data = bytes(packets[index])
    content = bytearray(path.read_bytes())
    start = content.index(data, place)
    content[start : start + size] = bytes(size)
    path.write_bytes(content)


def _write_sound(container: Any, audio: Any, seconds: float) -> None:
    import av

    wave = np.sin(np.arange(int(seconds * SOUND_RATE)) / 5)
    samples = (wave * 9000).astype(np.int16)[None]
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate, frame.pts = SOUND_RATE, 0
    container.mux(audio.encode(frame))
    container.mux(audio.encode(None))
