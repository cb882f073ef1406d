"""`edgegan run` on a video file."""

from __future__ import annotations

from pathlib import Path

from edgegan.cli.run_outcome import FrameFigures, Outcome
from edgegan.cli.run_request import Opened, RunRequest, open_generator, require_one_picture


def run_video(request: RunRequest) -> tuple[Opened, Outcome]:
    """Translate a video, frame by frame.

    Raises:
        UsageError: the request cannot be right.
        MissingRequirement: PyAV is not installed.
        EdgeganError: the source is no video, none of it can be translated, or the result
            cannot be written.
    """
    from edgegan.atomic import ensure_writable
    from edgegan.console import progress
    from edgegan.errors import UsageError
    from edgegan.runtime.image_io import batch_size
    from edgegan.runtime.video import translate_video, video_destination
    from edgegan.runtime.video_reader import VideoReader

    if request.seconds is not None:
        raise UsageError("--seconds is for cameras; a video is translated to its end.")
    require_one_picture(request)
    source = Path(request.source)
    destination = video_destination(source, request.output)
    with VideoReader(source) as reader:
        opened = open_generator(request)
        ensure_writable(destination.parent)
        batch = 1 if opened.tiling else batch_size(opened.engine.info.io)
        with progress("Translating", reader.frames) as report:
            done = translate_video(
                opened.translate, reader, source, destination, batch, report, opened.seams
            )
    figures = FrameFigures(
        count=done.frames,
        seconds=done.seconds,
        per_s=done.frames / done.seconds,
        source_per_s=done.source_rate,
        encoder=done.encoder,
        sound=done.sound,
        ended=done.ended,
    )
    written = (done.written,)
    return opened, Outcome(kind="video", written=written, skipped=done.skipped, frames=figures)
