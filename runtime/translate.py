"""Translate image files: one, or those of a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgegan.console import Report, silent
from edgegan.data import FileImages, SkippedFile
from edgegan.errors import ImageError, Interrupted
from edgegan.images import ImageArray, save_image
from edgegan.runtime.image_jobs import Job
from edgegan.runtime.run_record import RunRecord, source_stamp
from edgegan.runtime.seams import SeamLog


@dataclass(frozen=True, kw_only=True)
class Translation:
    """The files written, and the sources that could not be translated."""

    written: tuple[Path, ...]
    skipped: tuple[SkippedFile, ...]


def translate(
    engine: Callable[[ImageArray], ImageArray],
    jobs: Sequence[Job],
    report: Report = silent,
    record: RunRecord | None = None,
    seams: SeamLog | None = None,
) -> Translation:
    """Translate each job's image; the results have the size that `engine` gives them.

    Sources that are no readable image, or whose translation is none, are skipped.

    Args:
        engine: What translates: an engine, or any function of uint8 `[H, W, 3]` to the same.
        jobs: What is read, and where it goes.
        report: Told of each.
        record: Told of each image that was written, and saved whatever happens.
        seams: Told of the name of each image that was translated by tiles.

    Raises:
        EdgeganError: a result cannot be written.
        Interrupted: Ctrl-C; what is written is whole and, with a `record`, stays.
    """
    written: list[Path] = []
    skipped: list[SkippedFile] = []
    try:
        for done, job in enumerate(jobs, start=1):
            stamp = source_stamp(job.source)
            try:
                image = engine(FileImages((job.source,))[0])
            except ImageError as error:
                skipped.append(SkippedFile(job.source, str(error)))
            else:
                save_image(job.destination, image)
                written.append(job.destination)
                if record:
                    record.add(job, stamp)
                if seams:
                    seams.name(str(job.source))
            report(done, job.source.name)
    except KeyboardInterrupt as error:
        raise Interrupted(_interrupted(len(written), len(jobs), record)) from error
    finally:
        if record:
            record.save()
    return Translation(written=tuple(written), skipped=tuple(skipped))


def _interrupted(written: int, jobs: int, record: RunRecord | None) -> str:
    if record is None:
        return "interrupted."
    return f"interrupted; {written} of {jobs} images are written, the same command makes the rest."
