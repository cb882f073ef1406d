"""Translate a video file, frame by frame."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from edgegan.atomic import atomic_path
from edgegan.console import Report, silent
from edgegan.data import SkippedFile
from edgegan.errors import EdgeganError, ImageError, UsageError
from edgegan.images import ImageArray
from edgegan.runtime.seams import SeamLog
from edgegan.runtime.video_reader import BadFrame, Frame, Sound, VideoReader
from edgegan.runtime.video_writer import VideoWriter, check_video_name

_DEFAULT_SUFFIX = ".mp4"
# What may be missing at the end: sound is often longer than the pictures.
_MISSING_S = 1.0
_MISSING_SHARE = 0.1


@dataclass(frozen=True, kw_only=True)
class VideoTranslation:
    """What became of a video.

    Attributes:
        written: The file.
        frames: How many were translated.
        skipped: Those that could not be; the one before each is shown the longer.
        seconds: What it took: decoding, translating, and encoding.
        source_rate: Frames per second of the source.
        encoder: FFmpeg's name of what encoded the pictures.
        sound: "copied", "none" if the source has none, or "left out".
        ended: Why it ended before its time; None if it did not.
    """

    written: Path
    frames: int
    skipped: tuple[SkippedFile, ...]
    seconds: float
    source_rate: float
    encoder: str
    sound: str
    ended: str | None


def video_destination(source: Path, destination: Path) -> Path:
    """Decide which file a video's translation is written to: a name, or one in a folder.

    Raises:
        UsageError: there is no such source, the name is not a video's, or the source would
            be overwritten.
    """
    if not source.is_file():
        raise UsageError(f"The source {source} does not exist.")
    if destination.is_dir() or not destination.suffix:
        destination = destination / f"{source.stem}{_DEFAULT_SUFFIX}"
    check_video_name(destination)
    if destination.resolve() == source.resolve():
        raise UsageError(f"{source} would be overwritten; choose another destination with -o.")
    return destination


def translate_video(
    translate: Callable[[ImageArray], ImageArray],
    reader: VideoReader,
    source: Path,
    destination: Path,
    batch: int = 1,
    report: Report = silent,
    seams: SeamLog | None = None,
) -> VideoTranslation:
    """Translate each frame; times and sound stay as they are.

    The memory needed does not depend on the length.

    Args:
        translate: Maps uint8 `[N, H, W, 3]` to the same.
        reader: The open source.
        source: Its name.
        destination: Where the result goes; written atomically.
        batch: How many frames are translated at once, N.
        report: Told of each frame.
        seams: Told of the name of each frame that was translated by tiles.

    Raises:
        EdgeganError: no frame can be translated, or the file cannot be written.
    """
    start = time.monotonic()
    skipped: list[SkippedFile] = []
    with atomic_path(destination) as temporary:
        with VideoWriter(temporary, reader.rate, reader.time_base, reader.audio) as writer:
            for group in _groups(reader, batch, writer, skipped, source):
                for frame, image in translate_frames(translate, group, skipped, source):
                    writer.write(image, frame.time)
                    if seams:
                        seams.name(f"{source}, frame {frame.number}")
                report(group[-1].number + 1)
        if not writer.pictures:
            why = f" {skipped[0].reason}" if skipped else ""
            raise EdgeganError(f"No frame of {source} could be translated.{why}")
    return VideoTranslation(
        written=destination,
        frames=writer.pictures,
        skipped=tuple(skipped),
        seconds=time.monotonic() - start,
        source_rate=float(reader.rate),
        encoder=writer.encoder,
        sound="none" if reader.audio is None else "copied" if writer.sound else "left out",
        ended=early_end(reader.frames, writer.pictures + len(skipped), reader.rate),
    )


def early_end(promised: int, found: int, rate: Fraction) -> str | None:
    """Tell of a video that has clearly fewer frames than its length promises.

    Args:
        promised: How many there are, as far as the file tells; else 0.
        found: How many came.
        rate: Frames per second.
    """
    missing = promised - found
    if missing / rate < _MISSING_S or missing < _MISSING_SHARE * promised:
        return None
    return f"by its length there are about {promised} frames in the file, and {found} came"


def _groups(
    events: Iterable[Frame | BadFrame | Sound],
    batch: int,
    writer: VideoWriter,
    skipped: list[SkippedFile],
    source: Path,
) -> Iterator[list[Frame]]:
    """Gather frames, `batch` at a time; hand on the sound, and list bad frames."""
    group: list[Frame] = []
    for event in events:
        if isinstance(event, Sound):
            writer.take_over(event.packet)
        elif isinstance(event, BadFrame):
            skipped.append(_skipped(source, event.number, event.reason))
        else:
            group.append(event)
        if len(group) == batch:
            yield group
            group = []
    if group:
        yield group


def translate_frames(
    translate: Callable[[ImageArray], ImageArray],
    group: list[Frame],
    skipped: list[SkippedFile],
    source: Path,
) -> Iterator[tuple[Frame, ImageArray]]:
    """Translate frames at once, or, where that gives no pictures, each by itself.

    Args:
        translate: Maps uint8 `[N, H, W, 3]` to the same.
        group: The frames.
        skipped: Those that have no translation are added to it.
        source: Named there.
    """
    images = [frame.image() for frame in group]
    if len({image.shape for image in images}) == 1 < len(images):
        with suppress(ImageError):  # which frame it is of is not told
            results = translate(np.stack(images))
            yield from zip(group, results, strict=True)
            return
    for frame, image in zip(group, images, strict=True):
        try:
            result = translate(image[None])[0]
        except ImageError as error:
            skipped.append(_skipped(source, frame.number, str(error)))
        else:
            yield frame, result


def _skipped(source: Path, number: int, reason: str) -> SkippedFile:
    return SkippedFile(source, f"{source}, frame {number}: {reason}")
