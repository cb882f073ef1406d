"""Translate frames as they come, and record the results until told to stop.

A frame that comes while another is being translated waits; a newer one takes its place. The
recording is so never behind the camera by more than one frame, whatever the network's speed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import Event

import numpy as np

from edgegan.atomic import atomic_path
from edgegan.console import Report, silent
from edgegan.errors import EdgeganError, ImageError
from edgegan.images import ImageArray
from edgegan.runtime.newest import Newest
from edgegan.runtime.seams import SeamLog
from edgegan.runtime.video_reader import Frame
from edgegan.runtime.video_writer import VideoWriter

_UNIT = Fraction(1, 1000)  # of the recording's times, seconds
_LOOK_S = 0.1  # how often a stop is looked for while no frame comes
_PATIENCE_S = 10.0  # without a frame
_END_WITHIN_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What became of the frames of a camera.

    Attributes:
        written: The file.
        frames: How many were translated and recorded.
        dropped: How many came, and were replaced by a newer one.
        failed: How many had a translation that was no picture.
        seconds: From the first frame to the end.
        latency_ms: Median time from a frame's arrival to its translation.
        encoder: FFmpeg's name of what encoded the pictures.
        ended: What ended it: "stop", "time", "camera" (no more frames), or an error's words.
    """

    written: Path
    frames: int
    dropped: int
    failed: int
    seconds: float
    latency_ms: float
    encoder: str
    ended: str


def record(
    translate: Callable[[ImageArray], ImageArray],
    frames: Iterator[Frame],
    destination: Path,
    rate: Fraction,
    seconds: float | None,
    stop: Event,
    report: Report = silent,
    seams: SeamLog | None = None,
) -> Recording:
    """Translate and record until the time is over, `stop` is set, or frames end.

    Args:
        translate: Maps uint8 `[H, W, 3]` to the same.
        frames: What comes; read in a thread of its own.
        destination: A video file; written atomically.
        rate: Frames per second expected.
        seconds: How long, from the first frame on; None: until stopped.
        stop: Ends the recording after the current frame.
        report: Told of the whole seconds recorded, and of the speed.
        seams: Told of the name of each frame that was translated by tiles.

    Raises:
        EdgeganError: no frame came, or the file cannot be written.
    """
    with atomic_path(destination) as temporary:
        with VideoWriter(temporary, rate, _UNIT) as writer:
            newest = Newest(frames)
            session = _Session(translate, newest, writer, report, seams)
            try:
                ended = session.run(seconds, stop)
            finally:
                newest.stop(_END_WITHIN_S)
        if not writer.pictures:
            raise EdgeganError(f"No frame of the camera could be recorded ({ended}).")
    return Recording(
        written=destination,
        frames=writer.pictures,
        dropped=newest.dropped,
        failed=session.failed,
        seconds=session.elapsed,
        latency_ms=float(np.median(session.latencies)) * 1000,
        encoder=writer.encoder,
        ended=ended,
    )


class _Session:
    """The loop of one recording, and what it counts."""

    def __init__(
        self,
        translate: Callable[[ImageArray], ImageArray],
        newest: Newest[Frame],
        writer: VideoWriter,
        report: Report,
        seams: SeamLog | None,
    ) -> None:
        self._translate, self._newest = translate, newest
        self._writer, self._report, self._seams = writer, report, seams
        self._first: float | None = None
        self.elapsed = 0.0
        self.failed = 0
        self.latencies: list[float] = []

    def run(self, seconds: float | None, stop: Event) -> str:
        """Go on until something ends it; tell what."""
        heard = time.monotonic()
        while not stop.is_set():
            arrival = self._newest.take(_LOOK_S)
            if arrival is not None:
                heard = arrival.time
                self._first = heard if self._first is None else self._first
                if seconds is not None and heard - self._first >= seconds:
                    return "time"
                self._one(arrival.item, heard - self._first, heard)
            elif self._newest.ended:
                return str(self._newest.error or "camera")
            elif time.monotonic() - heard > _PATIENCE_S:
                return f"no frame for {_PATIENCE_S:g} s"
        return "stop"

    def _one(self, frame: Frame, since: float, arrived: float) -> None:
        """Translate and record a frame; `since` the first one, seconds."""
        try:
            image = self._translate(frame.image())
        except ImageError:
            self.failed += 1
            return
        now = time.monotonic()
        self.latencies.append(now - arrived)
        self._writer.write(image, round(since / _UNIT))
        self.elapsed = since + time.monotonic() - arrived
        if self._seams:
            self._seams.name(f"frame {frame.number}")
        self._report(int(self.elapsed), f"{self._writer.pictures / self.elapsed:.1f} frames/s")
