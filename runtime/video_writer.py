"""Write a video file: pictures are encoded, sound is taken over as it is."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

from edgegan.errors import MissingRequirement, UsageError
from edgegan.images import ImageArray, resize
from edgegan.runtime.pyav import location, pyav
from edgegan.runtime.video_color import from_rgb, tag

# By the suffix of the file: encoders, the best first. Not all builds of FFmpeg have all.
ENCODERS = {
    ".mp4": ("libx264", "mpeg4"),
    ".m4v": ("libx264", "mpeg4"),
    ".mov": ("libx264", "mpeg4"),
    ".mkv": ("libx264", "mpeg4"),
    ".webm": ("libvpx-vp9", "libvpx"),
}
# Near to what the eye tells from the source; "crf" and "qmax" say how far a picture may differ.
_QUALITY = {
    "libx264": {"crf": "18"},
    "mpeg4": {"qmin": "2", "qmax": "4"},
    "libvpx-vp9": {"crf": "24", "deadline": "good", "cpu-used": "4"},
    "libvpx": {"crf": "8", "deadline": "good", "cpu-used": "4"},
}
_FINEST = Fraction(1, 65535)  # time base that MPEG-4 Part 2 can tell


def check_video_name(path: Path) -> None:
    """Refuse a name that no video can be written under.

    Raises:
        UsageError: the suffix is unknown.
    """
    if path.suffix.lower() not in ENCODERS:
        raise UsageError(f"Cannot save a video as {path.name}; use one of {', '.join(ENCODERS)}.")


def choose_encoder(suffix: str, exists: Callable[[str], bool]) -> str:
    """Choose the encoder for files with a suffix, of those that exist.

    Raises:
        MissingRequirement: there is none.
    """
    for name in ENCODERS[suffix.lower()]:
        if exists(name):
            return name
    names = " nor ".join(ENCODERS[suffix.lower()])
    raise MissingRequirement(
        f"This build of FFmpeg has neither {names} to write {suffix} with. "
        "Use another suffix, or PyAV's own wheel: pip install 'edgegan[video]'."
    )


class VideoWriter:
    """A video file that is open for writing; use it in a `with` statement.

    The first picture decides the size of all.

    Attributes:
        encoder: FFmpeg's name of what encodes the pictures.
        sound: Whether sound is taken over.
        pictures: How many were written.
    """

    def __init__(self, path: Path, rate: Fraction, time_base: Fraction, audio: Any = None) -> None:
        """Open `path`, whose suffix chooses the kind of file.

        Args:
            path: The file.
            rate: Pictures per second, about; how long each is shown depends on their times.
            time_base: Seconds of one unit of those times.
            audio: The stream of a reader to take sound over from; it is left out if this
                kind of file cannot hold it.

        Raises:
            MissingRequirement: PyAV, or an encoder, is missing.
        """
        self.encoder = choose_encoder(path.suffix, _has_encoder)
        self._container = pyav().open(location(path), "w")
        self._rate, self._time_base = rate, time_base
        holds = self._container.supported_codecs
        self.sound = audio is not None and audio.codec_context.name in holds
        self._audio = audio if self.sound else None
        self._video: Any = None
        self._sound_out: Any = None
        self._early: list[Any] = []  # sound from before the first picture
        self._last = -1
        self._size = (0, 0)
        self.pictures = 0

    def __enter__(self) -> VideoWriter:
        """Return the writer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file, unless an error ends it."""
        if error is None and self._video is not None:
            self._container.mux(self._video.encode(None))
        self._container.close()

    def write(self, image: ImageArray, time: int | None) -> None:
        """Encode a picture.

        Args:
            image: uint8 `[H, W, 3]`, RGB; brought to the first one's size.
            time: When it is shown, in units of the time base; None: one picture's time
                after the one before. Times that do not increase are moved on.
        """
        if self._video is None:
            self._begin(image)
        picture = pyav().VideoFrame.from_ndarray(resize(image, self._size), format="rgb24")
        frame = from_rgb(picture, self._video.pix_fmt)
        unit = self._video.codec_context.time_base
        frame.pts, frame.time_base = self._next_time(time, unit), unit
        self._container.mux(self._video.encode(frame))
        self.pictures += 1

    def take_over(self, packet: Any) -> None:
        """Write a packet of sound as it is; ignored if the file cannot hold it."""
        if not self.sound:
            return
        if self._video is None:
            self._early.append(packet)
            return
        packet.stream = self._sound_out
        self._container.mux(packet)

    def _begin(self, image: ImageArray) -> None:
        """Add the streams, which the file's header lists."""
        height, width = self._size = (image.shape[0], image.shape[1])
        coarse = self.encoder == "mpeg4" and self._time_base < _FINEST
        self._video = self._container.add_stream(
            self.encoder,
            rate=self._rate,
            options=_QUALITY[self.encoder],
            width=width,
            height=height,
            time_base=1 / self._rate if coarse else self._time_base,
        )
        # Colours at half the resolution are what players expect, but need even sides.
        self._video.pix_fmt = "yuv444p" if height % 2 or width % 2 else "yuv420p"
        tag(self._video.codec_context, height)
        if self._audio is not None:
            self._sound_out = self._container.add_stream_from_template(self._audio)
        early, self._early = self._early, []
        for packet in early:
            self.take_over(packet)

    def _next_time(self, time: int | None, unit: Fraction) -> int:
        if time is None:
            wanted = self._last + round(1 / (self._rate * unit))
        else:
            wanted = round(time * self._time_base / unit)
        self._last = max(wanted, self._last + 1)
        return self._last


def _has_encoder(name: str) -> bool:
    av = pyav()
    try:
        av.Codec(name, "w")
    except av.codec.codec.UnknownCodecError:
        return False
    return True
