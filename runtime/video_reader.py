"""Read a video file: its frames, upright, and the packets of its sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from edgegan.errors import EdgeganError, UsageError
from edgegan.images import ImageArray
from edgegan.runtime.pyav import location, pyav
from edgegan.runtime.video_color import to_rgb

_COMMON_RATE = Fraction(25)  # frames per second, where a file does not tell


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A frame of a video.

    Attributes:
        image: Converts it: uint8 `[H, W, 3]`, RGB, upright.
        time: When it is shown, in units of the stream's time base; None if that is not told.
        number: Which it is, from 0.
    """

    image: Callable[[], ImageArray]
    time: int | None
    number: int


@dataclass(frozen=True, kw_only=True)
class BadFrame:
    """A frame that cannot be decoded, or the rest of a file that cannot be read."""

    number: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Sound:
    """A packet of the sound, still encoded."""

    packet: Any


class VideoReader:
    """A video file that is open for reading; use it in a `with` statement.

    Attributes:
        rate: Frames per second, on average.
        time_base: Seconds of one unit of `Frame.time`.
        audio: The first audio stream; None if there is none.
        frames: How many there are, as far as the file tells; else 0.
    """

    def __init__(self, path: Path) -> None:
        """Open `path`.

        Raises:
            UsageError: there is no such file.
            EdgeganError: it is not a video.
            MissingRequirement: PyAV is not installed.
        """
        self._errors = pyav().error.FFmpegError
        self._container = _opened(path)
        streams = self._container.streams
        if not streams.video:
            self._container.close()
            raise EdgeganError(f"{path} has no pictures: there is no video stream in it.")
        self._video = streams.video[0]
        self.audio: Any = streams.audio[0] if streams.audio else None
        self.rate = Fraction(self._video.average_rate or _COMMON_RATE)
        self.time_base = Fraction(self._video.time_base)
        self.frames: int = self._video.frames or self._estimate()

    def __enter__(self) -> VideoReader:
        """Return the reader."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._container.close()

    def __iter__(self) -> Iterator[Frame | BadFrame | Sound]:
        """Read on to the end, in the order of the file."""
        wanted = [stream for stream in (self._video, self.audio) if stream is not None]
        packets = self._container.demux(*wanted)
        count = 0
        while True:
            try:
                packet = next(packets, None)
            except self._errors as error:
                yield BadFrame(number=count, reason=f"the file ends there ({_reason(error)})")
                return
            if packet is None:
                return
            if packet.stream is self._video:
                for item in decode_packet(packet, count):
                    yield item
                    count += 1
            elif packet.dts is not None:  # the last one of each stream is empty
                yield Sound(packet=packet)

    def _estimate(self) -> int:
        microseconds: int | None = self._container.duration
        return 0 if microseconds is None else round(microseconds * self.rate / 1_000_000)


def decode_packet(packet: Any, number: int) -> Iterator[Frame | BadFrame]:
    """Decode what a packet holds; `number` is that of its first frame."""
    try:
        frames = packet.decode()
    except pyav().error.FFmpegError as error:
        yield BadFrame(number=number, reason=_reason(error))
        return
    codec = packet.stream.codec_context.name
    for index, frame in enumerate(frames):
        yield Frame(image=partial(_upright, frame, codec), time=frame.pts, number=number + index)


def _opened(path: Path) -> Any:
    av = pyav()
    if not path.is_file():
        raise UsageError(f"The source {path} does not exist.")
    try:
        # What is in the file opens nothing else.
        return av.open(location(path), options={"protocol_whitelist": "file"})
    except av.error.FFmpegError as error:
        raise EdgeganError(f"{path} is not a readable video ({_reason(error)}).") from error


def _upright(frame: Any, codec: str) -> ImageArray:
    return np.ascontiguousarray(np.rot90(to_rgb(frame, codec), round(frame.rotation / 90)))


def _reason(error: Any) -> str:
    return str(error.strerror or error)
