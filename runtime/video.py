"""Translate a video file, frame by frame."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
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
    """

    written: Path
    frames: int
    skipped: tuple[SkippedFile, ...]
    seconds: float
    source_rate: float
    encoder: str
    sound: str


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
                for frame, image in _translated(translate, group, skipped, source):
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
    )


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


def _translated(
    translate: Callable[[ImageArray], ImageArray],
    group: list[Frame],
    skipped: list[SkippedFile],
    source: Path,
) -> Iterator[tuple[Frame, ImageArray]]:
    images = [frame.image() for frame in group]
    try:
        same = all(image.shape == images[0].shape for image in images)
        results = translate(np.stack(images)) if same else [translate(i[None])[0] for i in images]
    except ImageError as error:
        skipped.extend(_skipped(source, frame.number, str(error)) for frame in group)
    else:
        yield from zip(group, results, strict=True)


def _skipped(source: Path, number: int, reason: str) -> SkippedFile:
    return SkippedFile(source, f"{source}, frame {number}: {reason}")
