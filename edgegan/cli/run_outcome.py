"""What a run of any kind of source has made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgegan.data import SkippedFile


@dataclass(frozen=True, kw_only=True)
class FrameFigures:
    """Of a video or a camera: frames, speed, and for a camera what could not be kept up with.

    Attributes:
        count: Frames written.
        seconds: What that took.
        per_s: Frames written per second of that.
        source_per_s: Frames per second of the source.
        encoder: What encoded them.
        sound: "copied", "none" or "left out".
        dropped: Frames that a newer one replaced.
        failed: Frames whose translation was no picture.
        latency_p50_ms: Median time from a frame's arrival to its translation.
        ended: Why a camera's recording ended; of a video, why before its time, else None.
    """

    count: int
    seconds: float
    per_s: float
    source_per_s: float
    encoder: str
    sound: str
    dropped: int | None = None
    failed: int | None = None
    latency_p50_ms: float | None = None
    ended: str | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run has made.

    Attributes:
        kind: Of the source.
        written: The files made.
        kept: Files made by an earlier run, which this one would have made alike.
        skipped: What could not be translated, and why.
        frames: Of a video or a camera.
    """

    kind: str
    written: tuple[Path, ...]
    kept: tuple[Path, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    frames: FrameFigures | None = None
