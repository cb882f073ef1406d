"""Read a camera, as FFmpeg's input devices name it on each system."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from types import TracebackType
from typing import Any, TypeVar

from edgegan.errors import MissingRequirement, UsageError
from edgegan.runtime.pyav import pyav
from edgegan.runtime.video_reader import Frame, decode_packet

_COMMON_RATE = Fraction(30)  # frames per second, where a camera does not tell
_OPEN_WITHIN_S = 10.0
_CLOSE_WITHIN_S = 5.0
_AGAIN_S = 0.002  # until a camera that has no frame yet is asked again

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where FFmpeg finds a camera: its input device, and the name there."""

    device: str
    name: str
    options: dict[str, str] = field(default_factory=dict)


def camera_address(source: str, system: str = sys.platform) -> Address:
    """Find the address of `camera`, `camera:1` or `/dev/video1`.

    Args:
        source: As on the command line. On Windows `camera:` is followed by the camera's name.
        system: As `sys.platform`.

    Raises:
        UsageError: it does not say which camera.
    """
    which = source.partition(":")[2] or "0"
    if system == "win32":
        if which == "0":
            raise UsageError("Name the camera, such as 'camera:Integrated Webcam'.")
        return Address(device="dshow", name=f"video={which}")
    if system == "darwin":
        # FFmpeg's own choice, 29.97 frames per second, is refused by built-in cameras.
        return Address(device="avfoundation", name=which, options={"framerate": "30"})
    path = source if source.startswith("/dev/") else f"/dev/video{which}"
    return Address(device="v4l2", name=path)


class Camera:
    """A camera that is open; use it in a `with` statement.

    Attributes:
        rate: Frames per second that it promises.
    """

    def __init__(self, address: Address) -> None:
        """Open the camera.

        Raises:
            MissingRequirement: there is none at `address`, it is in use, or PyAV is missing.
        """
        av = pyav()
        try:
            self._container = av.open(
                address.name,
                format=address.device,
                options=address.options,
                timeout=(_OPEN_WITHIN_S, None),
            )
        except (av.error.FFmpegError, ValueError) as error:  # ValueError: no such device kind
            reason = getattr(error, "strerror", None) or error
            raise MissingRequirement(
                f"No camera can be opened as {address.name} ({address.device}: {reason}). "
                "Is it plugged in, free, and may you read it?"
            ) from error
        self._stream: Any = self._container.streams.video[0]
        self.rate = Fraction(self._stream.average_rate or _COMMON_RATE)
        self._reading = threading.Lock()  # closing while a thread reads would crash

    def __enter__(self) -> Camera:
        """Return the camera."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it; one that hangs in a read stays open until the program ends."""
        if self._reading.acquire(timeout=_CLOSE_WITHIN_S):
            self._container.close()

    def frames(self) -> Iterator[Frame]:
        """Read frames as they come; damaged ones are left out."""
        count = 0
        packets = as_they_come(lambda: self._container.demux(self._stream))
        while True:
            with self._reading:
                came = next(packets, None)
                items = [item for packet in came or () for item in decode_packet(packet, count)]
            if came is None:
                return
            if not came:
                time.sleep(_AGAIN_S)
            for item in items:
                if isinstance(item, Frame):
                    yield item
                count += 1


def as_they_come(demux: Callable[[], Iterator[T]]) -> Iterator[list[T]]:
    """Read packets; an empty list says that none is there yet.

    FFmpeg's avfoundation (macOS) does not wait for a frame: it raises an error, "try again".

    Args:
        demux: Begins to read packets; called again after such an error.
    """
    packets = demux()
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except BlockingIOError:
            packets = demux()
            yield []
        else:
            yield [packet]
